import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectSuccess, newScenario } from './scenario.ts'
import { containersRun, openTarget, type Target } from './target.ts'
import { fails, succeeds, type TrialOptions, tryDeploy } from './trial.ts'
import { idle, workloads } from './workload.ts'

// Where no node runs containers nothing can crash: these tests are skipped then, and reported so.
const real = describe.skipIf(!(await containersRun()))

let target: Target
let write: ReturnType<typeof workloads>

beforeAll(async () => {
  target = await openTarget()
  write = workloads(target)
})
afterAll(() => target?.stop())

const ready = { readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 } }

const deploy = (objects: () => object[], judge: Parameters<typeof tryDeploy>[2], options?: TrialOptions) =>
  tryDeploy(target, objects(), judge, options)

real.concurrent('containers that do not start', () => {
  it('crash at their start', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo REDIS_URL is not set; exit 7' }), write.configMap('settings')],
      fails(/Deployment\/web failed.*web .*code 7/, 60, /\| REDIS_URL is not set/, /converge\.test\/busybox:1/),
    )
  })

  it('crash after they were ready', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo up; sleep 3; echo lost the database; exit 8', spec: { minReadySeconds: 8 } })],
      fails(/Deployment\/web failed.*code 8/, 70, /\| lost the database/),
    )
  })

  it('have an image that does not exist', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.deployment('web', { image: 'registry.invalid/web:9' })],
      fails(/Deployment\/web failed.*(image|pull).*registry\.invalid\/web:9/i, 60),
    )
  })

  it('have an image whose name is not valid', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.deployment('web', { image: 'Registry/Web:9:9' })],
      fails(/Deployment\/web failed.*image/i, 60, /Registry\/Web:9:9/),
    )
  })

  it('miss a key of a ConfigMap', { timeout: 120_000 }, async () => {
    const env = [{ name: 'URL', valueFrom: { configMapKeyRef: { name: 'settings', key: 'url' } } }]
    await deploy(
      () => [write.configMap('settings', { host: 'a' }), write.deployment('web', { script: idle, env })],
      fails(/Deployment\/web failed.*url/, 60, /settings/),
    )
  })

  it('miss a Secret to mount', { timeout: 120_000 }, async () => {
    const pod = { volumes: [{ name: 'keys', secret: { secretName: 'not-there' } }] }
    await deploy(
      () => [write.deployment('web', { script: idle, volumeMounts: [{ name: 'keys', mountPath: '/keys' }], pod })],
      fails(/Deployment\/web failed.*not-there/, 85),
    )
  })

  it('have a command that does not exist', { timeout: 120_000 }, async () => {
    await deploy(() => [write.deployment('web', { command: ['/nowhere'] })], fails(/Deployment\/web failed/, 60, /\/nowhere/))
  })

  it('have an init container that fails', { timeout: 120_000 }, async () => {
    const init = { name: 'prepare', image: 'converge.test/busybox:1', command: ['sh', '-c', 'echo cannot prepare; exit 5'] }
    await deploy(
      () => [write.deployment('web', { script: idle, pod: { initContainers: [init] } })],
      fails(/Deployment\/web failed.*prepare.*code 5/, 60, /\| cannot prepare/),
    )
  })

  it('run out of memory', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo eating; tail /dev/zero', resources: { limits: { memory: '24Mi' } } })],
      fails(/Deployment\/web failed.*(memory|OOM)/i, 60, /24Mi/),
    )
  })

  it('never become ready', { timeout: 120_000 }, async () => {
    const readinessProbe = { exec: { command: ['sh', '-c', 'echo cache is cold; exit 1'] }, periodSeconds: 1, failureThreshold: 3 }
    await deploy(
      () => [write.deployment('web', { script: idle, readinessProbe })],
      fails(/Deployment\/web failed.*readiness/i, 90, /cache is cold/),
      { args: ['--timeout', '45s'] },
    )
  })

  it('are killed by their liveness probe', { timeout: 120_000 }, async () => {
    const livenessProbe = { exec: { command: ['sh', '-c', 'echo it hangs; exit 1'] }, periodSeconds: 1, failureThreshold: 2 }
    await deploy(
      () => [write.deployment('web', { script: idle, livenessProbe, ...ready })],
      fails(/Deployment\/web failed/, 85, /liveness/i),
    )
  })
})

real.concurrent('Pods that do not come to be', () => {
  it('fit on no node', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle, pod: { nodeSelector: { disk: 'none' } } })],
      fails(/Deployment\/web failed.*(schedul|node)/i, 60, /node affinity|selector/i),
    )
  })

  it('wait for a volume that nobody makes', { timeout: 120_000 }, async () => {
    const claim = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data' },
      spec: { storageClassName: 'nowhere', accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } },
    }
    const pod = { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] }
    await deploy(
      () => [claim, write.deployment('web', { script: idle, volumeMounts: [{ name: 'data', mountPath: '/data' }], pod })],
      fails(/(PersistentVolumeClaim\/data|Deployment\/web) failed/, 60, /PersistentVolumeClaim|storage ?class/i),
    )
  })

  it('are over a quota', { timeout: 120_000 }, async () => {
    await deploy(() => [write.deployment('web', { script: idle })], fails(/Deployment\/web failed.*quota/i, 60, /pods=0|exceeded quota/), {
      before: ({ create }) => create('v1/resourcequotas', { metadata: { name: 'none' }, spec: { hard: { pods: '0' } } }),
    })
  })
})

real.concurrent('Jobs', () => {
  it('fail twice and then succeed', { timeout: 120_000 }, async () => {
    const script = 'echo x >> /state/tries; n=$(wc -l < /state/tries); echo try $n; [ $n -ge 3 ]'
    const pod = { restartPolicy: 'OnFailure', volumes: [{ name: 'state', emptyDir: {} }] }
    await deploy(
      () => [write.job('import', { script, volumeMounts: [{ name: 'state', mountPath: '/state' }], pod, spec: { backoffLimit: 4 } })],
      succeeds(/\| try 1/, /\| try 2/, /\| try 3/),
    )
  })

  it('fail for good', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.job('import', { script: 'echo no such table; exit 9', spec: { backoffLimit: 1 } })],
      fails(/Job\/import failed.*code 9/, 70, /\| no such table/),
    )
  })

  it('fail as a hook, before anything else is made', { timeout: 120_000 }, async () => {
    const annotations = { 'helm.sh/hook': 'pre-install' }
    await deploy(
      () => [
        write.configMap('settings'),
        write.job('migrate', { script: 'echo locked table; exit 6', spec: { backoffLimit: 0 }, annotations }),
      ],
      fails(/Job\/migrate failed.*code 6/, 60, /\| locked table/),
    )
  })

  it('run out of their own time', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.job('import', { script: `echo counting; ${idle}`, spec: { activeDeadlineSeconds: 5 } })],
      fails(/Job\/import failed.*deadline/i, 60),
    )
  })
})

real.concurrent('other workloads', () => {
  it('a StatefulSet that crashes', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.statefulSet('db', { script: 'echo corrupt page; exit 11' })],
      fails(/StatefulSet\/db failed.*code 11/, 60, /\| corrupt page/),
    )
  })

  it('a DaemonSet that crashes', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.daemonSet('agent', { script: 'echo no socket; exit 12' })],
      fails(/DaemonSet\/agent failed.*code 12/, 60, /\| no socket/),
    )
  })

  it('what the API server refuses', { timeout: 120_000 }, async () => {
    const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'web' }, spec: { ports: [{ port: 80 }, { port: 81 }] } }
    await deploy(
      () => [write.configMap('settings'), service, write.deployment('web', { script: idle })],
      fails(/Service.*web/, 60, /ports\[0\]\.name|several ports, and one without a name/),
    )
  })
})

real.concurrent('what only looks like a failure', () => {
  it('a slow start', { timeout: 120_000 }, async () => {
    await deploy(
      () => [write.deployment('web', { script: `echo warming up; sleep 15; echo warm; touch /tmp/ready; ${idle}`, ...ready })],
      succeeds(/\| warming up/, /\| warm$/m),
    )
  })

  it('one crash before it runs', { timeout: 120_000 }, async () => {
    const script = `if [ -e /state/tried ]; then echo second run; sleep 2; touch /tmp/ready; ${idle}; else touch /state/tried; echo first run; exit 1; fi`
    const pod = { volumes: [{ name: 'state', emptyDir: {} }] }
    await deploy(
      () => [write.deployment('web', { script, volumeMounts: [{ name: 'state', mountPath: '/state' }], pod, ...ready })],
      succeeds(/\| first run/, /\| second run/),
    )
  })

  it('a flood of log lines', { timeout: 120_000 }, async () => {
    const script = `seq 1 100000; echo the flood is over; sleep 4; touch /tmp/ready; ${idle}`
    await deploy(() => [write.deployment('web', { script, ...ready })], succeeds(/the flood is over/))
  })

  it('an old Pod that ignores SIGTERM', { timeout: 120_000 }, async () => {
    const scenario = await newScenario(target)
    try {
      const stubborn = (word: string) =>
        write.deployment('web', {
          script: `echo ${word}; trap '' TERM; while true; do sleep 1; done`,
          pod: { terminationGracePeriodSeconds: 20 },
        })
      expectSuccess(await scenario.deploy({ objects: [stubborn('first')] }, { chart: 'objects' }))
      const result = await scenario.deploy({ objects: [stubborn('second')] }, { chart: 'objects' })
      expectSuccess(result)
      expect(result.output).toMatch(/\| second/)
    } finally {
      await scenario.remove()
    }
  })

  it('a new Pod that ignores SIGTERM when the guard removes it', { timeout: 120_000 }, async () => {
    const stubborn = write.deployment('stubborn', {
      script: `trap '' TERM; while true; do sleep 1; done`,
      pod: { terminationGracePeriodSeconds: 20 },
    })
    await deploy(() => [stubborn, write.deployment('web', { script: 'exit 7' })], fails(/Deployment\/web failed.*code 7/, 80))
  })
})

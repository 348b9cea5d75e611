import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { containersRun, openTarget, type Target } from './target.ts'
import { fails, succeeds, type TrialOptions, tryDeploy } from './trial.ts'
import { idle, workloads } from './workload.ts'

// Containers that do not come up, beyond `failures`: each with its reason, its evidence and what to do.

// Where no node runs containers these are skipped, and reported so.
const real = describe.skipIf(!(await containersRun()))
/** What the sandbox does not know. */
const onCluster = it.skipIf(!process.env.CONVERGE_TEST_CLUSTER)
const bound = { timeout: 120_000 }

let target: Target
let write: ReturnType<typeof workloads>

beforeAll(async () => {
  target = await openTarget()
  write = workloads(target)
})
afterAll(() => target?.stop())

const deploy = (objects: () => object[], judge: Parameters<typeof tryDeploy>[2], options?: TrialOptions) =>
  tryDeploy(target, objects(), judge, options)

const image = 'converge.test/busybox:1'
const prepare = (fields: object) => ({ initContainers: [{ name: 'prepare', image, ...fields }] })
const volume = (mount: object, source: object) => ({
  volumeMounts: [{ name: 'data', ...mount }],
  pod: { volumes: [{ name: 'data', ...source }] },
})
const exec = (script: string) => ({ exec: { command: ['sh', '-c', script] }, periodSeconds: 1, failureThreshold: 2 })

real.concurrent('init containers and sidecars', () => {
  it('an init container that hangs is named when the time is over', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle, pod: prepare({ command: ['sh', '-c', 'echo waiting for db; sleep 1000'] }) })],
      fails(/Deployment\/web failed.*init container prepare to end/, 60, /\| waiting for db/, /> container prepare/),
      { args: ['--timeout', '30s'] },
    )
  })

  it('a sidecar that crashes', bound, async () => {
    const pod = { initContainers: [{ name: 'proxy', image, restartPolicy: 'Always', command: ['sh', '-c', 'echo no upstream; exit 3'] }] }
    await deploy(
      () => [write.deployment('web', { script: idle, pod })],
      fails(/Deployment\/web failed.*proxy exits with code 3/, 70, /\| no upstream/),
    )
  })

  it('an image of an init container', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle, pod: prepare({ image: 'registry.invalid/tools:1' }) })],
      fails(/Deployment\/web failed.*prepare cannot get its image registry\.invalid\/tools:1/, 60),
    )
  })

  it('one of two containers', bound, async () => {
    const containers = [
      { name: 'web', image, command: ['sh', '-c', idle] },
      { name: 'metrics', image, command: ['sh', '-c', 'echo port taken; exit 6'] },
    ]
    await deploy(
      () => [write.deployment('web', { pod: { containers } })],
      fails(/Deployment\/web failed.*metrics exits with code 6/, 60, /\| port taken/),
    )
  })

  it('an init container that fails once is no failure', bound, async () => {
    const script = '[ -e /data/x ] || { touch /data/x; echo db is not there yet; sleep 2; exit 1; }; echo migrated'
    const { volumeMounts, pod } = volume({ mountPath: '/data' }, { emptyDir: {} })
    await deploy(
      () => [write.deployment('web', { script: idle, pod: { ...pod, ...prepare({ volumeMounts, command: ['sh', '-c', script] }) } })],
      succeeds(/\| db is not there yet/, /\| migrated/),
    )
  })
})

real.concurrent('processes that cannot be started', () => {
  it('a file that is no program', bound, async () => {
    await deploy(
      () => [write.deployment('web', { command: ['/etc/passwd'] })],
      fails(/Deployment\/web failed.*RunContainerError.*\/etc\/passwd/, 60, /hint/),
    )
  })

  onCluster('a working directory that is a file', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle, workingDir: '/etc/passwd' })],
      fails(/Deployment\/web failed.*not a directory/, 60, /check workingDir of container web/),
    )
  })

  onCluster('a directory mounted onto a file', bound, async () => {
    const mount = volume({ mountPath: '/etc/passwd' }, { configMap: { name: 'settings' } })
    await deploy(
      () => [write.configMap('settings', { a: '1' }), write.deployment('web', { script: idle, ...mount })],
      fails(/Deployment\/web failed.*volume data cannot be mounted at \/etc\/passwd: not a directory/, 60, /by subPath/),
    )
  })

  it('root where that is not allowed', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle, securityContext: { runAsNonRoot: true } })],
      fails(/Deployment\/web failed.*runAsNonRoot and image will run as root$/, 60, /runAsUser/),
    )
  })

  onCluster('a user that may not write', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo 1 > /var/pid || exit 13', securityContext: { runAsUser: 1000 } })],
      fails(/Deployment\/web failed.*code 13/, 60, /Permission denied/),
    )
  })

  it('a path that asks for a variable', bound, async () => {
    const mount = volume({ mountPath: '/data', subPathExpr: '$(NOT_SET)/x' }, { emptyDir: {} })
    await deploy(
      () => [write.deployment('web', { script: idle, ...mount })],
      fails(/Deployment\/web failed.*NOT_SET/, 60, /set NOT_SET in env of container web/),
    )
  })

  it('a postStart hook that fails', bound, async () => {
    const lifecycle = { postStart: { exec: { command: ['sh', '-c', 'exit 3'] } } }
    await deploy(
      () => [write.deployment('web', { script: idle, lifecycle })],
      fails(/Deployment\/web failed.*postStart/, 60, /lifecycle\.postStart/),
    )
  })
})

real.concurrent('what is missing', () => {
  it('a key of a mounted ConfigMap, with the one that is there', bound, async () => {
    const mount = volume({ mountPath: '/data' }, { configMap: { name: 'settings', items: [{ key: 'app.yaml', path: 'app.yaml' }] } })
    await deploy(
      () => [write.configMap('settings', { 'app.yml': '1' }), write.deployment('web', { script: idle, ...mount })],
      fails(/Deployment\/web failed.*FailedMount.*app\.yaml/, 85),
    )
  })

  it('a ConfigMap with a name like it', bound, async () => {
    const envFrom = [{ configMapRef: { name: 'settings' } }]
    await deploy(
      () => [write.configMap('setings'), write.deployment('web', { script: idle, envFrom })],
      fails(/Deployment\/web failed.*configmap "settings" not found/, 60, /no ConfigMap\/settings, but ConfigMap\/setings/),
    )
  })

  it('a key of a Secret, whose values are not told', bound, async () => {
    const env = [{ name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } }]
    await deploy(
      () => [write.deployment('web', { script: idle, env })],
      fails(/Deployment\/web failed.*key password/, 60, /Secret\/db has no key password, but passwort/),
      { before: ({ create }) => create('v1/secrets', { metadata: { name: 'db' }, stringData: { passwort: 's3cret-1' } }) },
    )
  })

  it('a Secret for the registry', bound, async () => {
    await deploy(
      () => [write.deployment('web', { image: 'registry.invalid/web:9', pod: { imagePullSecrets: [{ name: 'registry' }] } })],
      fails(/Deployment\/web failed.*registry\.invalid\/web:9/, 60, /no Secret\/registry, which imagePullSecrets names/),
    )
  })

  it('an image by its digest', bound, async () => {
    const digest = `registry.invalid/web@sha256:${'a'.repeat(64)}`
    await deploy(() => [write.deployment('web', { image: digest })], fails(/Deployment\/web failed.*@sha256:aaaa/, 60))
  })
})

real.concurrent('processes that end', () => {
  it('by a signal that is not for want of memory', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo bye; exit 137' })],
      (result) => {
        fails(/Deployment\/web failed.*SIGKILL/, 60, /\| bye/)(result)
        expect(result.output).not.toMatch(/OOM|memory/)
      },
    )
  })

  it('well, where they should not end', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo done' })],
      fails(/Deployment\/web failed.*code 0/, 70, /for processes that keep running/),
    )
  })

  it('with a message of their own', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo "config.yaml:3: bad port" > /dev/termination-log; exit 78' })],
      fails(/Deployment\/web failed.*code 78/, 60, /config\.yaml:3: bad port/),
    )
  })

  it('after two seconds, without a probe', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: 'echo up; sleep 2; echo no database; exit 8' })],
      fails(/Deployment\/web failed.*code 8 after 2/, 70, /\| no database/),
    )
  })

  it('by their startup probe', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle, startupProbe: exec('echo not up; exit 1') })],
      fails(/Deployment\/web failed.*startup probe fails: not up/, 60),
    )
  })

  it('again and again after they were ready, while others still start', bound, async () => {
    const readinessProbe = { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 }
    await deploy(
      () => [
        write.deployment('web', { script: 'touch /tmp/ready; sleep 4; echo lost db; exit 8', readinessProbe }),
        write.deployment('slow', { script: idle, readinessProbe }),
      ],
      fails(/Deployment\/web failed.*code 8 after 4/, 75, /\| lost db/),
    )
  })
})

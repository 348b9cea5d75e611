import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { containersRun, openTarget, type Target } from './target.ts'
import { fails, found, succeeds, type TrialOptions, tryDeploy } from './trial.ts'
import { idle, workloads } from './workload.ts'

// Rollouts, Jobs and what others do meanwhile, beyond `failures`.

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

const readinessProbe = { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 }
const up = `touch /tmp/ready; ${idle}`
const annotated = <T extends { metadata: object }>(object: T, annotations: Record<string, string>): T => ({
  ...object,
  metadata: { ...object.metadata, annotations },
})
const runningPod = ({ get }: Scenario) =>
  found(async () => (await get('v1/pods')).items.find((pod: any) => pod.status.phase === 'Running' && !pod.metadata.deletionTimestamp))

/** Two deploys of one release; judges the second. */
async function redeploy(
  first: () => object[],
  second: () => object[],
  judge: (...args: Parameters<Parameters<typeof tryDeploy>[2]>) => unknown,
) {
  const scenario = await newScenario(target)
  try {
    expectSuccess(await scenario.deploy({ objects: first() }, { chart: 'objects' }))
    const result = await scenario.deploy({ objects: second() }, { chart: 'objects', args: ['--timeout', '60s'] })
    await judge(result, scenario)
  } finally {
    await scenario.remove()
  }
}

real.concurrent('Pods that are not admitted', () => {
  it('one over a quota', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: up, readinessProbe, spec: { replicas: 3 } })],
      fails(/Deployment\/web failed.*exceeded quota: two.*limited: pods=2/, 60, /where +Deployment\/web > ReplicaSet \w+$/m),
      { before: ({ create }) => create('v1/resourcequotas', { metadata: { name: 'two' }, spec: { hard: { pods: '2' } } }) },
    )
  })

  it('more memory than a LimitRange lets them have', bound, async () => {
    const limits = [{ type: 'Container', max: { memory: '64Mi' } }]
    await deploy(
      () => [write.deployment('web', { script: idle, resources: { limits: { memory: '128Mi' } } })],
      fails(/Deployment\/web failed.*maximum memory usage per Container is 64Mi, but limit is 128Mi/, 60),
      { before: ({ create }) => create('v1/limitranges', { metadata: { name: 'small' }, spec: { limits } }) },
    )
  })

  onCluster('less security than their namespace asks for', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle })],
      fails(/Deployment\/web failed.*violates PodSecurity "restricted/, 60, /set the securityContext/),
      {
        before: ({ api, name }) => {
          const metadata = { labels: { 'pod-security.kubernetes.io/enforce': 'restricted' } }
          return api('PATCH', `/api/v1/namespaces/${name}`, { metadata }, 'application/merge-patch+json')
        },
      },
    )
  })

  onCluster('a webhook that nobody answers', bound, async () => {
    const configurations = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
    const webhook = (name: string) => ({
      name: 'check.example.org',
      sideEffects: 'None',
      admissionReviewVersions: ['v1'],
      timeoutSeconds: 2,
      clientConfig: { url: 'https://127.0.0.1:1/' },
      namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } },
      rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
    })
    await deploy(
      () => [write.deployment('web', { script: idle })],
      fails(/Deployment\/web failed.*failed calling webhook "check\.example\.org"/, 60),
      {
        before: ({ api, name }) => api('POST', configurations, { metadata: { name }, webhooks: [webhook(name)] }),
        after: ({ api, name }) => api('DELETE', `${configurations}/${name}`),
      },
    )
  })

  it('a host port that another Pod has', bound, async () => {
    const ports = [{ containerPort: 80, hostPort: 20_000 + Math.floor(Math.random() * 9_000) }]
    await deploy(
      () => [write.deployment('web', { script: up, readinessProbe, ports, spec: { replicas: 2 } })],
      fails(/Deployment\/web failed.*didn't have free ports/, 60),
    )
  })

  it('a Pod that does not want to be beside its like', bound, async () => {
    const rule = { topologyKey: 'kubernetes.io/hostname', labelSelector: { matchLabels: { app: 'web' } } }
    const affinity = { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [rule] } }
    await deploy(
      () => [write.deployment('web', { script: up, readinessProbe, spec: { replicas: 2 }, pod: { affinity } })],
      fails(/Deployment\/web failed.*anti-affinity/, 60),
    )
  })

  it('more processors than any node has', bound, async () => {
    await deploy(
      () => [write.deployment('web', { script: idle, resources: { requests: { cpu: '5000' } } })],
      fails(/Deployment\/web failed.*Insufficient cpu/, 60, /ask for less cpu, or add a node/),
    )
  })
})

real.concurrent('rollouts', () => {
  it('an update that crashes leaves the old Pods serving, and names what ran before', bound, async () => {
    await redeploy(
      () => [write.deployment('web', { script: up, readinessProbe, spec: { replicas: 2 } })],
      () => [write.deployment('web', { image: 'converge.test/busybox:2', script: 'exit 3', readinessProbe, spec: { replicas: 2 } })],
      async (result, { get }) => {
        fails(/Deployment\/web failed.*code 3/, 60, /the last good revision had converge\.test\/busybox:1/, /converge rollback 1/)(result)
        const { items } = await get('v1/pods')
        const serving = items.filter((pod: any) => pod.status.conditions.some((c: any) => c.type === 'Ready' && c.status === 'True'))
        expect(serving.length).toBeGreaterThanOrEqual(1)
      },
    )
  })

  it('a StatefulSet whose second Pod crashes', bound, async () => {
    const script = `case $(hostname) in *-1) echo no peer; exit 4;; esac; ${up}`
    await deploy(
      () => [write.statefulSet('db', { script, readinessProbe, spec: { replicas: 3 } })],
      fails(/StatefulSet\/db failed.*code 4/, 80, /\| no peer/, /Pod 1 > container db/),
    )
  })

  onCluster('a DaemonSet that crashes on one of two nodes', bound, async () => {
    const pod = { nodeSelector: {}, tolerations: [{ operator: 'Exists' }] }
    await deploy(
      () => [write.daemonSet('agent', { script: 'echo no socket; exit 12', pod })],
      fails(/DaemonSet\/agent failed.*code 12/, 75, /1 of 2 Pods/),
    )
  })

  it('one of two that share a ConfigMap', bound, async () => {
    const envFrom = [{ configMapRef: { name: 'settings' } }]
    await deploy(
      () => [
        write.configMap('settings', { a: '1' }),
        write.deployment('good', { script: up, readinessProbe, envFrom }),
        write.deployment('bad', { script: 'exit 2', envFrom }),
      ],
      fails(/Deployment\/bad failed.*code 2/, 60),
    )
  })

  it('a stuck rollout of a StatefulSet is got going by the correction, or named', bound, async () => {
    const scenario = await newScenario(target)
    try {
      const first = await scenario.deploy(
        { objects: [write.statefulSet('db', { script: 'exit 11' })] },
        { chart: 'objects', args: ['--on-failure=keep'] },
      )
      fails(/StatefulSet\/db failed.*code 11/, 60)(first)
      const second = await scenario.deploy(
        { objects: [write.statefulSet('db', { script: idle })] },
        { chart: 'objects', args: ['--timeout', '60s'] },
      )
      if (second.status === 0) expectSuccess(second)
      else fails(/StatefulSet\/db failed.*waits for it before it makes a new one/, 60, /kubectl .* delete pod db-0/)(second)
    } finally {
      await scenario.remove()
    }
  })

  it('an autoscaler without its target', bound, async () => {
    const spec = { maxReplicas: 3, scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'nowhere' } }
    await deploy(
      () => [{ apiVersion: 'autoscaling/v2', kind: 'HorizontalPodAutoscaler', metadata: { name: 'web' }, spec }],
      fails(/HorizontalPodAutoscaler\/web failed.*"nowhere" not found/, 75),
    )
  })
})

real.concurrent('Jobs', () => {
  it('with a policy for an exit code', bound, async () => {
    const rules = [{ action: 'FailJob', onExitCodes: { containerName: 'import', operator: 'In', values: [42] } }]
    await deploy(
      () => [write.job('import', { script: 'echo bad schema; exit 42', spec: { backoffLimit: 6, podFailurePolicy: { rules } } })],
      fails(/Job\/import failed.*code 42.*after one try \(PodFailurePolicy\)/, 60, /\| bad schema/),
    )
  })

  it('of which one index fails', bound, async () => {
    const script = 'echo shard $JOB_COMPLETION_INDEX; [ $JOB_COMPLETION_INDEX != 1 ] || { echo it is corrupt; exit 5; }'
    const spec = { completions: 3, parallelism: 3, completionMode: 'Indexed', backoffLimitPerIndex: 0, maxFailedIndexes: 2 }
    await deploy(
      () => [write.job('import', { script, spec })],
      fails(/Job\/import failed.*code 5.*index 1 of its 3 failed/, 60, /\| it is corrupt/),
    )
  })

  it('that fail until their time is over', bound, async () => {
    await deploy(
      () => [write.job('import', { script: 'echo flaky; exit 4', spec: { backoffLimit: 9, activeDeadlineSeconds: 8 } })],
      fails(/Job\/import failed.*code 4.*DeadlineExceeded/, 60, /\| flaky/),
    )
  })

  it('that hang as hooks are named when the time is over', bound, async () => {
    const annotations = { 'helm.sh/hook': 'pre-install' }
    await deploy(
      () => [write.configMap('settings'), write.job('migrate', { script: `echo waiting for a lock; ${idle}`, annotations })],
      fails(
        /Job\/migrate failed.*is not ready.*its completion/,
        60,
        /\| waiting for a lock/,
        /Job\/migrate > Pod \w+/,
        /not done within 12s/,
      ),
      { args: ['--timeout', '12s'] },
    )
  })

  it('with a sidecar succeed', bound, async () => {
    const pod = {
      initContainers: [{ name: 'proxy', image: 'converge.test/busybox:1', restartPolicy: 'Always', command: ['sh', '-c', idle] }],
    }
    await deploy(() => [write.job('import', { script: 'echo imported', pod })], succeeds(/\| imported/))
  })

  it('that are suspended are not waited for', bound, async () => {
    await deploy(() => [write.job('import', { script: 'true', spec: { suspend: true } })], succeeds())
  })
})

real.concurrent('annotations', () => {
  it('let a failure pass, and say it', bound, async () => {
    await deploy(
      () => [
        write.deployment('good', { script: `sleep 8; ${up}`, readinessProbe }),
        annotated(write.deployment('bad', { script: 'exit 2' }), { 'werf.io/fail-mode': 'IgnoreAndContinueDeployProcess' }),
      ],
      succeeds(/^! Deployment\/bad failed and is let pass.*code 2/m),
    )
  })

  it('fail at the end', bound, async () => {
    await deploy(
      () => [
        write.deployment('good', { script: `sleep 10; echo good is up; ${up}`, readinessProbe }),
        annotated(write.deployment('bad', { script: 'exit 2' }), { 'werf.io/fail-mode': 'HopeUntilEndOfDeployProcess' }),
      ],
      fails(/Deployment\/bad failed.*code 2/, 75, /\| good is up/),
    )
  })

  it('do not wait', bound, async () => {
    await deploy(
      () => [annotated(write.deployment('bad', { script: 'exit 2' }), { 'werf.io/track-termination-mode': 'NonBlocking' })],
      succeeds(),
    )
  })

  it('believe the cluster at once', bound, async () => {
    await deploy(
      () => [annotated(write.deployment('web', { script: idle }), { 'converge.dev/settle-time': '0s' })],
      (result) => {
        succeeds()(result)
        expect(result.output).not.toMatch(/settling/)
      },
    )
  })
})

real.concurrent('people', () => {
  const slow = () => write.deployment('web', { script: `sleep 6; ${up}`, readinessProbe })

  it('delete a Pod that is followed', bound, async () => {
    await deploy(() => [slow()], succeeds(), {
      during: async (scenario) => {
        const { metadata } = await runningPod(scenario)
        await scenario.api('DELETE', `/api/v1/namespaces/${scenario.name}/pods/${metadata.name}`)
      },
    })
  })

  it('scale what is followed', bound, async () => {
    await deploy(() => [slow()], succeeds(), {
      during: async (scenario) => {
        await runningPod(scenario)
        const path = `/apis/apps/v1/namespaces/${scenario.name}/deployments/web`
        await scenario.api('PATCH', path, { spec: { replicas: 2 } }, 'application/merge-patch+json')
      },
    })
  })

  it('delete what is followed', bound, async () => {
    await deploy(() => [slow()], fails(/Deployment\/web failed.*deleted by someone else/, 60), {
      during: async (scenario) => {
        await runningPod(scenario)
        await scenario.api('DELETE', `/apis/apps/v1/namespaces/${scenario.name}/deployments/web`)
      },
    })
  })
})

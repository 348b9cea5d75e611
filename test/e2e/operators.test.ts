import { mkdtemp, readFile, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Run } from './process.ts'
import { expectFailure, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { type Api, apiOf, openTarget, type Target } from './target.ts'

// Resources of operators that are not there: the test writes their status as their controllers do, while a run waits for them.

let target: Target
let api: Api
let directory: string
const made: string[] = []

const kinds = [
  ['cert-manager.io', 'v1', 'Certificate', 'certificates'],
  ['helm.toolkit.fluxcd.io', 'v2', 'HelmRelease', 'helmreleases'],
  ['argoproj.io', 'v1alpha1', 'Application', 'applications'],
  ['monitoring.coreos.com', 'v1', 'Prometheus', 'prometheuses'],
  ['external-secrets.io', 'v1', 'ExternalSecret', 'externalsecrets'],
  ['kafka.strimzi.io', 'v1beta2', 'Kafka', 'kafkas'],
  ['postgresql.cnpg.io', 'v1', 'Cluster', 'clusters'],
  ['gateway.networking.k8s.io', 'v1', 'Gateway', 'gateways'],
  ['gateway.networking.k8s.io', 'v1', 'HTTPRoute', 'httproutes'],
] as const

const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

beforeAll(async () => {
  target = await openTarget()
  api = apiOf(target.kubeconfig, target.context)
  directory = await mkdtemp(path.join(os.tmpdir(), 'converge-operators-'))
  for (const [group, version, kind, plural] of kinds) {
    const name = `${plural}.${group}`
    const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
    const versions = [{ name: version, served: true, storage: true, subresources: { status: {} }, schema }]
    const names = { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` }
    const annotations = { 'api-approved.kubernetes.io': 'unapproved, for a test' }
    const spec = { group, scope: 'Namespaced', names, versions }
    const created = await api('POST', definitions, {
      apiVersion: 'apiextensions.k8s.io/v1',
      kind: 'CustomResourceDefinition',
      metadata: { name, annotations },
      spec,
    }).catch((error) => {
      if (error.status !== 409) throw error
    })
    if (created) made.push(name)
  }
  for (const [group, version, , plural] of kinds) await eventually(() => api('GET', `/apis/${group}/${version}/${plural}`))
}, 60_000)
afterAll(async () => {
  for (const name of made) await api('DELETE', `${definitions}/${name}`)
  await rm(directory, { recursive: true, force: true })
  await target?.stop()
})

async function eventually<T>(ask: () => Promise<T>): Promise<T> {
  const end = Date.now() + 20_000
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 100))
    }
  }
}

interface Custom {
  kind: (typeof kinds)[number][2]
  name?: string
  spec?: object
}

const groupOf = (kind: string) => kinds.find((entry) => entry[2] === kind)!

function manifest({ kind, name = 'web', spec = {} }: Custom) {
  const [group, version] = groupOf(kind)
  return { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec }
}

/** Writes one status after the other, as soon as the object is there with this generation; `seconds` apart. */
async function operate(scenario: Scenario, { kind, name = 'web' }: Custom, generation: number, statuses: object[], seconds = 0.7) {
  const [group, version, , plural] = groupOf(kind)
  const object = `/apis/${group}/${version}/namespaces/${scenario.name}/${plural}/${name}`
  await eventually(async () => {
    const { metadata } = await api('GET', object)
    if (metadata.generation !== generation) throw new Error(`${kind}/${name} is of generation ${metadata.generation}`)
  })
  for (const status of statuses) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
    await api('PATCH', `${object}/status`, { status }, 'application/merge-patch+json')
  }
}

/** Deploys objects while their operators work; gives the run, and each state in which the first object was seen. */
async function play(scenario: Scenario, objects: Custom[], work: () => Promise<unknown>): Promise<{ result: Run; seen: string[] }> {
  const report = path.join(directory, `${scenario.name}-${Math.random()}.ndjson`)
  const [result] = await Promise.all([
    scenario.deploy({ objects: objects.map(manifest) }, { chart: 'objects', args: ['--timeout', '60s', '--report', `ndjson=${report}`] }),
    work(),
  ])
  const seen: string[] = []
  for (const line of (await readFile(report, 'utf8')).split('\n')) {
    if (!line.includes('"status"')) continue
    const { type, status } = JSON.parse(line)
    if (type !== 'status' || status.ref.kind !== objects[0]!.kind) continue
    const words = `${status.state} ${status.reason}`
    if (seen.at(-1) !== words) seen.push(words)
  }
  return { result, seen }
}

async function inScenario(run: (scenario: Scenario) => Promise<void>): Promise<void> {
  const scenario = await newScenario(target)
  try {
    await run(scenario)
  } finally {
    await scenario.remove()
  }
}

const condition = (type: string, status: string, reason = type, message = '') => ({ type, status, reason, message })
const conditions = (...list: object[]) => ({ conditions: list })

interface Case {
  custom: Custom
  statuses: object[]
  /** States in the order in which they were to be seen; others may lie between them. */
  seen: string[]
  /** How the first line of a failure reads. */
  fails?: RegExp
}

const cases: Record<string, Case> = {
  'cert-manager issues': {
    custom: { kind: 'Certificate' },
    statuses: [
      conditions(condition('Issuing', 'True', 'DoesNotExist'), condition('Ready', 'False', 'DoesNotExist', 'Secret does not exist')),
      conditions(condition('Ready', 'True')),
    ],
    seen: ['progressing progressing', 'progressing DoesNotExist', 'ready ready'],
  },
  'cert-manager cannot issue': {
    custom: { kind: 'Certificate' },
    statuses: [
      conditions(condition('Issuing', 'True', 'DoesNotExist'), condition('Ready', 'False', 'DoesNotExist', 'Secret does not exist')),
      conditions(
        condition('Issuing', 'False', 'Failed', 'The certificate request has failed to complete: rate limited'),
        condition('Ready', 'False', 'DoesNotExist', 'Secret does not exist'),
      ),
    ],
    seen: ['progressing DoesNotExist', 'failed Failed'],
    fails: /Certificate\/web failed.*rate limited/,
  },
  'Flux installs': {
    custom: { kind: 'HelmRelease' },
    statuses: [
      {
        observedGeneration: -1,
        ...conditions(condition('Reconciling', 'True', 'Progressing'), condition('Ready', 'Unknown', 'Progressing')),
      },
      { observedGeneration: 1, ...conditions(condition('Released', 'True'), condition('Ready', 'True', 'InstallSucceeded')) },
    ],
    seen: ['progressing progressing', 'ready ready'],
  },
  'Flux gives up': {
    custom: { kind: 'HelmRelease' },
    statuses: [
      {
        observedGeneration: 1,
        ...conditions(
          condition('Stalled', 'True', 'RetriesExceeded', 'Failed to install after 1 attempt(s)'),
          condition('Ready', 'False', 'InstallFailed', 'Helm install failed: web is not ready'),
        ),
      },
    ],
    seen: ['progressing InstallFailed', 'failed RetriesExceeded'],
    fails: /HelmRelease\/web failed.*after 1 attempt/,
  },
  'Argo CD syncs': {
    custom: { kind: 'Application', spec: { project: 'default', syncPolicy: { automated: {} } } },
    statuses: [
      { health: { status: 'Missing' }, sync: { status: 'OutOfSync' } },
      { operationState: { phase: 'Running', message: 'one task' } },
      { operationState: { phase: 'Succeeded' }, health: { status: 'Progressing' }, sync: { status: 'Synced' } },
      { health: { status: 'Healthy' } },
    ],
    seen: ['progressing OutOfSync', 'progressing syncing', 'progressing Progressing', 'ready Healthy'],
  },
  'Prometheus starts': {
    custom: { kind: 'Prometheus' },
    statuses: [
      conditions(condition('Available', 'False', 'NoPodReady'), condition('Reconciled', 'True')),
      conditions(condition('Available', 'Degraded', 'SomePodsNotReady'), condition('Reconciled', 'True')),
      conditions(condition('Available', 'True'), condition('Reconciled', 'True')),
    ],
    seen: ['progressing NoPodReady', 'progressing SomePodsNotReady', 'ready available'],
  },
  'Strimzi creates': {
    custom: { kind: 'Kafka' },
    statuses: [
      { observedGeneration: 1, ...conditions(condition('NotReady', 'True', 'Creating', 'Kafka cluster is being deployed')) },
      { observedGeneration: 1, ...conditions(condition('Ready', 'True')) },
    ],
    seen: ['progressing progressing', 'ready ready'],
  },
  'Strimzi refuses': {
    custom: { kind: 'Kafka' },
    statuses: [
      {
        observedGeneration: 1,
        ...conditions(condition('NotReady', 'True', 'InvalidResourceException', 'storage of the broker is missing')),
      },
    ],
    seen: ['progressing InvalidResourceException', 'failed InvalidResourceException'],
    fails: /Kafka\/web failed.*storage of the broker is missing/,
  },
  'CloudNativePG starts': {
    custom: { kind: 'Cluster', spec: { instances: 2 } },
    statuses: [
      { phase: 'Setting up primary', instances: 1 },
      { phase: 'Creating a new replica', instances: 2, readyInstances: 1 },
      { phase: 'Cluster in healthy state', readyInstances: 2 },
    ],
    seen: ['progressing Setting up primary', 'progressing Creating a new replica', 'ready healthy'],
  },
  'CloudNativePG cannot go on': {
    custom: { kind: 'Cluster', spec: { instances: 1 } },
    statuses: [{ phase: 'Unable to create required cluster objects', phaseReason: 'serviceaccounts is forbidden' }],
    seen: ['failed Failed'],
    fails: /Cluster\/web failed.*Unable to create required cluster objects: serviceaccounts is forbidden/,
  },
  'a Gateway gets its address': {
    custom: { kind: 'Gateway' },
    statuses: [
      conditions(condition('Accepted', 'Unknown', 'Pending'), condition('Programmed', 'Unknown', 'Pending')),
      conditions(condition('Accepted', 'True'), condition('Programmed', 'False', 'AddressNotAssigned', 'no address yet')),
      conditions(condition('Accepted', 'True'), condition('Programmed', 'True')),
    ],
    seen: ['progressing pending', 'ready programmed'],
  },
  'a route to nowhere': {
    custom: { kind: 'HTTPRoute' },
    statuses: [
      {
        parents: [conditions(condition('Accepted', 'True'), condition('ResolvedRefs', 'False', 'BackendNotFound', 'Service shop/nowhere'))],
      },
    ],
    seen: ['progressing pending', 'failed BackendNotFound'],
    fails: /HTTPRoute\/web failed.*Service shop\/nowhere/,
  },
}

describe.concurrent('operators', () => {
  it.each(Object.entries(cases))('%s', { timeout: 100_000 }, async (_, { custom, statuses, seen, fails }) => {
    await inScenario(async (scenario) => {
      const before = await scenario.inventory()
      const { result, seen: states } = await play(scenario, [custom], () => operate(scenario, custom, 1, statuses))
      if (fails) expectFailure(result, fails)
      else expectSuccess(result)
      expect(
        states.filter((state) => seen.includes(state)),
        states.join('\n'),
      ).toEqual(seen)
      expect(states.at(-1)).toBe(seen.at(-1))
      if (fails) expect(await scenario.inventory()).toEqual(before)
    })
  })

  it('a status of the spec before is not believed', { timeout: 100_000 }, async () => {
    await inScenario(async (scenario) => {
      const custom: Custom = { kind: 'ExternalSecret', spec: { refreshInterval: '1h', data: [] } }
      const synced = (generation: number) => ({
        ...conditions(condition('Ready', 'True', 'SecretSynced')),
        syncedResourceVersion: `${generation}-5c83`,
      })
      expectSuccess((await play(scenario, [custom], () => operate(scenario, custom, 1, [synced(1)]))).result)
      const changed: Custom = { ...custom, spec: { refreshInterval: '2h', data: [] } }
      const { result, seen } = await play(scenario, [changed], () => operate(scenario, changed, 2, [synced(2)], 2))
      expectSuccess(result)
      expect(seen).toEqual(
        ['waiting waiting', 'progressing applied', 'progressing progressing', 'ready ready'].filter((word) => seen.includes(word)),
      )
      expect(seen).toContain('progressing progressing')
      expect(result.seconds).toBeGreaterThan(2)
    })
  })
})

import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/resource.ts'
import { rulesOf } from '../../src/tracker/kinds/registry.ts'
import {
  at,
  container,
  context,
  deployment,
  ended,
  event,
  noon,
  object,
  pod,
  ready,
  replicaSet,
  running,
  statusOf,
  wordsOf,
} from './objects.ts'

const problemsOf = (subject: KubeObject, given: Parameters<typeof context>[0] = {}) =>
  wordsOf(rulesOf(subject).problems?.(subject, context(given)) ?? [])

describe('Deployment', () => {
  it.each<[string, KubeObject, string]>([
    [
      'its controller has not seen it',
      deployment([1, 1, 1, 1], { status: { observedGeneration: 0 } }),
      'progressing starting: the Deployment controller',
    ],
    ['no Pod yet', deployment([2, 0, 0, 0]), 'progressing rolling: 2 more Pods created'],
    ['old Pods only', deployment([2, 2, 0, 2]), 'progressing rolling: 2 more Pods created'],
    ['an old Pod is left', deployment([2, 3, 2, 3]), 'progressing rolling: 1 more old Pod gone'],
    ['one is not available', deployment([2, 2, 2, 1]), 'progressing rolling: 1 more Pod ready'],
    ['shrinks', deployment([1, 2, 2, 2]), 'progressing rolling: 1 more Pod gone'],
    ['all are available', deployment([2, 2, 2, 2]), 'ready ready'],
    ['no replicas wanted', deployment([0, 0, 0, 0]), 'ready ready'],
    ['paused', deployment([2, 2, 0, 2], { spec: { paused: true } }), 'ready paused'],
    ['one replica is the default', deployment([1, 1, 1, 1], { spec: { replicas: undefined } }), 'ready ready'],
  ])('%s', (_, subject, expected) => {
    expect(statusOf(subject)).toBe(expected)
  })

  const children = (status: Record<string, any>, spec: object = {}) => [
    replicaSet('web-1', '1'),
    replicaSet('web-2', '2'),
    pod('new', { owner: 'uid-web-2', spec, status }),
    pod('old', { owner: 'uid-web-1', status: { containerStatuses: [container(ended(1))] } }),
  ]
  const one = deployment([1, 1, 1, 1])
  const run = (given: object) => ({ conditions: ready, containerStatuses: [container(running(), { ready: true, ...given })] })

  it.each<[string, KubeObject[], string]>([
    [
      'a container without a probe has only begun',
      children(run({ containerID: 'c' })),
      'progressing settling: its containers to keep running',
    ],
    ['a simulated container is believed at once', children(run({})), 'ready ready'],
    [
      'a readiness probe is believed at once',
      children(run({ containerID: 'c' }), { containers: [{ name: 'web', readinessProbe: {} }] }),
      'ready ready',
    ],
    [
      'a startup probe is believed at once',
      children(run({ containerID: 'c' }), { containers: [{ name: 'web', startupProbe: {} }] }),
      'ready ready',
    ],
    [
      'one that crashed must outlast its last run, whatever its probe says',
      children(run({ restartCount: 1, lastState: ended(1, 10) }), { containers: [{ name: 'web', readinessProbe: {} }] }),
      'progressing settling: its containers to keep running',
    ],
    [
      'its Pod has crashed though the counts say otherwise',
      children({ containerStatuses: [container(ended(1))] }),
      'progressing rolling: 1 more Pod ready',
    ],
  ])('%s', (_, given, expected) => {
    expect(statusOf(one, { children: given })).toBe(expected)
  })

  it('tells when time alone makes it ready', () => {
    const given = context({ children: children(run({ containerID: 'c' })) })
    expect(rulesOf(one).status(one, given).recheckAt).toBe(noon + 5_000)
    expect(statusOf(one, { children: given.children as KubeObject[], now: noon + 5_000 })).toBe('ready ready')
  })

  it.each<[string, KubeObject, number, object]>([
    ['its author says by minReadySeconds how long is enough', deployment([1, 1, 1, 1], { spec: { minReadySeconds: 1 } }), 2, {}],
    ['the run asks for more', one, 9, { settleMs: 9_000 }],
    ['the run asks for less', one, 1, { settleMs: 1_000 }],
  ])('is believed sooner or later where %s', (_, subject, seconds, rest) => {
    const given = { children: children(run({ containerID: 'c' })), ...rest }
    expect(rulesOf(subject).status(subject, context(given)).recheckAt).toBe(noon + seconds * 1000)
    expect(statusOf(subject, { ...given, now: noon + seconds * 1000 })).toBe('ready ready')
  })

  it('believes the cluster at once where nothing is to be waited for', () => {
    expect(statusOf(one, { children: children(run({ containerID: 'c' })), settleMs: 0 })).toBe('ready ready')
  })

  it('believes a Pod sooner when another of its template has run for long enough', () => {
    const two = deployment([2, 2, 2, 2])
    const given = [...children(run({ containerID: 'c' })), pod('older', { owner: 'uid-web-2', status: run({ containerID: 'd' }) })]
    const runningSince = ({ metadata }: KubeObject) => noon - (metadata.name === 'older' ? 5_000 : 0)
    expect(rulesOf(two).status(two, context({ children: given, runningSince })).recheckAt).toBe(noon + 2_000)
  })

  it('counts Pods of the newest revision only', () => {
    expect(rulesOf(one).pods!(one, context({ children: children({}) })).map((item) => item.metadata.name)).toEqual(['new'])
    expect(
      rulesOf(one).pods!(deployment([1, 1, 1, 1], { status: { observedGeneration: 0 } }), context({ children: children({}) })),
    ).toEqual([])
  })

  it.each<[string, object, string[]]>([
    ['no condition', {}, []],
    [
      'its deadline is over',
      { conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'timed out' }] },
      ['ProgressDeadlineExceeded, fatal: timed out'],
    ],
    [
      'Pods cannot be created',
      { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }] },
      ['FailedCreate after 15s, fatal: exceeded quota'],
    ],
    ['of an older generation', { observedGeneration: 0, conditions: [{ type: 'ReplicaFailure', status: 'True' }] }, []],
  ])('problems: %s', (_, status, expected) => {
    expect(problemsOf(deployment([1, 1, 1, 0], { status }))).toEqual(expected)
  })
})

describe('StatefulSet', () => {
  const set = (spec: object, status: object) =>
    object('apps/v1', 'StatefulSet', { spec: { replicas: 3, ...spec }, status: { observedGeneration: 1, ...status } })
  const all = {
    replicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    updatedReplicas: 3,
    currentReplicas: 3,
    updateRevision: 'b',
    currentRevision: 'b',
  }

  it.each<[string, KubeObject, string]>([
    ['unseen', set({}, { ...all, observedGeneration: 0 }), 'progressing starting: the StatefulSet controller'],
    ['one is not updated', set({}, { ...all, updatedReplicas: 2, currentRevision: 'a' }), 'progressing rolling: 1 more Pod updated'],
    ['one is not ready', set({}, { ...all, readyReplicas: 2 }), 'progressing rolling: 1 more Pod ready'],
    [
      'one is ready but not for long enough',
      set({ minReadySeconds: 9 }, { ...all, availableReplicas: 2 }),
      'progressing rolling: 1 more Pod ready',
    ],
    ['too many', set({}, { ...all, replicas: 4 }), 'progressing shrinking: 1 more Pod gone'],
    ['all', set({}, all), 'ready ready'],
    [
      'up to its partition',
      set({ updateStrategy: { rollingUpdate: { partition: 2 } } }, { ...all, updatedReplicas: 1, currentRevision: 'a' }),
      'ready ready, partitioned',
    ],
    [
      'below its partition',
      set({ updateStrategy: { rollingUpdate: { partition: 1 } } }, { ...all, updatedReplicas: 1 }),
      'progressing rolling: 1 more Pod updated',
    ],
    [
      'OnDelete keeps old Pods',
      set({ updateStrategy: { type: 'OnDelete' } }, { ...all, updatedReplicas: 0 }),
      'ready ready, old Pods until deleted',
    ],
    ['a first revision has no update', set({}, { ...all, updatedReplicas: undefined }), 'ready ready'],
  ])('%s', (_, subject, expected) => {
    expect(statusOf(subject)).toBe(expected)
  })

  const labels = (revision: string) => ({ labels: { 'controller-revision-hash': revision } })
  it('counts Pods of the update revision only', () => {
    const subject = set({}, all)
    const children = [pod('web-0', { owner: 'uid-web', metadata: labels('a') }), pod('web-1', { owner: 'uid-web', metadata: labels('b') })]
    expect(rulesOf(subject).pods!(subject, context({ children })).map((item) => item.metadata.name)).toEqual(['web-1'])
  })

  it('waits for a broken Pod of an older revision', () => {
    const broken = (revision: string) =>
      pod('web-0', {
        owner: 'uid-web',
        metadata: labels(revision),
        status: { containerStatuses: [container({ waiting: { reason: 'CrashLoopBackOff' } })] },
      })
    const subject = set({ replicas: 1 }, { ...all, updatedReplicas: 0 })
    expect(problemsOf(subject, { children: [broken('a')] })).toEqual([
      'StuckRollout after 30s, fatal: Pod web-0 of an older revision is broken, and the StatefulSet waits for it before it makes a new one',
    ])
    expect(problemsOf(subject, { children: [broken('b')] })).toEqual([])
    expect(problemsOf({ ...subject, spec: { ...subject.spec, podManagementPolicy: 'Parallel' } }, { children: [broken('a')] })).toEqual([])
  })

  it('cannot create a Pod, until one has been created', () => {
    const subject = set({ replicas: 2 }, all)
    const events = [event(subject, 'FailedCreate', 'create Pod web-1 in StatefulSet web failed: exceeded quota', { seconds: 5 })]
    expect(problemsOf(subject, { events })).toEqual([
      'FailedCreate after 15s, fatal: create Pod web-1 in StatefulSet web failed: exceeded quota',
    ])
    const children = [pod('web-0', { owner: 'uid-web', metadata: { ...labels('b'), creationTimestamp: at(9) } })]
    expect(problemsOf(subject, { events, children })).toEqual([])
  })
})

describe('DaemonSet', () => {
  const set = (status: object, rest: object = {}) =>
    object('apps/v1', 'DaemonSet', { spec: {}, status: { observedGeneration: 1, ...status }, ...rest })
  it.each<[string, KubeObject, string]>([
    ['unseen', set({ observedGeneration: 0 }), 'progressing starting: the DaemonSet controller'],
    ['no node', set({ desiredNumberScheduled: 0 }), 'ready ready, no node matches'],
    [
      'not updated',
      set({ desiredNumberScheduled: 2, updatedNumberScheduled: 1, numberAvailable: 2 }),
      'progressing rolling: 1 more Pod updated',
    ],
    [
      'not available',
      set({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 1 }),
      'progressing rolling: 1 more Pod ready',
    ],
    ['all', set({ desiredNumberScheduled: 2, updatedNumberScheduled: 2, numberAvailable: 2 }), 'ready ready'],
    [
      'OnDelete',
      set({ desiredNumberScheduled: 2, updatedNumberScheduled: 0, numberAvailable: 2 }, { spec: { updateStrategy: { type: 'OnDelete' } } }),
      'ready ready, old Pods until deleted',
    ],
  ])('%s', (_, subject, expected) => {
    expect(statusOf(subject)).toBe(expected)
  })

  it('counts Pods of the newest template only, which other changes of the object do not change', () => {
    const subject = set({}, { metadata: { generation: 1, annotations: { 'deprecated.daemonset.template.generation': '3' } } })
    const children = ['2', '3'].map((generation) =>
      pod(`web-${generation}`, { owner: 'uid-web', metadata: { labels: { 'pod-template-generation': generation } } }),
    )
    expect(rulesOf(subject).pods!(subject, context({ children })).map((item) => item.metadata.name)).toEqual(['web-3'])
  })
})

describe('ReplicaSet', () => {
  const set = (status: object) => object('apps/v1', 'ReplicaSet', { spec: { replicas: 2 }, status: { observedGeneration: 1, ...status } })
  it.each<[object, string]>([
    [{ observedGeneration: 0 }, 'progressing starting: the ReplicaSet controller'],
    [{ replicas: 2, availableReplicas: 1 }, 'progressing starting: 1 more Pod ready'],
    [{ replicas: 3, availableReplicas: 3 }, 'progressing shrinking: 1 more Pod gone'],
    [{ replicas: 2, availableReplicas: 2 }, 'ready ready'],
  ])('%o', (status, expected) => {
    expect(statusOf(set(status))).toBe(expected)
  })
})

describe('Job', () => {
  const job = (spec: object, status: object) => object('batch/v1', 'Job', { spec, status })
  const condition = (type: string, reason?: string, message?: string) => ({ conditions: [{ type, status: 'True', reason, message }] })
  it.each<[string, KubeObject, string]>([
    ['new', job({}, {}), 'progressing starting: the Job controller'],
    ['its Pod runs', job({}, { startTime: at(0), active: 1 }), 'progressing running: its completion'],
    [
      'its third try',
      job({ backoffLimit: 3 }, { startTime: at(0), active: 1, failed: 2 }),
      'progressing running: its completion, try 3 of 4',
    ],
    ['between two tries', job({}, { startTime: at(0), failed: 1 }), 'progressing retrying: a Pod, try 2 of 7'],
    [
      'parallel',
      job({ completions: 5, parallelism: 2 }, { startTime: at(0), active: 2, succeeded: 1 }),
      'progressing running: 4 completions',
    ],
    ['complete', job({}, { ...condition('Complete'), succeeded: 1 }), 'ready complete'],
    ['failed', job({}, condition('Failed', 'BackoffLimitExceeded')), 'failed BackoffLimitExceeded'],
    ['about to be failed', job({}, condition('FailureTarget', 'DeadlineExceeded')), 'failed DeadlineExceeded'],
    ['an index failed for good', job({ completionMode: 'Indexed' }, condition('Failed', 'FailedIndexes')), 'failed FailedIndexes'],
    ['suspended', job({ suspend: true }, { conditions: [{ type: 'Suspended', status: 'True' }] }), 'ready suspended'],
  ])('%s', (_, subject, expected) => {
    expect(statusOf(subject)).toBe(expected)
  })

  it('its end is fatal with its own words', () => {
    expect(problemsOf(job({}, condition('Failed', 'DeadlineExceeded', 'Job was active longer than specified deadline')))).toEqual([
      'DeadlineExceeded, fatal: Job was active longer than specified deadline',
    ])
  })
})

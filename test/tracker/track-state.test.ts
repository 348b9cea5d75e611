import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/resource.ts'
import { assess } from '../../src/tracker/assess.ts'
import { judgeRun } from '../../src/tracker/outcome.ts'
import { createState, type Input, reduce } from '../../src/tracker/state.ts'
import { container, deployment, ended, event, noon, object, pod, ready, replicaSet, running, waiting } from './objects.ts'

/** Plays inputs at seconds after noon and gives the root's words after each: `progressing rolling`. */
function play(state = createState()) {
  const feed = (seconds: number, ...inputs: Input[]) => {
    for (const input of inputs) reduce(state, input, noon + seconds * 1000)
    for (const root of state.roots.values()) assess(state, root, noon + seconds * 1000)
    return words()
  }
  const words = (name = 'web') => {
    const root = [...state.roots.values()].find((candidate) => candidate.ref.name === name)
    return root ? `${root.status.state} ${root.status.reason}` : 'none'
  }
  const recheck = (seconds: number, name = 'web') => {
    const root = [...state.roots.values()].find((candidate) => candidate.ref.name === name)!
    const { recheckAt } = assess(state, root, noon + seconds * 1000)
    return recheckAt === undefined ? undefined : (recheckAt - noon) / 1000
  }
  return { state, feed, words, recheck, outcome: () => judgeRun(state).outcome }
}

const expected = (object: KubeObject): Input => ({ type: 'expected', object })
const applied = (object: KubeObject): Input => ({ type: 'applied', object })
const changed = (object: KubeObject, initial = false): Input => ({ type: 'changed', object, initial })
const deleted = (object: KubeObject): Input => ({ type: 'deleted', object })

const annotated = (annotations: Record<string, string>) => ({
  metadata: { annotations: { 'deployment.kubernetes.io/revision': '2', ...annotations } },
})
const progressing = deployment([1, 1, 1, 0])
const available = deployment([1, 1, 1, 1])
const set = replicaSet('web-2', '2')
const good = pod('a', { owner: 'uid-web-2', status: { conditions: ready, containerStatuses: [container(running(), { ready: true })] } })
const starting = pod('a', { owner: 'uid-web-2', status: { containerStatuses: [container(waiting('ContainerCreating'))] } })
const crashed = (run: number, name = 'a') =>
  pod(name, {
    owner: 'uid-web-2',
    status: { containerStatuses: [container(ended(7), { restartCount: run, ...(run > 0 ? { lastState: ended(7) } : {}) })] },
  })
const again = (run: number) =>
  pod('a', {
    owner: 'uid-web-2',
    status: {
      conditions: ready,
      containerStatuses: [container(running(), { ready: true, restartCount: run, lastState: ended(7), containerID: 'c' })],
    },
  })

describe('tracking', () => {
  it('waits until it is applied, then until it is ready', () => {
    const { feed, outcome } = play()
    expect(outcome()).toBe('pending')
    expect(feed(0, expected(progressing))).toBe('waiting waiting')
    expect(feed(0, changed(available))).toBe('waiting waiting')
    expect(feed(1, applied(progressing), changed(progressing), changed(set), changed(starting))).toBe('progressing rolling')
    expect(outcome()).toBe('pending')
    expect(feed(2, changed(good), changed(available))).toBe('ready ready')
    expect(outcome()).toBe('ready')
  })

  it('nothing expected is done at once', () => {
    const { state, outcome } = play()
    state.begun = true
    expect(outcome()).toBe('ready')
  })

  it('does not take the status of an older generation or of another object for its own', () => {
    const newer = deployment([1, 1, 1, 0], { metadata: { generation: 2 }, status: { observedGeneration: 1 } })
    const { feed } = play()
    expect(feed(0, expected(available), changed(available), applied(newer))).toBe('progressing applied')
    expect(feed(1, changed(newer))).toBe('progressing starting')
    const other = deployment([1, 1, 1, 1], { metadata: { uid: 'uid-older', generation: 9 } })
    expect(feed(2, changed(other))).toBe('progressing starting')
  })

  it('takes Pods that come before their ReplicaSet, and both before the answer of the apply', () => {
    const { feed, state } = play()
    feed(0, expected(progressing), changed(crashed(0)), changed(set), changed(progressing))
    expect(feed(1, applied(progressing))).toBe('progressing rolling')
    expect([...state.roots.values()][0]!.status).toMatchObject({ incidents: 1, children: [{ ref: { name: 'a' } }] })
  })

  it('allows one crash for each replica and counts each once', () => {
    const { feed, outcome } = play()
    expect(feed(0, expected(progressing), applied(progressing), changed(progressing), changed(set), changed(crashed(0)))).toBe(
      'progressing rolling',
    )
    expect(feed(1, changed(crashed(0)), changed(again(1)), changed(available))).toBe('progressing settling')
    expect(feed(2, changed(crashed(1)))).toBe('failed Crashed')
    expect(outcome()).toBe('failed')
  })

  it('forgives one crash when the next run lasts longer', () => {
    const { feed, recheck } = play()
    feed(0, expected(progressing), applied(progressing), changed(progressing), changed(set), changed(crashed(0)))
    expect(feed(1, changed(again(1)), changed(available))).toBe('progressing settling')
    expect(recheck(1)).toBe(6)
    expect(feed(6)).toBe('ready ready')
  })

  it('fails with the Pods that a rollout has made, before all are', () => {
    const ten = deployment([10, 10, 3, 7])
    const { feed } = play()
    feed(0, expected(ten), applied(ten), changed(ten), changed(set))
    expect(feed(1, changed(crashed(0, 'a')), changed(crashed(0, 'b')), changed(crashed(0, 'c')))).toBe('progressing rolling')
    expect(feed(2, changed(crashed(1, 'a')))).toBe('failed Crashed')
  })

  it.each([
    ['0', 0],
    ['2', 2],
  ])('failures-allowed-per-replica %s of two replicas', (value, perReplica) => {
    const two = deployment([2, 2, 2, 0], annotated({ 'werf.io/failures-allowed-per-replica': value }))
    const { feed } = play()
    feed(0, expected(two), applied(two), changed(two), changed(set))
    for (let run = 0; run < perReplica * 2; run++) expect(feed(run, changed(crashed(run)))).toBe('progressing rolling')
    expect(feed(9, changed(crashed(9)))).toBe('failed Crashed')
  })

  it("does not count an older revision's Pods, nor crashes from before", () => {
    const old = pod('old', {
      owner: 'uid-web-1',
      status: { containerStatuses: [container(waiting('CrashLoopBackOff'), { restartCount: 7, lastState: ended(1) })] },
    })
    const veteran = again(5)
    const { feed, state } = play()
    feed(0, changed(replicaSet('web-1', '1'), true), changed(set, true), changed(old, true), changed(veteran, true))
    expect(feed(0, expected(progressing), applied(progressing), changed(progressing))).toBe('progressing rolling')
    expect([...state.roots.values()][0]!.incidents.size).toBe(0)
    expect(feed(1, changed(crashed(5)))).toBe('progressing rolling')
    expect([...state.roots.values()][0]!.incidents.size).toBe(1)
  })

  it('goes back to work when a Pod crashes after all was ready', () => {
    const { feed, outcome } = play()
    feed(0, expected(available), applied(available), changed(available), changed(set), changed(good))
    expect(outcome()).toBe('ready')
    expect(feed(5, changed(crashed(0)), changed(progressing))).toBe('progressing rolling')
    expect(outcome()).toBe('pending')
  })

  it('holds what may heal for its grace, from when it is first seen', () => {
    const unschedulable = pod('a', {
      owner: 'uid-web-2',
      status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: '0/2 nodes' }] },
    })
    const { feed, recheck } = play()
    feed(0, expected(progressing), applied(progressing), changed(progressing), changed(set))
    expect(feed(3, changed(unschedulable))).toBe('progressing rolling')
    expect(recheck(4)).toBe(18)
    feed(10, changed(starting))
    expect(feed(12, changed(unschedulable))).toBe('progressing rolling')
    expect(feed(26.9)).toBe('progressing rolling')
    expect(feed(27)).toBe('failed Unschedulable')
  })

  it('names the claim that gets no volume, and does not wait for it as for one that is being made', () => {
    const status = {
      phase: 'Pending',
      conditions: [
        { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'pod has unbound immediate PersistentVolumeClaims' },
      ],
    }
    const unbound = pod('a', {
      owner: 'uid-web-2',
      spec: { volumes: [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }] },
      status,
    })
    const claim = object('v1', 'PersistentVolumeClaim', { metadata: { name: 'data' } })
    const { feed, recheck, state } = play()
    feed(0, expected(progressing), applied(progressing), changed(progressing), changed(set), changed(unbound))
    expect(recheck(0)).toBe(45)
    feed(1, changed(event(claim, 'ProvisioningFailed', 'storageclass "fast" not found')))
    expect(recheck(1)).toBe(15)
    expect(feed(15)).toBe('failed Unschedulable')
    expect(judgeRun(state).failed[0]!.incidents[0]!.message).toBe(
      'pod has unbound immediate PersistentVolumeClaims; PersistentVolumeClaim/data: storageclass "fast" not found (ProvisioningFailed)',
    )
  })

  it('waits longer for a Secret while a custom resource of the run may still make it', () => {
    const missing = pod('a', {
      owner: 'uid-web-2',
      status: { phase: 'Pending', containerStatuses: [container(waiting('CreateContainerConfigError', 'secret "keys" not found'))] },
    })
    const external = (status: string) =>
      object('external-secrets.io/v1', 'ExternalSecret', {
        metadata: { name: 'keys' },
        status: { conditions: [{ type: 'Ready', status }] },
      })
    const { feed, words } = play()
    feed(0, expected(external('False')), applied(external('False')), changed(external('False')))
    feed(0, expected(progressing), applied(progressing), changed(progressing), changed(set), changed(missing))
    feed(60)
    expect(words()).toBe('progressing rolling')
    feed(61, changed(external('True')))
    feed(80)
    expect(words()).toBe('progressing rolling')
    feed(81)
    expect(words()).toBe('failed CreateContainerConfigError')
  })

  it('fails when it is deleted by someone else', () => {
    const { feed } = play()
    feed(0, expected(available), applied(available), changed(progressing))
    expect(feed(1, deleted({ ...available, metadata: { ...available.metadata, uid: 'uid-older' } }))).toBe('progressing rolling')
    expect(feed(2, deleted(available))).toBe('failed Deleted')
  })

  it('is found by the namespace where it was applied', () => {
    const bare = object('v1', 'ConfigMap', { metadata: { namespace: undefined } })
    const { feed, state } = play()
    feed(0, expected(bare), applied(object('v1', 'ConfigMap')))
    expect([...state.roots.values()].map((root) => [root.ref.namespace, root.status.state])).toEqual([['shop', 'ready']])
  })

  it('without Pods to be read the counts decide', () => {
    const { feed } = play()
    feed(0, { type: 'blind', namespace: 'shop' }, expected(available), applied(available))
    expect(feed(1, changed(available))).toBe('ready ready')
  })

  it('what cannot be watched has failed, and says so', () => {
    const { feed, state } = play()
    feed(0, expected(available), applied(available))
    expect(feed(1, { type: 'lost', key: [...state.roots.keys()][0]!, reason: 'forbidden' })).toBe('failed Unknown')
  })

  it('does not take what an older event tells for the last that happened', () => {
    const patient = deployment([1, 1, 1, 0], annotated({ 'werf.io/no-activity-timeout': '10s' }))
    const { feed } = play()
    feed(0, expected(patient), applied(patient), changed(patient), changed(set), changed(starting, true))
    expect(feed(1, changed(event(starting, 'Scheduled', 'assigned', { warning: false }), true))).toBe('progressing rolling')
    expect(feed(11)).toBe('failed NoActivity')
  })

  it('fails what nothing happens with', () => {
    const thing = object('example.org/v1', 'Thing', {
      metadata: { annotations: { 'werf.io/no-activity-timeout': '10s' } },
      status: { phase: 'Pending' },
    })
    const { feed, recheck } = play()
    feed(0, expected(thing), applied(thing), changed(thing))
    expect(feed(8, changed(event(thing, 'Working', 'still at it', { warning: false })))).toBe('progressing Pending')
    expect(recheck(8)).toBe(18)
    expect(feed(18)).toBe('failed NoActivity')
  })
})

describe('Jobs', () => {
  const job = (status: object) =>
    object('batch/v1', 'Job', { spec: { backoffLimit: 4 }, status: { startTime: '2026-01-02T12:00:00Z', ...status } })
  const done = (type: string, reason?: string) => job({ conditions: [{ type, status: 'True', reason }] })
  const failedPod = (name: string) =>
    pod(name, { owner: 'uid-web', spec: { restartPolicy: 'Never' }, status: { phase: 'Failed', containerStatuses: [container(ended(9))] } })

  it('that fail twice and then succeed have succeeded', () => {
    const { feed } = play()
    feed(0, expected(job({})), applied(job({})), changed(job({ active: 1 })))
    expect(feed(1, changed(failedPod('a')), changed(job({ failed: 1 })))).toBe('progressing retrying')
    expect(feed(2, changed(failedPod('b')), changed(job({ failed: 2 })))).toBe('progressing retrying')
    expect(feed(3, changed(done('Complete')))).toBe('ready complete')
    expect(feed(4, deleted(done('Complete')))).toBe('ready complete')
  })

  it('that give up keep what their Pods died of', () => {
    const { feed, state } = play()
    feed(0, expected(job({})), applied(job({})), changed(job({ active: 1 })), changed(failedPod('a')))
    expect(feed(1, changed(done('Failed', 'BackoffLimitExceeded')))).toBe('failed BackoffLimitExceeded')
    expect(judgeRun(state).failed[0]!.incidents.map(({ reason, harmless }) => [reason, harmless ?? false])).toEqual([
      ['Crashed', true],
      ['BackoffLimitExceeded', false],
    ])
  })

  it('fail at once by what no try can heal', () => {
    const unnamed = pod('a', {
      owner: 'uid-web',
      spec: { restartPolicy: 'Never' },
      status: { phase: 'Pending', containerStatuses: [container(waiting('InvalidImageName'))] },
    })
    const { feed } = play()
    expect(feed(0, expected(job({})), applied(job({})), changed(job({ active: 1 })), changed(unnamed))).toBe('failed InvalidImageName')
  })
})

describe('how the run is judged', () => {
  const failing = (mode: Record<string, string>) => {
    const game = play()
    const web = deployment([1, 1, 1, 0], annotated(mode))
    const other = object('example.org/v1', 'Thing', { metadata: { name: 'other' }, status: { phase: 'Pending' } })
    game.feed(
      0,
      expected(web),
      expected(other),
      applied(web),
      applied(other),
      changed(web),
      changed(other),
      changed(set),
      changed(crashed(0)),
      changed(crashed(1)),
    )
    return { ...game, finishOther: () => game.feed(9, changed({ ...other, status: { phase: 'Ready' } })) }
  }

  it.each([
    ['FailWholeDeployProcessImmediately', 'failed', 'failed'],
    ['HopeUntilEndOfDeployProcess', 'pending', 'failed'],
    ['IgnoreAndContinueDeployProcess', 'pending', 'ready'],
  ])('%s: %s while others are waited for, %s then', (mode, early, late) => {
    const { outcome, finishOther, words } = failing({ 'werf.io/fail-mode': mode })
    expect(words()).toBe('failed Crashed')
    expect(outcome()).toBe(early)
    finishOther()
    expect(outcome()).toBe(late)
  })

  it('NonBlocking is not waited for', () => {
    const slow = deployment([1, 1, 1, 0], annotated({ 'werf.io/track-termination-mode': 'NonBlocking' }))
    const { feed, outcome } = play()
    expect(feed(0, expected(slow), applied(slow), changed(slow))).toBe('progressing rolling')
    expect(outcome()).toBe('ready')
  })

  it('hooks must succeed', () => {
    const { feed, outcome } = play(createState({ untilComplete: true }))
    const hook = pod('web', { status: { conditions: ready, containerStatuses: [container(running(), { ready: true })] } })
    expect(feed(0, expected(hook), applied(hook), changed(hook))).toBe('progressing running')
    feed(1, changed(pod('web', { status: { phase: 'Succeeded' } })))
    expect(outcome()).toBe('ready')
  })
})

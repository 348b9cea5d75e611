import { describe, expect, it } from 'vitest'
import type { KubeObject } from '../../src/resource.ts'
import { defaultSettings } from '../../src/tracker/annotations.ts'
import { podProblems } from '../../src/tracker/kinds/pod.ts'
import { readinessWindowMs } from '../../src/tracker/kinds/probes.ts'
import { readEvent } from '../../src/tracker/kubernetes-event.ts'
import { at, container, context, ended, event, pod, ready, running, statusOf, waiting, wordsOf } from './objects.ts'

const unscheduled = (message: string, reason = 'Unschedulable') => ({
  phase: 'Pending',
  conditions: [{ type: 'PodScheduled', status: 'False', reason, message }],
})
const web = (state: Parameters<typeof container>[0], rest: Record<string, any> = {}) => ({ containerStatuses: [container(state, rest)] })
const init = (state: Parameters<typeof container>[0]) => ({
  spec: { initContainers: [{ name: 'wait' }] },
  status: {
    phase: 'Pending',
    initContainerStatuses: [{ ...container(state), name: 'wait' }],
    containerStatuses: [container(waiting('PodInitializing'))],
  },
})
const probed = { containers: [{ name: 'web', readinessProbe: { periodSeconds: 1 } }] }

describe('the status of a Pod', () => {
  it.each<[string, KubeObject, string]>([
    ['no node yet', pod('a', { spec: { nodeName: undefined }, status: { phase: 'Pending' } }), 'progressing pending: a node'],
    [
      'unschedulable, without the words that come with every refusal',
      pod('a', {
        spec: { nodeName: undefined },
        status: unscheduled('0/2 nodes are available: 2 Insufficient cpu. no new claims to deallocate, preemption: 0/2 nodes'),
      }),
      'progressing Unschedulable: 0/2 nodes are available: 2 Insufficient cpu',
    ],
    [
      'being created',
      pod('a', { status: web(waiting('ContainerCreating')) }),
      'progressing ContainerCreating: its containers to be created',
    ],
    ['an init container runs', pod('a', init(running())), 'progressing init 0/1: init container wait to end'],
    ['an init container loops', pod('a', init(waiting('CrashLoopBackOff'))), 'progressing CrashLoopBackOff: init container wait'],
    ['its image cannot be had', pod('a', { status: web(waiting('ImagePullBackOff')) }), 'progressing ImagePullBackOff: the image of web'],
    ['it loops', pod('a', { status: web(waiting('CrashLoopBackOff')) }), 'progressing CrashLoopBackOff: the next start of web'],
    ['a readiness probe', pod('a', { spec: probed, status: web(running()) }), 'progressing starting: readiness probe of web'],
    [
      'a startup probe comes first',
      pod('a', {
        spec: { containers: [{ name: 'web', startupProbe: {}, readinessProbe: {} }] },
        status: web(running(), { started: false }),
      }),
      'progressing starting: startup probe of web',
    ],
    [
      'a readiness gate',
      pod('a', {
        spec: { readinessGates: [{ conditionType: 'lb' }] },
        status: { conditions: [{ type: 'ContainersReady', status: 'True' }], ...web(running(), { ready: true }) },
      }),
      'progressing starting: readiness gate lb',
    ],
    [
      'its node is lost',
      pod('a', {
        status: {
          conditions: [
            { type: 'Ready', status: 'False' },
            { type: 'ContainersReady', status: 'True' },
          ],
          ...web(running(), { ready: true }),
        },
      }),
      'progressing NodeNotReady: node node',
    ],
    ['ready', pod('a', { status: { conditions: ready, ...web(running(), { ready: true }) } }), 'ready ready'],
    ['succeeded', pod('a', { status: { phase: 'Succeeded' } }), 'ready succeeded'],
    ['failed', pod('a', { status: { phase: 'Failed', ...web(ended(3)) } }), 'failed exit code 3'],
    ['evicted', pod('a', { status: { phase: 'Failed', reason: 'Evicted' } }), 'failed Evicted'],
    ['going', pod('a', { metadata: { deletionTimestamp: at(0) }, status: { conditions: ready } }), 'progressing stopping: its end'],
  ])('%s', (_, subject, expected) => {
    expect(statusOf(subject)).toBe(expected)
  })
})

describe('what is wrong with a Pod', () => {
  const problemsOf = (subject: KubeObject, events: KubeObject[] = []) => wordsOf(podProblems(subject, events.map(readEvent), context()))

  it.each<[string, KubeObject, string[]]>([
    ['nothing', pod('a', { status: web(running()) }), []],
    ['a crash', pod('a', { status: web(ended(7)) }), ['Crashed: container web exits with code 7 right after its start']],
    ['a crash after a while', pod('a', { status: web(ended(7, 90)) }), ['Crashed: container web exits with code 7 after 1m30s']],
    ['a signal', pod('a', { status: web(ended(139)) }), ['Crashed: container web is ended by signal SIGSEGV right after its start']],
    [
      'too much memory',
      pod('a', {
        spec: { containers: [{ name: 'web', resources: { limits: { memory: '32Mi' } } }] },
        status: web(ended(137, 1, { reason: 'OOMKilled' })),
      }),
      ['OOMKilled: container web is killed for using more memory than its limit of 32Mi, right after its start'],
    ],
    [
      'a crash that is running again counts once',
      pod('a', { status: web(running(), { restartCount: 1, lastState: ended(7) }) }),
      ['Crashed: container web exits with code 7 right after its start'],
    ],
    ['an end with code 0 is none until it loops', pod('a', { status: web(ended(0)) }), []],
    [
      'a loop counts every run',
      pod('a', { status: web(waiting('CrashLoopBackOff'), { restartCount: 2, lastState: ended(0) }) }),
      Array(3).fill('Crashed: container web exits with code 0 right after its start'),
    ],
    [
      'a Pod that is never restarted fails at once',
      pod('a', { spec: { restartPolicy: 'Never' }, status: web(ended(7)) }),
      ['Crashed, fatal: container web exits with code 7 right after its start'],
    ],
    ['a Pod that is being deleted has not failed', pod('a', { metadata: { deletionTimestamp: at(0) }, status: web(ended(137)) }), []],
    ['a completed init container', pod('a', init(ended(0))), []],
    [
      'a program that is not there',
      pod('a', {
        status: web(
          ended(128, 1, {
            reason: 'StartError',
            startedAt: '1970-01-01T00:00:00Z',
            message: 'failed to create task: runc create failed: exec: "/x": no such file: unknown',
          }),
        ),
      }),
      ['RunContainerError: container web cannot be started: exec: "/x": no such file'],
    ],
    [
      'a name that is no image',
      pod('a', { status: web(waiting('InvalidImageName', 'invalid reference format')) }),
      ['InvalidImageName, fatal: container web has an image whose name is not valid: invalid reference format'],
    ],
    [
      'a missing key',
      pod('a', { status: web(waiting('CreateContainerConfigError', "couldn't find key url in ConfigMap shop/settings")) }),
      ["CreateContainerConfigError after 12s, fatal: container web cannot be configured: couldn't find key url in ConfigMap shop/settings"],
    ],
    [
      'an image that the registry does not have',
      pod('a', {
        spec: { containers: [{ name: 'web', image: 'shop:2' }] },
        status: web(
          waiting(
            'ImagePullBackOff',
            'Back-off pulling image "shop:2": ErrImagePull: failed to resolve reference "shop:2": shop:2: not found',
          ),
        ),
      }),
      ['ImagePullBackOff after 3s, fatal: container web cannot get its image shop:2: shop:2: not found'],
    ],
    [
      'a registry that does not answer',
      pod('a', { status: web(waiting('ErrImagePull', 'dial tcp: i/o timeout')) }),
      ['ErrImagePull after 15s, fatal: container web cannot get its image shop:1: dial tcp: i/o timeout'],
    ],
    [
      'unschedulable',
      pod('a', { status: unscheduled('0/2 nodes are available: 2 Insufficient cpu. preemption: none') }),
      ['Unschedulable after 15s, fatal: 0/2 nodes are available: 2 Insufficient cpu'],
    ],
    ['held back by a scheduling gate', pod('a', { status: unscheduled('gated', 'SchedulingGated') }), []],
    [
      'evicted',
      pod('a', { status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on memory.' } }),
      ['Evicted: The node was low on memory.'],
    ],
    [
      'drained',
      pod('a', {
        status: { conditions: [{ type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API' }] },
      }),
      ['EvictionByEvictionAPI, harmless: Eviction API'],
    ],
  ])('%s', (_, subject, expected) => {
    expect(problemsOf(subject)).toEqual(expected)
  })

  it('a node has been ordered for it', () => {
    const subject = pod('a', { status: unscheduled('0/2 nodes are available') })
    expect(problemsOf(subject, [event(subject, 'TriggeredScaleUp', 'pod triggered scale-up', { warning: false })])).toEqual([
      'Unschedulable after 600s, fatal: 0/2 nodes are available',
    ])
  })

  it('a volume that cannot be mounted, until a container has started', () => {
    const subject = pod('a', { status: web(waiting('ContainerCreating')) })
    const events = [event(subject, 'FailedMount', 'MountVolume.SetUp failed for volume "keys" : secret "keys" not found')]
    expect(problemsOf(subject, events)).toEqual([
      'FailedMount after 20s, fatal: MountVolume.SetUp failed for volume "keys" : secret "keys" not found',
    ])
    expect(problemsOf(pod('a', { status: web(running()) }), events)).toEqual([])
  })

  it('a readiness probe that fails beyond its window', () => {
    const subject = pod('a', { spec: probed, status: web(running()) })
    const failure = event(subject, 'Unhealthy', 'Readiness probe failed: not yet', { container: 'web' })
    expect(problemsOf(subject, [failure])).toEqual(['Unhealthy after 61s, fatal: container web fails its readiness probe: not yet'])
    expect(problemsOf(pod('a', { spec: probed, status: web(running(), { ready: true }) }), [failure])).toEqual([])
  })

  it('a liveness probe that kills, whatever the code', () => {
    const subject = pod('a', { status: web(running(), { restartCount: 1, lastState: ended(0, 3) }) })
    const events = [
      event(subject, 'Unhealthy', 'Liveness probe failed: it hangs', { container: 'web', seconds: 2 }),
      event(subject, 'Killing', 'Container web failed liveness probe, will be restarted', { container: 'web', seconds: 2, warning: false }),
    ]
    expect(problemsOf(subject, events)).toEqual(['Unhealthy: container web is killed after 3s: its liveness probe fails: it hangs'])
  })
})

describe('without events', () => {
  const blind = (subject: KubeObject) => wordsOf(podProblems(subject, [], context({ eventsReadable: false })))
  const unprepared = [
    { type: 'PodScheduled', status: 'True' },
    { type: 'PodReadyToStartContainers', status: 'False' },
  ]
  const creating = { conditions: unprepared, containerStatuses: [container(waiting('ContainerCreating'))] }
  const said = 'the volumes or the network of Pod a cannot be made ready; its events, which say why, cannot be read'

  it('time tells of volumes', () => {
    expect(blind(pod('a', { status: creating }))).toEqual([`ContainerCreating after 30s, fatal: ${said}`])
    const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }]
    expect(blind(pod('a', { spec: { volumes }, status: creating }))).toEqual([`ContainerCreating after 120s, fatal: ${said}`])
    expect(blind(pod('a', { status: { ...creating, containerStatuses: [container(running())] } }))).toEqual([])
  })

  it('time tells of probes', () => {
    const containers = [{ name: 'web', readinessProbe: { periodSeconds: 1 } }]
    expect(blind(pod('a', { spec: { containers }, status: { containerStatuses: [container(running())] } }))).toEqual([
      'Unhealthy after 61s, fatal: container web fails its readiness probe: its answer is not known, as events cannot be read',
    ])
  })
})

describe('the window of a readiness probe', () => {
  const window = (spec: object, ignore = {}) =>
    readinessWindowMs({ name: 'web', ...spec }, { ...defaultSettings, ignoreReadinessFailuresMs: ignore }) / 1000
  it('is a minute at least', () => expect(window({ readinessProbe: { periodSeconds: 1 } })).toBe(60))
  it('grows with the delay of the probe', () =>
    expect(window({ readinessProbe: { initialDelaySeconds: 60 } })).toBe(60 + 10 + 1 + 10 + 5 + 1))
  it('begins after the startup probe', () =>
    expect(window({ readinessProbe: {}, startupProbe: { periodSeconds: 10, failureThreshold: 30 } })).toBe(
      10 + 300 + 1 + 10 + 10 + 1 + 10 + 5 + 1,
    ))
  it('is what the annotation says', () => expect(window({ readinessProbe: {} }, { web: 5_000 })).toBe(5))
})

import { describe, expect, it } from 'vitest'
import { installOrder } from '../../src/chart/kinds.ts'
import { deleteOrder } from '../../src/plan/delete-order.ts'
import { orderItems } from '../../src/plan/order.ts'
import type { KubeObject } from '../../src/resource.ts'

const object = (kind: string, name: string, annotations: Record<string, string> = {}, apiVersion = 'v1'): KubeObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'ns', annotations },
})
const order = (...objects: KubeObject[]) =>
  orderItems(
    objects.map((item) => ({ object: item })),
    { kinds: installOrder, namespace: 'ns' },
  )
const names = (...objects: KubeObject[]) =>
  order(...objects).batches.map(({ items, after }) => ({
    apply: items.map((item) => item.object.metadata.name),
    after: after.map((ref) => ref.name),
  }))

describe('without annotations', () => {
  it('kinds come in the order of Helm, unknown ones last by name', () => {
    const objects = [
      object('Zebra', 'z', {}, 'x.io/v1'),
      object('Ape', 'a', {}, 'x.io/v1'),
      object('Service', 's'),
      object('ConfigMap', 'c'),
    ]
    expect(names(...objects, object('Namespace', 'n'), object('ConfigMap', 'd'))).toEqual([
      { apply: ['n'], after: [] },
      { apply: ['c', 'd'], after: [] },
      { apply: ['s'], after: [] },
      { apply: ['a'], after: [] },
      { apply: ['z'], after: [] },
    ])
  })
})

describe('weights', () => {
  it('put the lower first, and wait until it is ready', () => {
    expect(
      names(
        object('ConfigMap', 'late', { 'werf.io/weight': '10' }),
        object('Service', 's'),
        object('Secret', 'first', { 'converge.dev/weight': '-1' }),
      ),
    ).toEqual([
      { apply: ['first'], after: [] },
      { apply: ['s'], after: ['first'] },
      { apply: ['late'], after: ['first', 's'] },
    ])
  })

  it('do not move namespaces and definitions', () => {
    expect(names(object('Namespace', 'n', { 'werf.io/weight': '10' }), object('ConfigMap', 'c'))).toEqual([
      { apply: ['n'], after: [] },
      { apply: ['c'], after: [] },
    ])
  })
})

describe('dependencies', () => {
  it('wait for what must be ready, after all that waits for nothing', () => {
    const app = object('ConfigMap', 'app', { 'werf.io/deploy-dependency-db': 'state=ready,kind=StatefulSet,name=db' })
    expect(names(app, object('StatefulSet', 'db', {}, 'apps/v1'), object('Ingress', 'i', {}, 'networking.k8s.io/v1'))).toEqual([
      { apply: ['db'], after: [] },
      { apply: ['i'], after: [] },
      { apply: ['app'], after: ['db'] },
    ])
  })

  it('on what must be present only order, also by the old annotation, whatever the kinds', () => {
    const config = object('ConfigMap', 'config', { 'job.dependency.werf.io': 'batch/v1:Job:migrate' })
    expect(names(config, object('Job', 'migrate', {}, 'batch/v1'))).toEqual([
      { apply: ['migrate'], after: [] },
      { apply: ['config'], after: [] },
    ])
  })

  it('make their own weight count for nothing, and take that of their targets', () => {
    const early = object('ConfigMap', 'early', { 'werf.io/weight': '-9', 'werf.io/deploy-dependency-x': 'state=present,name="heavy"' })
    expect(names(early, object('Secret', 'heavy', { 'werf.io/weight': '5' })).map(({ apply }) => apply)).toEqual([['heavy'], ['early']])
  })

  it('on others than the release name what to wait for', () => {
    const { batches, unmatched } = order(
      object('ConfigMap', 'c', {
        'x.external-dependency.werf.io': 'apps/v1:Deployment:other:db',
        'y.external-dependency.converge.dev': 'v1:Secret:key',
      }),
    )
    expect(batches[0]!.external).toEqual([
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'other', name: 'db' },
      { apiVersion: 'v1', kind: 'Secret', namespace: 'ns', name: 'key' },
    ])
    expect(unmatched).toEqual([])
  })

  it('that nothing matches are told', () => {
    const { unmatched, batches } = order(object('ConfigMap', 'c', { 'werf.io/deploy-dependency-x': 'state=ready,kind=Job' }))
    expect(unmatched.map(({ key }) => key)).toEqual(['werf.io/deploy-dependency-x'])
    expect(batches).toHaveLength(1)
  })

  it('that go in a circle are a problem with its path', () => {
    const needs = (name: string) => ({ 'werf.io/deploy-dependency-x': `state=present,name=${name}` })
    const { problems, batches } = order(
      object('ConfigMap', 'a', needs('b')),
      object('ConfigMap', 'b', needs('c')),
      object('ConfigMap', 'c', needs('b')),
    )
    expect(problems.map(({ problem }) => problem.message)).toEqual(['depends on itself: ConfigMap/b -> ConfigMap/c -> ConfigMap/b'])
    expect(batches).toEqual([])
  })

  it.each([
    ['werf.io/deploy-dependency-x', 'kind=Pod', /lacks a state/],
    ['werf.io/deploy-dependency-x', 'state=soon,kind=Pod', /ready or present/],
    ['werf.io/deploy-dependency-x', 'state=ready', /at least one of name/],
    ['werf.io/deploy-dependency-x', 'state=ready,colour=red', /"colour" is none of/],
    ['werf.io/deploy-dependency-x', 'state=ready,kind', /no property=value/],
    ['x.dependency.werf.io', 'Deployment/app', /apiVersion:kind/],
    ['x.external-dependency.werf.io', 'v1:Secret', /apiVersion:kind/],
  ])('%s: %s is a problem', (key, value, message) => {
    expect(order(object('ConfigMap', 'c', { [key]: value })).problems.map(({ problem }) => problem)).toEqual([
      { path: ['metadata', 'annotations', key], message: expect.stringMatching(message) },
    ])
  })
})

it('5,000 objects with a chain of dependencies through 300 of them are ordered at once', () => {
  const chain = Array.from({ length: 300 }, (_, index) =>
    object('Secret', `s${index}`, index === 0 ? {} : { 'werf.io/deploy-dependency-x': `state=present,name=s${index - 1}` }),
  )
  const { batches } = order(...chain.reverse(), ...Array.from({ length: 4_700 }, (_, index) => object('ConfigMap', `c${index}`)))
  expect(batches).toHaveLength(301)
})

describe('deleting', () => {
  const gone = (...targets: string[]) =>
    Object.fromEntries(targets.map((name, index) => [`werf.io/delete-dependency-d${index}`, `state=absent,name=${name}`]))
  const levels = (...objects: KubeObject[]) => {
    const { levels, cycle } = deleteOrder(objects, (item) => item, 'ns')
    return { levels: levels.map((level) => level.map((item) => item.metadata.name)), ...(cycle ? { cycle } : {}) }
  }

  it('is one level where nothing is said, and where what is named stays', () => {
    expect(levels(object('ConfigMap', 'a'), object('Secret', 'b', gone('other')))).toEqual({ levels: [['a', 'b']] })
  })
  it('waits for what is named to be gone', () => {
    const objects = [object('Deployment', 'app', gone('web', 'worker')), object('Pod', 'web'), object('Pod', 'worker', gone('web'))]
    expect(levels(...objects, object('Service', 's'))).toEqual({ levels: [['web', 's'], ['worker'], ['app']] })
  })
  it('names a circle, and deletes all the same', () => {
    const { levels: found, cycle } = levels(object('Pod', 'a', gone('b')), object('Pod', 'b', gone('a')), object('Pod', 'c'))
    expect(found.flat().sort()).toEqual(['a', 'b', 'c'])
    expect(cycle).toBe('Pod/a -> Pod/b -> Pod/a')
  })
  it.each([
    ['state=ready,name=a', /its state must be absent/],
    ['state=absent', /must name its target/],
    ['name=a', /lacks a state/],
  ])('%s is refused', (value, reason) => {
    const { problems } = order(object('Pod', 'a', { 'werf.io/delete-dependency-x': value }))
    expect(problems.map(({ problem }) => problem.message)).toEqual([expect.stringMatching(reason)])
  })
})

it('an older form of an external dependency is refused with the form to write', () => {
  const { problems } = order(object('Pod', 'a', { 'db.external-dependency.werf.io/resource': 'secret/app' }))
  expect(problems[0]?.problem.message).toMatch(/write db\.external-dependency\.werf\.io: apiVersion:kind/)
})

import { describe, expect, it } from 'vitest'
import { findDuplicateKeys } from '../../src/plan/duplicate-keys.ts'
import { immutableFields } from '../../src/plan/immutable.ts'
import {
  annotation,
  checkLifecycle,
  deletePolicies,
  isDeployedOn,
  policies,
  recreates,
  withCreationReplicas,
} from '../../src/plan/lifecycle.ts'
import { checkNames } from '../../src/plan/names.ts'
import { removedApi } from '../../src/plan/removed-apis.ts'
import { parsePath, pathText } from '../../src/plan/schema.ts'
import type { KubeObject } from '../../src/resource.ts'

const object = (annotations: Record<string, string>, kind = 'ConfigMap'): KubeObject => ({
  apiVersion: 'v1',
  kind,
  metadata: { name: 'a', annotations },
})

describe('lifecycle annotations', () => {
  it.each([
    ['werf.io/weight', '1.5'],
    ['werf.io/resource-policy', ''],
    ['werf.io/resource-policy', 'keep,'],
    ['helm.sh/resource-policy', 'delete'],
    ['werf.io/delete-policy', 'hook-succeeded'],
    ['converge.dev/ownership', 'mine'],
    ['werf.io/replicas-on-creation', '-1'],
    ['werf.io/deploy-on', 'install,uninstall'],
    ['werf.io/delete-propagation', 'foreground'],
    ['werf.io/sensitive', 'yes'],
  ])('%s: %j is refused', (key, value) => {
    expect(checkLifecycle(object({ [key]: value }))).toMatchObject([{ path: ['metadata', 'annotations', key] }])
  })

  it('that hold what they should are read, those of converge.dev before those of werf.io', () => {
    const annotations = {
      'werf.io/weight': ' -3 ',
      'werf.io/resource-policy': 'skip-update, keep',
      'werf.io/delete-policy': 'before-creation-if-immutable,failed',
      'werf.io/ownership': 'release',
      'converge.dev/ownership': 'anyone',
      'werf.io/deploy-on': 'install,post-upgrade',
      'werf.io/replicas-on-creation': '3',
      'werf.io/unknown': 'x',
    }
    const subject = object(annotations)
    expect(checkLifecycle(subject)).toEqual([])
    expect([...policies(subject)]).toEqual(['skip-update', 'keep'])
    expect([...deletePolicies(subject)]).toEqual(['before-creation-if-immutable', 'failed'])
    expect(annotation(subject, 'ownership')).toBe('anyone')
    expect([isDeployedOn(subject, 'install'), isDeployedOn(subject, 'upgrade'), isDeployedOn(object({}), 'rollback')]).toEqual([
      true,
      false,
      true,
    ])
    expect(withCreationReplicas(subject).spec).toEqual({ replicas: 3 })
  })

  it('a Job is made anew where it cannot be changed, unless it says otherwise', () => {
    expect([recreates(object({}, 'Job')), recreates(object({})), recreates(object({ 'werf.io/delete-policy': 'failed' }, 'Job'))]).toEqual([
      true,
      false,
      false,
    ])
  })
})

it.each([
  ['ConfigMap', 'Upper', false],
  ['ConfigMap', 'a.b-c', true],
  ['ConfigMap', '-a', false],
  ['Service', 'a.b', false],
  ['Namespace', 'a.b', false],
  ['ConfigMap', 'a'.repeat(254), false],
])('the name of a %s %s is good: %s', (kind, name, good) => {
  expect(checkNames({ apiVersion: 'v1', kind, metadata: { name } })).toHaveLength(good ? 0 : 1)
})

it('names of roles may hold colons, and kinds of others are not judged', () => {
  expect(checkNames({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', metadata: { name: 'system:x:Y' } })).toEqual([])
  expect(checkNames({ apiVersion: 'user.openshift.io/v1', kind: 'Group', metadata: { name: 'A B' } })).toEqual([])
})

it('says what replaces a removed version', () => {
  expect(removedApi('extensions/v1beta1', 'Ingress')).toBe('Kubernetes 1.22 removed it; use networking.k8s.io/v1')
  expect(removedApi('policy/v1beta1', 'PodSecurityPolicy')).toBe('Kubernetes 1.25 removed it; nothing replaces it')
  expect(removedApi('apps/v1', 'Deployment')).toBeUndefined()
  expect(removedApi('constructor', 'x')).toBeUndefined()
})

describe('a key that is there twice', () => {
  it('is found with its line, in blocks, lists and flow mappings', () => {
    const found = (text: string) => findDuplicateKeys(text).map(({ path, line }) => `${pathText(path)}:${line}`)
    expect(found('a: 1\nb:\n  c: 1\n  d: 2\n  c: 3\n')).toEqual(['b.c:5'])
    expect(found('a:\n- x: 1\n  y: 2\n  x: 3\n- x: 1\n')).toEqual(['a[0].x:4'])
    expect(found('a: {x: 1, x: 2}\n')).toEqual(['a.x:1'])
    expect(found('"a": 1\na: 2\n')).toEqual(['a:2'])
  })

  it('is let through with the same value, and where it is text', () => {
    expect(findDuplicateKeys('a: 1\na: 1\n')).toEqual([])
    expect(findDuplicateKeys('a: |\n  b: 1\n  b: 2\nc:\n- a: 1\n- a: 2\n')).toEqual([])
  })
})

it('paths of the API server are read and written', () => {
  const path = ['spec', 'containers', 0, 'env', 2, 'name']
  expect(parsePath(pathText(path))).toEqual(path)
  expect(parsePath('data[a/b]')).toEqual(['data', 'a/b'])
})

it('the immutable field of a StatefulSet is named, not what the server has filled in or may change', () => {
  const claim = (storage: string, more = {}) => [{ metadata: { name: 'd' }, spec: { resources: { requests: { storage } }, ...more } }]
  const stateful = (spec: object): KubeObject => ({ apiVersion: 'apps/v1', kind: 'StatefulSet', metadata: { name: 's' }, spec })
  const live = stateful({ replicas: 1, serviceName: 'x', volumeClaimTemplates: claim('1Gi', { volumeMode: 'Filesystem' }) })
  const desired = stateful({ replicas: 2, serviceName: 'x', volumeClaimTemplates: claim('2Gi') })
  expect(immutableFields(desired, live, 'spec')).toEqual([
    { path: 'spec.volumeClaimTemplates[0].spec.resources.requests.storage', before: '1Gi', after: '2Gi' },
  ])
  expect(immutableFields(desired, desired, 'spec')).toEqual([{ path: 'spec' }])
})

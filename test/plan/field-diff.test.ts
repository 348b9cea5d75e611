import { expect, test } from 'vitest'
import { diffObjects } from '../../src/plan/field-diff.ts'
import { redactChanges } from '../../src/plan/redact.ts'
import type { KubeObject } from '../../src/resource.ts'

const deployment = (image: string, env: { name: string; value: string }[]): KubeObject => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', resourceVersion: image, generation: image.length },
  spec: { replicas: 2, template: { spec: { containers: [{ name: 'web', image, env }] } } },
})

test('names the fields that differ, by the names of list items', () => {
  const before = deployment('shop:1', [
    { name: 'A', value: '1' },
    { name: 'B', value: '2' },
  ])
  const after = deployment('shop:2', [{ name: 'B', value: '3' }])
  expect(diffObjects(before, after)).toMatchInlineSnapshot(`
    [
      {
        "after": "shop:2",
        "before": "shop:1",
        "path": "spec.template.spec.containers[0].image",
      },
      {
        "before": {
          "name": "A",
          "value": "1",
        },
        "path": "spec.template.spec.containers[0].env[name=A]",
      },
      {
        "after": "3",
        "before": "2",
        "path": "spec.template.spec.containers[0].env[0].value",
      },
    ]
  `)
})

test('metadata that the server keeps is no change', () => {
  const object = deployment('shop:1', [])
  expect(
    diffObjects(object, {
      ...object,
      status: { replicas: 1 },
      metadata: { ...object.metadata, resourceVersion: '9', managedFields: [{}] },
    }),
  ).toEqual([])
})

test('secret values are hidden and still show that they changed', () => {
  const secret = (value: string): KubeObject => ({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { password: value } })
  const changes = redactChanges(diffObjects(secret('aHVudGVyMg=='), secret('c3dvcmRmaXNo')), secret(''))
  expect(changes).toHaveLength(1)
  const text = JSON.stringify(changes)
  expect(text).not.toContain('aHVudGVyMg')
  expect(text).not.toContain('c3dvcmRmaXNo')
  expect(changes[0]!.before).not.toEqual(changes[0]!.after)
})

test('sensitive-paths hide only those paths', () => {
  const object: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'c', annotations: { 'werf.io/sensitive-paths': '$.data.token' } },
    data: {},
  }
  const [token, other] = redactChanges(
    [
      { path: 'data.token', before: 'a', after: 'b' },
      { path: 'data.other', before: 'a', after: 'b' },
    ],
    object,
  )
  expect(token!.after).toMatch(/^<hidden 1 bytes, hash [0-9a-f]{12}>$/)
  expect(other!.after).toBe('b')
})

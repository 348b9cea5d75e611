import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { isApplied } from '../../src/plan/applied-fields.ts'
import type { KubeObject } from '../../src/resource.ts'
import { parseManifest } from '../../src/yaml/read.ts'

// The manifests were applied by `kubectl apply --server-side --field-manager=helm` to a real API server (1.36), which gave the live objects.
const golden = (name: string) => readFileSync(new URL(`goldens/${name}`, import.meta.url), 'utf8')
const live = JSON.parse(golden('live-objects.json')) as KubeObject[]
const manifests = golden('applied-manifests.yaml')
  .split(/^---$/m)
  .filter((text) => text.trim() !== '')
  .map((text) => parseManifest(text) as KubeObject)

const pairs = manifests.map((manifest) => {
  const object = live.find((item) => item.kind === manifest.kind && item.metadata.name === manifest.metadata.name)!
  return { name: `${manifest.kind}/${manifest.metadata.name}`, manifest, object }
})
const pair = (name: string) => structuredClone(pairs.find((item) => item.name === name)!)

describe('an object that was applied as it is wanted', () => {
  test.each(pairs.filter(({ name }) => name !== 'Deployment/quant'))('$name', ({ manifest, object }) => {
    expect(isApplied(manifest, object, 'helm')).toBe(true)
  })

  test('is uncertain by its values where the server writes quantities in another way, certain when it is known to be the same as before', () => {
    const { manifest, object } = pair('Deployment/quant')
    expect(isApplied(manifest, object, 'helm')).toBe(false)
    expect(isApplied(manifest, object, 'helm', true)).toBe(true)
  })
})

describe('a difference is seen', () => {
  const cases: [string, string, (manifest: any, object: any) => void][] = [
    ['a changed value', 'ConfigMap/rel-config', (manifest) => (manifest.data.GREETING = 'Hi')],
    ['a new key', 'ConfigMap/rel-config', (manifest) => (manifest.data.NEW = 'x')],
    ['a removed key', 'ConfigMap/rel-config', (manifest) => delete manifest.data.GREETING],
    ['a new label', 'Service/multi', (manifest) => (manifest.metadata.labels.new = 'x')],
    ['a removed port', 'Service/multi', (manifest) => manifest.spec.ports.pop()],
    ['ports in another order', 'Service/multi', (manifest) => manifest.spec.ports.reverse()],
    ['another image', 'Deployment/rel-web', (manifest) => (manifest.spec.template.spec.containers[0].image = 'x:2')],
    ['another argument in an atomic list', 'Deployment/rel-web', (manifest) => manifest.spec.template.spec.containers[0].command.push('x')],
    ['another rule in an atomic list of maps', 'Role/r', (manifest) => manifest.rules[0].verbs.push('watch')],
    [
      'a live value changed by another client that took the field',
      'ConfigMap/rel-config',
      (_, object) => {
        object.data.GREETING = 'edited'
        delete object.metadata.managedFields[0].fieldsV1['f:data']['f:GREETING']
      },
    ],
    ['no managed fields of ours', 'ConfigMap/rel-config', (_, object) => (object.metadata.managedFields = [])],
    [
      'fields of a client-side Helm beside ours',
      'ConfigMap/rel-config',
      (_, object) => object.metadata.managedFields.push({ manager: 'helm', operation: 'Update', apiVersion: 'v1', fieldsV1: {} }),
    ],
    ['another apiVersion', 'HorizontalPodAutoscaler/hpa', (manifest) => (manifest.apiVersion = 'autoscaling/v1')],
  ]
  test.each(cases)('%s', (_, name, change) => {
    const { manifest, object } = pair(name)
    change(manifest, object)
    expect(isApplied(manifest, object, 'helm')).toBe(false)
  })
})

test('what another client changed is seen also where the manifest is the same as before', () => {
  const { manifest, object } = pair('ConfigMap/rel-config')
  delete (object as any).metadata.managedFields[0].fieldsV1['f:data']['f:GREETING']
  expect(isApplied(manifest, object, 'helm', true)).toBe(false)
})

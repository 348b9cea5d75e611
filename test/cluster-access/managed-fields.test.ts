import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ManagedFieldsEntry, migratedFields, migrateManagedFields } from '../../src/cluster/managed-fields.ts'
import { helmBinary } from '../oracle/helm.ts'
import { storedChart } from '../release/helm-json.ts'
import { targets, useNamespace } from './namespace.ts'

const run = promisify(execFile)

const update = (manager: string, fieldsV1: ManagedFieldsEntry['fieldsV1'], more = {}): ManagedFieldsEntry => ({
  manager,
  operation: 'Update',
  apiVersion: 'v1',
  fieldsType: 'FieldsV1',
  fieldsV1,
  ...more,
})
const apply = (manager: string, fieldsV1: ManagedFieldsEntry['fieldsV1']): ManagedFieldsEntry => ({
  ...update(manager, fieldsV1),
  operation: 'Apply',
})

describe('managed fields', () => {
  it('of client-side Helm become those of its apply', () => {
    expect(migratedFields([update('kubectl', { 'f:x': {} }), update('helm', { 'f:data': { 'f:a': {} } })])).toEqual([
      apply('helm', { 'f:data': { 'f:a': {} } }),
      update('kubectl', { 'f:x': {} }),
    ])
  })

  it('are united with those that were applied already', () => {
    const entries = [
      apply('helm', { 'f:data': { 'f:a': {}, 'f:b': { '.': {} } } }),
      update('helm', { 'f:data': { '.': {}, 'f:b': { 'f:x': {} } } }),
      update('helm', { 'f:c': {} }),
    ]
    expect(migratedFields(entries)).toEqual([apply('helm', { 'f:data': { '.': {}, 'f:a': {}, 'f:b': { '.': {}, 'f:x': {} } }, 'f:c': {} })])
  })

  it('stay as they are where there is nothing to do', () => {
    expect(migratedFields([])).toBeUndefined()
    expect(migratedFields([apply('helm', {}), update('helm', {}, { subresource: 'status' }), update('helmet', {})])).toBeUndefined()
  })

  it('of other managers are taken over by name or prefix', () => {
    const entries = [update('werf-1', { 'f:a': {} }), update('kubectl-edit', { 'f:b': {} }), update('kubelet', { 'f:c': {} })]
    expect(migratedFields(entries, { from: ['werf*', 'kubectl-edit'] })).toEqual([
      apply('helm', { 'f:a': {}, 'f:b': {} }),
      update('kubelet', { 'f:c': {} }),
    ])
  })
})

describe.each(targets)('an object of Helm 3 on the %s', (target) => {
  const test = useNamespace(target)
  let home: string
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'converge-helm-'))
  })
  afterAll(() => rm(home, { recursive: true, force: true }))

  it('loses the fields that leave its manifest, once it is migrated', async ({ skip }) => {
    const helm = await helmBinary('3.17.2')
    if (!helm) return skip('no Helm binary')
    const flags = ['-n', test.name, '--kubeconfig', test.kubeconfig, '--kube-context', 'test']
    await run(helm, ['install', 'rel', storedChart, '--no-hooks', ...flags], { env: { ...process.env, HOME: home, HELM_DRIVER: '' } })
    const ref = { apiVersion: 'v1', kind: 'ConfigMap', name: 'rel-config', namespace: test.name }
    const live = (await test.cluster.get(ref))!
    expect(live.metadata.managedFields).toMatchObject([{ manager: 'helm', operation: 'Update' }])
    // Someone wrote in between: the patch is tried again on the newer object.
    await test.cluster.mergePatch(ref, { metadata: { labels: { seen: 'yes' } } })
    const migrated = await migrateManagedFields(test.cluster, live)
    expect(migrated.metadata.managedFields).toMatchObject([{ manager: 'helm', operation: 'Apply' }])
    expect(migrated.metadata.labels).toMatchObject({ seen: 'yes' })
    const count = test.cluster.requestCounts.get('patch')
    expect(await migrateManagedFields(test.cluster, migrated)).toBe(migrated)
    expect(test.cluster.requestCounts.get('patch')).toBe(count)
    const applied = await test.cluster.apply({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: ref.name, namespace: ref.namespace },
      data: { other: 'x' },
    })
    expect(applied.data).toEqual({ other: 'x' })
  })
})

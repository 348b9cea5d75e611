import { describe, expect, it } from 'vitest'
import { isKubernetesGroup, kubernetesData, kubernetesKind, kubernetesVersion } from '../../src/plan/kubernetes.ts'
import { introductionOf, removalOf } from '../../src/plan/removed-apis.ts'
import type { Schema, Schemas } from '../../src/plan/schema.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'

const kinds = Object.entries(kubernetesData.kinds).flatMap(([apiVersion, named]) =>
  Object.keys(named).map((kind) => [apiVersion, kind] as const),
)

it('has the kinds of one version, and knows whose a group is', () => {
  expect(kubernetesVersion).toMatch(/^v1\.\d+\.\d+$/)
  expect(kubernetesKind('apps/v1', 'Deployment')).toMatchObject({ plural: 'deployments', namespaced: true })
  expect(kubernetesKind('apps/v1', 'toString')).toBeUndefined()
  expect(kubernetesKind('constructor', 'Deployment')).toBeUndefined()
  expect(['', 'apps', 'extensions', 'rbac.authorization.k8s.io', 'gateway.networking.k8s.io'].map(isKubernetesGroup)).toEqual([
    true,
    true,
    true,
    true,
    false,
  ])
})

it('every definition that is named is there', () => {
  for (const [apiVersion, kind] of kinds) {
    const { schema, schemas } = kubernetesKind(apiVersion, kind)!
    for (const text of JSON.stringify([schema, schemas]).matchAll(/"\$ref":"#\/([^"]+)"/g)) expect(schemas).toHaveProperty([text[1]!])
  }
})

it('nothing that is served was removed, or comes later', () => {
  for (const [apiVersion, kind] of kinds) {
    expect(removalOf(apiVersion, kind)).toBeUndefined()
    const since = Number(introductionOf(apiVersion, kind)?.split('.')[1] ?? 0)
    expect(since).toBeLessThanOrEqual(Number(kubernetesVersion.split('.')[1]))
  }
})

describe.each(targets.filter((name) => name !== 'sandbox'))('a %s of that version', (target) => {
  const test = useNamespace(target)

  it('serves these kinds with these fields and no others', async () => {
    const { gitVersion } = await test.cluster.version()
    if (gitVersion !== kubernetesVersion) return
    for (const [apiVersion, kind] of kinds) {
      const own = kubernetesKind(apiVersion, kind)!
      expect(await test.cluster.resourceOf(apiVersion, kind)).toMatchObject({ plural: own.plural, namespaced: own.namespaced })
      const served = (await test.cluster.schemaOf(apiVersion, kind))!
      expect(fieldsOf(own.schema, own.schemas)).toEqual(fieldsOf(served.schema, served.schemas))
    }
  })
})

/** Every path of a schema with its type, six levels deep; definitions that hold themselves have no end. */
function fieldsOf(schema: Schema, schemas: Schemas, depth = 0): unknown {
  const ref = schema.$ref ?? schema.allOf?.[0]?.$ref
  const found = ref === undefined ? schema : schemas[ref.slice(ref.lastIndexOf('/') + 1)]!
  if (depth === 6) return '…'
  if (found.items) return [fieldsOf(found.items, schemas, depth + 1)]
  if (typeof found.additionalProperties === 'object') return { '*': fieldsOf(found.additionalProperties, schemas, depth + 1) }
  if (!found.properties)
    return found.format === 'int-or-string'
      ? 'int-or-string'
      : (found.enum?.filter((item) => item !== '') ?? found.type ?? (found.oneOf ? 'several' : 'any'))
  return Object.fromEntries(
    Object.entries(found.properties)
      .filter(([name]) => !(name === 'status' && found.properties!.kind) && name !== 'managedFields')
      .map(([name, field]) => [name, fieldsOf(field, schemas, depth + 1)]),
  )
}

import { apiVersionOf, type Registry, type Resource } from '../resources.ts'
import { type Field, structType, type Type } from '../schema/types.ts'

/** The answer to `/openapi/v3`: where each group version's document is. */
export function openapiIndex(registry: Registry): any {
  const paths: Record<string, any> = {}
  for (const [group, versions] of registry.groups())
    for (const v of versions) {
      const path = group === '' ? `api/${v.version}` : `apis/${group}/${v.version}`
      const hash = v.resources.map((r) => r.resource + (r.custom ? JSON.stringify(r.custom).length : '')).join('').length
      paths[path] = { serverRelativeURL: `/openapi/v3/${path}?hash=${hash}` }
    }
  return { paths }
}

/** The OpenAPI v3 document of one group version: schemas without descriptions, and the paths by which clients see what is supported. */
export function openapiDocument(resources: Resource[], version: string): any {
  const schemas: Record<string, any> = {}
  const paths: Record<string, any> = {}
  for (const r of resources) {
    const name = r.custom ? `${r.group.split('.').reverse().join('.')}.${r.version}.${r.kind}` : r.type.name
    schemas[name] = { ...schemaOf(r, schemas), 'x-kubernetes-group-version-kind': [{ group: r.group, version: r.version, kind: r.kind }] }
    const base = r.group === '' ? `/api/${r.version}` : `/apis/${apiVersionOf(r)}`
    const collection = `${base}${r.namespaced ? '/namespaces/{namespace}' : ''}/${r.resource}`
    const gvk = { group: r.group, version: r.version, kind: r.kind }
    const parameters = ['dryRun', 'fieldManager', 'fieldValidation', 'force'].map((p) => ({
      name: p,
      in: 'query',
      schema: { type: p === 'force' ? 'boolean' : 'string', uniqueItems: true },
    }))
    const content = { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } }
    const operation = (action: string, query: any[]): any => ({
      operationId: `${action}${r.namespaced ? 'Namespaced' : ''}${r.kind}`,
      parameters: query,
      responses: { 200: { description: 'OK', content } },
      'x-kubernetes-action': action,
      'x-kubernetes-group-version-kind': gvk,
    })
    if (r.verbs.includes('create')) paths[collection] = { get: operation('list', []), post: operation('post', parameters.slice(0, 3)) }
    if (r.verbs.includes('patch'))
      paths[`${collection}/{name}`] = {
        get: operation('get', []),
        put: operation('put', parameters.slice(0, 3)),
        patch: operation('patch', parameters),
        delete: operation('delete', parameters.slice(0, 1)),
      }
  }
  return { openapi: '3.0.0', info: { title: 'Kubernetes', version }, paths, components: { schemas } }
}

function schemaOf(r: Resource, into: Record<string, any>): any {
  if (r.custom) {
    const given = r.custom.schema?.openAPIV3Schema ?? { type: 'object' }
    const metadata = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta'
    define(metadata, into)
    return {
      ...given,
      properties: {
        ...given.properties,
        apiVersion: { type: 'string' },
        kind: { type: 'string' },
        metadata: { allOf: [{ $ref: `#/components/schemas/${metadata}` }] },
      },
    }
  }
  define(r.type.name, into)
  return into[r.type.name]
}

function define(name: string, into: Record<string, any>): void {
  if (into[name]) return
  const struct = structType(name)
  if (!struct) return
  const properties: Record<string, any> = {}
  into[name] = { type: 'object', properties }
  for (const [key, field] of Object.entries(struct.fields)) properties[key] = property(field, into)
  const required = Object.entries(struct.fields)
    .filter(([, field]) => field.required)
    .map(([key]) => key)
  if (required.length) into[name].required = required
  if (struct.atomic) into[name]['x-kubernetes-map-type'] = 'atomic'
}

function property(field: Field, into: Record<string, any>): any {
  const out = typed(field.type, into)
  if (field.default !== undefined) out.default = field.default
  if (field.mergeKey) out['x-kubernetes-patch-merge-key'] = field.mergeKey
  if (field.strategy) out['x-kubernetes-patch-strategy'] = field.strategy
  return out
}

const SCALARS: Record<string, any> = {
  string: { type: 'string' },
  bool: { type: 'boolean' },
  int32: { type: 'integer', format: 'int32' },
  int64: { type: 'integer', format: 'int64' },
  float64: { type: 'number', format: 'double' },
  bytes: { type: 'string', format: 'byte' },
  Time: { type: 'string', format: 'date-time' },
  MicroTime: { type: 'string', format: 'date-time' },
  Quantity: { oneOf: [{ type: 'string' }, { type: 'number' }] },
  IntOrString: { format: 'int-or-string', oneOf: [{ type: 'integer' }, { type: 'string' }] },
}

function typed(type: Type, into: Record<string, any>): any {
  switch (type.t) {
    case 'any':
      return { type: 'object' }
    case 'scalar':
      return { ...(SCALARS[type.go] ?? {}) }
    case 'list':
      return {
        type: 'array',
        items: typed(type.of, into),
        'x-kubernetes-list-type': type.rel,
        ...(type.rel === 'map' ? { 'x-kubernetes-list-map-keys': type.keys } : {}),
      }
    case 'map':
      return { type: 'object', additionalProperties: typed(type.of, into), ...(type.atomic ? { 'x-kubernetes-map-type': 'atomic' } : {}) }
    case 'struct':
      define(type.name, into)
      return { allOf: [{ $ref: `#/components/schemas/${type.name}` }] }
  }
}

import type { KubeObject } from '../object.ts'
import { apiVersionOf, type Registry, type Resource } from '../resources.ts'
import { canonical, type Decoded } from '../schema/canonical.ts'
import { decodeCustom, validateCustom } from '../schema/custom.ts'
import { type StructType, structType } from '../schema/types.ts'
import { badRequest, invalid } from '../status.ts'
import type { WriteOptions } from './api.ts'

/** Decodes a body as a Go API server does; unknown fields are refused, warned of or ignored as `fieldValidation` says. */
export function decode(resource: Resource, object: any, options: WriteOptions): KubeObject {
  const { value, unknown } = shape(resource, object)
  if (unknown.length > 0 && options.fieldValidation !== 'Ignore') {
    if (options.fieldValidation === 'Strict')
      throw badRequest(
        `${resource.kind} in version ${JSON.stringify(resource.version)} cannot be handled as a ${resource.kind}: strict decoding error: ${unknown.join(', ')}`,
      )
    options.warnings?.push(...unknown)
  }
  value.metadata ??= {} as any
  if (resource.custom) {
    const findings = validateCustom(resource.custom.schema?.openAPIV3Schema, value)
    if (findings.length > 0) throw invalid(resource.kind, resource.group, value.metadata.name ?? '', findings)
  }
  return value as KubeObject
}

const METADATA: StructType = {
  t: 'struct',
  name: 'Metadata',
  atomic: false,
  preserve: true,
  fields: {
    metadata: { type: structType('io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta')!, pointer: false, omit: true, required: false },
  },
}

/** The object as it is kept: by Go's types for built-in kinds, by their schema for custom resources. */
export function shape(resource: Resource, object: any): Decoded<any> {
  if (!resource.custom) return canonical(resource.type, object, resource.kind, resource.version)
  const { value, unknown } = canonical(METADATA, object, resource.kind, resource.version)
  const custom = decodeCustom(resource.custom.schema?.openAPIV3Schema, value as any)
  return { value: custom.value, unknown: [...unknown, ...custom.unknown] }
}

export function checkType(registry: Registry, resource: Resource, object: any): void {
  const expected = apiVersionOf(resource)
  if (object.kind === resource.kind && object.apiVersion === expected) return
  if (resource.custom) {
    if (object.apiVersion !== expected)
      throw badRequest(`the API version in the data (${object.apiVersion}) does not match the expected API version (${expected})`)
    throw badRequest(`the kind in the data (${object.kind}) does not match the expected kind (${resource.kind})`)
  }
  const version = String(object.apiVersion).split('/').at(-1)!
  const why = registry.reference(object.apiVersion, object.kind)
    ? `converting (${version}.${object.kind}) to (${resource.group.split('.')[0] || 'core'}.${resource.kind}): unknown conversion`
    : `no kind ${JSON.stringify(object.kind)} is registered for version ${JSON.stringify(object.apiVersion)} in scheme "pkg/runtime/scheme.go:111"`
  throw badRequest(`${object.kind} in version ${JSON.stringify(version)} cannot be handled as a ${resource.kind}: ${why}`)
}

export function setNamespace(resource: Resource, object: any, namespace: string | undefined): void {
  object.metadata ??= {}
  if (!resource.namespaced) {
    delete object.metadata.namespace
    return
  }
  if (!object.metadata.namespace) object.metadata.namespace = namespace
  else if (object.metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request')
}

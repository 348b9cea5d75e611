import { equal, isObject } from '../object.ts'
import { type Finding, finding } from '../status.ts'
import type { Decoded } from './canonical.ts'

/**
 * A custom resource as the API server keeps it: fields that its `openAPIV3Schema` does not have are dropped and named, defaults filled in.
 * `metadata` is not looked at.
 */
export function decodeCustom<T extends object>(schema: any, object: T): Decoded<T> {
  const unknown: string[] = []
  const { metadata, ...rest } = object as any
  const { metadata: _, ...properties } = schema?.properties ?? {}
  const root = { ...schema, properties: { ...properties, apiVersion: {}, kind: {} } }
  const value = walk(schema ? root : { 'x-kubernetes-preserve-unknown-fields': true }, rest, '', unknown)
  return { value: { ...value, ...(metadata ? { metadata } : {}) } as T, unknown }
}

function walk(schema: any, value: any, path: string, unknown: string[]): any {
  if (Array.isArray(value)) return value.map((item, i) => walk(schema?.items ?? {}, item, `${path}[${i}]`, unknown))
  if (!isObject(value)) return value
  const properties = schema?.properties
  const keep = schema?.['x-kubernetes-preserve-unknown-fields'] === true
  if (!properties && !schema?.additionalProperties && (keep || schema?.type !== 'object')) return value
  const out: Record<string, any> = {}
  for (const key of Object.keys(value)) {
    const at = path ? `${path}.${key}` : key
    const inner = properties?.[key] ?? (isObject(schema.additionalProperties) ? schema.additionalProperties : undefined)
    if (inner) {
      if (value[key] !== null || inner.nullable) out[key] = walk(inner, value[key], at, unknown)
    } else if (keep || schema.additionalProperties === true) out[key] = value[key]
    else unknown.push(`unknown field ${JSON.stringify(at)}`)
  }
  for (const [key, inner] of Object.entries<any>(properties ?? {}))
    if (out[key] === undefined && inner?.default !== undefined)
      out[key] = walk(inner, structuredClone(inner.default), `${path}.${key}`, unknown)
  return out
}

/** What the schema refuses of a custom resource, in the words of the API server's validation. */
export function validateCustom(schema: any, object: any): Finding[] {
  const out: Finding[] = []
  const { metadata: _m, ...properties } = schema?.properties ?? {}
  check({ ...schema, properties }, object, '', out)
  return out
}

const TYPES: Record<string, (value: unknown) => boolean> = {
  object: isObject,
  array: Array.isArray,
  string: (v) => typeof v === 'string',
  boolean: (v) => typeof v === 'boolean',
  integer: (v) => Number.isInteger(v),
  number: (v) => typeof v === 'number',
}

function typeName(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'array'
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'number'
  return typeof value
}

function check(schema: any, value: any, path: string, out: Finding[]): void {
  if (!isObject(schema) || (value === null && schema.nullable)) return
  const field = path === '' ? '' : path
  const body = (rule: string): void => void out.push(finding.invalid(field, value, `${field} in body ${rule}`))
  if (schema['x-kubernetes-int-or-string']) {
    if (typeof value !== 'string' && !Number.isInteger(value)) wrongType(field, value, 'integer,string', out)
  } else if (schema.type && !TYPES[schema.type]?.(value)) {
    wrongType(field, value, schema.type, out)
    return
  }
  if (schema.enum && !schema.enum.some((item: unknown) => equal(item, value)))
    out.push(finding.unsupported(field, value, schema.enum.map(String)))
  if (typeof value === 'string') {
    if (schema.maxLength !== undefined && [...value].length > schema.maxLength)
      out.push({ field, reason: 'FieldValueTooLong', message: `Too long: may not be more than ${schema.maxLength} bytes` })
    if (schema.minLength !== undefined && [...value].length < schema.minLength) body(`should be at least ${schema.minLength} chars long`)
    else if (schema.pattern !== undefined && !matches(schema.pattern, value)) body(`should match '${schema.pattern}'`)
  }
  if (typeof value === 'number') {
    if (schema.maximum !== undefined && (schema.exclusiveMaximum ? value >= schema.maximum : value > schema.maximum))
      body(`should be less than ${schema.exclusiveMaximum ? '' : 'or equal to '}${schema.maximum}`)
    if (schema.minimum !== undefined && (schema.exclusiveMinimum ? value <= schema.minimum : value < schema.minimum))
      body(`should be greater than ${schema.exclusiveMinimum ? '' : 'or equal to '}${schema.minimum}`)
  }
  if (Array.isArray(value)) {
    if (schema.maxItems !== undefined && value.length > schema.maxItems)
      out.push({ field, reason: 'FieldValueTooMany', message: `Too many: ${value.length}: must have at most ${schema.maxItems} items` })
    if (schema.minItems !== undefined && value.length < schema.minItems) body(`should have at least ${schema.minItems} items`)
    for (const [i, item] of value.entries()) check(schema.items, item, `${path}[${i}]`, out)
    duplicates(schema, value, path, out)
  }
  if (isObject(value)) {
    for (const name of schema.required ?? []) if (value[name] === undefined) out.push(finding.required(path ? `${path}.${name}` : name))
    for (const key of Object.keys(value)) {
      const inner = schema.properties?.[key] ?? (isObject(schema.additionalProperties) ? schema.additionalProperties : undefined)
      if (inner) check(inner, value[key], path ? `${path}.${key}` : key, out)
    }
  }
}

function wrongType(field: string, value: unknown, wanted: string, out: Finding[]): void {
  const given = typeName(value)
  out.push({
    field,
    reason: 'FieldValueTypeInvalid',
    message: `Invalid value: ${JSON.stringify(given)}: ${field} in body must be of type ${wanted}: ${JSON.stringify(given)}`,
  })
}

function duplicates(schema: any, value: any[], path: string, out: Finding[]): void {
  const kind = schema['x-kubernetes-list-type']
  if (kind !== 'map' && kind !== 'set') return
  const seen = new Set<string>()
  for (const [i, item] of value.entries()) {
    const key =
      kind === 'set' ? item : Object.fromEntries((schema['x-kubernetes-list-map-keys'] ?? []).map((name: string) => [name, item?.[name]]))
    const text = JSON.stringify(key)
    if (seen.has(text)) out.push(finding.duplicate(`${path}[${i}]`, key))
    seen.add(text)
  }
}

function matches(pattern: string, value: string): boolean {
  try {
    return new RegExp(pattern, 'u').test(value)
  } catch {
    return true
  }
}

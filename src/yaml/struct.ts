import { formatFloat32 } from './float.ts'

/** YAML with Go's types kept: integers are bigint, floats number. What sigs.k8s.io/yaml has at hand when it fills a struct. */
export type RawYaml = null | boolean | bigint | number | string | RawYaml[] | Map<string, RawYaml>

/**
 * A scalar for a struct's field of type string: sigs.k8s.io/yaml turns numbers and booleans into text, floats with the precision of 32 bits
 * (`appVersion: 1.10` is "1.1", `yes` "true", `0x10` "16"). undefined for what encoding/json will not put into a string; null leaves the
 * field as it is.
 */
export function scalarText(value: RawYaml): string | null | undefined {
  if (value === null || typeof value === 'string') return value
  if (typeof value === 'number') return formatFloat32(value)
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  return undefined
}

/** What encoding/json calls a value in its messages. */
export function jsonKind(value: unknown): 'null' | 'bool' | 'number' | 'string' | 'array' | 'object' {
  if (value === null) return 'null'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number' || typeof value === 'bigint') return 'number'
  if (typeof value === 'string') return 'string'
  return Array.isArray(value) ? 'array' : 'object'
}

/** encoding/json's message where a value does not fit its target, as sigs.k8s.io/yaml passes it on. `target` is Go's name of the type. */
export function mismatchText(value: unknown, target: string): string {
  return `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${jsonKind(value)} into Go value of type ${target}`
}

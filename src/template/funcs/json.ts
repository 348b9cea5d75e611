import { messageOf, passOverflow } from '../../errors.ts'
import { type DocumentedFunction, type FunctionTable, type GoMap, TypedMap, TypedSlice, type Value } from '../value.ts'
import { failure } from './failure.ts'
import { decodeJson } from './json-decoder.ts'
import { encodeJson, type JsonOptions } from './json-encoder.ts'

/** A document that has to be a map (null with an error is a number that is none of float64): the map, or a map with the message of the error under `Error`, as Helm gives it. */
export function asDocument(value: Value, error: string | undefined, mismatch: (kind: string) => string): Value {
  if (value === null)
    return error === undefined ? new TypedMap('map[string]interface {}', [], true) : new Map([['Error', mismatch('number')]])
  const problem = value instanceof Map ? error : mismatch(kindOf(value))
  const map: GoMap = value instanceof Map ? value : new Map()
  if (problem !== undefined) map.set('Error', problem)
  return map
}

/** A document that has to be a list: the list, or a list of the message of the error. */
export function asListDocument(value: Value, error: string | undefined, mismatch: (kind: string) => string): Value {
  if (value === null) return error === undefined ? TypedSlice.of_('interface {}', [], true) : [mismatch('number')]
  if (!Array.isArray(value)) return [mismatch(kindOf(value))]
  return error === undefined ? value : [error]
}

/** What encoding/json calls a value that does not fit its target. */
function kindOf(value: Value): string {
  if (typeof value === 'string') return 'string'
  if (typeof value === 'boolean') return 'bool'
  if (value instanceof Map) return 'object'
  return Array.isArray(value) ? 'array' : 'number'
}

function fromJson(text: string): Value {
  try {
    const { value, error } = decodeJson(text)
    return asDocument(value, error, (kind) => `json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`)
  } catch (error) {
    passOverflow(error)
    return new Map([['Error', messageOf(error)]])
  }
}

function fromJsonArray(text: string): Value {
  try {
    const { value, error } = decodeJson(text)
    return asListDocument(value, error, (kind) => `json: cannot unmarshal ${kind} into Go value of type []interface {}`)
  } catch (error) {
    passOverflow(error)
    return [messageOf(error)]
  }
}

function mustFromJson(text: string): Value {
  const { value, error } = decodeJson(text)
  if (error !== undefined) throw failure(error)
  return value
}

function orEmpty(encode: () => string): string {
  try {
    return encode()
  } catch (error) {
    passOverflow(error)
    return ''
  }
}

function encoder(options: JsonOptions, quiet: boolean, entry: Pick<DocumentedFunction, 'doc' | 'example'>): DocumentedFunction {
  const encode = ([value]: Value[]): string => encodeJson(value!, options)
  return { params: ['interface {}'], call: (args) => (quiet ? orEmpty(() => encode(args)) : encode(args)), ...entry }
}

/** JSON as Go's encoding/json writes and reads it. */
export const json: FunctionTable = {
  toJson: encoder({}, true, {
    doc: 'The value as JSON on one line; empty where it cannot be written.',
    example: { template: '{{ toJson (dict "b" 1 "a" (list "<" 1.5 nil)) }}', output: '{"a":["\\u003c",1.5,null],"b":1}' },
  }),
  mustToJson: encoder({}, false, {
    doc: 'The same as `toJson`, with an error where the value cannot be written.',
    example: { template: '{{ mustToJson (list 1 "a") }}', output: '[1,"a"]' },
  }),
  toPrettyJson: encoder({ indent: '  ' }, true, {
    doc: 'The value as JSON with an indentation of two spaces.',
    example: { template: '{{ toPrettyJson (dict "a" (list 1)) }}', output: '{\n  "a": [\n    1\n  ]\n}' },
  }),
  mustToPrettyJson: encoder({ indent: '  ' }, false, {
    doc: 'The same as `toPrettyJson`, with an error where the value cannot be written.',
    example: { template: '{{ mustToPrettyJson (dict "a" 1) }}', output: '{\n  "a": 1\n}' },
  }),
  toRawJson: encoder({ escapeHtml: false }, false, {
    doc: 'The value as JSON on one line, with `<`, `>` and `&` as they are.',
    example: { template: '{{ toRawJson (dict "a" "<b>") }}', output: '{"a":"<b>"}' },
  }),
  mustToRawJson: encoder({ escapeHtml: false }, false, {
    doc: 'The same as `toRawJson`.',
    example: { template: '{{ mustToRawJson (dict "a" "<b>") }}', output: '{"a":"<b>"}' },
  }),
  fromJson: {
    params: ['string'],
    call: ([text]) => fromJson(text),
    doc: 'The map that the JSON text stands for; where it is no JSON map, a map with the message under `Error`.',
    example: { template: '{{ (fromJson "{\\"a\\": [1, 2]}").a }}', output: '[1 2]' },
  },
  fromJsonArray: {
    params: ['string'],
    call: ([text]) => fromJsonArray(text),
    doc: 'The list that the JSON text stands for; where it is no JSON list, a list of the message.',
    example: { template: '{{ fromJsonArray "[1, \\"a\\"]" }}', output: '[1 a]' },
  },
  mustFromJson: {
    params: ['string'],
    call: ([text]) => mustFromJson(text),
    doc: 'The value that the JSON text stands for, of any type, with an error where it is no JSON.',
    example: { template: '{{ mustFromJson "[1, 2]" | first }}', output: '1' },
  },
}

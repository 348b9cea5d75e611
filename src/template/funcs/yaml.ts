import { messageOf, passOverflow } from '../../errors.ts'
import { parseYaml } from '../../yaml/read.ts'
import { writeYaml, writeYamlPretty } from '../../yaml/write.ts'
import type { FunctionTable, Value } from '../value.ts'
import { asDocument, asListDocument } from './json.ts'

const mismatch = (target: string) => (kind: string) =>
  `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type ${target}`

const withoutLastBreak = (text: string): string => (text.endsWith('\n') ? text.slice(0, -1) : text)

function orEmpty(write: (value: Value) => string, value: Value): string {
  try {
    return withoutLastBreak(write(value))
  } catch (error) {
    passOverflow(error)
    return ''
  }
}

function fromYaml(text: string): Value {
  try {
    return asDocument(parseYaml(text) ?? new Map(), undefined, mismatch('map[string]interface {}'))
  } catch (error) {
    passOverflow(error)
    return new Map([['Error', messageOf(error)]])
  }
}

function fromYamlArray(text: string): Value {
  try {
    return asListDocument(parseYaml(text) ?? [], undefined, mismatch('[]interface {}'))
  } catch (error) {
    passOverflow(error)
    return [messageOf(error)]
  }
}

/** YAML as Helm writes and reads it. */
export const yaml: FunctionTable = {
  toYaml: {
    params: ['interface {}'],
    call: ([value]) => orEmpty(writeYaml, value),
    doc: 'The value as YAML without a line break at the end; empty where it cannot be written.',
    example: { template: '{{ toYaml (dict "b" (list 1 "x") "a" "true") }}', output: 'a: "true"\nb:\n- 1\n- x' },
  },
  mustToYaml: {
    params: ['interface {}'],
    call: ([value]) => withoutLastBreak(writeYaml(value)),
    doc: 'The same as `toYaml`, with an error where the value cannot be written.',
    example: { template: '{{ mustToYaml (list 1 2) }}', output: '- 1\n- 2' },
  },
  toYamlPretty: {
    params: ['interface {}'],
    call: ([value]) => orEmpty(writeYamlPretty, value),
    doc: 'The value as YAML with lists indented below their keys and long lines left whole.',
    example: { template: '{{ toYamlPretty (dict "a" (list 1 2)) }}', output: 'a:\n  - 1\n  - 2' },
  },
  fromYaml: {
    params: ['string'],
    call: ([text]) => fromYaml(text),
    doc: 'The map that the YAML text stands for; where it is no YAML map, a map with the message under `Error`.',
    example: { template: '{{ (fromYaml "a: {b: [1, 2]}").a.b }}', output: '[1 2]' },
  },
  fromYamlArray: {
    params: ['string'],
    call: ([text]) => fromYamlArray(text),
    doc: 'The list that the YAML text stands for; where it is no YAML list, a list of the message.',
    example: { template: '{{ fromYamlArray "[1, a]" }}', output: '[1 a]' },
  },
}

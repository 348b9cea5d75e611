import { isTrue } from '../reflect.ts'
import type { FunctionTable } from '../value.ts'
import { failure } from './failure.ts'

/**
 * Functions that choose between values. Empty is what `if` takes for false: nil, 0, false, the empty text, list or map. Structs such as
 * times are never empty.
 */
export const defaults: FunctionTable = {
  default: {
    params: ['interface {}', 'interface {}'],
    variadic: true,
    call: ([fallback, given]) => (given === undefined || !isTrue(given) ? fallback : given),
    doc: 'The second value, or the first where the second is empty or missing.',
    example: { template: '{{ "" | default "none" }} {{ 0 | default 5 }} {{ "x" | default "none" }}', output: 'none 5 x' },
  },
  empty: {
    params: ['interface {}'],
    call: ([value]) => !isTrue(value),
    doc: 'Whether the value is empty.',
    example: { template: '{{ empty list }} {{ empty "a" }}', output: 'true false' },
  },
  coalesce: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => values.find(isTrue) ?? null,
    doc: 'The first value that is not empty; nil where all are.',
    example: { template: '{{ coalesce 0 "" "a" "b" }}', output: 'a' },
  },
  all: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => values.every(isTrue),
    doc: 'Whether none of the values is empty.',
    example: { template: '{{ all 1 "a" true }} {{ all 1 "" }}', output: 'true false' },
  },
  any: {
    params: ['interface {}'],
    variadic: true,
    call: (values) => values.some(isTrue),
    doc: 'Whether one of the values is not empty.',
    example: { template: '{{ any 0 "" "a" }} {{ any 0 }}', output: 'true false' },
  },
  ternary: {
    params: ['interface {}', 'interface {}', 'bool'],
    call: ([yes, no, condition]) => (condition ? yes : no),
    doc: 'The first value where the third is true, else the second.',
    example: { template: '{{ ternary "yes" "no" true }}', output: 'yes' },
  },
  fail: {
    params: ['string'],
    call: ([message]) => {
      throw failure(message)
    },
    doc: 'Ends the rendering with the message.',
    example: { template: '{{ if false }}{{ fail "never" }}{{ end }}ok', output: 'ok' },
  },
  hello: {
    params: [],
    call: () => 'Hello!',
    doc: 'A greeting.',
    example: { template: '{{ hello }}', output: 'Hello!' },
  },
}

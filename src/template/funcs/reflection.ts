import { deepEqual, goKindOf, goTypeOf } from '../reflect.ts'
import type { FunctionTable } from '../value.ts'

/** Functions that ask for Go's types. */
export const reflection: FunctionTable = {
  typeOf: {
    params: ['interface {}'],
    call: ([value]) => goTypeOf(value),
    doc: "Go's name of the value's type.",
    example: { template: '{{ typeOf 1 }} {{ typeOf 1.5 }} {{ typeOf (list 1) }}', output: 'int float64 []interface {}' },
  },
  typeIs: {
    params: ['string', 'interface {}'],
    call: ([name, value]) => name === goTypeOf(value),
    doc: 'Whether the value is of the type.',
    example: { template: '{{ typeIs "string" "a" }}', output: 'true' },
  },
  typeIsLike: {
    params: ['string', 'interface {}'],
    call: ([name, value]) => name === goTypeOf(value) || `*${name}` === goTypeOf(value),
    doc: 'Whether the value is of the type or a pointer to it.',
    example: { template: '{{ typeIsLike "semver.Version" (semver "1.2.3") }}', output: 'true' },
  },
  kindOf: {
    params: ['interface {}'],
    call: ([value]) => goKindOf(value),
    doc: "Go's kind of the value: string, int, float64, bool, slice, map, struct, ptr, invalid.",
    example: { template: '{{ kindOf (list 1) }} {{ kindOf nil }}', output: 'slice invalid' },
  },
  kindIs: {
    params: ['string', 'interface {}'],
    call: ([kind, value]) => kind === goKindOf(value),
    doc: 'Whether the value is of the kind.',
    example: { template: '{{ kindIs "map" dict }}', output: 'true' },
  },
  deepEqual: {
    params: ['interface {}', 'interface {}'],
    call: ([one, other]) => deepEqual(one, other),
    doc: 'Whether the two values are equal in all their parts, types included.',
    example: { template: '{{ deepEqual (list 1 2) (list 1 2) }} {{ deepEqual 1 1.0 }}', output: 'true false' },
  },
}

import { sprintf } from '../../src/template/fmt.ts'
import { zeroOf } from '../../src/template/params.ts'
import { GoFunc, GoObject, Int, type TemplateFunction, TypedMap, TypedSlice, type Value } from '../../src/template/value.ts'
import type { GoExpr } from './go-source.ts'
import { goValue, plain } from './go-values.ts'

const simple = (params: string[], call: (args: any[]) => Value, variadic = false): TemplateFunction => ({ params, variadic, call })
const integer = (value: number | bigint): Int => new Int('int', BigInt(value))

/** A struct of Go's tests that is not the one they work on. */
class Stub extends GoObject {
  readonly goType: string
  readonly kind = 'ptr'
  private readonly fields: Record<string, Value>
  private readonly methods: Record<string, TemplateFunction>
  private readonly text: string

  constructor(goType: string, text: string, fields: Record<string, Value> = {}, methods: Record<string, TemplateFunction> = {}) {
    super()
    this.goType = goType
    this.text = text
    this.fields = fields
    this.methods = methods
  }

  override field(name: string): Value | undefined {
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined
  }
  override method(name: string): TemplateFunction | undefined {
    return Object.hasOwn(this.methods, name) ? this.methods[name] : undefined
  }
  toGoString(): string {
    return this.text
  }
  toJsonValue(): Value {
    return null
  }
}

const withTruth = (v: string): Stub =>
  new Stub('*template.U', `&{${v}}`, { V: v }, { TrueFalse: simple(['bool'], ([truth]) => (truth ? 'true' : '')) })

/** What the fields hold that no literal says: structs within the struct, pointers (as what they point to), functions. */
const others: Record<string, Value> = {
  U: withTruth('v'),
  V0: new Stub('*template.V', '<6666>'),
  V1: new Stub('*template.V', '<7777>'),
  W0: new Stub('*template.W', '[888]'),
  W1: new Stub('*template.W', '[999]'),
  Empty4: withTruth('UinEmpty'),
  AI: TypedSlice.of_('int', [3, 4, 5].map(integer)),
  PAI: TypedSlice.of_('int', [3, 4, 5].map(integer)),
  PSI: TypedSlice.of_('int', [21, 22, 23].map(integer)),
  PI: integer(23),
  MXI: new TypedMap('map[string]int', [['one', integer(1)]]),
  NonEmptyInterfacePtS: TypedSlice.of_('string', ['a', 'b']),
  BinaryFunc: new GoFunc(
    'BinaryFunc',
    simple(['string', 'string'], ([a, b]) => `[${a}=${b}]`),
  ),
  VariadicFunc: new GoFunc(
    'VariadicFunc',
    simple(['string'], (args) => `<${args.join('+')}>`, true),
  ),
  VariadicFuncInt: new GoFunc(
    'VariadicFuncInt',
    simple(['int', 'string'], ([a, ...rest]) => `${a}=<${rest.join('+')}>`, true),
  ),
  NilOKFunc: new GoFunc(
    'NilOKFunc',
    simple(['*int'], ([value]) => value === null),
  ),
  ErrFunc: new GoFunc(
    'ErrFunc',
    simple([], () => 'bla'),
  ),
}

/** The struct that Go's tests work on, with those of its fields and methods that the model has. */
export class Struct extends GoObject {
  readonly goType = '*template.T'
  readonly kind = 'ptr'
  readonly fields = new Map<string, Value>()

  constructor(declaration: string, given: GoExpr) {
    super()
    const values = new Map(
      typeof given === 'object' && given.kind === 'composite'
        ? given.items.map(({ key, value }) => [(key as { name: string }).name, value])
        : [],
    )
    for (const [, names, type] of declaration.matchAll(/^\t((?:[A-Z]\w*(?:, )?)+)\s+(\S+)(?: \/\/.*)?$/gm)) {
      for (const name of names!.split(', ')) this.add(name, type!, values.get(name))
    }
    for (const [name, value] of Object.entries(others)) this.fields.set(name, value)
    this.fields.set('NonEmptyInterface', new Stub('*template.T', '', { X: 'x' }, methods(this)))
  }

  override field(name: string): Value | undefined {
    return this.fields.get(name)
  }
  override method(name: string): TemplateFunction | undefined {
    const own = methods(this)
    return Object.hasOwn(own, name) ? own[name] : undefined
  }
  override hides(name: string): boolean {
    return name === 'unexported'
  }
  toGoString(): string {
    return '&{}'
  }
  toJsonValue(): Value {
    return null
  }

  private add(name: string, type: string, given: GoExpr | undefined): void {
    const value = given === undefined ? zero(type) : goValue(given, type === 'any' ? '' : type)
    if (value !== undefined) this.fields.set(name, value)
  }
}

function methods(struct: Struct): Record<string, TemplateFunction> {
  return {
    Method0: simple([], () => 'M0'),
    Method1: simple(['int'], ([a]) => integer(a)),
    Method2: simple(['uint16', 'string'], ([a, b]) => `Method2: ${a} ${b}`),
    Method3: simple(['interface {}'], ([value]) => sprintf('Method3: %v', [value])),
    Copy: simple([], () => struct),
    GetU: simple([], () => others.U!),
    MAdd: simple(['int', '[]int'], ([a, list]) =>
      TypedSlice.of_(
        'int',
        list.map((item: Int) => integer(item.value + BigInt(a))),
      ),
    ),
    MyError: simple(['bool'], ([fails]) => {
      if (fails) throw new Error('my error')
      return false
    }),
  }
}

function zero(type: string): Value | undefined {
  return /^(any|string|bool|float64|complex128|u?int(8|16|32|64)?|\[\](int|bool|string)|map\[string\]int)$/.test(type)
    ? type === 'complex128'
      ? goValue({ kind: 'number', text: '0i' })
      : zeroOf(plain(type))
    : undefined
}

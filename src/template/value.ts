/**
 * Go's values as templates see them, in the cheapest JavaScript shape that still tells Go's types apart:
 *
 * | Go                       | here                                                       |
 * |--------------------------|------------------------------------------------------------|
 * | nil                      | null                                                       |
 * | bool, string             | boolean, string                                            |
 * | float64                  | number                                                     |
 * | int64                    | bigint                                                     |
 * | int, uint64, rune, …     | Int                                                        |
 * | []interface {}           | Array                                                      |
 * | []string, []int, …       | TypedSlice (an Array)                                      |
 * | []byte                   | Uint8Array                                                 |
 * | map[string]interface {}  | Map (never a plain object: keys are other people's text)   |
 * | common.Values, map[string]string, nil maps | TypedMap (a Map)                         |
 * | structs, pointers        | GoObject                                                   |
 *
 * Strings are Go's byte strings. Text is held as ordinary UTF-16; a byte that is not valid UTF-8 (from `trunc`, `b64dec`) is held as the
 * lone surrogate U+DC80 + (byte - 0x80), so that it reaches the output as it was.
 */
export type Value = null | boolean | number | bigint | string | Int | Value[] | Uint8Array | GoMap | GoObject | GoFunc

export type GoMap = Map<string, Value>

/** An integer of a Go type other than int64. */
export class Int {
  readonly type: IntType
  readonly value: bigint
  constructor(type: IntType, value: bigint) {
    this.type = type
    this.value = value
  }
}
export type IntType = 'int' | 'int8' | 'int16' | 'int32' | 'uint' | 'uint8' | 'uint16' | 'uint32' | 'uint64'

/** A slice whose element type is not `interface {}`, or a nil slice. `elem` is Go's name of the element type. */
export class TypedSlice extends Array<Value> {
  static override get [Symbol.species](): ArrayConstructor {
    return Array
  }
  elem = 'interface {}'
  nil = false
  /** Go's name of the type where it has one of its own (`common.VersionSet`). */
  named: string | undefined = undefined
  /** The methods of a named type; they come before everything else in `.Name`. */
  methods: ReadonlyMap<string, TemplateFunction> | undefined = undefined
  static of_(elem: string, items: readonly Value[], nil = false): TypedSlice {
    const slice = new TypedSlice()
    for (const item of items) slice.push(item)
    slice.elem = elem
    slice.nil = nil
    return slice
  }
}

/** The methods of a value, by name. */
export type Methods = Pick<ReadonlyMap<string, TemplateFunction>, 'get' | 'has' | typeof Symbol.iterator>

/** A map of another Go type than `map[string]interface {}`, or a nil map. `goType` is Go's name of the whole type. */
export class TypedMap extends Map<string, Value> {
  readonly goType: string
  readonly nil: boolean
  /** The same entries as `map[string]interface {}`, for a type like common.Values that is given where such a map is asked for. */
  declare readonly target?: GoMap
  /** The methods of a named type; they come before the keys in `.Name`. */
  methods: Methods | undefined
  constructor(goType: string, entries?: Iterable<readonly [string, Value]>, nil = false, methods: Methods | undefined = undefined) {
    super(entries)
    this.goType = goType
    this.nil = nil
    this.methods = methods
  }
}

/** The slice of bytes that nobody made: of a file that is not there. */
export const nilBytes = new Uint8Array(0)

/**
 * A Go struct or a pointer to one: time.Time, *semver.Version, sprig.certificate, *common.Capabilities, engine.files. Or a number of a type
 * with methods: time.Month, time.Duration.
 */
export abstract class GoObject {
  abstract readonly goType: string
  abstract readonly kind: 'struct' | 'ptr' | 'map' | 'int' | 'int64' | 'complex128'
  /** What a number of a named type is worth; undefined for everything else. */
  get integer(): bigint | undefined {
    return undefined
  }
  /** Whether `if` takes it as false: a number that is 0. */
  get isZero(): boolean {
    return this.integer === 0n
  }
  /** The type's number of another worth, which `range` counts through. */
  withInteger(_value: bigint): GoObject {
    return this
  }
  /** Whether Go's `%v` and `%s` call a String method of it. */
  get isStringer(): boolean {
    return this.goFields() === undefined
  }
  /** What `%#v` prints where the type says it itself. */
  goSyntax(): string | undefined {
    return undefined
  }
  /** Whether the struct has a field of this name that only its own package sees. */
  hides(_name: string): boolean {
    return false
  }
  /** The value of an exported field; undefined where there is none. */
  field(_name: string): Value | undefined {
    return undefined
  }
  /** A method as a function of its arguments; undefined where there is none. */
  method(_name: string): TemplateFunction | undefined {
    return undefined
  }
  /** What Go's `%v` prints. */
  abstract toGoString(): string
  /** The fields in Go's order, for a struct (or a pointer to one) without a String method: `%+v`, `%#v`, `%s` and `%d` go through them. */
  goFields(): readonly (readonly [name: string, value: Value])[] | undefined {
    return undefined
  }
  /** The entries of a type of kind `map`, for `range`, `index`, `len` and `.key`. */
  asMap(): GoMap | undefined {
    return undefined
  }
  /** What a copy by reflection is, which loses the fields that only the type's own package sees. */
  copy(): GoObject {
    return this
  }
  /** What encoding/json sees. */
  abstract toJsonValue(): Value
}

/** A function as a value: template functions, methods. */
export class GoFunc {
  readonly name: string
  readonly fn: TemplateFunction
  constructor(name: string, fn: TemplateFunction) {
    this.name = name
    this.fn = fn
  }
}

/** Go's name of a parameter's type. Arguments are checked and converted before the call: `int` arrives as a number, `int64` as a bigint. */
export type ParamType =
  | 'interface {}'
  | 'string'
  | 'bool'
  | 'int'
  | 'int64'
  | 'uint32'
  | 'float64'
  | '[]interface {}'
  | '[]string'
  | 'map[string]interface {}'
  | 'time.Time'
  | 'reflect.Value'
  | (string & {})

/**
 * A function that templates can call. `call` gets its arguments checked and converted by Go's rules; what it throws becomes
 * `error calling NAME: message`.
 */
export interface TemplateFunction {
  params: readonly ParamType[]
  /** Whether the last parameter takes any number of arguments. */
  variadic?: boolean
  /** What Go says of a method whose results a template cannot take. */
  unusable?: string
  call(args: any[], context: CallContext): Value
}

/** A function of the registry: with what the generated docs say of it. */
export interface DocumentedFunction extends TemplateFunction {
  /** One sentence for docs/functions.md. */
  doc: string
  /** A template and the text that Helm 4.2.3 gives for it; the tests hold it against the binary. `shape` stands for random output. */
  example: { template: string; output: string } | { template: string; shape: RegExp }
}

/** The names of functions, as the parser asks for them. */
export type FunctionNames = Pick<ReadonlyMap<string, TemplateFunction>, 'has' | 'keys'>

export type FunctionTable = Record<string, DocumentedFunction>

/** What functions with a view of the world outside their arguments need; the engine provides it. Times are real unless injected by tests. */
export interface CallContext {
  /** The moment at which rendering began counts as now for nobody: Go asks the clock each time, and so does this. */
  now(): Date
  /** `size` cryptographically random bytes. */
  randomBytes(size: number): Uint8Array
  include(name: string, data: Value): string
  tpl(text: string, data: Value): string
  lookup(apiVersion: string, kind: string, namespace: string, name: string): Value
  /** The text of a secret file of the chart; undefined where there can be none. */
  secretFile?: ((path: string) => string) | undefined
  /** `helm lint`: `required` and `fail` do not end the rendering. */
  lint: boolean
  enableDns: boolean
}

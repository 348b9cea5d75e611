import { quote } from '../template/quote.ts'
import { type GoMap, type Methods, type TemplateFunction, TypedMap, type Value } from '../template/value.ts'
import { writeYaml } from '../yaml/write.ts'

/**
 * A map seen as another Go type: reads and writes go to the map itself. Templates of a subchart see their values as `common.Values`, while
 * the parent sees the same map as `map[string]interface {}` below the subchart's name, and what one of them sets the other reads.
 */
export class Values extends TypedMap {
  override readonly target: GoMap

  constructor(target: GoMap) {
    super('common.Values')
    this.target = target
    this.methods = new ValuesMethods(this)
  }

  override get size(): number {
    // The constructor of Map asks before `target` is there.
    return this.target?.size ?? 0
  }
  override get(key: string): Value | undefined {
    return this.target.get(key)
  }
  override has(key: string): boolean {
    return this.target.has(key)
  }
  override set(key: string, value: Value): this {
    this.target.set(key, value)
    return this
  }
  override delete(key: string): boolean {
    return this.target.delete(key)
  }
  override clear(): void {
    this.target.clear()
  }
  override forEach(visit: (value: Value, key: string, map: Map<string, Value>) => void, self?: unknown): void {
    for (const [key, value] of this.target) visit.call(self, value, key, this)
  }
  override keys(): MapIterator<string> {
    return this.target.keys()
  }
  override values(): MapIterator<Value> {
    return this.target.values()
  }
  override entries(): MapIterator<[string, Value]> {
    return this.target.entries()
  }
  override [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.target[Symbol.iterator]()
  }
}

type Method = (values: Values) => TemplateFunction

/** The methods of common.Values, which come before keys of the same name. */
const methods: ReadonlyMap<string, Method> = new Map<string, Method>([
  ['AsMap', (values) => ({ params: [], call: () => (values.size === 0 ? new Map() : values.target) })],
  ['Table', (values) => ({ params: ['string'], call: ([path]) => new Values(table(values, path.split('.'))) })],
  ['PathValue', (values) => ({ params: ['string'], call: ([path]) => pathValue(values, path) })],
  ['YAML', (values) => ({ params: [], call: () => writeYaml(values.target) })],
  ['Encode', () => ({ params: ['io.Writer'], call: () => null })],
])

/** The methods of one map, made when they are called: each template sees maps of its own. */
class ValuesMethods implements Methods {
  private readonly values: Values
  constructor(values: Values) {
    this.values = values
  }
  get(name: string): TemplateFunction | undefined {
    return methods.get(name)?.(this.values)
  }
  has(name: string): boolean {
    return methods.has(name)
  }
  *[Symbol.iterator](): MapIterator<[string, TemplateFunction]> {
    for (const [name, method] of methods) yield [name, method(this.values)]
  }
}

function table(values: GoMap, names: readonly string[]): GoMap {
  let current: GoMap = values
  for (const name of names) {
    const next = current.get(name)
    if (!(next instanceof Map)) throw new Error(`${quote(name)} is not a table`)
    current = next instanceof Values ? next.target : next
  }
  return current
}

function pathValue(values: GoMap, path: string): Value {
  if (path === '') throw new Error('YAML path cannot be empty')
  const names = path.split('.')
  const last = names.pop()!
  const parent = names.reduce<Value | undefined>((map, name) => (map instanceof Map ? map.get(name) : undefined), values)
  const value = parent instanceof Map ? parent.get(last) : undefined
  if (value === undefined || value instanceof Map) throw new Error(`${quote(last)} is not a value`)
  return value
}

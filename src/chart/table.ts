import { type GoMap, TypedMap, type Value } from '../template/value.ts'

/**
 * A map seen as another Go type: reads and writes go to the map itself. Templates of a subchart see their values as `common.Values`, while
 * the parent sees the same map as `map[string]interface {}` below the subchart's name, and what one of them sets the other reads.
 */
export class Values extends TypedMap {
  readonly target: GoMap

  constructor(target: GoMap) {
    super('common.Values')
    this.target = target
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
    this.target.forEach((value, key) => visit.call(self, value, key, this))
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

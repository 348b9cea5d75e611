import type { GoMap, Value } from './value.ts'

/**
 * The same entries under the type `map[string]interface {}`: what Go makes of a common.Values that is given for such a parameter. Writing to
 * the view writes to the map behind it.
 */
export class ViewMap extends Map<string, Value> {
  private readonly behind: GoMap
  constructor(behind: GoMap) {
    super()
    this.behind = behind
  }
  override get size(): number {
    return this.behind.size
  }
  override get(key: string): Value | undefined {
    return this.behind.get(key)
  }
  override has(key: string): boolean {
    return this.behind.has(key)
  }
  override set(key: string, value: Value): this {
    this.behind.set(key, value)
    return this
  }
  override delete(key: string): boolean {
    return this.behind.delete(key)
  }
  override clear(): void {
    this.behind.clear()
  }
  override keys(): MapIterator<string> {
    return this.behind.keys()
  }
  override values(): MapIterator<Value> {
    return this.behind.values()
  }
  override entries(): MapIterator<[string, Value]> {
    return this.behind.entries()
  }
  override [Symbol.iterator](): MapIterator<[string, Value]> {
    return this.behind.entries()
  }
  override forEach(visit: (value: Value, key: string, map: Map<string, Value>) => void): void {
    for (const [key, value] of this.behind) visit(value, key, this)
  }
}

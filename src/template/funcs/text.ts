import { fromBytes } from '../bytes.ts'
import { formatValue } from '../fmt.ts'
import { TypedSlice, type Value } from '../value.ts'

/** A value as sprig makes text of it: bytes are text, everything else is printed as `%v` does. */
export function textOf(value: Value): string {
  if (typeof value === 'string') return value
  if (value instanceof Uint8Array) return fromBytes(value)
  return formatValue(value)
}

/** sprig's `strslice`: the texts of a list without its nils; a single value is a list of one, nil a list of none. */
export function textsOf(value: Value): string[] {
  if (Array.isArray(value)) {
    const found: string[] = []
    for (const item of value as Value[]) if (item !== null) found.push(textOf(item))
    return found
  }
  if (value instanceof Uint8Array) return Array.from(value, String)
  return value === null ? [] : [textOf(value)]
}

/** A `[]string`. */
export function textList(items: readonly string[]): TypedSlice {
  return TypedSlice.of_('string', items)
}

/** A nil `[]string`. */
export function nilTextList(): TypedSlice {
  return TypedSlice.of_('string', [], true)
}

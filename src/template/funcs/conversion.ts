import { floatToInt, readFloat, readInt } from '../number.ts'
import { GoObject, Int, type Value } from '../value.ts'

/** Any value as an int64, by the rules of spf13/cast 1.7.0 as sprig uses them: what cannot be converted is 0. */
export function toInt64(value: Value): bigint {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') return floatToInt(value)
  if (value instanceof Int) return BigInt.asIntN(64, value.value)
  if (typeof value === 'string') return parseWhole(value)
  if (typeof value === 'boolean') return value ? 1n : 0n
  if (value instanceof GoObject) return calendarNumber(value) ?? 0n
  return 0n
}

/** Any value as a float64, by the rules of spf13/cast 1.7.0: what cannot be converted is 0. */
export function toFloat64(value: Value): number {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Int) return Number(value.value)
  if (typeof value === 'string') return readFloat(value) ?? 0
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof GoObject) return Number(calendarNumber(value) ?? 0n)
  return 0
}

/** Months and weekdays are the two named integers that cast knows. */
function calendarNumber(value: GoObject): bigint | undefined {
  if (value.goType !== 'time.Month' && value.goType !== 'time.Weekday') return undefined
  const number = value.toJsonValue()
  return number instanceof Int ? number.value : undefined
}

/** "1.0" is 1 for cast, "1.5" is not a whole number; trailing dots after the zeros are let through. */
function parseWhole(text: string): bigint {
  const number = readInt(text.replace(/\.0+\.*$/, ''), 0)
  return typeof number === 'bigint' ? number : 0n
}

import { complexValue } from '../../src/template/complex.ts'
import { type GoMap, Int, TypedMap, TypedSlice, type Value } from '../../src/template/value.ts'
import { type GoComposite, type GoExpr, goString } from './go-source.ts'

/** A value of Go's tests in our model; undefined where only Go can make it. `type` is the type that is asked for. */
export function goValue(expr: GoExpr, type = ''): Value | undefined {
  if (typeof expr === 'string') return expr
  if (expr.kind === 'number') return number(expr.text, type)
  if (expr.kind === 'char') return new Int('int32', BigInt(goString(`"${expr.text.slice(1, -1)}"`).codePointAt(0)!))
  if (expr.kind === 'name') return { nil: null, true: true, false: false }[expr.name]
  if (expr.kind === 'other') return undefined
  if (expr.kind === 'call') return expr.args.length === 1 ? goValue(expr.args[0]!, expr.name) : undefined
  return composite(expr, expr.type === '' ? type : expr.type)
}

function number(text: string, type: string): Value | undefined {
  if (type === 'float64' || (!/^-?(0x)?[\da-f_]+$/i.test(text) && type === ''))
    return text.endsWith('i') ? complexValue(0, Number(text.slice(0, -1))) : Number(text)
  if (type === 'int64') return BigInt(text)
  if (type === 'uintptr') return new Int('uint', BigInt(text))
  if (['', 'int', 'int8', 'int16', 'int32', 'uint', 'uint8', 'uint16', 'uint32', 'uint64'].includes(type))
    return new Int((type || 'int') as 'int', BigInt(text))
  return undefined
}

function composite(expr: GoComposite, type: string): Value | undefined {
  if (type.startsWith('[]')) {
    const elem = plain(type.slice(2))
    const items = expr.items.map(({ value }) => goValue(value, type.slice(2)))
    if (items.includes(undefined)) return undefined
    return elem === 'interface {}' ? (items as Value[]) : TypedSlice.of_(elem, items as Value[])
  }
  if (!type.startsWith('map[string]')) return undefined
  const elem = type.slice(11)
  const entries = expr.items.map(({ key, value }) => [key as string, goValue(value, elem)] as const)
  if (entries.some(([, value]) => value === undefined)) return undefined
  const map: GoMap = new Map(entries as [string, Value][])
  return plain(elem) === 'interface {}' ? map : new TypedMap(`map[string]${plain(elem)}`, map)
}

/** Go's older name of a type. */
export function plain(type: string): string {
  return type === 'any' ? 'interface {}' : type
}

import { formatFloat } from './float.ts'
import { GoObject, type Value } from './value.ts'

/** Go's complex128: only an imaginary literal makes one, and all it can do is to be printed. */
class Complex extends GoObject {
  readonly goType = 'complex128'
  readonly kind = 'struct'
  private readonly text: string
  constructor(text: string) {
    super()
    this.text = text
  }
  toGoString(): string {
    return this.text
  }
  toJsonValue(): Value {
    throw new Error('json: unsupported type: complex128')
  }
}

export function complexValue(real: number, imaginary: number): GoObject {
  const signed = formatFloat(imaginary)
  return new Complex(`(${formatFloat(real)}${/^[+-]/.test(signed) ? '' : '+'}${signed}i)`)
}

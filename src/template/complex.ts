import { formatFloat } from './float.ts'
import { GoObject, type Value } from './value.ts'

/** Go's complex128: only an imaginary literal makes one, and all it can do is to be compared and printed. */
export class Complex extends GoObject {
  readonly goType = 'complex128'
  readonly kind = 'complex128'
  readonly real: number
  readonly imaginary: number
  constructor(real: number, imaginary: number) {
    super()
    this.real = real
    this.imaginary = imaginary
  }
  override get isZero(): boolean {
    return this.real === 0 && this.imaginary === 0
  }
  toGoString(): string {
    const imaginary = formatFloat(this.imaginary)
    return `(${formatFloat(this.real)}${/^[+-]/.test(imaginary) ? '' : '+'}${imaginary}i)`
  }
  toJsonValue(): Value {
    throw new Error('json: unsupported type: complex128')
  }
}

export function complexValue(real: number, imaginary: number): GoObject {
  return new Complex(real, imaginary)
}

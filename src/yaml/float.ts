/** strconv.FormatFloat(value, 'g', -1, 64): the shortest digits that read back the same, with an exponent for what is below 1e-4 or not below 1e6. */
export function formatFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return Object.is(value, -0) ? '-0' : '0'
  // JavaScript's shortest digits are Go's; only the layout differs.
  return layOut(value.toExponential())
}

/** strconv.FormatFloat(value, 'g', -1, 32): as formatFloat, of the nearest 32-bit float. */
export function formatFloat32(value: number): string {
  const single = Math.fround(value)
  if (single === 0 || !Number.isFinite(single)) return formatFloat(single)
  for (let digits = 0; digits < 8; digits++) {
    const text = single.toExponential(digits)
    if (Math.fround(Number(text)) === single) return layOut(text)
  }
  return layOut(single.toExponential(8))
}

/** Digits in scientific notation, laid out as Go's 'g' does. */
function layOut(scientific: string): string {
  const [mantissa, exponentText] = scientific.split('e') as [string, string]
  const exponent = Number(exponentText)
  if (exponent < -4 || exponent >= 6) {
    const size = Math.abs(exponent)
    return `${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`
  }
  const negative = mantissa.startsWith('-')
  const digits = mantissa.replace(/[-.]/g, '')
  const sign = negative ? '-' : ''
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  if (digits.length <= exponent + 1) return sign + digits.padEnd(exponent + 1, '0')
  return `${sign}${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`
}

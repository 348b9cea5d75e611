const units: Record<string, number> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
}

/** What parts of one are divided by: that is exact where multiplication with a fraction is not. */
const parts: Record<string, number> = { n: 1e9, u: 1e6, m: 1e3 }

/** What a quantity of Kubernetes says, `500m` 0.5 and `1Gi` 1073741824; undefined for what is none, such as `1GB`. */
export function quantityOf(value: unknown): number | undefined {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)|[eE]([+-]?\d+))?$/.exec(String(value))
  if (!match) return undefined
  const [, number, unit = '', exponent] = match
  if (exponent !== undefined) return Number(`${Number(number)}e${exponent}`)
  return parts[unit] === undefined ? Number(number) * units[unit]! : Number(number) / parts[unit]
}

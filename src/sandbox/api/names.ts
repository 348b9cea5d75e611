import { randomUUID } from 'node:crypto'

/** The letters of generated names: no vowels, nothing that reads as another. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789'

/** Random identifiers of one sandbox; with a seed the same in every run. */
export interface Names {
  suffix(length?: number): string
  uid(): string
}

export function createNames(seed?: number): Names {
  let state = seed === undefined ? undefined : seed >>> 0
  const random = (): number => {
    if (state === undefined) return Math.random()
    // mulberry32
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const hex = (length: number): string => Array.from({ length }, () => Math.floor(random() * 16).toString(16)).join('')
  return {
    suffix: (length = 5) => Array.from({ length }, () => ALPHABET[Math.floor(random() * ALPHABET.length)]).join(''),
    uid: () => (state === undefined ? randomUUID() : `${hex(8)}-${hex(4)}-4${hex(3)}-8${hex(3)}-${hex(12)}`),
  }
}

/** A hash of a Pod template as the names of ReplicaSets carry it: stable for equal templates. */
export function templateHash(template: unknown): string {
  let hash = 2166136261
  const text = stable(template)
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 16777619) >>> 0
  let out = ''
  for (const digit of String(hash)) out += ALPHABET[digit.charCodeAt(0) % ALPHABET.length]
  return out
}

function stable(value: any): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(',')}]`
  if (value && typeof value === 'object')
    return `{${Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${stable(value[key])}`)
      .join(',')}}`
  return JSON.stringify(value)
}

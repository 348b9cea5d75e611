import { cleanLine } from '../tracker/log-line.ts'

/** What `cleanLine` takes out, less the line feed. */
const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]/

/** Whether a text is already as `plainValue` leaves it. */
export function isPlain(text: string): boolean {
  return !unsafe.test(text)
}

/** Text of others without terminal codes, control characters and characters that reorder text. Line feeds and tabs stay. */
function plainText(text: string): string {
  return unsafe.test(text) ? text.split('\n').map(cleanLine).join('\n') : text
}

/**
 * A JSON value with `plainText` in place of each string in it, keys included: whatever a cluster or a chart says, no report that a person
 * reads hands it to a terminal as a command. Gives the value itself where nothing had to change.
 */
export function plainValue<T>(value: T): T {
  if (typeof value === 'string') return plainText(value) as T
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    const items = value.map(plainValue)
    return items.every((item, index) => item === value[index]) ? value : (items as T)
  }
  let changed = false
  const entries = Object.entries(value).map(([key, item]) => {
    const plain = [plainText(key), plainValue(item)] as const
    changed ||= plain[0] !== key || plain[1] !== item
    return plain
  })
  return changed ? (Object.fromEntries(entries) as T) : value
}

/** Text of several lines on one. */
export function oneLine(text: string): string {
  return text.includes('\n') ? text.trim().replace(/\s*\n\s*/g, ' ') : text
}

import type { KubeObject } from '../resource.ts'

const longest = 1_500
const mostValues = 60

/**
 * A label selector that every one of the label sets satisfies, as narrow as may be: each key that all have, with its value or values
 * (`app=web`, `app in (web,worker)`). Undefined where they share no key, so that no selector can be used.
 */
export function commonSelector(sets: readonly Record<string, string>[]): string | undefined {
  const [first, ...rest] = sets
  if (!first) return undefined
  const terms: string[] = []
  for (const key of Object.keys(first).sort()) {
    if (!rest.every((labels) => labels[key] !== undefined)) continue
    const values = [...new Set(sets.map((labels) => String(labels[key])))].sort()
    if (values.length > mostValues) continue
    terms.push(values.length === 1 ? `${key}=${values[0]}` : `${key} in (${values.join(',')})`)
  }
  const kept: string[] = []
  let length = 0
  for (const term of terms.sort((a, b) => a.length - b.length)) {
    length += term.length + 1
    if (length > longest) break
    kept.push(term)
  }
  return kept.length > 0 ? kept.join(',') : undefined
}

/** The labels of the Pods that an object makes: its template's; a Pod's are its own. Empty where it has none. */
export function podLabels(object: KubeObject): Record<string, string> {
  return (object.kind === 'Pod' ? object.metadata.labels : object.spec?.template?.metadata?.labels) ?? {}
}

/** Whether labels satisfy a selector that `commonSelector` made; undefined selects everything. */
export function selectorMatches(selector: string | undefined, labels: Record<string, string>): boolean {
  if (selector === undefined) return true
  const terms = selector.split(/,(?![^(]*\))/)
  return terms.every((term) => {
    const [, key = '', value, values] = /^(\S+?)(?:=(.*)| in \((.*)\))$/.exec(term) ?? []
    return value === undefined ? (values ?? '').split(',').includes(labels[key] ?? '') : labels[key] === value
  })
}

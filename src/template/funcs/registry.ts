import type { DocumentedFunction, FunctionTable, GoMap, Value } from '../value.ts'
import { TypedMap } from '../value.ts'

/** `false` where the build has taken sentences and examples away: only docs/functions.md and the tests read them. */
declare const DOCUMENTED: false | undefined

/** The same function under another name; its example calls it by that name. */
export function aliasOf(name: string, entry: DocumentedFunction, alias: string, doc: string): DocumentedFunction {
  if (typeof DOCUMENTED !== 'undefined') return entry
  const pattern = new RegExp(`\\b${name}\\b`)
  return { ...entry, doc, example: { ...entry.example, template: entry.example.template.replace(pattern, alias) } }
}

/**
 * sprig's `must…` variants of the named functions. For templates there is no difference: text/template ends the rendering with the same
 * message whether a function panics, as the plain ones do, or returns an error, as these do.
 */
export function mustVariants(table: FunctionTable, names: readonly string[]): FunctionTable {
  const variants: FunctionTable = {}
  for (const name of names) {
    const must = `must${name[0]!.toUpperCase()}${name.slice(1)}`
    variants[must] = aliasOf(name, table[name]!, must, `The same as \`${name}\`.`)
  }
  return variants
}

/** Whether a map parameter holds Go's nil map, which can be read but not written. */
export function isNilMap(map: Value): boolean {
  return map === null || (map instanceof TypedMap && map.nil)
}

/** The entries of a map parameter; a nil map has none. */
export function entriesOf(map: GoMap | null): GoMap {
  return map ?? new Map<string, Value>()
}

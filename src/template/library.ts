import { builtins } from './builtins.ts'
import type { Source } from './failure.ts'
import { helmFunctions } from './helm-functions.ts'
import { isEmptyBody } from './nodes.ts'
import { parseTemplate } from './parser.ts'
import type { Template } from './state.ts'
import type { TemplateFunction } from './value.ts'

/** All functions that templates can call, and everything that was parsed with them. */
export interface Library {
  functions: ReadonlyMap<string, TemplateFunction>
  names: ReadonlySet<string>
  parsed: Map<string, readonly Template[]>
  /** Characters of the texts in `parsed`. */
  size: number
}

/** Parsed texts are kept up to this many characters; then all are forgotten. */
const maxSize = 32 * 1024 * 1024

const libraries = new WeakMap<object, Library>()

/** The library of a function table; the same for the same table, so that texts are parsed once in a process. */
export function libraryOf(table: Record<string, TemplateFunction>): Library {
  let library = libraries.get(table)
  if (library === undefined) {
    const functions = new Map([...builtins, ...Object.entries(table), ...helmFunctions])
    if (!functions.has('getHostByName')) functions.set('getHostByName', { params: ['string'], call: () => '' })
    library = { functions, names: new Set(functions.keys()), parsed: new Map(), size: 0 }
    libraries.set(table, library)
  }
  return library
}

/** The templates of a text, from the library where it was parsed before under the same name. Throws ParseFailure. */
export function templatesOf(library: Library, source: Source): readonly Template[] {
  const key = `${source.name}\n${source.text}`
  const known = library.parsed.get(key)
  if (known) return known
  const templates = Array.from(parseTemplate(source, library.names), ([name, body]): Template => {
    return { name, source, body, empty: isEmptyBody(body), code: undefined }
  })
  if (library.size > maxSize) {
    library.parsed.clear()
    library.size = 0
  }
  library.parsed.set(key, templates)
  library.size += key.length
  return templates
}

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
  /** By text, then by the name of the file. */
  parsed: Map<string, Map<string, readonly Template[]>>
  /** How much is in `parsed`: see `maxSize`. */
  size: number
}

/** Parsed texts are kept up to this many characters; then all are forgotten. */
const maxSize = 32 * 1024 * 1024
/** What a text counts beside its characters: `tpl` may be given a million texts of ten characters, which take a kilobyte each once they are parsed. */
const textSize = 1024

const libraries = new WeakMap<object, Library>()

/** The library of a function table; the same for the same table, so that texts are parsed once in a process. */
export function libraryOf(table: ReadonlyMap<string, TemplateFunction>): Library {
  let library = libraries.get(table)
  if (library === undefined) {
    const functions = new Map<string, TemplateFunction>()
    for (const part of [builtins, table, helmFunctions]) {
      part.forEach((fn, name) => {
        functions.set(name, fn)
      })
    }
    if (!functions.has('getHostByName')) functions.set('getHostByName', { params: ['string'], call: () => '' })
    library = { functions, parsed: new Map(), size: 0 }
    libraries.set(table, library)
  }
  return library
}

/**
 * The templates of a text, from the library where it was parsed before: charts whose subcharts have the same library chart in them hold it
 * several times. Throws ParseFailure.
 */
export function templatesOf(library: Library, source: Source): readonly Template[] {
  const { name, text } = source
  if (library.size > maxSize) {
    library.parsed.clear()
    library.size = 0
  }
  let files = library.parsed.get(text)
  if (!files) {
    files = new Map()
    library.parsed.set(text, files)
    library.size += textSize + text.length
  }
  let templates = files.get(name)
  if (!templates) {
    templates = renamed(files, source) ?? parse(library, source)
    files.set(name, templates)
    library.size += name.length
  }
  return templates
}

function parse(library: Library, source: Source): Template[] {
  return Array.from(parseTemplate(source, library.functions), ([name, list]): Template => {
    return { name, source, body: { list, empty: isEmptyBody(list), code: undefined } }
  })
}

/** A definition whose name is not spelled as it reads. */
const escapedName = /\b(?:define|block)\s*"[^"\n]*\\/

/**
 * The templates of a text as another file of the same text has them; undefined where there is none, or where the text may itself define what is
 * named like one of the files.
 */
function renamed(files: Map<string, readonly Template[]>, source: Source): Template[] | undefined {
  const { name: own, text } = source
  const [first] = files
  if (!first) return undefined
  const [file, templates] = first
  if (text.includes(file) || text.includes(own) || escapedName.test(text)) return undefined
  return templates.map(({ name, body }) => ({ name: name === file ? own : name, source, body }))
}

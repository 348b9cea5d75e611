import { ConvergeError } from '../errors.ts'
import { sortStrings } from '../template/bytes.ts'
import { nearest } from '../template/hint.ts'
import type { CrdFile } from './chart.ts'
import type { Hook, Manifest } from './manifests.ts'
import { compilePathPattern } from './pathmatch.ts'
import { splitDocuments } from './split.ts'
import { fileText, isBlank, trimSpace } from './text.ts'

/** What of a rendered chart is printed; everything but CRDs unless said otherwise. */
export interface OutputOptions {
  includeCrds?: boolean
  noHooks?: boolean
  skipTests?: boolean
  /** Path patterns relative to the chart: templates/x.yaml, templates/*.yaml */
  showOnly?: readonly string[]
}

/** What `templateOutput` needs of a rendered chart. */
export interface Printable {
  manifests: readonly Manifest[]
  hooks: readonly Hook[]
  crds: readonly CrdFile[]
}

/**
 * The standard output of `helm template`: CRDs where wanted, manifests, then hooks.
 * @throws ConvergeError where a pattern of `showOnly` selects nothing
 */
export function templateOutput(rendered: Printable, options: OutputOptions = {}): string {
  const body = [...crdDocuments(rendered, options), ...rendered.manifests].map(printed).join('')
  const text = `${trimSpace(body)}\n${printedHooks(rendered, options).map(printed).join('')}`
  return options.showOnly?.length ? selected(text, options.showOnly) : text
}

/** Everything that templates gave, as `helm template --debug` shows it where it is no YAML; Helm's order is random, here it is that of paths. */
export function rawOutput(files: ReadonlyMap<string, string>): string {
  const shown = sortStrings([...files.keys()]).flatMap((source) => {
    const text = files.get(source)!
    return isBlank(text) ? [] : [printed({ source, text })]
  })
  return `${trimSpace(shown.join(''))}\n`
}

/** A document of `--output-dir`. */
export interface OutputFile {
  /** Where it goes below the directory. */
  path: string
  text: string
  /** Whether it comes after documents that were written to the same file before. */
  append: boolean
}

/** What `helm template --output-dir` writes, in its order; for each document it prints `wrote PATH`. */
export function outputFiles(rendered: Printable, options: OutputOptions = {}): OutputFile[] {
  const begun = new Set<string>()
  return [...crdDocuments(rendered, options), ...rendered.manifests, ...printedHooks(rendered, options)].map((document) => {
    const append = begun.has(document.source)
    begun.add(document.source)
    return { path: document.source, text: printed(document), append }
  })
}

interface Document {
  source: string
  text: string
}

function printed({ source, text }: Document): string {
  return `---\n# Source: ${source}\n${text}\n`
}

function crdDocuments({ crds }: Printable, options: OutputOptions): Document[] {
  return options.includeCrds ? crds.map(({ filename, data }) => ({ source: filename, text: fileText(data) })) : []
}

function printedHooks({ hooks }: Printable, { noHooks, skipTests }: OutputOptions): readonly Hook[] {
  if (noHooks) return []
  return skipTests ? hooks.filter((hook) => !hook.events.includes('test')) : hooks
}

function selected(text: string, patterns: readonly string[]): string {
  const documents = splitDocuments(text).flatMap((document) => {
    const path = /# Source: [^/]+\/(.+)/.exec(document)?.[1]
    return path === undefined ? [] : [{ path, document }]
  })
  let output = ''
  for (const pattern of patterns) {
    const matches = compilePathPattern(pattern)
    const found = documents.filter(({ path }) => matches?.(path))
    if (found.length === 0) {
      const near = nearest(
        pattern,
        documents.map(({ path }) => path),
      )
      throw new ConvergeError('ERR_SHOW_ONLY', `could not find template ${pattern} in chart`, near ? { hint: `did you mean ${near}?` } : {})
    }
    for (const { document } of found) output += `---\n${document}\n`
  }
  return output
}

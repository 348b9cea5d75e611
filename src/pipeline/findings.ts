import { ConvergeError, type SourceLocation } from '../errors.ts'
import type { Problem } from '../plan/lifecycle.ts'
import { displayName, type KubeObject } from '../resource.ts'
import { parseYamlWithLines } from '../yaml/read.ts'

/** Something wrong with a manifest, found before anything is touched. */
export interface Finding {
  /** Empty where it is about no manifest. */
  source: string
  /** In what the template rendered, from 1. */
  line?: number
  /** Where in the chart that line was written, for whoever asks. */
  place?: () => SourceLocation | undefined
  subject: string
  message: string
  hint?: string
}

/** A manifest as the pipeline takes it, from a chart or from a stored revision. */
export interface SourceManifest {
  /** `chart/templates/x.yaml` */
  source: string
  object(): KubeObject
  /** As rendered; `line` is its first in the rendered text of its template. */
  text?: string
  line?: number
  /** The place in the chart that wrote a line of the template's rendered text. */
  locate?(line: number): SourceLocation | undefined
}

/** Where an object comes from: its manifest, and its place in it where that is a List. */
export interface Origin {
  manifest: SourceManifest
  path: readonly (string | number)[]
}

/** A finding about one place of an object. */
export function findingOf({ manifest, path }: Origin, object: KubeObject, problem: Omit<Problem, 'path'> & Partial<Problem>): Finding {
  const { message, hint } = problem
  const subject = displayName({ kind: object.kind || 'the manifest', name: object.metadata?.name ?? object.metadata?.generateName ?? '?' })
  const line = lineOf(manifest, [...path, ...(problem.path ?? [])])
  return atLine(manifest, line, { subject, message, ...(hint ? { hint } : {}) })
}

/** A finding about a line of the rendered template. */
export function atLine(manifest: SourceManifest, line: number | undefined, told: Pick<Finding, 'subject' | 'message' | 'hint'>): Finding {
  return {
    source: manifest.source,
    line,
    ...(line !== undefined && manifest.locate ? { place: () => withoutSecrets(manifest.locate!(line), told.subject) } : {}),
    ...told,
  }
}

/** Whoever writes secrets into a template must not find them in a log. */
function withoutSecrets(place: SourceLocation | undefined, subject: string): SourceLocation | undefined {
  if (place === undefined || !subject.startsWith('Secret/')) return place
  const { text: _, ...rest } = place
  return rest
}

function lineOf(manifest: SourceManifest, path: readonly (string | number)[]): number | undefined {
  if (manifest.text === undefined || manifest.line === undefined) return undefined
  try {
    return manifest.line + parseYamlWithLines(manifest.text).lineOf(path) - 1
  } catch {
    return manifest.line
  }
}

/** One error that lists all findings, by file and line. Lines are those of the chart where it can be told what wrote them, else those of what was rendered. */
export function refuse(findings: readonly Finding[]): ConvergeError {
  const [first] = findings
  if (findings.length === 1)
    return new ConvergeError('ERR_VALIDATION', `${first!.subject} ${first!.message}`, {
      location: first!.place?.() ?? (first!.source === '' ? undefined : { file: first!.source, line: first!.line }),
      hint: first!.hint,
    })
  const sorted = [...findings].sort((a, b) => (a.source === b.source ? (a.line ?? 0) - (b.line ?? 0) : a.source < b.source ? -1 : 1))
  const lines = sorted.map(findingText)
  const manifests = new Set(findings.map(({ source, subject }) => `${source} ${subject}`)).size
  const what = findings.some((finding) => finding.source === '')
    ? `the release cannot be deployed, for ${findings.length} reasons`
    : manifests === 1
      ? `${first!.subject} cannot be applied`
      : `${manifests} manifests cannot be applied`
  return new ConvergeError('ERR_VALIDATION', `${what}; nothing was touched`, { details: lines })
}

/** A finding with its place, and below it the line of the chart. */
export function findingText(finding: Finding): string {
  const { source, line, subject, message, hint } = finding
  const place = finding.place?.() ?? { file: source, line }
  return [`${source === '' ? '' : `${placeText(place)}: `}${subject} ${message}${hint ? ` (${hint})` : ''}`, ...excerpt(place)].join('\n')
}

/** `chart/templates/web.yaml:23 (rendered line 41, from chart/templates/_pod.tpl:7)` */
export function placeText({ file, line, rendered, included = [] }: SourceLocation): string {
  const from = included.at(-1)
  const notes = [...(rendered === undefined ? [] : [`rendered line ${rendered}`]), ...(from ? [`from ${from}`] : [])]
  return `${file}${line === undefined ? '' : `:${line}`}${notes.length > 0 ? ` (${notes.join(', ')})` : ''}`
}

/** The line of the chart with a caret below, as far as it is known. */
export function excerpt({ line, column, text }: SourceLocation): string[] {
  if (line === undefined || text === undefined) return []
  const shown = `    ${line} | ${text.replaceAll('\t', ' ').slice(0, 160)}`
  return column === undefined || column > 160 ? [shown] : [shown, `    ${' '.repeat(String(line).length)} | ${' '.repeat(column)}^`]
}

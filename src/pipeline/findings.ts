import { ConvergeError } from '../errors.ts'
import type { Problem } from '../plan/lifecycle.ts'
import { displayName, type KubeObject } from '../resource.ts'
import { parseYamlWithLines } from '../yaml/read.ts'

/** Something wrong with a manifest, found before anything is touched. */
export interface Finding {
  source: string
  /** In what the template rendered, from 1. */
  line?: number
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
  return {
    source: manifest.source,
    line: lineOf(manifest, [...path, ...(problem.path ?? [])]),
    subject,
    message,
    ...(hint ? { hint } : {}),
  }
}

function lineOf(manifest: SourceManifest, path: readonly (string | number)[]): number | undefined {
  if (manifest.text === undefined || manifest.line === undefined) return undefined
  try {
    return manifest.line + parseYamlWithLines(manifest.text).lineOf(path) - 1
  } catch {
    return manifest.line
  }
}

/** One error that lists all findings, by file and line. */
export function refuse(findings: readonly Finding[]): ConvergeError {
  const [first] = findings
  if (findings.length === 1)
    return new ConvergeError('ERR_VALIDATION', `${first!.subject} ${first!.message}`, {
      location: { file: first!.source, line: first!.line },
      hint: first!.hint,
    })
  const sorted = [...findings].sort((a, b) => (a.source === b.source ? (a.line ?? 0) - (b.line ?? 0) : a.source < b.source ? -1 : 1))
  const lines = sorted.map(
    ({ source, line, subject, message, hint }) =>
      `${source}${line === undefined ? '' : `:${line}`}: ${subject} ${message}${hint ? ` (${hint})` : ''}`,
  )
  const manifests = new Set(findings.map(({ source, subject }) => `${source} ${subject}`)).size
  const what = manifests === 1 ? `${first!.subject} cannot be applied` : `${manifests} manifests cannot be applied`
  return new ConvergeError('ERR_VALIDATION', `${what}; nothing was touched`, { details: lines })
}

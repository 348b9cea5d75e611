import { findDuplicateKeys } from '../plan/duplicate-keys.ts'
import { checkLifecycle, lifecycleAnnotations, type Problem } from '../plan/lifecycle.ts'
import { checkNames } from '../plan/names.ts'
import { nearestName } from '../plan/nearest-name.ts'
import { checkRules } from '../plan/rules/rules.ts'
import { checkData, checkSchema, plainSchemas } from '../plan/schema.ts'
import { displayName, type KubeObject, refOf } from '../resource.ts'
import { readTrackingAnnotations, trackingAnnotations } from '../tracker/annotations.ts'
import { checkLogPatterns } from '../tracker/log-filter.ts'
import type { Desired, Served } from './desired.ts'
import { atLine, type Finding, findingOf, type SourceManifest } from './findings.ts'

/** Of a run, what checking one object asks. */
export interface Asking {
  cluster: Pick<Served, 'schemaOf'>
  signal?: AbortSignal
  /** Takes what is likely a mistake and no reason to refuse anything: Helm and the server go by the later of two keys. */
  advise: (finding: Finding) => void
}

/** Annotations that nobody can obey. Of every object, also of those that are as they should be: tracking reads them too. */
export async function checkAnnotations({ object, origin }: Desired): Promise<Finding[]> {
  const { annotations } = object.metadata
  if (!annotations || !Object.keys(annotations).some((key) => /^(werf\.io|converge\.dev|helm\.sh)\//.test(key))) return []
  const { errors } = readTrackingAnnotations(object)
  const patterns = await checkLogPatterns(object)
  const tracking = new Map([...errors, ...patterns].map(({ key, value, message }) => [key, { value, message }]))
  const problems: Problem[] = checkLifecycle(object)
  for (const [key, { value, message }] of tracking)
    problems.push({ path: ['metadata', 'annotations', key], message: `is annotated ${key}: ${JSON.stringify(value)}; ${message}` })
  return problems.map((problem) => findingOf(origin, object, problem))
}

const helmAnnotations = ['hook', 'hook-weight', 'hook-delete-policy', 'hook-output-log-policy', 'resource-policy', 'images', 'chart']
/** Names below `converge.dev/` and `werf.io/`; those that end in a dash go on. */
export const ownAnnotations: readonly string[] = [
  ...trackingAnnotations,
  ...lifecycleAnnotations,
  'deploy-dependency-',
  'delete-dependency-',
]

/**
 * Sentences about annotations that nothing reads and that look like a mistake: all below `converge.dev/` that are not known, and those below `werf.io/` and `helm.sh/`, where
 * other programs have theirs, that are near to a known one.
 */
export function strangeAnnotations({ object }: Desired): string[] {
  return Object.keys(object.metadata.annotations ?? {}).flatMap((key) => {
    const [, prefix, name] = /^(werf\.io|converge\.dev|helm\.sh)\/(.+)$/.exec(key) ?? []
    if (!prefix || !name) return []
    const known = prefix === 'helm.sh' ? helmAnnotations : ownAnnotations
    if (known.some((candidate) => (candidate.endsWith('-') ? name.startsWith(candidate) : name === candidate))) return []
    const near = nearestName(name, known)
    if (!near && prefix !== 'converge.dev') return []
    return `${displayName(refOf(object))} is annotated ${key}, which nothing reads${near ? `; did you mean ${prefix}/${near}?` : ''}`
  })
}

/**
 * What the server would refuse of an object that is to be written, told without asking it to: names, unknown fields, wrong types, what does not go together. The kind's
 * schema comes from the server (kept on disk), for kinds that come in hundreds from here, for kinds that the release itself defines from their CRD.
 */
export async function checkObject(run: Asking, item: Desired, whole: boolean, seen: Set<SourceManifest>): Promise<Finding[]> {
  const { object, origin } = item
  const problems = checkNames(object)
  const found = await schemaOf(run, item)
  if (found) problems.push(...checkSchema(written(object), found.schema, { schemas: found.schemas, whole }))
  if (plainSchemas[`${object.apiVersion}/${object.kind}`]) problems.push(...checkData(object, whole))
  // What seems to be missing may be what is misspelt.
  problems.push(...checkRules(object, whole && problems.length === 0))
  const findings = problems.map((problem) => findingOf(origin, object, problem))
  const { manifest } = origin
  if (manifest.text !== undefined && !seen.has(manifest)) {
    seen.add(manifest)
    for (const { line, ...problem } of findDuplicateKeys(manifest.text)) {
      const finding = findingOf(origin, object, problem)
      run.advise(manifest.line === undefined ? finding : atLine(manifest, manifest.line + line - 1, finding))
    }
  }
  return findings
}

async function schemaOf(run: Asking, { object, resource, schema }: Desired) {
  const plain = plainSchemas[`${object.apiVersion}/${object.kind}`]
  if (plain) return { schema: plain, schemas: {} }
  if (schema || !resource) return schema && { schema, schemas: {} }
  return run.cluster.schemaOf(object.apiVersion, object.kind, { signal: run.signal })
}

/** As the chart has it: its metadata is not for the schema of a custom resource to judge. */
function written(object: KubeObject): Record<string, unknown> {
  const { namespace: _namespace, ...metadata } = object.metadata
  return { ...object, metadata }
}

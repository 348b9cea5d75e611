import { createHash } from 'node:crypto'
import { mkdir, readdir, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Schema } from '../plan/schema.ts'
import { isApiError } from './api-error.ts'
import type { KindSchema, RequestOptions } from './cluster.ts'
import type { Requests } from './requests.ts'
import { isMapping } from './shape.ts'

export interface OpenApi {
  /** The schema of a kind; undefined where the server publishes none, or may not be asked. */
  schemaOf(apiVersion: string, kind: string, options?: RequestOptions): Promise<KindSchema | undefined>
  forget(): void
}

/** All documents of a cluster with a hundred CRDs take some megabytes without their descriptions. */
const cacheBytes = 32 * 1024 * 1024

interface Document {
  schemas: Record<string, Schema>
  /** The definition's name by kind. */
  kinds: Record<string, string>
}

/**
 * The server's OpenAPI v3, a document for each group version, asked for only where a kind of it is wanted. Documents are kept in `directory` by the hash that the server
 * gives with their address, without descriptions; the oldest go where they take more than 32 MiB. A cache that cannot be read or written is no error.
 */
export function openApiOver(requests: Requests, directory?: string): OpenApi {
  let index: Promise<Record<string, { serverRelativeURL?: unknown }>> | undefined
  const documents = new Map<string, Promise<Document | undefined>>()

  const ask = (path: string, signal?: AbortSignal) =>
    requests.json<Record<string, unknown>>({
      method: 'GET',
      path,
      subject: { verb: 'get', resource: `the schemas at ${path.replace(/\?.*/, '')}` },
      signal,
    })

  async function readIndex(signal?: AbortSignal) {
    const { paths } = await ask('/openapi/v3', signal)
    return isMapping(paths) ? (paths as Record<string, { serverRelativeURL?: unknown }>) : {}
  }

  async function load(apiVersion: string, signal?: AbortSignal): Promise<Document | undefined> {
    try {
      index ??= readIndex(signal)
      const url = (await index)[apiVersion.includes('/') ? `apis/${apiVersion}` : `api/${apiVersion}`]?.serverRelativeURL
      if (typeof url !== 'string' || !url.startsWith('/openapi/v3/')) return undefined
      const file =
        directory && /[?&]hash=/.test(url)
          ? join(directory, `${createHash('sha256').update(url).digest('hex').slice(0, 40)}.json`)
          : undefined
      const kept = file && (await readKept(file))
      if (kept) return kept
      const document = condense(await ask(url, signal))
      if (file) await keep(directory!, file, JSON.stringify(document)).catch(() => {})
      return document
    } catch (error) {
      signal?.throwIfAborted()
      // Schemas only make refusals come earlier: whoever may not read them, or talks to an old server, does without.
      if (isApiError(error)) return undefined
      throw error
    }
  }

  return {
    async schemaOf(apiVersion, kind, { signal } = {}) {
      let document = documents.get(apiVersion)
      if (!document) {
        document = load(apiVersion, signal)
        documents.set(apiVersion, document)
        document.catch(() => documents.delete(apiVersion))
      }
      const { schemas, kinds } = (await document) ?? {}
      const name = kinds && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
      return name === undefined ? undefined : { schema: { $ref: `#/components/schemas/${name}` }, schemas: schemas! }
    },
    forget() {
      index = undefined
      documents.clear()
    },
  }
}

function condense(answer: Record<string, unknown>): Document {
  const components = isMapping(answer.components) ? answer.components : {}
  const all = isMapping(components.schemas) ? components.schemas : {}
  const schemas = bare(all) as Document['schemas']
  const kinds: Document['kinds'] = {}
  for (const [name, schema] of Object.entries(all)) {
    const named = isMapping(schema) ? schema['x-kubernetes-group-version-kind'] : undefined
    // What belongs to many groups is DeleteOptions and the like.
    if (!Array.isArray(named) || named.length !== 1) continue
    const [{ kind }] = named as [{ kind?: unknown }]
    if (typeof kind === 'string') kinds[kind] = name
  }
  return { schemas, kinds }
}

/** Without what only people read. */
function bare(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(bare)
  if (!isMapping(value)) return value
  const kept: Record<string, unknown> = {}
  for (const [key, item] of Object.entries(value)) {
    if ((key === 'description' && typeof item === 'string') || key === 'x-kubernetes-group-version-kind') continue
    kept[key] = bare(item)
  }
  return kept
}

async function readKept(file: string): Promise<Document | undefined> {
  try {
    const document = JSON.parse(await readFile(file, 'utf8')) as Document
    if (!isMapping(document.schemas) || !isMapping(document.kinds)) return undefined
    const now = new Date()
    await utimes(file, now, now).catch(() => {})
    return document
  } catch {
    return undefined
  }
}

async function keep(directory: string, file: string, text: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const partial = `${file}.${process.pid}`
  await writeFile(partial, text, { mode: 0o600 })
  await rename(partial, file)
  const found = await Promise.all(
    (await readdir(directory)).map(async (name) => {
      // Other runs write and delete here at the same time.
      const file = await stat(join(directory, name)).catch(() => undefined)
      return file && { name, size: file.size, mtimeMs: file.mtimeMs }
    }),
  )
  const files = found.filter((file) => file !== undefined)
  let total = files.reduce((sum, { size }) => sum + size, 0)
  for (const { name, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
    if (total <= cacheBytes) break
    await unlink(join(directory, name)).catch(() => {})
    total -= size
  }
}

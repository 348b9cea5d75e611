import { createHash } from 'node:crypto'
import { readArchive } from '../chart/archive.ts'
import { isCompatibleRange, isVersion } from '../chart/versions.ts'
import { ConvergeError, messageOf } from '../errors.ts'
import { compareVersions, parseVersion } from '../template/funcs/version.ts'
import { parseManifest } from '../yaml/read.ts'

/** A chart archive that a repository offers. */
export interface RemoteChart {
  version: string
  urls: string[]
  /** The SHA-256 of the archive, in hexadecimal; empty where the index names none. */
  digest: string
}

const maxBytes = 100 * 1024 * 1024

/** The charts of one name in a repository's index.yaml, the newest first. */
export async function listRemoteCharts(repository: string, name: string, signal?: AbortSignal): Promise<RemoteChart[]> {
  const url = `${repository.replace(/\/+$/, '')}/index.yaml`
  const index = parseManifest((await download(url, signal)).toString('utf8'), url) as { entries?: Record<string, unknown> } | null
  const entries = index?.entries && Object.hasOwn(index.entries, name) ? index.entries[name] : []
  if (!Array.isArray(entries)) return []
  return entries
    .map((entry: Record<string, unknown>) => ({
      version: String(entry.version ?? ''),
      urls: Array.isArray(entry.urls) ? entry.urls.map(String) : [],
      // One that YAML takes for a number is no reason to check nothing.
      digest: String(entry.digest ?? '').replace(/^sha256:/, ''),
    }))
    .filter(({ version, urls }) => isVersion(version) && urls.length > 0)
    .sort((a, b) => compareVersions(parseVersion(b.version), parseVersion(a.version)))
}

/** The archive of a chart, checked against its digest and for what no chart may hold. */
export async function downloadChart(repository: string, chart: RemoteChart, signal?: AbortSignal): Promise<Buffer> {
  const url = new URL(chart.urls[0]!, `${repository.replace(/\/+$/, '')}/`).href
  const bytes = await download(url, signal)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (chart.digest !== '' && digest !== chart.digest)
    throw new ConvergeError('ERR_DEPENDENCY', `${url} is not what the index of its repository says`, {
      details: [`digest of the index: ${chart.digest}`, `digest of the file: ${digest}`],
    })
  readArchive(bytes)
  return bytes
}

/** Whether a version satisfies what Chart.yaml asks for; nothing asked for is any stable version. */
export function satisfies(range: string, version: string): boolean {
  return isCompatibleRange(range === '' ? '>=0.0.0' : range, version)
}

async function download(url: string, signal?: AbortSignal): Promise<Buffer> {
  if (!/^https?:\/\//.test(url)) throw new ConvergeError('ERR_DEPENDENCY', `cannot get ${url}: only http and https are supported`)
  let response: Response
  try {
    response = await fetch(url, { signal: signal ?? AbortSignal.timeout(120_000) })
  } catch (cause) {
    const reason = cause instanceof Error && cause.cause ? messageOf(cause.cause) : messageOf(cause)
    throw new ConvergeError('ERR_DEPENDENCY', `cannot get ${url}: ${reason}`, { cause, hint: 'Is the repository of the dependency right?' })
  }
  if (!response.ok) throw new ConvergeError('ERR_DEPENDENCY', `cannot get ${url}: ${response.status} ${response.statusText}`)
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) throw new ConvergeError('ERR_DEPENDENCY', `${url} is larger than ${maxBytes} bytes`)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

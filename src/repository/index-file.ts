import { createHash } from 'node:crypto'
import { readArchive } from '../chart/archive.ts'
import { isCompatibleRange, isVersion } from '../chart/versions.ts'
import { ConvergeError } from '../errors.ts'
import { compareVersions, parseVersion } from '../template/funcs/version.ts'
import { parseManifest } from '../yaml/read.ts'
import { type Access, basicAuth, getFrom } from './access.ts'

/** A chart archive that a repository offers. */
export interface RemoteChart {
  version: string
  urls: string[]
  /** The SHA-256 of the archive, in hexadecimal; empty where the index names none. */
  digest: string
}

/** The charts of one name in a repository's index.yaml, the newest first. */
export async function listRemoteCharts(repository: string, name: string, access: Access = {}): Promise<RemoteChart[]> {
  const url = `${repository.replace(/\/+$/, '')}/index.yaml`
  const index = parseManifest((await download(url, basicAuth(access), access)).toString('utf8'), url) as {
    entries?: Record<string, unknown>
  } | null
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
export async function downloadChart(repository: string, chart: RemoteChart, access: Access = {}): Promise<Buffer> {
  const base = new URL(`${repository.replace(/\/+$/, '')}/`)
  const url = new URL(chart.urls[0]!, base)
  return downloadArchive(url, access, access.passCredentials || url.host === base.host ? basicAuth(access) : {}, chart.digest)
}

/** The archive at a URL, checked for what no chart may hold. */
export async function downloadArchive(url: URL, access: Access, headers: Record<string, string>, expected = ''): Promise<Buffer> {
  const bytes = await download(url.href, headers, access)
  const digest = createHash('sha256').update(bytes).digest('hex')
  if (expected !== '' && digest !== expected)
    throw new ConvergeError('ERR_DEPENDENCY', `${url.href} is not what the index of its repository says`, {
      details: [`digest of the index: ${expected}`, `digest of the file: ${digest}`],
    })
  readArchive(bytes)
  return bytes
}

/** Whether a version satisfies what Chart.yaml asks for; nothing asked for is any stable version. */
export function satisfies(range: string, version: string): boolean {
  return isCompatibleRange(range === '' ? '>=0.0.0' : range, version)
}

async function download(url: string, headers: Record<string, string>, access: Access): Promise<Buffer> {
  const { status, statusText, body } = await getFrom(url, headers, access)
  if (status >= 200 && status < 300) return body
  throw new ConvergeError('ERR_REPOSITORY', `cannot get ${url}: ${status} ${statusText}`, {
    hint: status === 401 || status === 403 ? '--username and --password say who asks.' : undefined,
  })
}

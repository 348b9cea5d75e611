import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { ConvergeError } from '../errors.ts'
import { type Access, basicAuth } from './access.ts'
import { downloadArchive, downloadChart, listRemoteCharts, satisfies } from './index-file.ts'
import { namedRepositories } from './named.ts'
import { chooseVersion, parseReference, pullChart } from './oci.ts'

/** A chart that does not lie on this machine. */
export interface RemoteRequest {
  /** `oci://…`, a URL of an archive, `REPOSITORY/NAME`, or a name with `repo`. */
  chart: string
  /** A version or a range; empty for the newest stable one. */
  version: string
  /** The URL of a repository. */
  repo?: string
  access: Access
  env: NodeJS.ProcessEnv
}

/** Whether a chart has to be got: an address, or, where nothing of that path is here, a chart of a repository that Helm knows. */
export function isRemoteChart(chart: string, repo: string | undefined, env: NodeJS.ProcessEnv): boolean {
  if (repo !== undefined || /^(oci|https?):\/\//.test(chart)) return true
  if (existsSync(chart) || !/^[\w.-]+\/[\w./-]+$/.test(chart) || chart.startsWith('.')) return false
  return namedRepositories(env).some(({ name }) => chart.startsWith(`${name}/`))
}

/** The archive of a chart elsewhere, as Helm would choose it. */
export async function getRemoteChart({ chart, version, repo, access, env }: RemoteRequest): Promise<Buffer> {
  if (chart.startsWith('oci://')) return getFromRegistry(chart, version, access, env)
  if (repo === undefined && /^https?:\/\//.test(chart)) return downloadArchive(new URL(chart), access, basicAuth(access))
  if (repo !== undefined) return getFromRepository(repo, chart, version, access)
  const [name, ...rest] = chart.split('/')
  const named = namedRepositories(env).find((repository) => repository.name === name)!
  return getFromRepository(named.url, rest.join('/'), version, { ...access, ...named.access })
}

async function getFromRegistry(chart: string, version: string, access: Access, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const reference = parseReference(chart)
  const tag = reference.tag?.replaceAll('_', '+')
  if (version !== '' && tag !== undefined && tag !== version) {
    throw new ConvergeError('ERR_USAGE', `chart reference and version mismatch: ${version} is not ${tag}`)
  }
  if (reference.digest === undefined) reference.tag = tag ?? (await chooseVersion(reference, version, access, env))
  return pullChart(reference, access, env)
}

async function getFromRepository(url: string, name: string, version: string, access: Access): Promise<Buffer> {
  const offered = await listRemoteCharts(url, name, access)
  const chosen = offered.find((item) => item.version === version) ?? offered.find((item) => satisfies(version, item.version))
  if (chosen) return downloadChart(url, chosen, access)
  const versions = offered.slice(0, 10).map((item) => item.version)
  throw new ConvergeError('ERR_CHART_NOT_FOUND', `no version of ${name} at ${url} satisfies ${JSON.stringify(version)}`, {
    details: [versions.length === 0 ? 'there is no chart of that name' : `there are ${versions.join(', ')}`],
  })
}

/** Keeps an archive in a directory under a name that its content gives, and tells the path. */
export function keepArchive(directory: string, bytes: Buffer): string {
  const file = path.join(directory, `${createHash('sha256').update(bytes).digest('hex')}.tgz`)
  if (existsSync(file)) return file
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  // Renamed, as other runs may read it at the same time.
  writeFileSync(`${file}.${process.pid}`, bytes, { mode: 0o600 })
  renameSync(`${file}.${process.pid}`, file)
  return file
}

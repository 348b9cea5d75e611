import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Chart } from '../../chart/chart.ts'
import { loadChart } from '../../chart/load.ts'
import type { Dependency } from '../../chart/metadata.ts'
import { ConvergeError } from '../../errors.ts'
import type { Access } from '../../repository/access.ts'
import { downloadChart, listRemoteCharts, satisfies } from '../../repository/index-file.ts'
import { resolveRepository } from '../../repository/named.ts'
import { chooseVersion, parseReference, pullChart } from '../../repository/oci.ts'
import { writeYaml } from '../../yaml/write.ts'
import { packChart } from '../chart-package.ts'
import { lockDigest } from '../dependency-lock.ts'
import { helmTable } from '../helm-table.ts'
import { accessOf, type RepositoryFlags } from '../options/repository-options.ts'
import type { TargetFlags } from '../options/target-options.ts'
import { writeOut } from '../stdout.ts'
import { findChart, readTarget } from '../target.ts'

/** `converge dependency list|build|update [CHART]` */
export async function runDependency(
  verb: 'list' | 'build' | 'update',
  argument: string | undefined,
  flags: TargetFlags & RepositoryFlags,
): Promise<void> {
  const location = findChart(argument, await readTarget(flags, process.cwd()), process.cwd())
  const chart = loadChart(location, () => {})
  const named = chart.metadata.dependencies ?? []
  if (named.length === 0) return void process.stderr.write(`! no dependencies at ${path.join(location, 'charts')}\n`)
  if (verb === 'list') return listDependencies(location, chart, named)
  // The lock holds the addresses behind names, as Helm's does.
  const dependencies = named.map((item) =>
    /^(@|alias:)/.test(item.repository) ? { ...item, repository: resolveRepository(item.repository, process.env).url } : item,
  )
  const lock = verb === 'build' ? chart.lock : undefined
  if (lock && lock.digest !== lockDigest(dependencies, lock.dependencies ?? []))
    throw new ConvergeError('ERR_DEPENDENCY', 'Chart.lock is out of sync with the dependencies of Chart.yaml', {
      location: { file: path.join(location, 'Chart.lock') },
      hint: 'converge dependency update writes it anew.',
    })
  const wanted = dependencies.map((dependency) => {
    const locked = lock?.dependencies?.find(({ name, repository }) => name === dependency.name && repository === dependency.repository)
    return locked ? { ...dependency, version: locked.version } : dependency
  })
  // All are there before anything in charts/ is changed.
  const found: Found[] = []
  for (const dependency of wanted) found.push(await resolve(location, chart, dependency, accessOf(flags)))
  const directory = path.join(location, 'charts')
  mkdirSync(directory, { recursive: true })
  for (const { dependency, version, bytes } of found) {
    if (!bytes) continue
    for (const name of archivesOf(directory, dependency.name)) rmSync(path.join(directory, name))
    writeFileSync(path.join(directory, `${dependency.name}-${version}.tgz`), bytes)
  }
  if (!lock) writeLock(location, dependencies, found)
  await writeOut(found.map(({ dependency, version, bytes }) => `${bytes ? 'saved' : 'kept'} ${dependency.name} ${version}\n`).join(''))
}

interface Found {
  dependency: Dependency
  version: string
  /** Of the archive to save; undefined where it is in charts/ for good. */
  bytes?: Buffer
}

async function resolve(location: string, chart: Chart, dependency: Dependency, access: Access): Promise<Found> {
  const { name, repository, version: range } = dependency
  // It becomes the name of a file.
  if (!/^[\w.-]+$/.test(name) || /^\.+$/.test(name)) throw new ConvergeError('ERR_DEPENDENCY', `"${name}" is no name of a chart`)
  if (repository === '') {
    const vendored = chart.dependencies.find(({ metadata }) => metadata.name === name)
    if (vendored && satisfies(range, vendored.metadata.version)) return { dependency, version: vendored.metadata.version }
    throw new ConvergeError('ERR_DEPENDENCY', `dependency ${name} ${range} has no repository and is not in charts/`)
  }
  if (repository.startsWith('file://')) {
    const source = path.resolve(location, repository.slice('file://'.length))
    const { metadata } = loadChart(source, () => {})
    if (!satisfies(range, metadata.version)) throw noVersion(dependency, [metadata.version])
    return { dependency, version: metadata.version, bytes: await packChart(source, metadata.name) }
  }
  const { url, access: own } = resolveRepository(repository, process.env)
  const known = { ...access, ...Object.fromEntries(Object.entries(own).filter(([, value]) => value)) }
  if (url.startsWith('oci://')) {
    const reference = parseReference(`${url.replace(/\/+$/, '')}/${name}`)
    const version = await chooseVersion(reference, range, known, process.env)
    return { dependency, version, bytes: await pullChart({ ...reference, tag: version }, known, process.env) }
  }
  const offered = await listRemoteCharts(url, name, known)
  const chosen = offered.find(({ version }) => satisfies(range, version))
  if (!chosen)
    throw noVersion(
      dependency,
      offered.map(({ version }) => version),
    )
  return { dependency, version: chosen.version, bytes: await downloadChart(url, chosen, known) }
}

function noVersion({ name, version, repository }: Dependency, offered: readonly string[]): ConvergeError {
  return new ConvergeError('ERR_DEPENDENCY', `no version of ${name} at ${repository} satisfies ${version}`, {
    details: [
      offered.length === 0
        ? 'there is no chart of that name'
        : `there are ${offered.slice(0, 10).join(', ')}${offered.length > 10 ? ', …' : ''}`,
    ],
  })
}

function writeLock(location: string, dependencies: readonly Dependency[], found: readonly Found[]): void {
  const locked = found.map(({ dependency: { name, repository }, version }) => ({ name, repository, version }))
  const lock = { dependencies: locked, digest: lockDigest(dependencies, locked), generated: new Date().toISOString() }
  writeFileSync(path.join(location, 'Chart.lock'), writeYaml(lock))
}

async function listDependencies(location: string, chart: Chart, dependencies: readonly Dependency[]): Promise<void> {
  const rows = dependencies.map((item) => [item.name, item.version, item.repository, statusOf(location, chart, item)])
  await writeOut(`${helmTable([['NAME', 'VERSION', 'REPOSITORY', 'STATUS'], ...rows])}\n`)
  for (const { metadata } of chart.dependencies)
    if (!dependencies.some(({ name }) => name === metadata.name))
      await writeOut(`WARNING: "${path.join(location, 'charts', metadata.name)}" is not in Chart.yaml.\n`)
}

/** In Helm's words. */
function statusOf(location: string, chart: Chart, { name, version }: Dependency): string {
  const loaded = chart.dependencies.find(({ metadata }) => metadata.name === name)
  if (!loaded) return 'missing'
  const archives = archivesOf(path.join(location, 'charts'), name)
  if (archives.length > 1) return 'too many matches'
  if (!satisfies(version, loaded.metadata.version)) return 'wrong version'
  return archives.length === 1 ? 'ok' : 'unpacked'
}

function archivesOf(directory: string, name: string): string[] {
  if (!existsSync(directory)) return []
  return readdirSync(directory).filter((file) => file.startsWith(`${name}-`) && /^\d[^/]*\.tgz$/.test(file.slice(name.length + 1)))
}

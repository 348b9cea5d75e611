import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { accessOf, type RepositoryFlags } from './options/repository-options.ts'
import { findChart, type Target } from './target.ts'

/** As `findChart`; a chart in a registry or a repository is got and kept in the user's cache directory. */
export async function locateChart(argument: string | undefined, flags: RepositoryFlags, target: Target, cwd: string): Promise<string> {
  const chart = argument ?? target.config?.chart
  if (chart === undefined || (flags.repo === undefined && (existsSync(chart) || !/^\w[\w.-]*(:\/\/|\/)/.test(chart)))) {
    return findChart(argument, target, cwd)
  }
  const { isRemoteChart, getRemoteChart, keepArchive } = await import('../repository/remote-chart.ts')
  if (!isRemoteChart(argument ?? (/^(oci|https?):/.test(chart) ? chart : '.'), flags.repo, process.env))
    return findChart(argument, target, cwd)
  const { XDG_CACHE_HOME, LOCALAPPDATA } = process.env
  const cache = path.join(XDG_CACHE_HOME || LOCALAPPDATA || path.join(homedir(), '.cache'), 'converge/charts')
  const request = { chart, version: flags.chartVersion ?? '', repo: flags.repo, access: accessOf(flags), env: process.env }
  return keepArchive(cache, await getRemoteChart(request))
}

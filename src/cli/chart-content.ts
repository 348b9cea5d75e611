import path from 'node:path'
import { loadChart } from '../chart/load.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { chartContent } from '../pipeline/chart-content.ts'
import type { Content } from '../pipeline/content.ts'
import type { ContentRequest } from '../pipeline/options.ts'
import { readCapabilities } from '../pipeline/render.ts'
import { chartValues } from './chart-values.ts'
import type { RenderFlags } from './options/render-options.ts'
import type { RepositoryFlags } from './options/repository-options.ts'
import type { ValueFlags } from './options/value-options.ts'
import { locateChart } from './remote-chart.ts'
import { serviceValues, type Target } from './target.ts'

export interface ChartContent {
  release: string
  chart: string
  /** What must not be seen in any event; rendering may add to it. */
  secrets: readonly string[]
  content: (request: ContentRequest) => Promise<Content>
}

/** The chart that a command names, ready to be rendered for the cluster. The release is named after the chart where nothing else names it. */
export async function contentFor(
  argument: string | undefined,
  flags: ValueFlags & RenderFlags & RepositoryFlags,
  session: { cluster: Cluster; target: Target; namespace: string; signal: AbortSignal },
): Promise<ChartContent> {
  const { cluster, target, namespace, signal: ended } = session
  // Asked for at once: the answers are there when rendering begins, and connections are open when the release is looked for.
  const capabilities = readCapabilities(cluster, ended)
  capabilities.catch(() => {})
  const chart = await locateChart(argument, flags, target, process.cwd())
  const { values, secrets, secretFile } = await chartValues(flags, target, chart)
  const release = target.release ?? loadChart(chart, () => {}).metadata.name
  return {
    release,
    // What was got from elsewhere lies in the cache under a name that tells nobody anything.
    chart: argument !== undefined && argument !== chart ? argument : path.relative(process.cwd(), path.resolve(chart)) || '.',
    secrets,
    content: chartContent(
      cluster,
      {
        chart,
        releaseName: release,
        namespace,
        values,
        secretFile,
        extraValues: serviceValues(target),
        kubeVersion: flags.kubeVersion,
        apiVersions: flags.apiVersions.flatMap((text) => text.split(',')),
        skipSchemaValidation: flags.skipSchemaValidation,
        enableDns: flags.enableDns,
        renderSubchartNotes: flags.renderSubchartNotes,
      },
      capabilities,
    ),
  }
}

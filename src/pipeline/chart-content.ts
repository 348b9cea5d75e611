import type { ClusterCapabilities } from '../chart/capabilities.ts'
import type { RenderOptions } from '../chart/render.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { contentOfChart } from './content.ts'
import type { ConvergeOptions } from './options.ts'
import { renderForCluster } from './render.ts'

/** What the run knows by itself. */
type Known = 'isUpgrade' | 'revision' | 'cluster' | 'lookup' | 'lint'

/**
 * A chart as the content of a deploy: rendered for the cluster, with its version, its kinds and its objects (`lookup`). Schemas on other servers that the chart refers to are
 * fetched, unless `fetchSchema` is given. `capabilities`: what the cluster can do, where it has been asked already.
 */
export function chartContent(
  cluster: Cluster,
  options: Omit<RenderOptions, Known>,
  capabilities?: Promise<ClusterCapabilities>,
): ConvergeOptions['content'] {
  const fetchSchema = async (url: string) => (await import('../cluster/remote-schema.ts')).fetchSchema(url)
  return async ({ revision, isUpgrade, signal }) =>
    contentOfChart(await renderForCluster(cluster, { fetchSchema, ...options, revision, isUpgrade }, signal, capabilities))
}

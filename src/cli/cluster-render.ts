import type { Rendered, RenderOptions } from '../chart/render.ts'
import { contentOfChart } from '../pipeline/content.ts'
import { refuse } from '../pipeline/findings.ts'
import { checkOffline } from '../pipeline/offline.ts'
import { renderForCluster } from '../pipeline/render.ts'
import { openConnection } from './connection.ts'
import type { KubeFlags } from './options/kube-options.ts'
import type { Target } from './target.ts'

/** Renders with what a cluster says of itself, and refuses manifests that are not as its schemas have them. */
export async function renderOnCluster(options: RenderOptions, flags: KubeFlags, target: Target): Promise<Rendered> {
  const connection = await openConnection(flags, target.settings, (message) => process.stderr.write(`${message}\n`))
  try {
    const rendered = await renderForCluster(connection.cluster, options)
    const release = { name: options.releaseName, namespace: options.namespace }
    const crds = contentOfChart(rendered).crds
    const findings = await checkOffline(connection.cluster, release, [...rendered.manifests, ...rendered.hooks] as never, crds)
    if (findings.length > 0) throw refuse(findings)
    return rendered
  } finally {
    await connection.close()
  }
}

import type { Rendered, RenderOptions } from '../chart/render.ts'
import { renderForCluster } from '../pipeline/render.ts'
import { openConnection } from './connection.ts'
import type { KubeFlags } from './options/kube-options.ts'
import type { Target } from './target.ts'

/** Renders with what a cluster says of itself. */
export async function renderOnCluster(options: RenderOptions, flags: KubeFlags, target: Target): Promise<Rendered> {
  const connection = await openConnection(flags, target.settings, (message) => process.stderr.write(`${message}\n`))
  try {
    return await renderForCluster(connection.cluster, options)
  } finally {
    await connection.close()
  }
}

import type { Cluster } from '../cluster/cluster.ts'
import type { EnvironmentConfig } from '../config/schema.ts'
import type { KubeFlags } from './options/kube-options.ts'

export interface Connection {
  cluster: Cluster
  close(): Promise<void>
}

/** Connects to the cluster that flags and environment name, or starts the embedded one. Warnings of the kubeconfig go to `warn`. */
export async function openConnection(
  flags: KubeFlags,
  settings: EnvironmentConfig,
  warn: (message: string) => void,
  signal?: AbortSignal,
): Promise<Connection> {
  const { connect } = await import('../cluster/connection.ts')
  if (flags.sandbox) {
    const { startSandbox } = await import('../sandbox/sandbox.ts')
    const sandbox = await startSandbox()
    const cluster = {
      ...(await connect({ apiServer: sandbox.url, token: sandbox.token, kubeconfig: '/dev/null', env: {}, signal })),
      context: 'sandbox',
    }
    return {
      cluster,
      async close() {
        await cluster.close()
        await sandbox.stop()
      },
    }
  }
  const cluster = await connect({
    kubeconfig: flags.kubeconfig ?? process.env.KUBECONFIG,
    context: flags.kubeContext ?? settings.context,
    apiServer: flags.kubeApiserver,
    token: flags.kubeToken,
    caFile: flags.kubeCaFile,
    asUser: flags.kubeAsUser,
    asGroups: flags.kubeAsGroup,
    tlsServerName: flags.kubeTlsServerName,
    insecureSkipTlsVerify: flags.kubeInsecureSkipTlsVerify,
    onWarning: warn,
    signal,
  })
  return { cluster, close: () => cluster.close() }
}

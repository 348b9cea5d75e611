import { access, readFile } from 'node:fs/promises'
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts'

const directory = '/var/run/secrets/kubernetes.io/serviceaccount'

export interface InClusterConfig {
  namespace: string
  cluster: KubeconfigCluster
  user: KubeconfigUser
}

/** The API server and the service account of the Pod that this runs in; undefined outside of Pods. The token is read from its file again and again. */
export async function inClusterConfig(env: NodeJS.ProcessEnv): Promise<InClusterConfig | undefined> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port } = env
  if (!host || !port) return undefined
  const tokenFile = `${directory}/token`
  try {
    await access(tokenFile)
  } catch {
    return undefined
  }
  const namespace = await readFile(`${directory}/namespace`, 'utf8').catch(() => 'default')
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`
  return {
    namespace: namespace.trim() || 'default',
    cluster: { server, 'certificate-authority': `${directory}/ca.crt` },
    user: { tokenFile },
  }
}

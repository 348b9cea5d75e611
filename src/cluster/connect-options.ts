import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { ConvergeError, isConvergeError } from '../errors.ts'
import { inClusterConfig } from './in-cluster.ts'
import { chooseContext, type KubeconfigCluster, type KubeconfigUser, loadKubeconfig, type Warn } from './kubeconfig.ts'

/** How to reach a cluster: `--kubeconfig`, `--kube-context` and the `--kube-*` family. All are optional. */
export interface ConnectOptions {
  /** A path, or a list of paths as in KUBECONFIG. Default `~/.kube/config`; inside a Pod without one, its service account. */
  kubeconfig?: string
  context?: string
  apiServer?: string
  token?: string
  caFile?: string
  asUser?: string
  asGroups?: string[]
  tlsServerName?: string
  insecureSkipTlsVerify?: boolean
  /** Requests a second; 0, the default, for as many as go. */
  qps?: number
  /** Requests at once, default 32. */
  parallelism?: number
  /** How long the server may be silent before and within an answer, in milliseconds, default 35,000: admission webhooks have up to 30,000. */
  timeoutMs?: number
  /** The longest time to go on after failures that may heal (429, 5xx, cut connections, webhooks), in milliseconds; by default 10,000 to 60,000. */
  retryMs?: number
  userAgent?: string
  /** HTTP_PROXY and what credential plugins get; default the process's environment. */
  env?: NodeJS.ProcessEnv
  onWarning?: Warn
  /** Called once for each warning that the API server sends with its answers: deprecated versions, unknown fields. */
  onApiWarning?: (message: string) => void
  signal?: AbortSignal
}

/** What a connection needs, whatever it came from. */
export interface ConnectionSettings {
  context: string
  namespace: string
  cluster: KubeconfigCluster & { server: string }
  user: KubeconfigUser
}

/** The settings of a connection: kubeconfig and context, with the options of the command line above them, as Helm lays them. */
export async function connectionSettings(options: ConnectOptions, env: NodeJS.ProcessEnv): Promise<ConnectionSettings> {
  const base = await baseSettings(options, env)
  const cluster = { ...base.cluster }
  let user = { ...base.user }
  if (options.apiServer) cluster.server = options.apiServer
  if (options.caFile) {
    cluster['certificate-authority'] = resolve(options.caFile)
    cluster['certificate-authority-data'] = undefined
  }
  if (options.tlsServerName) cluster['tls-server-name'] = options.tlsServerName
  if (options.insecureSkipTlsVerify) cluster['insecure-skip-tls-verify'] = true
  // A token of the command line stands for the whole identity, except for a client certificate, which TLS presents anyway.
  if (options.token)
    user = { ...user, token: options.token, tokenFile: undefined, username: undefined, exec: undefined, 'auth-provider': undefined }
  if (options.asUser) user.as = options.asUser
  if (options.asGroups?.length) user['as-groups'] = options.asGroups
  if ((options.asGroups?.length ?? 0) > 0 && !user.as) {
    throw new ConvergeError('ERR_KUBE_CONFIG_INVALID', '--kube-as-group needs --kube-as-user', {
      hint: 'the API server takes groups only with a user',
    })
  }
  return { context: base.context, namespace: base.namespace, cluster: { ...cluster, server: checkServer(cluster.server ?? '') }, user }
}

async function baseSettings(options: ConnectOptions, env: NodeJS.ProcessEnv) {
  const standard = join(homedir(), '.kube', 'config')
  if (!options.kubeconfig && !options.context && !options.apiServer && !existsSync(standard)) {
    const inside = await inClusterConfig(env)
    if (inside) return { context: 'in-cluster', ...inside }
  }
  try {
    const { name, ...chosen } = chooseContext(await loadKubeconfig(options.kubeconfig || standard, options.onWarning), options.context)
    return { context: name, ...chosen }
  } catch (error) {
    // With the address on the command line there need be nothing in a file.
    const absent =
      isConvergeError(error) && ['ERR_KUBE_CONFIG_MISSING', 'ERR_KUBE_CONFIG_EMPTY', 'ERR_KUBE_CONTEXT_UNKNOWN'].includes(error.code)
    if (!absent || !options.apiServer || options.context) throw error
    return { context: options.apiServer, namespace: 'default', cluster: {} as KubeconfigCluster, user: {} as KubeconfigUser }
  }
}

function checkServer(server: string): string {
  const withScheme = /^[a-z]+:\/\//i.test(server) ? server : `http://${server}`
  if (URL.canParse(withScheme) && /^https?:/i.test(withScheme)) return withScheme
  throw new ConvergeError('ERR_KUBE_CONFIG_INVALID', `"${server}" is not the address of an API server`, {
    hint: 'it looks like https://host:6443',
  })
}

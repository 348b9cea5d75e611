import { isAbsolute, join } from 'node:path'
import type { ConnectionOptions as TlsOptions } from 'node:tls'
import { ConvergeError } from '../errors.ts'
import type { Cluster } from './cluster.ts'
import { clusterOver } from './cluster-over.ts'
import { type ConnectOptions, connectionSettings } from './connect-options.ts'
import { type Credentials, credentialsOf, dataOrFile } from './credentials.ts'
import type { KubeconfigCluster } from './kubeconfig.ts'
import { clientCertificateExpiry } from './network-error.ts'
import { isLoopback, proxyFor, proxyName } from './proxy.ts'
import { requestsOver } from './requests.ts'
import { openTransport } from './transport.ts'

export type { ConnectOptions } from './connect-options.ts'

/**
 * Connects to a cluster: reads the kubeconfig, settles the identity and opens a pool of connections. No request is sent; the first one finds out
 * whether the server is there.
 * Errors: ERR_KUBE_CONFIG_*, ERR_KUBE_CONTEXT_UNKNOWN, ERR_KUBE_EXEC_PLUGIN, ERR_KUBE_CERTIFICATE.
 */
export async function connect(options: ConnectOptions = {}): Promise<Cluster> {
  const env = options.env ?? process.env
  const { context, namespace, cluster, user } = await connectionSettings(options, env)
  const server = new URL(cluster.server)
  const credentials = await credentialsOf(user, cluster, env)
  const parallelism = options.parallelism ?? 32
  const proxy = proxyFor(server, cluster['proxy-url'], env)
  const certificate = await credentials.certificate(options.signal)
  const transport = await openTransport({
    server,
    tls: await tlsOptions(cluster, server, certificate),
    proxy,
    parallelism,
    timeoutMs: options.timeoutMs ?? 35_000,
    compress: !isLoopback(server.hostname) && cluster['disable-compression'] !== true,
    // As for kubectl and Helm.
    http2: !env.DISABLE_HTTP2,
  })
  const requests = requestsOver({
    transport,
    credentials,
    destination: { server: server.origin, proxy: proxy && proxyName(proxy), clientCertificate: certificate?.cert },
    parallelism,
    qps: options.qps,
    retryMs: options.retryMs,
    userAgent: options.userAgent ?? 'converge',
    onRenew: async () => transport.renew(await tlsOptions(cluster, server, await credentials.certificate())),
  })
  if (options.onApiWarning) requests.onWarning(options.onApiWarning)
  const cache = env.XDG_CACHE_HOME || (env.HOME && join(env.HOME, '.cache'))
  const cacheDirectory = cache && isAbsolute(cache) ? join(cache, 'converge', 'openapi') : undefined
  return clusterOver(requests, { context, server: cluster.server, namespace, cacheDirectory })
}

type Certificate = Awaited<ReturnType<Credentials['certificate']>>

async function tlsOptions(cluster: KubeconfigCluster, server: URL, certificate: Certificate): Promise<TlsOptions> {
  if (server.protocol !== 'https:') return {}
  const ca = await dataOrFile(cluster['certificate-authority-data'], cluster['certificate-authority'], 'CA')
  if (ca && !ca.includes('-----BEGIN')) {
    throw new ConvergeError('ERR_KUBE_CONFIG_INVALID', 'the CA of the cluster is not a certificate in PEM', {
      hint: 'look at certificate-authority(-data)',
    })
  }
  if (certificate && !String(certificate.cert).includes('-----BEGIN')) {
    const message = clientCertificateExpiry(certificate.cert) ?? 'the client certificate is not in PEM'
    throw new ConvergeError('ERR_KUBE_CERTIFICATE', message)
  }
  const servername = cluster['tls-server-name']
  return {
    ...(ca ? { ca } : {}),
    ...(certificate ?? {}),
    ...(servername ? { servername } : {}),
    rejectUnauthorized: cluster['insecure-skip-tls-verify'] !== true,
  }
}

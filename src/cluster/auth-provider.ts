import { KubeConfig } from '@kubernetes/client-node'
import { ConvergeError, messageOf } from '../errors.ts'
import type { KubeconfigUser } from './kubeconfig.ts'

/**
 * The Authorization header by an `auth-provider` section (oidc and the older cloud ones), which client-node knows how to refresh. Loaded only for
 * such users: client-node takes longer to load than a deploy of nothing takes.
 */
export async function authProviderAuthorization(user: KubeconfigUser): Promise<() => Promise<string | undefined>> {
  const provider = user['auth-provider']!
  const config = new KubeConfig()
  config.loadFromOptions({
    clusters: [{ name: 'c', server: 'https://unused.invalid' }],
    users: [{ name: 'u', authProvider: provider }],
    contexts: [{ name: 'x', cluster: 'c', user: 'u' }],
    currentContext: 'x',
  })
  return async () => {
    const options: { headers?: Record<string, string> } = { headers: {} }
    try {
      await config.applyToHTTPSOptions(options)
    } catch (error) {
      throw new ConvergeError(
        'ERR_KUBE_AUTH_PROVIDER',
        `the auth provider "${provider.name}" of the kubeconfig failed: ${messageOf(error)}`,
        { cause: error },
      )
    }
    const authorization = options.headers?.Authorization ?? options.headers?.authorization
    if (authorization) return authorization
    const hint = 'providers of clouds gave way to credential plugins (`exec`): fetch a new kubeconfig'
    throw new ConvergeError('ERR_KUBE_AUTH_PROVIDER', `the auth provider "${provider.name}" of the kubeconfig gives no token`, { hint })
  }
}

import { readFile } from 'node:fs/promises'
import { withSignal } from '../concurrency.ts'
import { ConvergeError, messageOf } from '../errors.ts'
import { type ExecCredential, runExecPlugin } from './exec-plugin.ts'
import type { KubeconfigCluster, KubeconfigUser } from './kubeconfig.ts'

/** Who asks. Tokens live in here and in the request's header, and nowhere else. */
export interface Credentials {
  /** The headers of one request. */
  headers(signal?: AbortSignal): Promise<Record<string, string | string[]>>
  /** The client certificate, in PEM. */
  certificate(signal?: AbortSignal): Promise<{ cert: string | Buffer; key: string | Buffer } | undefined>
  /** After a 401: forget what was cached. False where nothing new can come of asking again. */
  renew(): boolean
}

/** Token files of in-cluster use are rotated; they are read again after this time. */
const tokenFileMs = 60_000

/** The credentials of a kubeconfig user: client certificate, token, token file, basic, exec plugin, or an auth provider through client-node. */
export async function credentialsOf(user: KubeconfigUser, cluster: KubeconfigCluster, env: NodeJS.ProcessEnv): Promise<Credentials> {
  const impersonation = impersonationHeaders(user)
  const certificate = await staticCertificate(user)
  const bearer = await bearerOf(user, cluster, env)
  return {
    async headers(signal) {
      const authorization = await bearer.authorization(signal)
      return authorization ? { ...impersonation, authorization } : impersonation
    },
    async certificate(signal) {
      return certificate ?? bearer.certificate?.(signal)
    },
    renew: bearer.renew,
  }
}

interface Bearer {
  authorization(signal?: AbortSignal): Promise<string | undefined>
  certificate?(signal?: AbortSignal): Promise<{ cert: string; key: string } | undefined>
  renew(): boolean
}

async function bearerOf(user: KubeconfigUser, cluster: KubeconfigCluster, env: NodeJS.ProcessEnv): Promise<Bearer> {
  if (user.tokenFile) return tokenFileBearer(user.tokenFile)
  if (user.token) return fixedBearer(bearer(user.token))
  if (user.username) return fixedBearer(`Basic ${Buffer.from(`${user.username}:${user.password ?? ''}`).toString('base64')}`)
  if (user.exec) return execBearer(user.exec, cluster, env)
  if (user['auth-provider']) {
    const { authProviderAuthorization } = await import('./auth-provider.ts')
    const authorization = await authProviderAuthorization(user)
    return { authorization, renew: () => false }
  }
  return fixedBearer(undefined)
}

/** The header of a token. What cannot stand in a header was cut or pasted wrongly; the token itself is in no message. */
function bearer(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return `Bearer ${token}`
  throw new ConvergeError(
    'ERR_KUBE_CONFIG_INVALID',
    'the token of the user holds a line break, a space or another character that no token has',
    {
      hint: 'was it cut, or pasted with something else?',
    },
  )
}

function fixedBearer(value: string | undefined): Bearer {
  return { authorization: async () => value, renew: () => false }
}

function tokenFileBearer(path: string): Bearer {
  let read: { at: number; token: string } | undefined
  return {
    async authorization() {
      if (!read || Date.now() - read.at > tokenFileMs)
        read = { at: Date.now(), token: (await readSecretFile(path, 'token')).toString('utf8').trim() }
      return bearer(read.token)
    },
    renew() {
      const had = read !== undefined
      read = undefined
      return had
    },
  }
}

function execBearer(exec: NonNullable<KubeconfigUser['exec']>, cluster: KubeconfigCluster, env: NodeJS.ProcessEnv): Bearer {
  let current: Promise<ExecCredential> | undefined
  let expires = Number.POSITIVE_INFINITY
  let waiting = 0
  let nobody = new AbortController()
  const credential = async (signal?: AbortSignal): Promise<ExecCredential> => {
    if (!current || Date.now() >= expires) {
      expires = Number.POSITIVE_INFINITY
      // One run for all requests that wait; the signal of one of them must not fail the others.
      nobody = new AbortController()
      const run = runExecPlugin(exec, cluster, env, nobody.signal)
      current = run
      run.then(
        (answer) => (expires = answer.expires ?? Number.POSITIVE_INFINITY),
        () => (current = undefined),
      )
    }
    waiting++
    try {
      return await withSignal(current, signal)
    } finally {
      // A plugin that nobody waits for any more must not keep the process.
      if (--waiting === 0 && signal?.aborted) nobody.abort(signal.reason)
    }
  }
  return {
    async authorization(signal) {
      const { token } = await credential(signal)
      return token ? bearer(token) : undefined
    },
    async certificate(signal) {
      const { clientCertificateData: cert, clientKeyData: key } = await credential(signal)
      return cert && key ? { cert, key } : undefined
    },
    renew() {
      const had = current !== undefined
      current = undefined
      return had
    },
  }
}

async function staticCertificate(user: KubeconfigUser): Promise<{ cert: Buffer; key: Buffer } | undefined> {
  const cert = await dataOrFile(user['client-certificate-data'], user['client-certificate'], 'client certificate')
  const key = await dataOrFile(user['client-key-data'], user['client-key'], 'client key')
  return cert && key ? { cert, key } : undefined
}

/** The bytes of a `…-data` field (base64), or of the file beside it; undefined where neither is set. */
export async function dataOrFile(data: string | undefined, path: string | undefined, what: string): Promise<Buffer | undefined> {
  if (data) return Buffer.from(data, 'base64')
  return path ? readSecretFile(path, what) : undefined
}

async function readSecretFile(path: string, what: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw new ConvergeError('ERR_KUBE_CONFIG_INVALID', `cannot read the ${what} at ${path}: ${messageOf(error)}`, { cause: error })
  }
}

function impersonationHeaders(user: KubeconfigUser): Record<string, string | string[]> {
  const headers: Record<string, string | string[]> = {}
  if (user.as) headers['impersonate-user'] = user.as
  if (user['as-uid']) headers['impersonate-uid'] = user['as-uid']
  if (user['as-groups']?.length) headers['impersonate-group'] = user['as-groups']
  for (const [key, values] of Object.entries(user['as-user-extra'] ?? {}))
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = values
  return headers
}

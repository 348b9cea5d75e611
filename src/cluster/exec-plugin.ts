import { ConvergeError } from '../errors.ts'
import type { ExecConfig, KubeconfigCluster } from './kubeconfig.ts'

/** What a credential plugin answered (client.authentication.k8s.io ExecCredential, status). */
export interface ExecCredential {
  token?: string
  clientCertificateData?: string
  clientKeyData?: string
  /** Milliseconds since the epoch; undefined: for as long as the process runs. */
  expires?: number
}

/** How long a plugin may take; it may ask a person to log in. */
const timeoutMs = 5 * 60_000

/**
 * Runs the credential plugin of a kubeconfig user, as client-go does: its environment and KUBERNETES_EXEC_INFO, an ExecCredential on its standard
 * output; what it writes on standard error goes to the terminal only where it is interactive, else into the error.
 * Errors: ERR_KUBE_EXEC_PLUGIN. What the plugin printed on standard output never appears in a message, since it may hold a token.
 */
export async function runExecPlugin(
  exec: ExecConfig,
  cluster: KubeconfigCluster,
  env: NodeJS.ProcessEnv,
  signal?: AbortSignal,
): Promise<ExecCredential> {
  const { spawn } = await import('node:child_process')
  const command = exec.command
  if (!command) throw new ConvergeError('ERR_KUBE_EXEC_PLUGIN', 'the kubeconfig user has an exec section without a command')
  const apiVersion = exec.apiVersion || 'client.authentication.k8s.io/v1'
  const interactive = exec.interactiveMode !== 'Never' && process.stdin.isTTY === true
  if (exec.interactiveMode === 'Always' && !interactive) {
    throw new ConvergeError('ERR_KUBE_EXEC_PLUGIN', `the credential plugin ${command} needs a terminal (interactiveMode: Always)`)
  }
  const info = {
    apiVersion,
    kind: 'ExecCredential',
    spec: { interactive, ...(exec.provideClusterInfo ? { cluster: clusterInfo(cluster) } : {}) },
  }
  const environment: NodeJS.ProcessEnv = { ...env, KUBERNETES_EXEC_INFO: JSON.stringify(info) }
  for (const { name, value } of exec.env ?? []) environment[name] = value

  const output = await new Promise<string>((resolve, reject) => {
    const stop = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(signal ? [signal] : [])])
    const stdio: ['inherit' | 'ignore', 'pipe', 'inherit' | 'pipe'] = interactive
      ? ['inherit', 'pipe', 'inherit']
      : ['ignore', 'pipe', 'pipe']
    const child = spawn(command, exec.args ?? [], { env: environment, stdio, signal: stop })
    let out = ''
    let said = ''
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (out += text))
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4096)))
    child.on('error', (error: NodeJS.ErrnoException) => {
      if (signal?.aborted) return reject(signal.reason)
      const missing = error.code === 'ENOENT'
      const reason = missing
        ? 'it is not installed (not in PATH)'
        : error.name === 'AbortError'
          ? 'it took longer than 5 minutes'
          : (error.code ?? error.message)
      reject(failed(`cannot run the credential plugin ${command}: ${reason}`, exec.installHint))
    })
    child.on('close', (code, killedBy) => {
      if (code === 0) return resolve(out)
      const how = killedBy ? `was killed by ${killedBy}` : `exited with ${code}`
      reject(failed(`the credential plugin ${command} ${how}`, 'run its login command, then try again', lastLines(said)))
    })
  })
  return readCredential(output, command, apiVersion)
}

function readCredential(output: string, command: string, apiVersion: string): ExecCredential {
  let answer: { apiVersion?: string; kind?: string; status?: Record<string, string> } | null
  try {
    answer = JSON.parse(output)
  } catch {
    throw failed(`the credential plugin ${command} did not answer with an ExecCredential in JSON`)
  }
  if (answer?.kind !== 'ExecCredential') throw failed(`the credential plugin ${command} did not answer with an ExecCredential`)
  if (answer.apiVersion !== apiVersion) {
    throw failed(`the credential plugin ${command} answered in ${answer.apiVersion}, while the kubeconfig says ${apiVersion}`)
  }
  const status = answer.status ?? {}
  if (!status.token && !(status.clientCertificateData && status.clientKeyData)) {
    throw failed(`the credential plugin ${command} gave neither a token nor a client certificate`)
  }
  const expires = status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : undefined
  return {
    token: status.token || undefined,
    clientCertificateData: status.clientCertificateData || undefined,
    clientKeyData: status.clientKeyData || undefined,
    expires: Number.isNaN(expires) ? undefined : expires,
  }
}

function clusterInfo(cluster: KubeconfigCluster): Record<string, unknown> {
  const config = cluster.extensions?.find(({ name }) => name === 'client.authentication.k8s.io/exec')?.extension
  return {
    server: cluster.server,
    ...(cluster['tls-server-name'] ? { 'tls-server-name': cluster['tls-server-name'] } : {}),
    ...(cluster['insecure-skip-tls-verify'] ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster['certificate-authority-data'] ? { 'certificate-authority-data': cluster['certificate-authority-data'] } : {}),
    ...(cluster['proxy-url'] ? { 'proxy-url': cluster['proxy-url'] } : {}),
    ...(config === undefined ? {} : { config }),
  }
}

function lastLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '')
    .slice(-5)
    .map(withoutTokens)
}

/** JSON Web Tokens and bearer headers are cut out of what a plugin complains of. */
function withoutTokens(line: string): string {
  return line
    .replace(/\beyJ[\w-]+\.[\w-]+(\.[\w-]*)?/g, '***')
    .replace(/(bearer\s+|token["'=:\s]+|password["'=:\s]+|secret["'=:\s]+)[^\s"',}]+/gi, '$1***')
}

function failed(message: string, hint?: string, details?: string[]): ConvergeError {
  return new ConvergeError('ERR_KUBE_EXEC_PLUGIN', message, { hint: hint?.trim() || undefined, details })
}

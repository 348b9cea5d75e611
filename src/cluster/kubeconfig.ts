import { readFile, stat } from 'node:fs/promises'
import { delimiter, dirname, resolve } from 'node:path'
import { ConvergeError, messageOf } from '../errors.ts'
import { nearest } from './nearest.ts'

export interface KubeconfigCluster {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
  'proxy-url'?: string
  'disable-compression'?: boolean
  extensions?: { name: string; extension: unknown }[]
}

export interface ExecConfig {
  apiVersion?: string
  command?: string
  args?: string[] | null
  env?: { name: string; value: string }[] | null
  installHint?: string
  provideClusterInfo?: boolean
  interactiveMode?: string
}

export interface KubeconfigUser {
  token?: string
  tokenFile?: string
  username?: string
  password?: string
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  as?: string
  'as-uid'?: string
  'as-groups'?: string[]
  'as-user-extra'?: Record<string, string[]>
  exec?: ExecConfig
  'auth-provider'?: { name: string; config?: Record<string, unknown> }
}

export interface KubeconfigContext {
  cluster?: string
  user?: string
  namespace?: string
}

/** Kubeconfig files merged as kubectl merges them: what the first file names stays. Paths inside are absolute. */
export interface Kubeconfig {
  files: string[]
  currentContext?: string
  clusters: Map<string, KubeconfigCluster>
  users: Map<string, KubeconfigUser>
  contexts: Map<string, KubeconfigContext>
}

export type Warn = (message: string, hint?: string) => void

/**
 * Reads kubeconfig files. `paths` is a list as in KUBECONFIG (`:` between, `;` on Windows); files of a list that do not exist are skipped, but one
 * at least must exist. Warns of files that every user of the machine can read.
 * Errors: ERR_KUBE_CONFIG_MISSING, ERR_KUBE_CONFIG_EMPTY, ERR_KUBE_CONFIG_UNREADABLE, ERR_KUBE_CONFIG_INVALID.
 */
export async function loadKubeconfig(paths: string, warn: Warn = () => {}): Promise<Kubeconfig> {
  const merged: Kubeconfig = { files: [], clusters: new Map(), users: new Map(), contexts: new Map() }
  const wanted = paths.split(delimiter).filter((path) => path !== '')
  for (const path of wanted) {
    const text = await readConfigFile(path)
    if (text === undefined) continue
    await warnOfMode(path, warn)
    merged.files.push(path)
    mergeInto(merged, await parseKubeconfig(text, path), path)
  }
  if (merged.files.length === 0) {
    const message = `there is no kubeconfig at ${wanted.join(', ') || 'the empty path'}`
    throw new ConvergeError('ERR_KUBE_CONFIG_MISSING', message, { hint: 'set KUBECONFIG or --kubeconfig, or use --sandbox' })
  }
  return merged
}

/**
 * The context to use: `name`, or the file's current one.
 * Errors: ERR_KUBE_CONTEXT_UNKNOWN with the existing names and the nearest one, ERR_KUBE_CONFIG_INVALID where it points at nothing.
 */
export function chooseContext(config: Kubeconfig, name?: string) {
  const names = [...config.contexts.keys()]
  const where = config.files.join(', ')
  const chosen = name || config.currentContext || ''
  if (!chosen) {
    if (names.length === 0) throw unknownContext(`the kubeconfig ${where} holds no context`, 'is the file cut off?')
    const hint = 'name one with --kube-context, or set it for good: kubectl config use-context NAME'
    throw unknownContext(`the kubeconfig ${where} has no current context`, hint, listed(names))
  }
  const context = config.contexts.get(chosen)
  if (!context) {
    const close = nearest(chosen, names)
    throw unknownContext(`the kubeconfig ${where} has no context "${chosen}"`, close && `did you mean "${close}"?`, listed(names))
  }
  const cluster = config.clusters.get(context.cluster ?? '')
  if (!cluster) throw invalid(`context "${chosen}" names cluster "${context.cluster ?? ''}", which ${where} does not have`)
  if (!cluster.server) throw invalid(`cluster "${context.cluster}" in ${where} has no server`)
  const user = context.user ? config.users.get(context.user) : {}
  if (!user) throw invalid(`context "${chosen}" names user "${context.user}", which ${where} does not have`)
  return { name: chosen, namespace: context.namespace || 'default', cluster, user, userName: context.user ?? '' }
}

function unknownContext(message: string, hint?: string, details?: string[]): ConvergeError {
  return new ConvergeError('ERR_KUBE_CONTEXT_UNKNOWN', message, { hint, details })
}

function listed(names: string[]): string[] {
  return names.length === 0 ? [] : [`contexts: ${names.join(', ')}`]
}

async function readConfigFile(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    const reason = code === 'EACCES' ? 'permission denied' : code === 'EISDIR' ? 'it is a directory' : messageOf(error)
    throw new ConvergeError('ERR_KUBE_CONFIG_UNREADABLE', `cannot read the kubeconfig ${path}: ${reason}`, { cause: error })
  }
}

async function warnOfMode(path: string, warn: Warn): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(path)
  if (mode & 0o004) warn(`the kubeconfig ${path} can be read by every user of this machine`, `chmod 600 ${path}`)
}

async function parseKubeconfig(text: string, path: string): Promise<Record<string, unknown>> {
  if (text.trim() === '') throw empty(path)
  let parsed: unknown
  try {
    parsed = text.trimStart().startsWith('{') ? JSON.parse(text) : await readYaml(text)
  } catch (error) {
    // The reader's own message may quote the line, which may hold a token: only the place is passed on.
    const mark = (error as { mark?: { line?: number; column?: number } }).mark
    const line = typeof mark?.line === 'number' ? mark.line + 1 : undefined
    const message = `the kubeconfig ${path} is not YAML${line === undefined ? '' : `: line ${line} cannot be read`}`
    throw new ConvergeError('ERR_KUBE_CONFIG_INVALID', message, { location: { file: path, line } })
  }
  if (parsed === null || parsed === undefined) throw empty(path)
  if (typeof parsed !== 'object' || Array.isArray(parsed)) throw invalid(`the kubeconfig ${path} is not a mapping`)
  const { kind } = parsed as { kind?: unknown }
  if (kind !== undefined && kind !== 'Config') throw invalid(`the kubeconfig ${path} is of kind ${String(kind)}, not Config`)
  return parsed as Record<string, unknown>
}

async function readYaml(text: string): Promise<unknown> {
  const { loadAll, CORE_SCHEMA } = await import('js-yaml')
  return loadAll(text, { schema: CORE_SCHEMA })[0]
}

function mergeInto(target: Kubeconfig, parsed: Record<string, unknown>, path: string): void {
  const base = dirname(resolve(path))
  const current = parsed['current-context']
  if (!target.currentContext && typeof current === 'string' && current) target.currentContext = current
  addNamed(target.clusters, parsed.clusters, 'cluster', path, (cluster) => absolutePaths(cluster, base, ['certificate-authority']))
  addNamed(target.users, parsed.users, 'user', path, (user) => {
    absolutePaths(user, base, ['client-certificate', 'client-key', 'tokenFile'])
    const exec = (user as KubeconfigUser).exec
    // As client-go: a command with a slash is a path below the file, one without is looked up in PATH.
    if (exec && typeof exec.command === 'string' && /[\\/]/.test(exec.command)) exec.command = resolve(base, exec.command)
  })
  addNamed(target.contexts, parsed.contexts, 'context', path)
}

/** Fields that are text; a number in their place is a mistake, which client-go refuses too. */
const texts = new Set([
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'tls-server-name',
  'proxy-url',
  'token',
  'tokenFile',
  'username',
  'password',
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'cluster',
  'user',
  'namespace',
])

function addNamed<T extends object>(
  target: Map<string, T>,
  list: unknown,
  field: string,
  path: string,
  adjust: (item: T) => void = () => {},
): void {
  if (list === undefined || list === null) return
  if (!Array.isArray(list)) throw invalid(`${field}s in the kubeconfig ${path} is not a list`)
  for (const item of list) {
    const name = (item as { name?: unknown })?.name
    if (typeof name !== 'string') throw invalid(`the kubeconfig ${path} has a ${field} without a name`)
    if (target.has(name)) continue
    const value = (item as Record<string, unknown>)[field] ?? {}
    if (typeof value !== 'object' || Array.isArray(value)) throw invalid(`${field} "${name}" in the kubeconfig ${path} is not a mapping`)
    for (const [key, content] of Object.entries(value))
      if (texts.has(key) && content !== null && typeof content !== 'string')
        throw invalid(`${key} of ${field} "${name}" in the kubeconfig ${path} is not text`, 'put it in quotes')
    const copy = structuredClone(value) as T
    adjust(copy)
    target.set(name, copy)
  }
}

function absolutePaths(item: object, base: string, keys: string[]): void {
  const record = item as Record<string, unknown>
  for (const key of keys) if (typeof record[key] === 'string' && record[key] !== '') record[key] = resolve(base, record[key])
}

function empty(path: string): ConvergeError {
  return new ConvergeError('ERR_KUBE_CONFIG_EMPTY', `the kubeconfig ${path} is empty`, { hint: 'was the command that wrote it cut off?' })
}

function invalid(message: string, hint?: string): ConvergeError {
  return new ConvergeError('ERR_KUBE_CONFIG_INVALID', message, { hint })
}

import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import { ConvergeError } from '../errors.ts'
import { parseManifest } from '../yaml/read.ts'
import type { Access } from './access.ts'

/** A repository that `helm repo add` made known. */
export interface NamedRepository {
  name: string
  url: string
  access: Access
}

/** Helm's configuration directory. */
export function helmConfigHome(env: NodeJS.ProcessEnv): string {
  if (env.HELM_CONFIG_HOME) return env.HELM_CONFIG_HOME
  if (env.XDG_CONFIG_HOME) return path.join(env.XDG_CONFIG_HOME, 'helm')
  if (process.platform === 'darwin') return path.join(homedir(), 'Library/Preferences/helm')
  if (process.platform === 'win32') return path.join(env.APPDATA ?? homedir(), 'helm')
  return path.join(homedir(), '.config/helm')
}

/** The repositories of Helm's repositories.yaml; none where there is no such file. */
export function namedRepositories(env: NodeJS.ProcessEnv): NamedRepository[] {
  const file = env.HELM_REPOSITORY_CONFIG || path.join(helmConfigHome(env), 'repositories.yaml')
  if (!existsSync(file)) return []
  const { repositories } = (parseManifest(readFileSync(file, 'utf8'), file) ?? {}) as { repositories?: unknown }
  if (!Array.isArray(repositories)) return []
  const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
  return repositories.map((entry: Record<string, unknown>) => ({
    name: String(entry.name ?? ''),
    url: String(entry.url ?? ''),
    access: {
      username: text(entry.username),
      password: text(entry.password),
      caFile: text(entry.caFile),
      certFile: text(entry.certFile),
      keyFile: text(entry.keyFile),
      insecureSkipTlsVerify: entry.insecure_skip_tls_verify === true,
      passCredentials: entry.pass_credentials_all === true,
    },
  }))
}

/**
 * The address behind `@name` and `alias:name`, with what repositories.yaml says of it; any other address as it is, with what the file says of a
 * repository there.
 * @throws ConvergeError ERR_REPOSITORY for a name that the file does not have
 */
export function resolveRepository(repository: string, env: NodeJS.ProcessEnv): { url: string; access: Access } {
  const named = namedRepositories(env)
  const alias = /^(?:@|alias:)(.*)$/.exec(repository)?.[1]
  const plain = (url: string): string => url.replace(/\/+$/, '')
  const found = named.find(({ name, url }) => (alias === undefined ? plain(url) === plain(repository) : name === alias))
  if (found) return { url: found.url, access: found.access }
  if (alias === undefined) return { url: repository, access: {} }
  throw new ConvergeError('ERR_REPOSITORY', `no repository is named ${JSON.stringify(alias)}`, {
    hint: `helm repo add ${alias} URL, or name the URL itself.`,
    details: named.length > 0 ? [`there are ${named.map(({ name }) => name).join(', ')}`] : [],
  })
}

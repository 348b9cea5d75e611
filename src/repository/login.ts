import { spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import path from 'node:path'
import type { Access } from './access.ts'
import { helmConfigHome } from './named.ts'

interface RegistryConfig {
  auths?: Record<string, { auth?: string; username?: string; password?: string; identitytoken?: string }>
  credsStore?: string
  credHelpers?: Record<string, string>
}

/** Who asks a registry; with a token in place of a password where `docker login` left one. */
export interface Login {
  username: string
  password: string
  identityToken?: string
}

/** Who asks a registry: what the command line says, else what `helm registry login` and `docker login` left; undefined for nobody. */
export async function loginFor(host: string, access: Access, env: NodeJS.ProcessEnv): Promise<Login | undefined> {
  if (access.username || access.password) return { username: access.username ?? '', password: access.password ?? '' }
  const files = [
    env.HELM_REGISTRY_CONFIG || path.join(helmConfigHome(env), 'registry/config.json'),
    path.join(env.DOCKER_CONFIG || path.join(homedir(), '.docker'), 'config.json'),
  ]
  for (const file of files) {
    const login = existsSync(file) ? await loginOf(readConfig(file), host, access.signal) : undefined
    if (login) return login
  }
  return undefined
}

function readConfig(file: string): RegistryConfig {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as RegistryConfig
  } catch {
    return {}
  }
}

async function loginOf(
  { auths = {}, credsStore, credHelpers = {} }: RegistryConfig,
  host: string,
  signal?: AbortSignal,
): Promise<Login | undefined> {
  // Docker Hub goes by an address of its own there.
  const names = host === 'docker.io' || host === 'registry-1.docker.io' ? [host, 'https://index.docker.io/v1/', 'docker.io'] : [host]
  for (const name of names) {
    const helper = Object.hasOwn(credHelpers, name) ? credHelpers[name] : credsStore
    const helped = helper ? await askHelper(helper, name, signal) : undefined
    if (helped) return helped
    const entry = Object.hasOwn(auths, name) ? auths[name]! : undefined
    if (!entry) continue
    const [username = '', ...rest] = Buffer.from(entry.auth ?? '', 'base64')
      .toString('utf8')
      .split(':')
    const login = { username: entry.username ?? username, password: entry.password ?? rest.join(':'), identityToken: entry.identitytoken }
    if (login.username !== '' || login.identityToken) return login
  }
  return undefined
}

/** Docker's protocol: the server on standard input, JSON on standard output; any failure is no login. */
function askHelper(helper: string, server: string, signal?: AbortSignal): Promise<Login | undefined> {
  if (!/^[\w.-]+$/.test(helper)) return Promise.resolve(undefined)
  return new Promise((resolve) => {
    const child = spawn(`docker-credential-${helper}`, ['get'], { stdio: ['pipe', 'pipe', 'ignore'], timeout: 30_000, signal })
    let text = ''
    child.on('error', () => resolve(undefined))
    child.stdin.on('error', () => {}).end(server)
    child.stdout.on('data', (chunk) => {
      text += chunk
    })
    child.on('close', (code) => {
      try {
        const { Username, Secret } = JSON.parse(text) as { Username: string; Secret: string }
        const login =
          Username === '<token>' ? { username: '', password: '', identityToken: Secret } : { username: Username, password: Secret }
        resolve(code === 0 ? login : undefined)
      } catch {
        resolve(undefined)
      }
    })
  })
}

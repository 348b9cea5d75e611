import type { GetAnswer } from '../cluster/http-get.ts'
import { ConvergeError } from '../errors.ts'
import { type Access, basicAuth, getFrom } from './access.ts'
import { type Login, loginFor } from './login.ts'

/** A registry of the OCI distribution specification, for reading one repository of it. */
export interface Registry {
  /** Gets `/v2/<repository>/<path>`, or a path that an earlier answer named. @throws ConvergeError for everything but success */
  get(path: string, accept: string): Promise<GetAnswer>
}

/** Opens a repository of a registry. Nothing is sent yet. */
export function openRegistry(host: string, repository: string, access: Access, env: NodeJS.ProcessEnv): Registry {
  const base = `${access.plainHttp ? 'http' : 'https'}://${host === 'docker.io' ? 'registry-1.docker.io' : host}`
  let authorization: string | undefined
  return {
    async get(path, accept) {
      const url = path.startsWith('/') ? base + path : `${base}/v2/${repository}/${path}`
      const ask = () => getFrom(url, { accept, ...(authorization ? { authorization } : {}) }, access)
      let answer = await ask()
      if (answer.status === 401) {
        const login = await loginFor(host, access, env)
        authorization = await authorize(String(answer.headers['www-authenticate'] ?? ''), repository, login, access)
        if (authorization !== undefined) answer = await ask()
      }
      if (answer.status >= 200 && answer.status < 300) return answer
      throw refusal(url, host, answer)
    },
  }
}

/** The header that a challenge asks for: a user and password, or a token that its realm gives for them. */
async function authorize(challenge: string, repository: string, login: Login | undefined, access: Access): Promise<string | undefined> {
  const basic = login && login.username !== '' ? basicAuth(login) : {}
  if (/^basic\b/i.test(challenge)) return basic.authorization
  if (!/^bearer\b/i.test(challenge)) return undefined
  const fields = Object.fromEntries([...challenge.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name!.toLowerCase(), value!]))
  if (!fields.realm) return undefined
  const url = new URL(fields.realm)
  if (fields.service) url.searchParams.set('service', fields.service)
  url.searchParams.set('scope', fields.scope || `repository:${repository}:pull`)
  // An identity token stands where the password would, with a user that registries agree on.
  const headers = login?.identityToken
    ? basicAuth({ username: '00000000-0000-0000-0000-000000000000', password: login.identityToken })
    : basic
  const answer = await getFrom(url.href, headers, access)
  if (answer.status !== 200) throw refusal(url.origin + url.pathname, url.host, answer)
  const { token, access_token } = JSON.parse(answer.body.toString('utf8')) as { token?: string; access_token?: string }
  return token || access_token ? `Bearer ${token || access_token}` : undefined
}

function refusal(url: string, host: string, { status, statusText, body }: GetAnswer): ConvergeError {
  const hint = status === 401 || status === 403 ? `helm registry login ${host}, or --username and --password.` : undefined
  return new ConvergeError('ERR_REPOSITORY', `cannot get ${url}: ${status} ${statusText}`, { hint, details: reasons(body) })
}

/** What the registry says in the specification's shape. */
function reasons(body: Buffer): string[] {
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as { errors: { code?: string; message?: string }[] }
    return errors.map(({ code = '', message = '' }) => [code, message].filter(Boolean).join(': ').slice(0, 300))
  } catch {
    return []
  }
}

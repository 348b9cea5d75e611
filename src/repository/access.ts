import { readFileSync } from 'node:fs'
import { type GetAnswer, httpGet } from '../cluster/http-get.ts'
import { ConvergeError, messageOf } from '../errors.ts'

/** How a repository or a registry is reached. */
export interface Access {
  username?: string
  password?: string
  /** PEM files. */
  caFile?: string
  certFile?: string
  keyFile?: string
  insecureSkipTlsVerify?: boolean
  /** Registries are spoken to over http. */
  plainHttp?: boolean
  /** User and password go to other hosts than the repository's, too. */
  passCredentials?: boolean
  signal?: AbortSignal
}

/** The largest archive of a chart that is taken. */
export const maxBytes = 100 * 1024 * 1024

/** Gets something of a repository or registry. @throws ConvergeError ERR_REPOSITORY where no answer comes */
export async function getFrom(url: string, headers: Record<string, string>, access: Access): Promise<GetAnswer> {
  if (!/^https?:\/\//.test(url)) throw new ConvergeError('ERR_REPOSITORY', `cannot get ${url}: only http and https are supported`)
  const tls = {
    ca: access.caFile && readFileSync(access.caFile),
    cert: access.certFile && readFileSync(access.certFile),
    key: access.keyFile && readFileSync(access.keyFile),
    rejectUnauthorized: access.insecureSkipTlsVerify ? false : undefined,
  }
  const given = Object.fromEntries(Object.entries(tls).filter(([, value]) => value !== undefined && value !== ''))
  return httpGet(new URL(url), { headers, tls: given, signal: access.signal, maxBytes }).catch((cause) => {
    throw new ConvergeError('ERR_REPOSITORY', `cannot get ${url}: ${messageOf(cause)}`, { cause, hint: hintOf(messageOf(cause)) })
  })
}

function hintOf(reason: string): string {
  if (/wrong version number|packet length too long/.test(reason)) return 'The server does not speak TLS; is --plain-http meant?'
  if (/certificate/.test(reason)) return '--ca-file names the authority that signed the certificate.'
  return 'Is the address of the repository right?'
}

/** The header of a user and password; none without them. */
export function basicAuth({ username = '', password = '' }: Access): Record<string, string> {
  if (username === '' && password === '') return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}` }
}

import { messageOf } from '../errors.ts'
import { httpGet } from './http-get.ts'

/** What Helm gives a server that a schema refers to. */
const timeoutMs = 15_000
const maxBytes = 64 * 1024 * 1024

/**
 * The text of a JSON schema at an http or https URL, through the proxies of the environment, as Helm gets it. Ends after 15 seconds.
 * @throws Error with Helm's reason where it cannot be had
 */
export async function fetchSchema(url: string, signal?: AbortSignal): Promise<string> {
  const answer = await httpGet(new URL(url), { timeoutMs, maxBytes, signal }).catch((error) => {
    throw new Error(`HTTP request failed for ${url}: Get ${JSON.stringify(url)}: ${messageOf(error)}`, { cause: error })
  })
  if (answer.status >= 200 && answer.status < 300) return answer.body.toString('utf8')
  throw new Error(`HTTP request to ${url} returned status ${answer.status} (${answer.statusText})`)
}

import { messageOf } from '../errors.ts'

/** What Helm gives a server that a schema refers to. */
const timeout = 15_000

/**
 * The text of a JSON schema at an http or https URL. Ends after 15 seconds.
 * @throws Error with Helm's reason where it cannot be had
 */
export async function fetchSchema(url: string, signal?: AbortSignal): Promise<string> {
  const limit = AbortSignal.timeout(timeout)
  let response: Response
  try {
    response = await fetch(url, { signal: signal ? AbortSignal.any([signal, limit]) : limit })
  } catch (error) {
    const reason = messageOf((error as Error).cause ?? error)
    throw new Error(`HTTP request failed for ${url}: Get ${JSON.stringify(url)}: ${reason}`, { cause: error })
  }
  if (response.ok) return response.text()
  await response.body?.cancel()
  throw new Error(`HTTP request to ${url} returned status ${response.status} (${response.statusText})`)
}

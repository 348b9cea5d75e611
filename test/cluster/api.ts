import { request } from 'node:https'

/** Sends one request to the API server and gives the answer's JSON. @throws on a status of 300 or above, with the server's words. */
export type Api = (method: string, path: string, body?: object, contentType?: string) => Promise<any>

export function apiClient(server: string, ca: string | Buffer, token: string): Api {
  return (method, path, body, contentType = 'application/json') =>
    new Promise((resolve, reject) => {
      const text = body && JSON.stringify(body)
      const headers = { authorization: `Bearer ${token}`, accept: 'application/json', ...(text && { 'content-type': contentType }) }
      const call = request(server + path, { method, ca, headers, agent: false }, (response) => {
        let answer = ''
        response.setEncoding('utf8').on('data', (chunk) => (answer += chunk))
        response.on('error', reject)
        response.on('end', () => {
          if ((response.statusCode ?? 500) >= 300)
            return reject(new Error(`${method} ${path}: ${response.statusCode} ${answer.slice(0, 400)}`))
          try {
            resolve(answer.startsWith('{') ? JSON.parse(answer) : answer)
          } catch (error) {
            reject(error)
          }
        })
      })
      call.setTimeout(10_000, () => call.destroy(new Error(`${method} ${path}: no answer within 10 s`)))
      call.on('error', reject)
      call.end(text)
    })
}

/** Creates an object, or leaves it when it is there already. */
export async function ensure(api: Api, path: string, object: object): Promise<void> {
  await api('POST', path, object).catch((error) => {
    if (!/: 409 /.test(error.message)) throw error
  })
}

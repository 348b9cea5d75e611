import { describe, expect, it } from 'vitest'
import { credentialsOf } from '../../src/cluster/credentials.ts'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')
const idToken = (expires: number) => `${part({ alg: 'none' })}.${part({ exp: Math.floor(expires / 1000) })}.x`

describe('an auth provider', () => {
  it('gives the token that it holds while it is valid', async () => {
    const token = idToken(Date.now() + 3_600_000)
    const credentials = await credentialsOf(
      { 'auth-provider': { name: 'oidc', config: { 'id-token': token, 'client-id': 'c', 'idp-issuer-url': 'https://issuer.invalid' } } },
      {},
      {},
    )
    expect(await credentials.headers()).toEqual({ authorization: `Bearer ${token}` })
  })

  it('that cannot refresh its token is an error without the token', async () => {
    const token = idToken(Date.now() - 3_600_000)
    const config = { 'id-token': token, 'refresh-token': 's3cr3t', 'client-id': 'c', 'idp-issuer-url': 'http://127.0.0.1:1' }
    const credentials = await credentialsOf({ 'auth-provider': { name: 'oidc', config } }, {}, {})
    const error = await credentials.headers().catch((error) => error)
    expect(error).toMatchObject({ code: 'ERR_KUBE_AUTH_PROVIDER', message: expect.stringContaining('"oidc"') })
    expect(error.message).not.toContain('s3cr3t')
    expect(error.message).not.toContain(token)
  })

  it('that nobody knows any more is an error', async () => {
    const credentials = await credentialsOf({ 'auth-provider': { name: 'unheard-of', config: {} } }, {}, {})
    await expect(credentials.headers()).rejects.toMatchObject({ code: 'ERR_KUBE_AUTH_PROVIDER' })
  })
})

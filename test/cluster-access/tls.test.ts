import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { connect } from '../../src/cluster/connection.ts'
import type { Certificate } from '../../src/template/funcs/certificate.ts'
import { certificates } from '../../src/template/funcs/certificates.ts'

const day = 86_400_000

/** A certificate of the project's own sprig functions, made so many days ago. */
function make(name: string, args: unknown[], daysAgo = 0): Certificate {
  const context = { now: () => new Date(Date.now() - daysAgo * day - 60_000), randomBytes: (size: number) => randomBytes(size) }
  return certificates[name]!.call(args as never, context as never) as unknown as Certificate
}

const authority = make('genCA', ['test-ca', 365])
const local = make('genSignedCert', ['api', ['127.0.0.1'], ['localhost'], 30, authority])
const expired = make('genSignedCert', ['api', ['127.0.0.1'], null, 1, authority], 3)
const user = make('genSignedCert', ['dev', null, null, 30, authority])
const expiredUser = make('genSignedCert', ['dev', null, null, 1, authority], 3)

const base64 = (text: string) => Buffer.from(text).toString('base64')

describe('TLS', () => {
  let directory: string
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'converge-tls-'))
  })
  afterAll(() => rm(directory, { recursive: true, force: true }))

  /** A server over TLS that tells who it saw, and a connection to it by kubeconfig. */
  async function serve(options: ServerOptions, user: object, cluster: object = {}) {
    const server = createServer(options, (request, response) => {
      const peer = (request.socket as TLSSocket).getPeerCertificate()
      // As the API server, which asks for a certificate but does not insist on one.
      if (peer?.valid_to && Date.parse(peer.valid_to) < Date.now()) return void response.writeHead(401).end('{}')
      response.end(JSON.stringify({ gitVersion: peer?.subject?.CN ?? 'nobody' }))
    })
    server.on('tlsClientError', () => {})
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const kubeconfig = join(directory, `config-${randomBytes(4).toString('hex')}`)
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
    const config = {
      'current-context': 'x',
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster: { server: address, 'certificate-authority-data': base64(authority.cert), ...cluster } }],
      users: [{ name: 'u', user }],
    }
    await writeFile(kubeconfig, JSON.stringify(config), { mode: 0o600 })
    const connection = await connect({ kubeconfig, env: {}, retryMs: 200 })
    return {
      connection,
      async [Symbol.asyncDispose]() {
        await connection.close()
        server.closeAllConnections()
        await new Promise((resolve) => server.close(resolve))
      },
    }
  }

  const identity = (certificate: Certificate) => ({
    'client-certificate-data': base64(certificate.cert),
    'client-key-data': base64(certificate.key),
  })
  const asking: ServerOptions = { cert: local.cert, key: local.key, ca: authority.cert, requestCert: true }

  it('shows the client certificate', async () => {
    await using server = await serve({ ...asking, rejectUnauthorized: true }, identity(user))
    expect(await server.connection.version()).toMatchObject({ gitVersion: 'dev' })
  })

  it('shows the client certificate of a credential plugin', async () => {
    const plugin = join(directory, 'plugin')
    const status = { clientCertificateData: user.cert, clientKeyData: user.key }
    await writeFile(`${plugin}.json`, JSON.stringify({ apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status }))
    await writeFile(plugin, `#!/bin/sh\ncat ${plugin}.json\n`, { mode: 0o755 })
    await using server = await serve(
      { ...asking, rejectUnauthorized: true },
      { exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } },
    )
    expect(await server.connection.version()).toMatchObject({ gitVersion: 'dev' })
  })

  it.each([true, false])('says that the client certificate has expired, where the server hangs up: %s', async (rejectUnauthorized) => {
    await using server = await serve({ ...asking, rejectUnauthorized }, identity(expiredUser))
    await expect(server.connection.version()).rejects.toMatchObject({
      code: 'ERR_KUBE_CERTIFICATE',
      message: expect.stringMatching(/^the client certificate of this context expired on /),
      hint: 'fetch a new kubeconfig',
    })
  })

  it('says that the server wants a client certificate', async () => {
    await using server = await serve({ ...asking, rejectUnauthorized: true }, {})
    await expect(server.connection.version()).rejects.toMatchObject({ code: expect.stringMatching(/ERR_KUBE_(CERTIFICATE|UNREACHABLE)/) })
  })

  it('says that the certificate of the server has expired', async () => {
    await using server = await serve({ cert: expired.cert, key: expired.key }, {})
    await expect(server.connection.version()).rejects.toMatchObject({
      code: 'ERR_KUBE_CERTIFICATE',
      message: expect.stringMatching(/^the certificate of https:\S+ has expired$/),
    })
  })

  it('refuses a broken CA and a broken client certificate before anything is sent', async () => {
    await expect(serve({ cert: local.cert, key: local.key }, {}, { 'certificate-authority-data': base64('hello') })).rejects.toMatchObject({
      code: 'ERR_KUBE_CONFIG_INVALID',
    })
    await expect(
      serve({ cert: local.cert, key: local.key }, { 'client-certificate-data': base64('x'), 'client-key-data': base64('y') }),
    ).rejects.toMatchObject({
      code: 'ERR_KUBE_CERTIFICATE',
    })
  })

  it('names the file of a certificate that is not there', async () => {
    await expect(
      serve({ cert: local.cert, key: local.key }, { 'client-certificate': '/gone/cert.pem', 'client-key': '/gone/key.pem' }),
    ).rejects.toMatchObject({
      code: 'ERR_KUBE_CONFIG_INVALID',
      message: expect.stringContaining('/gone/cert.pem'),
    })
  })
})

import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { credentialsOf } from '../../src/cluster/credentials.ts'
import { runExecPlugin } from '../../src/cluster/exec-plugin.ts'

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'converge-plugin-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

let number = 0
async function plugin(script: string): Promise<string> {
  const path = join(directory, `plugin-${++number}`)
  await writeFile(path, `#!/bin/sh\n${script}\n`)
  await chmod(path, 0o755)
  return path
}

const apiVersion = 'client.authentication.k8s.io/v1'
/** The shell replaces variables and commands in it. */
const answer = (status: object) => `cat <<END\n${JSON.stringify({ apiVersion, kind: 'ExecCredential', status })}\nEND`
const cluster = { server: 'https://a.example', 'certificate-authority-data': 'Y2E=' }

describe('a credential plugin', () => {
  it('gives a token, with its arguments and environment', async () => {
    const command = await plugin(answer({ token: '$1-$EXTRA', expirationTimestamp: '2030-01-01T00:00:00Z' }))
    const exec = { apiVersion, command, args: ['arg'], env: [{ name: 'EXTRA', value: 'extra' }] }
    expect(await runExecPlugin(exec, cluster, process.env)).toMatchObject({ token: 'arg-extra', expires: Date.UTC(2030, 0) })
  })

  it('is told the cluster where it wants to know', async () => {
    const command = await plugin(`printf '%s' "$KUBERNETES_EXEC_INFO" > ${directory}/info; ${answer({ token: 't' })}`)
    await runExecPlugin({ apiVersion, command, provideClusterInfo: true }, cluster, process.env)
    const { readFile } = await import('node:fs/promises')
    expect(JSON.parse(await readFile(`${directory}/info`, 'utf8'))).toEqual({
      apiVersion,
      kind: 'ExecCredential',
      spec: { interactive: false, cluster: { server: 'https://a.example', 'certificate-authority-data': 'Y2E=' } },
    })
  })

  it('that hangs is ended with the last who waits for it', async () => {
    const command = await plugin(`echo $$ > ${directory}/hanging; exec sleep 1000`)
    const credentials = await credentialsOf({ exec: { apiVersion, command } }, cluster, process.env)
    const stop = new AbortController()
    const waiting = credentials.headers(stop.signal)
    const { readFile } = await import('node:fs/promises')
    const pid = await vi.waitFor(async () => Number((await readFile(`${directory}/hanging`, 'utf8')).trim() || Number.NaN), 10_000)
    expect(pid).toBeGreaterThan(0)
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), 10_000)
  })

  it('may give a client certificate', async () => {
    const command = await plugin(answer({ clientCertificateData: 'CERT', clientKeyData: 'KEY' }))
    const credentials = await credentialsOf({ exec: { apiVersion, command } }, cluster, process.env)
    expect(await credentials.certificate()).toEqual({ cert: 'CERT', key: 'KEY' })
    expect(await credentials.headers()).toEqual({})
  })

  it('runs once until its credential expires or is refused', async () => {
    const log = join(directory, 'runs')
    const command = await plugin(`echo run >> ${log}; ${answer({ token: `$(grep -c run ${log})` })}`)
    const credentials = await credentialsOf({ exec: { apiVersion, command } }, cluster, process.env)
    const headers = await Promise.all([credentials.headers(), credentials.headers(), credentials.headers()])
    expect(headers.map(({ authorization }) => authorization)).toEqual(['Bearer 1', 'Bearer 1', 'Bearer 1'])
    expect(credentials.renew()).toBe(true)
    expect(await credentials.headers()).toEqual({ authorization: 'Bearer 2' })
  })

  it('runs again after its credential expired', async () => {
    const log = join(directory, 'expired')
    const command = await plugin(
      `echo run >> ${log}; ${answer({ token: `$(grep -c run ${log})`, expirationTimestamp: '2020-01-01T00:00:00Z' })}`,
    )
    const credentials = await credentialsOf({ exec: { apiVersion, command } }, cluster, process.env)
    expect([await credentials.headers(), await credentials.headers()]).toEqual([
      { authorization: 'Bearer 1' },
      { authorization: 'Bearer 2' },
    ])
  })

  it.each([
    ['missing', async () => 'converge-no-such-plugin', /cannot run the credential plugin converge-no-such-plugin: it is not installed/],
    ['failing', () => plugin('echo "login expired, token=abc123" >&2; exit 3'), /exited with 3/],
    ['printing garbage', () => plugin('echo s3cr3t'), /did not answer with an ExecCredential in JSON/],
    ['printing something else', () => plugin(`echo '{"kind":"Pod","s3cr3t":1}'`), /did not answer with an ExecCredential/],
    [
      'answering in another version',
      () => plugin(`echo '{"kind":"ExecCredential","apiVersion":"x/v0","status":{"token":"s3cr3t"}}'`),
      /answered in x\/v0/,
    ],
    ['giving nothing', () => plugin(answer({})), /neither a token nor a client certificate/],
  ])('that is %s is an error without its secrets', async (_, make, message) => {
    const exec = { apiVersion, command: await make(), installHint: 'install it from example.org' }
    const error = await runExecPlugin(exec, cluster, process.env).catch((error) => error)
    expect(error).toMatchObject({ code: 'ERR_KUBE_EXEC_PLUGIN', message: expect.stringMatching(message) })
    const all = JSON.stringify([error.message, error.hint, error.details])
    expect(all).not.toContain('s3cr3t')
    expect(all).not.toContain('abc123')
    if (exec.command === 'converge-no-such-plugin') expect(error.hint).toBe('install it from example.org')
  })
})

import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectionSettings } from '../../src/cluster/connect-options.ts'
import { credentialsOf } from '../../src/cluster/credentials.ts'
import { chooseContext, loadKubeconfig } from '../../src/cluster/kubeconfig.ts'
import { isConvergeError } from '../../src/errors.ts'

let directory: string
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'converge-kubeconfig-'))
})
afterEach(() => rm(directory, { recursive: true, force: true }))

async function file(name: string, text: string, mode = 0o600): Promise<string> {
  const path = join(directory, name)
  await writeFile(path, text, { mode })
  await chmod(path, mode)
  return path
}

const two = `
apiVersion: v1
kind: Config
current-context: staging
clusters:
- name: a
  cluster: {server: "https://a.example:6443", certificate-authority: ca.crt}
- name: b
  cluster: {server: "https://b.example", tls-server-name: inner}
users:
- name: u
  user: {tokenFile: secrets/token, client-certificate: /abs/cert.pem}
contexts:
- name: staging
  context: {cluster: a, user: u, namespace: shop}
- name: production
  context: {cluster: b, user: u}
`

describe('a kubeconfig', () => {
  it('gives the current context, or a named one', async () => {
    const config = await loadKubeconfig(await file('config', two))
    expect(chooseContext(config)).toMatchObject({ name: 'staging', namespace: 'shop', cluster: { server: 'https://a.example:6443' } })
    expect(chooseContext(config, 'production')).toMatchObject({
      name: 'production',
      namespace: 'default',
      cluster: { 'tls-server-name': 'inner' },
    })
  })

  it('has paths below its own directory', async () => {
    const { cluster, user } = chooseContext(await loadKubeconfig(await file('config', two)))
    expect(cluster['certificate-authority']).toBe(join(directory, 'ca.crt'))
    expect(user).toMatchObject({ tokenFile: join(directory, 'secrets/token'), 'client-certificate': '/abs/cert.pem' })
  })

  it('may be several files, of which the first that names something wins and missing ones are skipped', async () => {
    const first = await file('first', 'current-context: production\nclusters: [{name: b, cluster: {server: "https://first"}}]')
    const config = await loadKubeconfig([first, join(directory, 'missing'), await file('second', two)].join(delimiter))
    expect(chooseContext(config)).toMatchObject({ name: 'production', cluster: { server: 'https://first' } })
    expect(config.files).toHaveLength(2)
  })

  it('may be JSON', async () => {
    const path = await file(
      'config',
      JSON.stringify({
        'current-context': 'x',
        contexts: [{ name: 'x', context: { cluster: 'c' } }],
        clusters: [{ name: 'c', cluster: { server: 'http://s' } }],
      }),
    )
    expect(chooseContext(await loadKubeconfig(path))).toMatchObject({ cluster: { server: 'http://s' }, user: {} })
  })

  it.each([
    ['empty', '', 'ERR_KUBE_CONFIG_EMPTY', /is empty/],
    ['a comment', '# nothing\n', 'ERR_KUBE_CONFIG_EMPTY', /is empty/],
    ['broken', 'users:\n- name: u\n  user: {token: "s3cr3t\n', 'ERR_KUBE_CONFIG_INVALID', /is not YAML/],
    ['broken JSON', '{"users": [{"token": "s3cr3t", }', 'ERR_KUBE_CONFIG_INVALID', /is not YAML/],
    ['a list', '[1]', 'ERR_KUBE_CONFIG_INVALID', /is not a mapping/],
    ['another kind', 'kind: Secret', 'ERR_KUBE_CONFIG_INVALID', /of kind Secret/],
    ['without contexts', 'kind: Config', 'ERR_KUBE_CONTEXT_UNKNOWN', /holds no context/],
    ['without a current context', two.replace('current-context: staging', ''), 'ERR_KUBE_CONTEXT_UNKNOWN', /no current context/],
    ['pointing at no cluster', two.replace('{cluster: a,', '{cluster: gone,'), 'ERR_KUBE_CONFIG_INVALID', /names cluster "gone"/],
    ['pointing at no user', two.replace('user: u, namespace', 'user: gone, namespace'), 'ERR_KUBE_CONFIG_INVALID', /names user "gone"/],
    ['without a server', two.replace('server: "https://a.example:6443", ', ''), 'ERR_KUBE_CONFIG_INVALID', /has no server/],
    ['a list that is none', 'clusters: 3', 'ERR_KUBE_CONFIG_INVALID', /clusters .* is not a list/],
  ])('that is %s is refused by name', async (_, text, code, message) => {
    const error = await loadKubeconfig(await file('config', text))
      .then(chooseContext, (error) => Promise.reject(error))
      .catch((error) => error)
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('s3cr3t')
  })

  it('that does not exist, or is a directory, is named', async () => {
    await expect(loadKubeconfig(join(directory, 'gone'))).rejects.toMatchObject({
      code: 'ERR_KUBE_CONFIG_MISSING',
      message: expect.stringContaining(join(directory, 'gone')),
    })
    await mkdir(join(directory, 'dir'))
    await expect(loadKubeconfig(join(directory, 'dir'))).rejects.toMatchObject({
      code: 'ERR_KUBE_CONFIG_UNREADABLE',
      message: expect.stringContaining('directory'),
    })
  })

  it('with an unknown context lists those that there are and the nearest', async () => {
    const config = await loadKubeconfig(await file('config', two))
    expect(() => chooseContext(config, 'prodcution')).toThrow(
      expect.objectContaining({
        code: 'ERR_KUBE_CONTEXT_UNKNOWN',
        hint: 'did you mean "production"?',
        details: ['contexts: staging, production'],
      }),
    )
  })

  it('that everybody can read is warned of', async () => {
    const warnings: string[] = []
    await loadKubeconfig(await file('open', two, 0o644), (message) => warnings.push(message))
    await loadKubeconfig(await file('closed', two, 0o600), (message) => warnings.push(message))
    expect(warnings).toEqual([`the kubeconfig ${join(directory, 'open')} can be read by every user of this machine`])
  })

  it('of any content gives contexts or an error of the family, and never its text', async () => {
    const path = join(directory, 'fuzz')
    const junk = fc.oneof(
      fc.string(),
      fc.string().map((text) => `users:\n- name: ${text}\n  user:\n    token: t0k3n-${text}`),
      fc.json(),
    )
    await fc.assert(
      fc.asyncProperty(junk, async (text) => {
        await writeFile(path, text)
        const outcome = await loadKubeconfig(path)
          .then((config) => chooseContext(config))
          .catch((error) => error)
        if (outcome instanceof Error) {
          expect(isConvergeError(outcome)).toBe(true)
          expect(outcome.message).not.toContain('t0k3n')
        }
      }),
      { numRuns: 300 },
    )
  })
})

describe('the options of the command line', () => {
  const settings = (options: object) => connectionSettings({ ...options }, {})

  it('lie above the file', async () => {
    const kubeconfig = await file('config', two)
    expect(
      await settings({
        kubeconfig,
        apiServer: 'https://other',
        token: 't',
        asUser: 'u',
        asGroups: ['g'],
        tlsServerName: 's',
        insecureSkipTlsVerify: true,
        caFile: '/ca',
      }),
    ).toMatchObject({
      context: 'staging',
      cluster: { server: 'https://other', 'tls-server-name': 's', 'insecure-skip-tls-verify': true, 'certificate-authority': '/ca' },
      user: { token: 't', as: 'u', 'as-groups': ['g'], tokenFile: undefined },
    })
  })

  it('need no file where they name the server', async () => {
    const kubeconfig = join(directory, 'gone')
    expect(await settings({ kubeconfig, apiServer: 'https://other', token: 't' })).toMatchObject({
      cluster: { server: 'https://other' },
      namespace: 'default',
    })
    expect(await settings({ kubeconfig: '/dev/null', apiServer: 'localhost:8080' })).toMatchObject({
      cluster: { server: 'http://localhost:8080' },
    })
    await expect(settings({ kubeconfig, apiServer: 'https://other', context: 'x' })).rejects.toMatchObject({
      code: 'ERR_KUBE_CONFIG_MISSING',
    })
  })

  it.each([
    ['a number for a token', 'users: [{name: u, user: {token: 123456}}]', 'token of user "u" in the kubeconfig FILE is not text'],
    ['a number for a server', 'clusters: [{name: c, cluster: {server: 6443}}]', 'server of cluster "c" in the kubeconfig FILE is not text'],
    ['a list for a context', 'contexts: [{name: x, context: {user: [a]}}]', 'user of context "x" in the kubeconfig FILE is not text'],
  ])('are refused with %s', async (_, text, message) => {
    const path = await file('config', text)
    await expect(loadKubeconfig(path)).rejects.toMatchObject({
      code: 'ERR_KUBE_CONFIG_INVALID',
      message: message.replace('FILE', path),
    })
  })

  it.each(['abc\ndef', 'a b', 'ä'])('have no token %j, and do not show it', async (token) => {
    const { headers } = await credentialsOf({ token }, {}, {}).then(
      (credentials) => credentials,
      (error) => ({ headers: () => Promise.reject(error) }),
    )
    const error = (await headers().catch((reason) => reason)) as Error
    expect(error).toMatchObject({ code: 'ERR_KUBE_CONFIG_INVALID' })
    expect(error.message).not.toContain(token)
  })

  it('are refused where they make no sense', async () => {
    const kubeconfig = await file('config', two)
    await expect(settings({ kubeconfig, asGroups: ['g'] })).rejects.toMatchObject({ message: '--kube-as-group needs --kube-as-user' })
    await expect(settings({ kubeconfig, apiServer: 'ftp://x' })).rejects.toMatchObject({
      message: '"ftp://x" is not the address of an API server',
    })
  })
})

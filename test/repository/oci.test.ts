import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { packChart } from '../../src/cli/chart-package.ts'
import { writeTree } from '../cli/files.ts'
import { converge, root, run } from '../e2e/process.ts'
import { helmBinary } from '../oracle/helm.ts'
import { putChart, startRegistry, type TestRegistry } from './registry.ts'

const helm = await helmBinary()
const versions = ['1.2.3', '1.10.0', '2.0.0-rc.1', '1.11.0+build.7']
const archives = new Map<string, Buffer>()
let registry: TestRegistry
/** An environment in which Helm and converge find nothing of the machine's user. */
let env: Record<string, string>
let home: string

beforeAll(async () => {
  home = writeTree({ 'empty/x': '' })
  env = {
    HOME: home,
    HELM_CONFIG_HOME: path.join(home, 'helm'),
    HELM_CACHE_HOME: path.join(home, 'cache'),
    XDG_CACHE_HOME: path.join(home, 'own'),
  }
  registry = await startRegistry()
  for (const version of versions) {
    const cwd = writeTree({
      'lib/Chart.yaml': `apiVersion: v2\nname: lib\nversion: ${version}\n`,
      'lib/templates/x.yaml': 'a: {{ .Chart.Version }}\n',
    })
    const archive = await packChart(path.join(cwd, 'lib'), 'lib')
    archives.set(version, archive)
    putChart(registry, 'team/charts/lib', version, archive)
  }
  registry.manifests.set('team/charts/lib:latest', registry.manifests.get('team/charts/lib:1.2.3')!)
})
afterAll(() => registry.close())

async function rendered(words: string[], more: Record<string, string> = {}): Promise<string> {
  const { status, stdout, output } = await converge(['render', ...words, '--release', 'r'], { cwd: home, env: { ...env, ...more } })
  return status === 0 ? (/^a: (.*)$/m.exec(stdout)?.[1] ?? output) : output
}

describe('converge render oci://', () => {
  test.each([
    ['', [], '1.11.0+build.7'],
    ['', ['--version', '1.2.3'], '1.2.3'],
    ['', ['--version', '^1.2.0'], '1.11.0+build.7'],
    ['', ['--version', '<1.10.0'], '1.2.3'],
    ['', ['--version=2.0.0-rc.1'], '2.0.0-rc.1'],
    ['', ['--chart-version', '1.11.0+build.7'], '1.11.0+build.7'],
    [':1.10.0', [], '1.10.0'],
    [':1.10.0', ['--version', '1.10.0'], '1.10.0'],
  ])('lib%s %j', async (tag, words, version) => {
    const chart = `oci://${registry.host}/team/charts/lib${tag}`
    expect(await rendered([chart, ...words, '--plain-http'])).toBe(version)
    if (!helm) return
    const theirs = words.map((word) => word.replace('--chart-version', '--version'))
    const { stdout } = await run(helm, ['template', 'r', chart, ...theirs, '--plain-http'], { cwd: home, env })
    expect(/^a: (.*)$/m.exec(stdout)?.[1]).toBe(version)
  })

  test('a digest', async () => {
    const digest = putChart(registry, 'team/charts/lib', '1.2.3', archives.get('1.2.3')!)
    expect(await rendered([`oci://${registry.host}/team/charts/lib@${digest}`, '--plain-http'])).toBe('1.2.3')
  })

  test.each([
    [['--version', '^3'], 'no version of oci://'],
    [['--version', '9.9.9'], 'MANIFEST_UNKNOWN: no 9.9.9 here'],
  ])('%j is refused', async (words, reason) => {
    expect(await rendered([`oci://${registry.host}/team/charts/lib`, ...words, '--plain-http'])).toContain(reason)
  })

  test('a mismatch, another repository, no reference, and TLS where there is none are refused', async () => {
    const base = `oci://${registry.host}/team/charts`
    expect(await rendered([`${base}/lib:1.2.3`, '--version', '1.10.0', '--plain-http'])).toContain('1.10.0 is not 1.2.3')
    expect(await rendered([`${base}/other`, '--plain-http'])).toContain('NAME_UNKNOWN: no such repository')
    expect(await rendered(['oci://UPPER/CASE', '--plain-http'])).toContain('no reference to a chart')
    expect(await rendered([`${base}/lib`])).toContain('--plain-http')
  })

  test('a blob that is not what its digest says is refused', async () => {
    const spoiled = await startRegistry()
    putChart(spoiled, 'lib', '1.2.3', archives.get('1.2.3')!)
    for (const digest of spoiled.blobs.keys()) spoiled.blobs.set(digest, archives.get('1.10.0')!)
    expect(await rendered([`oci://${spoiled.host}/lib`, '--plain-http'])).toContain('is not what it says')
    spoiled.close()
  })
})

test('a chart of a registry is deployed', async () => {
  const chart = await packChart(path.join(root, 'charts-fixtures/shop'), 'shop')
  putChart(registry, 'team/shop', '0.1.0', chart)
  const words = [`oci://${registry.host}/team/shop`, '--plain-http', '--sandbox', '--version', '^0.1.0', '--no-logs']
  const { status, output } = await converge(words, { cwd: home, env })
  expect(status, output).toBe(0)
})

describe('who asks', () => {
  test.each(['bearer', 'basic'] as const)('%s: by the command line, the environment, helm registry login', async (scheme) => {
    const closed = await startRegistry({ scheme, user: 'anna', password: 'geheim:1' })
    putChart(closed, 'lib', '1.2.3', archives.get('1.2.3')!)
    const chart = `oci://${closed.host}/lib`
    const nobody = await rendered([chart, '--plain-http'])
    expect(nobody).toContain(`helm registry login ${closed.host}`)
    expect(await rendered([chart, '--plain-http', '--username', 'anna', '--password', 'falsch'])).toContain('401')
    expect(await rendered([chart, '--plain-http', '--username', 'anna', '--password', 'geheim:1'])).toBe('1.2.3')
    expect(await rendered([chart, '--plain-http', '--username', 'anna'], { CONVERGE_PASSWORD: 'geheim:1' })).toBe('1.2.3')
    const auths = { [closed.host]: { auth: Buffer.from('anna:geheim:1').toString('base64') } }
    writeFileSync(path.join(home, 'login.json'), JSON.stringify({ auths }))
    expect(await rendered([chart, '--plain-http'], { HELM_REGISTRY_CONFIG: path.join(home, 'login.json') })).toBe('1.2.3')
    const helper =
      '#!/bin/sh\nread -r server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"anna\\",\\"Secret\\":\\"geheim:1\\"}"\n'
    writeFileSync(path.join(home, 'docker-credential-test'), helper, { mode: 0o755 })
    writeFileSync(path.join(home, 'config.json'), JSON.stringify({ credsStore: 'test' }))
    expect(await rendered([chart, '--plain-http'], { DOCKER_CONFIG: home, PATH: `${home}:${process.env.PATH}` })).toBe('1.2.3')
    closed.close()
  })
})

describe('dependencies', () => {
  const project = (repository: string, version: string) =>
    writeTree({
      'app/Chart.yaml': `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: lib, version: "${version}", repository: "${repository}"}\n`,
    })

  test.each(['^1.2.0', '1.2.3', '~1.10', '>0.0.0-0'])('oci:// %s: as Helm chooses, locks and builds it', async (version) => {
    const repository = `oci://${registry.host}/team/charts`
    const cwd = project(repository, version)
    const { status, output } = await converge(['dependency', 'update', 'app', '--plain-http'], { cwd, env })
    expect([status, output]).toEqual([0, expect.stringMatching(/^saved lib /)])
    const found = readdirSync(path.join(cwd, 'app/charts'))
    const lock = readFileSync(path.join(cwd, 'app/Chart.lock'), 'utf8').replace(/generated: .*\n/, '')
    expect((await converge(['dependency', 'build', 'app', '--plain-http'], { cwd, env })).status).toBe(0)
    expect((await converge(['render', 'app', '--release', 'r'], { cwd, env })).stdout).toContain(
      '# Source: app/charts/lib/templates/x.yaml',
    )
    if (!helm) return
    const other = project(repository, version)
    const theirs = await run(helm, ['dependency', 'update', 'app', '--plain-http'], { cwd: other, env })
    expect(theirs.status, theirs.output).toBe(0)
    expect(found).toEqual(readdirSync(path.join(other, 'app/charts')))
    expect(lock).toBe(readFileSync(path.join(other, 'app/Chart.lock'), 'utf8').replace(/generated: .*\n/, ''))
    for (const name of found)
      expect(readFileSync(path.join(cwd, 'app/charts', name))).toEqual(readFileSync(path.join(other, 'app/charts', name)))
  })

  test.skipIf(!helm)('what helm push put there', async () => {
    const cwd = writeTree({
      'own/Chart.yaml': 'apiVersion: v2\nname: own\nversion: 0.3.0+x.1\n',
      'own/templates/x.yaml': 'a: {{ .Chart.Version }}\n',
    })
    expect((await run(helm!, ['package', 'own'], { cwd, env })).status).toBe(0)
    const pushed = await run(helm!, ['push', 'own-0.3.0+x.1.tgz', `oci://${registry.host}/pushed`, '--plain-http'], { cwd, env })
    expect(pushed.status, pushed.output).toBe(0)
    expect(await rendered([`oci://${registry.host}/pushed/own`, '--plain-http'])).toBe('0.3.0+x.1')
  })
})

describe('repositories with an index', () => {
  test('by --repo, by name, as @name and alias:name, and the URL of an archive', async () => {
    const seen: string[] = []
    const server = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization ?? ''}`)
      const version = /lib-(.*)\.tgz/.exec(decodeURIComponent(request.url ?? ''))?.[1]
      if (version) return void response.end(archives.get(version))
      if (request.headers.authorization !== `Basic ${Buffer.from('anna:geheim').toString('base64')}`)
        return void response.writeHead(401).end()
      const entries = versions.map((name) => `  - {apiVersion: v2, name: lib, version: "${name}", urls: [charts/lib-${name}.tgz]}\n`)
      response.end(`apiVersion: v1\nentries:\n  lib:\n${entries.join('')}`)
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stable`
    mkdirSync(path.join(home, 'helm'), { recursive: true })
    const repositories = { apiVersion: '', repositories: [{ name: 'stable', url, username: 'anna', password: 'geheim' }] }
    writeFileSync(path.join(home, 'helm/repositories.yaml'), JSON.stringify(repositories))
    expect(await rendered(['lib', '--repo', url, '--username', 'anna', '--password', 'geheim', '--version', '~1.2'])).toBe('1.2.3')
    expect(await rendered(['lib', '--repo', url])).toContain('401')
    expect(await rendered(['stable/lib'])).toBe('1.11.0+build.7')
    expect(await rendered(['stable/none'])).toContain('there is no chart of that name')
    expect(await rendered([`${url}/charts/lib-1.10.0.tgz`])).toBe('1.10.0')
    for (const repository of ['@stable', 'alias:stable', url]) {
      const files = {
        'app/Chart.yaml': `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: lib, version: ~1.2.0, repository: "${repository}"}\n`,
      }
      const cwd = writeTree(files)
      expect((await converge(['dependency', 'update', 'app'], { cwd, env })).output).toBe('saved lib 1.2.3\n')
      if (!helm) continue
      const other = writeTree(files)
      const theirs = await run(helm, ['dependency', 'update', 'app'], { cwd: other, env })
      expect(theirs.status, theirs.output).toBe(0)
      const lock = (directory: string) => readFileSync(path.join(directory, 'app/Chart.lock'), 'utf8').replace(/generated: .*\n/, '')
      expect(lock(cwd)).toBe(lock(other))
    }
    const cwd = writeTree({
      'app/Chart.yaml': 'apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: lib, version: 1.2.3, repository: "@other"}\n',
    })
    const { status, stderr } = await converge(['dependency', 'update', 'app'], { cwd, env })
    expect([status, stderr]).toEqual([1, expect.stringContaining('no repository is named "other"')])
    server.close()
  })
})

import { createHash } from 'node:crypto'
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { converge, run } from '../e2e/process.ts'
import { helmBinary } from '../oracle/helm.ts'
import { writeTree } from './files.ts'

const helm = await helmBinary()

function project(repository: string, version = '^1.0.0'): Record<string, string> {
  return {
    'app/Chart.yaml': `apiVersion: v2\nname: app\nversion: 1.0.0\ndependencies:\n- {name: lib, version: "${version}", repository: "${repository}"}\n`,
    'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.2.3\n',
    'lib/values.yaml': 'own: 1\n',
    'lib/templates/x.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: lib}\n',
  }
}

describe('file://', () => {
  test('is packed, locked as Helm locks it, and rendered', async () => {
    const cwd = writeTree(project('file://../lib'))
    expect((await converge(['dependency', 'list', 'app'], { cwd })).stdout).toContain('missing')
    expect((await converge(['lint', 'app'], { cwd })).status).toBe(1)
    expect(await converge(['dependency', 'update', 'app'], { cwd })).toMatchObject({ status: 0, stdout: 'saved lib 1.2.3\n' })
    expect(readdirSync(path.join(cwd, 'app/charts'))).toEqual(['lib-1.2.3.tgz'])
    // What Helm 4.2.3 writes for the same dependencies.
    expect(readFileSync(path.join(cwd, 'app/Chart.lock'), 'utf8')).toContain(
      'digest: sha256:8ec27bb01774a45d7a59f0152417ffd6240b8a4e3ddcc3ca1daed8f6e41a0d80\n',
    )
    expect((await converge(['render', 'app'], { cwd })).stdout).toContain('name: lib')
    expect(await converge(['dependency', 'build', 'app'], { cwd })).toMatchObject({ status: 0 })
    const listed = await converge(['dependency', 'list', 'app'], { cwd })
    expect(listed.stdout).toContain('\tok')
    if (!helm) return
    expect(listed.stdout).toBe((await run(helm, ['dependency', 'list', 'app'], { cwd })).stdout)
    expect((await run(helm, ['dependency', 'build', 'app'], { cwd })).status).toBe(0)
  })

  test.each([
    ['file://../lib', '^2.0.0', 'there are 1.2.3'],
    ['oci://127.0.0.1:1/charts', '1', 'cannot get https://127.0.0.1:1/v2/charts/lib/'],
    ['', '1', 'is not in charts/'],
    ['http://127.0.0.1:1', '1', 'cannot get http'],
  ])('%s %s is refused', async (repository, version, words) => {
    const cwd = writeTree(project(repository, version))
    const { status, stderr } = await converge(['dependency', 'update', 'app'], { cwd })
    expect([status, stderr]).toEqual([1, expect.stringContaining(words)])
    expect(readdirSync(path.join(cwd, 'app'))).toEqual(['Chart.yaml'])
  })
})

describe('http', () => {
  let server: Server
  let repository: string
  const archives = new Map<string, Buffer>()
  let digestOf = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')

  beforeAll(async () => {
    for (const version of ['1.2.3', '1.10.0', '2.0.0-rc.1']) {
      const cwd = writeTree({
        ...project('file://../lib', '>=0.0.0-0'),
        'lib/Chart.yaml': `apiVersion: v2\nname: lib\nversion: ${version}\n`,
      })
      const { status, output } = await converge(['dependency', 'update', 'app'], { cwd })
      if (status !== 0) throw new Error(output)
      archives.set(version, readFileSync(path.join(cwd, `app/charts/lib-${version}.tgz`)))
    }
    server = createServer((request, response) => {
      const version = /lib-(.*)\.tgz/.exec(request.url ?? '')?.[1]
      if (version) return void response.end(archives.get(version))
      const entries = [...archives].map(
        ([name, bytes]) => `  - {version: "${name}", urls: [charts/lib-${name}.tgz], digest: ${digestOf(bytes)}}\n`,
      )
      response.end(`apiVersion: v1\nentries:\n  lib:\n${entries.join('')}`)
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    repository = `http://127.0.0.1:${(server.address() as AddressInfo).port}/stable`
  })
  afterAll(() => void server.close())

  test('the newest version that fits is taken, and the locked one by build', async () => {
    const cwd = writeTree(project(repository))
    expect((await converge(['dependency', 'update', 'app'], { cwd })).stdout).toBe('saved lib 1.10.0\n')
    expect(gunzipSync(readFileSync(path.join(cwd, 'app/charts/lib-1.10.0.tgz'))).toString()).toContain('version: 1.10.0')
    const copy = path.join(cwd, 'copy')
    cpSync(path.join(cwd, 'app'), copy, { recursive: true, filter: (file) => !file.endsWith('charts') })
    expect((await converge(['dependency', 'build', 'copy'], { cwd })).stdout).toBe('saved lib 1.10.0\n')
    writeFileSync(path.join(copy, 'Chart.yaml'), readFileSync(path.join(copy, 'Chart.yaml'), 'utf8').replace('^1.0.0', '~1.2.0'))
    const stale = await converge(['dependency', 'build', 'copy'], { cwd })
    expect([stale.status, stale.stderr]).toEqual([1, expect.stringContaining('out of sync')])
    expect((await converge(['dependency', 'update', 'copy'], { cwd })).stdout).toBe('saved lib 1.2.3\n')
    expect(readdirSync(path.join(copy, 'charts'))).toEqual(['lib-1.2.3.tgz'])
  })

  test('an archive with another digest is refused', async () => {
    digestOf = () => '00'.repeat(32)
    const { status, stderr } = await converge(['dependency', 'update', 'app'], { cwd: writeTree(project(repository)) })
    expect([status, stderr]).toEqual([1, expect.stringContaining('is not what the index of its repository says')])
  })
})

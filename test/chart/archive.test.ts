import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { readArchive } from '../../src/chart/archive.ts'
import { templateOutput } from '../../src/chart/output.ts'
import { renderChart } from '../../src/chart/render.ts'
import { readTar } from '../../src/chart/tar.ts'
import { isConvergeError } from '../../src/errors.ts'
import { helmBinary } from '../oracle/helm.ts'
import { type Entry, tar, tgz } from './archives.ts'
import { withChart } from './case.ts'

const chartYaml: Entry = { name: 'c/Chart.yaml', content: 'apiVersion: v2\nname: c\nversion: 1.0.0\n' }
const template: Entry = { name: 'c/templates/a.yaml', content: '# {{ .Chart.Name }} {{ range $f, $_ := .Files }}{{ $f }} {{ end }}\n' }
const sub = (name: string): Entry[] => [
  { name: `${name}/Chart.yaml`, content: `apiVersion: v2\nname: ${name}\nversion: 2.0.0\n` },
  { name: `${name}/templates/s.yaml`, content: '# {{ .Template.Name }}\n' },
]

const good: [name: string, entries: () => Promise<Entry[]> | Entry[]][] = [
  ['a plain chart', () => [chartYaml, template]],
  ['directories and unsorted files', () => [{ name: 'c/', type: 'directory' }, template, { name: 'c/z' }, { name: 'c/a' }, chartYaml]],
  ['long names', () => [chartYaml, template, { name: `c/${'long/'.repeat(40)}x.txt` }, { name: `c/${'é'.repeat(120)}` }]],
  ['a byte order mark', () => [{ ...chartYaml, content: `\uFEFF${chartYaml.content}` }, template]],
  ['backslashes', () => [chartYaml, template, { name: 'c\\files\\x.txt' }]],
  ['links within the chart', () => [chartYaml, template, { name: 'c/link', type: 'symlink', linkname: 'templates/a.yaml' }]],
  ['a subchart as archive', async () => [chartYaml, template, { name: 'c/charts/one-2.0.0.tgz', content: await tgz(sub('one')) }]],
  ['a subchart as directory', () => [chartYaml, template, ...sub('one').map((entry) => ({ ...entry, name: `c/charts/${entry.name}` }))]],
  ['another name at the top', () => [chartYaml, template].map((entry) => ({ ...entry, name: entry.name.replace('c/', 'other/') }))],
]

const refused: [name: string, entries: Entry[], reason: RegExp][] = [
  ['a path out of the chart', [chartYaml, { name: 'c/../../etc/passwd' }], /references parent directory/],
  ['a path that goes up at its start', [chartYaml, { name: 'c/..' }], /references parent directory/],
  ['an absolute path', [chartYaml, { name: 'c//etc/passwd' }], /absolute paths/],
  ['a drive letter', [chartYaml, { name: 'c/c:/x' }], /illegally named files/],
  ['a Chart.yaml at the root', [{ ...chartYaml, name: 'Chart.yaml' }], /outside the base directory: "Chart.yaml"/],
  ['a Chart.yaml as directory', [{ name: 'Chart.yaml/x' }], /chart yaml not in base directory/],
  ['nothing', [{ name: 'c/', type: 'directory' }], /no files in chart archive/],
  ['no Chart.yaml', [template], /no Chart\.yaml found/],
  [
    'a symbolic link out of the chart',
    [chartYaml, { name: 'c/x', type: 'symlink', linkname: '../../etc/passwd' }],
    /link out of the chart/,
  ],
  ['an absolute symbolic link', [chartYaml, { name: 'c/x', type: 'symlink', linkname: '/etc/passwd' }], /link out of the chart/],
  [
    'a file of more than 5 MiB',
    [chartYaml, { name: 'c/big', content: new Uint8Array(5 * 1024 * 1024 + 1) }],
    /larger than the maximum file size 5242880/,
  ],
]

function render(archive: Uint8Array): Promise<string> {
  return withChart({ name: '', files: {} }, (directory) => {
    const file = path.join(directory, 'c.tgz')
    writeFileSync(file, archive)
    return templateOutput(renderChart({ chart: file, releaseName: 'r', namespace: 'ns' }))
  })
}

async function failure(archive: Uint8Array): Promise<string> {
  try {
    await render(archive)
  } catch (error) {
    if (isConvergeError(error)) return [error.message, ...error.details].join('\n')
    throw error
  }
  throw new Error('it was rendered')
}

describe('archives', async () => {
  const helm = await helmBinary()

  test.skipIf(!helm).for(good)('%s renders as with Helm', async ([, entries]) => {
    const archive = await tgz(await entries())
    const theirs = await withChart({ name: '', files: {} }, async (directory) => {
      const file = path.join(directory, 'c.tgz')
      writeFileSync(file, archive)
      return (await promisify(execFile)(helm!, ['template', 'r', file, '-n', 'ns'])).stdout
    })
    expect(await render(archive)).toBe(theirs)
  })

  test.for(refused)('%s is refused', async ([, entries, reason]) => {
    expect(await failure(await tgz(entries))).toMatch(reason)
  })

  test('names what is refused', async () => {
    expect(await failure(await tgz([chartYaml, { name: 'c/../../etc/passwd' }]))).toContain('c/../../etc/passwd')
    expect(await failure(await tgz([chartYaml, { name: 'c/x', type: 'symlink', linkname: '../../y' }]))).toContain('c/x -> ../../y')
  })

  test('a bomb is refused by its size', async () => {
    const zeros = gzipSync(new Uint8Array(210 * 1024 * 1024))
    expect(zeros.length).toBeLessThan(1024 * 1024)
    expect(await failure(zeros)).toMatch(/decompressed chart is larger than the maximum size 104857600/)
  })

  test('many files that are too large together are refused', async () => {
    const content = new Uint8Array(4 * 1024 * 1024)
    const entries = Array.from({ length: 26 }, (_, i) => ({ name: `c/${i}`, content }))
    expect(await failure(await tgz([chartYaml, ...entries]))).toMatch(/larger than the maximum size 104857600/)
  })

  test('what is no archive is named for what it is', async () => {
    expect(await failure(Buffer.from('PK\x03\x04zip'))).toMatch(/does not appear to be a gzipped archive; got 'application\/zip'/)
    expect(await failure(Buffer.from('hello'))).toMatch(/got 'text\/plain; charset=utf-8'/)
    expect(await failure((await tgz([chartYaml])).subarray(0, 60))).toMatch(/unable to load chart archive/)
  })
})

describe('reading tar', () => {
  const name = fc.stringMatching(/^[a-z][a-z0-9/_é-]{0,200}[a-z]$/).filter((text) => !text.includes('//'))

  test('gives back what was written', async () => {
    const entries = fc.uniqueArray(fc.record({ name, content: fc.uint8Array({ maxLength: 2000 }) }), {
      selector: (entry) => entry.name,
      maxLength: 8,
    })
    await fc.assert(
      fc.asyncProperty(entries, async (written) => {
        const read = [...readTar(await tar(written))].map(({ name, data }) => ({ name, content: Uint8Array.from(data) }))
        expect(read).toEqual(written)
      }),
      { numRuns: 100 },
    )
  })

  test('a changed or cut archive never does worse than a ConvergeError', async () => {
    const archive = await tar([chartYaml, template, { name: `c/${'x'.repeat(150)}`, content: 'y' }])
    const changes = fc.array(fc.record({ at: fc.nat(archive.length - 1), byte: fc.nat(255) }), { maxLength: 6 })
    fc.assert(
      fc.property(changes, fc.nat(archive.length), (bytes, length) => {
        const changed = Uint8Array.from(archive.subarray(0, length))
        for (const { at, byte } of bytes) if (at < length) changed[at] = byte
        try {
          readArchive(gzipSync(changed))
        } catch (error) {
          if (!isConvergeError(error)) throw error
        }
      }),
      { numRuns: 300 },
    )
  })
})

import { execFile } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { render } from '../../src/chart/render.ts'
import { fetchSchema } from '../../src/cluster/remote-schema.ts'
import { messageOf } from '../../src/errors.ts'
import { helmBinary } from '../oracle/helm.ts'
import { chart, withChart } from './case.ts'

const schemas: Record<string, unknown> = {
  '/definitions.json': {
    $schema: 'http://json-schema.org/draft-07/schema#',
    definitions: { port: { type: 'integer', maximum: 65535 }, far: { $ref: 'more.json#/definitions/name' } },
  },
  '/more.json': { $schema: 'http://json-schema.org/draft-07/schema#', definitions: { name: { type: 'string' } } },
}
const server = createServer((request, response) => {
  const schema = schemas[request.url ?? '']
  if (!schema) response.statusCode = 404
  response.end(JSON.stringify(schema ?? {}))
})
let base = ''

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

function withSchema(properties: Record<string, unknown>) {
  const schema = { $schema: 'http://json-schema.org/draft-07/schema#', properties }
  return { name: '', files: chart({ 'values.schema.json': JSON.stringify(schema), 'templates/a.yaml': '# fine\n' }) }
}

const cases: [name: string, properties: () => Record<string, unknown>, line: string][] = [
  ['what holds', () => ({ port: { $ref: `${base}/definitions.json#/definitions/port` } }), 'port=80'],
  ['what does not hold', () => ({ port: { $ref: `${base}/definitions.json#/definitions/port` } }), 'port=70000'],
  ['a reference of the reference', () => ({ name: { $ref: `${base}/definitions.json#/definitions/far` } }), 'name=5'],
  ['a schema that is not there', () => ({ name: { $ref: `${base}/none.json` } }), 'name=5'],
]

test.for(cases)('schemas on other servers: %s', async ([, properties, line]) => {
  const helm = await helmBinary()
  await withChart(withSchema(properties()), async (directory) => {
    const at = path.join(directory, 'c')
    const options = { chart: at, releaseName: 'r', namespace: 'ns', values: { set: [line] }, fetchSchema }
    const ours = await render(options).then(() => 'rendered', messageOf)
    if (!helm) return
    const theirs = await promisify(execFile)(helm, ['template', 'r', at, '-n', 'ns', '--set', line]).then(
      () => 'rendered',
      (error: { stderr: string }) => error.stderr.replace(/^Error: /, '').replace(/\n$/, ''),
    )
    expect(ours).toBe(theirs)
  })
})

test('without a way to fetch them, they fail by name', async () => {
  await withChart(withSchema({ port: { $ref: `${base}/definitions.json#/definitions/port` } }), async (directory) => {
    const failure = render({ chart: path.join(directory, 'c'), releaseName: 'r', namespace: 'ns' })
    await expect(failure).rejects.toThrow(`failing loading "${base}/definitions.json"`)
  })
})

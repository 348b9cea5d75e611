import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { helmBinary } from '../oracle/helm.ts'
import { cases } from './cases.ts'
import goldens from './goldens/engine.json' with { type: 'json' }
import { type Answer, askHelm } from './helm-runs.ts'
import { askOurs } from './our-runs.ts'

const answers = new Map((goldens as ({ template: string } & Answer)[]).map(({ template, ...answer }, i) => [`${i} ${template}`, answer]))
const binary = await helmBinary()

test('every case has an answer of Helm', () => {
  expect([...answers.keys()]).toEqual(cases.map(({ template }, i) => `${i} ${template}`))
})

test.each(cases.map((item, i) => ({ ...item, key: `${i} ${item.template}` })))('renders as Helm: $key', ({ key, ...item }) => {
  expect(askOurs(item)).toEqual(answers.get(key))
})

test.skipIf(!binary)(
  'the answers are those of the binary',
  async () => {
    const directory = await mkdtemp(path.join(tmpdir(), 'engine-'))
    const sample = cases.map((item, i) => ({ item, key: `${i} ${item.template}` })).filter((_, i) => i % 16 === 0)
    for (const { item, key } of sample) expect(await askHelm(binary!, directory, item), key).toEqual(answers.get(key))
  },
  60_000,
)

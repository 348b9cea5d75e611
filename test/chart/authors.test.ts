import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { converge } from '../e2e/process.ts'
import { helmBinary } from '../oracle/helm.ts'
import { type Answer, askHelm, charts, commandLines, common, goldensFile, wordsOf } from './authors.ts'

const answers = JSON.parse(readFileSync(goldensFile, 'utf8')) as Answer[]
const helm = await helmBinary()

test.each(answers.map((answer) => [answer.words, answer] as const))('render %s', async (words, { output, error }) => {
  const ours = await converge(['render', ...wordsOf(words), '--release', 'rel', ...common], { cwd: charts })
  if (output !== undefined) expect([ours.status, ours.stdout]).toEqual([0, output])
  else {
    expect([ours.status, ours.stdout]).toEqual([1, ''])
    expect(ours.stderr.replaceAll(charts, '').slice('✗ '.length, '✗ '.length + error!.length)).toBe(error)
  }
})

test.skipIf(!helm)(
  'the answers are those of the Helm binary',
  async () => {
    expect(answers.map(({ words }) => words)).toEqual(commandLines())
    for (const answer of answers) expect(await askHelm(helm!, answer.words)).toEqual(answer)
  },
  120_000,
)

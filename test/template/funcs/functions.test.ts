import { describe, expect, test } from 'vitest'
import { functions } from '../../../src/template/funcs/index.ts'
import { helmBinary } from '../../oracle/helm.ts'
import { askHelm } from './oracle.ts'
import { renderSnippet } from './render.ts'
import { readGoldens, snippetFamilies } from './snippets.ts'

const families = snippetFamilies()
const helm = await helmBinary()

describe.each([...families])('%s', (family, templates) => {
  const goldens = readGoldens(family)

  test('goldens are of these snippets', () => {
    expect(goldens.map((golden) => golden.template)).toEqual([...new Set(templates)])
  })

  test.each(goldens.map((golden) => [golden.template, golden] as const))('%s', (template, golden) => {
    expect(renderSnippet(template)).toEqual(golden)
  })

  test.skipIf(helm === undefined)('goldens are what Helm gives', { timeout: 300_000 }, async () => {
    const failing = goldens.filter((golden) => golden.error !== undefined).map((golden) => golden.template)
    expect(await askHelm(helm!, templates, failing)).toEqual(goldens)
  })
})

test.each([...functions])('the example of %s holds', (name, { example }) => {
  expect(example.template).toContain(name)
  const { output } = renderSnippet(example.template)
  if ('output' in example) expect(output).toBe(example.output)
  else expect(output).toMatch(example.shape)
})

import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { documentFile, functionsDocument } from '../../../scripts/functions-doc.ts'
import { functions } from '../../../src/template/funcs/index.ts'

test('docs/functions.md is what the registry says; `npm run docs` writes it', () => {
  expect(readFileSync(documentFile, 'utf8')).toBe(functionsDocument())
})

test.each([...functions])('%s has a sentence', (_, { doc }) => {
  expect(doc).toMatch(/^[A-Z].*\.$/s)
})

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { ownAnnotations } from '../../src/pipeline/check.ts'

it('docs/annotations.md has every annotation that is read, and no other', () => {
  const text = readFileSync('docs/annotations.md', 'utf8')
  const rows = text.split('\n').filter((line) => line.startsWith('| `'))
  const names = rows.flatMap((row) => [...row.split('|')[1]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!.replace(/<\w+>$/, '')))
  expect(names.filter((name) => !name.endsWith('.werf.io')).sort()).toEqual([...ownAnnotations].sort())
})

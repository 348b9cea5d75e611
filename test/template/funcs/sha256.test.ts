import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { sha256 } from '../../../src/template/funcs/sha256.ts'

test('the sums are those of node:crypto for every length around the blocks', () => {
  for (let length = 0; length <= 260; length++) {
    const bytes = Uint8Array.from({ length }, (_, i) => (i * 167 + length) & 0xff)
    expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
  }
})

test('a megabyte has the sum of node:crypto', () => {
  const bytes = new Uint8Array(1_048_577).fill(0xff)
  expect(sha256(bytes)).toBe(createHash('sha256').update(bytes).digest('hex'))
})

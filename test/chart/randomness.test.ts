import { expect, test } from 'vitest'
import { systemRandomBytes } from '../../src/chart/randomness.ts'

test.each([0, 1, 16, 100_000])('%i random bytes', (size) => {
  const bytes = systemRandomBytes(size)
  expect(bytes).toHaveLength(size)
  if (size < 16) return
  expect(bytes).not.toEqual(systemRandomBytes(size))
  // Every byte is filled: of this many, none stays as it was in runs of eight.
  expect(Buffer.from(bytes).includes(Buffer.alloc(8))).toBe(false)
})

import { describe, expect, it } from 'vitest'
import { helmBinary } from '../oracle/helm.ts'
import { readCases, writeCases } from './cases.ts'
import { askHelm } from './goldens/generate.ts'
import { readGoldens, writeGoldens } from './goldens.ts'

const helm = await helmBinary()

describe.skipIf(helm === undefined)('the goldens', () => {
  it('are what the binary says today', () => {
    const { read, written } = askHelm(helm!, readCases(), writeCases())
    expect(readGoldens()).toEqual(read)
    const goldens = writeGoldens()
    expect(goldens.length).toBe(written.length)
    // JSON has no negative zero and the like, so what was asked is compared as it went out.
    goldens.forEach((golden, i) => {
      expect(JSON.stringify(golden)).toBe(JSON.stringify(written[i]))
    })
  })
})

import { describe, expect, test } from 'vitest'
import { helmBinary } from '../oracle/helm.ts'
import { chartOf, differenceOf, type Family, families } from './random/families.ts'

const helm = await helmBinary()

/** A few of each; `npm run random` tries as many others as one likes. */
const count = 25

describe.runIf(helm)('random charts are rendered as Helm renders them', () => {
  test.each(Object.keys(families) as Family[])('%s', async (family) => {
    for (let number = 0; number < count; number++) {
      const difference = await differenceOf(helm!, chartOf(family, number))
      expect({ family, number, ours: difference?.ours }).toEqual({ family, number, ours: difference?.theirs })
    }
  })
})

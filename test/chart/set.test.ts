import { cases } from './cases/set.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('set', cases)

import { cases } from './cases/load.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('load', cases)

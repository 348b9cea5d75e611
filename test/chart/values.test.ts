import { cases } from './cases/values.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('values', cases)

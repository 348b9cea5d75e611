import { cases } from './cases/output.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('output', cases)

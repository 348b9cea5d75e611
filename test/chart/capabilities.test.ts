import { cases } from './cases/capabilities.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('capabilities', cases)

import { cases } from './cases/metadata.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('metadata', cases)

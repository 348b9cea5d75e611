import { cases } from './cases/dependencies.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('dependencies', cases)

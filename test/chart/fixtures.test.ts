import { cases } from './cases/fixtures.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('fixtures', cases)

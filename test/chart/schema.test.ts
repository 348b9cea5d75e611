import { cases } from './cases/schema.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('schema', cases, { unordered: true })

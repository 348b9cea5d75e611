import { cases } from './cases/files.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('files', cases)

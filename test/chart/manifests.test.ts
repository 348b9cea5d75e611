import { cases } from './cases/manifests.ts'
import { describeGoldens } from './describe.ts'

describeGoldens('manifests', cases)

import { ConvergeError } from '../errors.ts'

/**
 * What stops reading, before it is known in which file and document it happened. `goLine` is the line that go-yaml prints: scanner problems
 * count from 1, parser problems from 0, and a problem on the first line has none. `line` is where it really is, from 1.
 */
export class YamlProblem extends Error {
  readonly goLine: number
  readonly line: number
  readonly column: number | undefined
  constructor(message: string, goLine = 0, line = 0, column?: number) {
    super(message)
    this.name = 'YamlProblem'
    this.goLine = goLine
    this.line = line
    this.column = column
  }
}

/** What decodes but has no place in JSON. It is sigs.k8s.io/yaml that says so, not go-yaml. */
export class ConversionProblem extends YamlProblem {}

/** `yaml: line 3: mapping values are not allowed in this context`, as go-yaml words it. */
function problemText(problem: YamlProblem): string {
  if (problem instanceof ConversionProblem) return problem.message
  return problem.goLine > 0 ? `yaml: line ${problem.goLine}: ${problem.message}` : `yaml: ${problem.message}`
}

/** The same problem as the error that users see; `prefix` is the wording of the layer above go-yaml. */
export function yamlError(problem: YamlProblem, prefix: string, file = ''): ConvergeError {
  const location = problem.line > 0 ? { file, line: problem.line, column: problem.column } : undefined
  return new ConvergeError('ERR_YAML', prefix + problemText(problem), { location })
}

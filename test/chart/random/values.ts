import type { ValueOptions } from '../../../src/chart/values.ts'
import type { ChartCase } from '../case.ts'
import type { Random } from './random.ts'

const keys = ['a', 'b', 'c', 'global', 'sub', 'al', 'enabled', 'tags', 'exports', 'data', 'sub2', 'x']
const words = [
  ...['1', '0', '01', 'true', 'null', '', 'x', 'a b', '1.5', '-7', '1e3', 'a=b', '"q"', '9223372036854775808', 'é', '~', '[1]'],
  ...['{1,2}', '{}', '{a,{b}}', '{', 'x\\,y', 'x,y=2', '\\', '{null,true}', 'x\\'],
]
const slips = ['\\.', '\\,', '\\=', '.', '[', ']', ' ', '{', '}', '\\']
const show = '# {{ .Values | toJson }}\n'

/** A chart with subcharts in it, values of all of them, a file of the user and --set lines, right and wrong. */
export function randomValues(random: Random): ChartCase {
  const values = new ValuesMaker(random)
  const dependencies = [values.dependency('sub', {}), ...(random.chance(0.4) ? [values.dependency('sub', { alias: 'al' })] : [])]
  const inner = random.chance(0.5) ? [values.dependency('sub2', {})] : []
  const files: Record<string, string> = {
    'Chart.yaml': chartYaml('c', dependencies),
    'values.yaml': JSON.stringify(values.map(3)),
    'templates/a.yaml': show,
    'charts/sub/Chart.yaml': chartYaml('sub', inner),
    'charts/sub/values.yaml': JSON.stringify(values.map(3)),
    'charts/sub/templates/b.yaml': show,
  }
  if (inner.length > 0) {
    files['charts/sub/charts/sub2/Chart.yaml'] = chartYaml('sub2', [])
    files['charts/sub/charts/sub2/values.yaml'] = JSON.stringify(values.map(2))
    files['charts/sub/charts/sub2/templates/c.yaml'] = show
  }
  const given: { -readonly [K in keyof ValueOptions]: string[] } = {}
  if (random.chance(0.6)) {
    files['values/user.yaml'] = JSON.stringify(values.map(3))
    given.files = ['values/user.yaml']
  }
  for (let count = random.below(3); count > 0; count--) {
    const flag = random.pick(['set', 'set', 'setString', 'setLiteral', 'setJson'] as const)
    given[flag] = [...(given[flag] ?? []), flag === 'setJson' ? values.jsonLine() : values.setLine()]
  }
  return { name: JSON.stringify({ files, given }), files, values: given as ValueOptions }
}

function chartYaml(name: string, dependencies: unknown[]): string {
  return JSON.stringify({ apiVersion: 'v2', name, version: '1.0.0', dependencies })
}

class ValuesMaker {
  private readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  dependency(name: string, more: object): object {
    const { random } = this
    const condition = random.pick([`${name}.enabled`, 'a.enabled', `enabled,${name}.enabled`, 'x', 'global.enabled'])
    return {
      name,
      version: random.pick(['1.0.0', '1', '>0.1']),
      ...more,
      ...(random.chance(0.4) ? { condition } : {}),
      ...(random.chance(0.3) ? { tags: random.pick([['a'], ['a', 'b'], ['x']]) } : {}),
      ...(random.chance(0.4) ? { 'import-values': this.imports() } : {}),
    }
  }

  private imports(): unknown[] {
    const { random } = this
    if (random.chance(0.5)) return [random.pick(['data', 'x', 'a'])]
    return [{ child: random.pick(['a', 'a.b', 'exports.data', 'x', 'global']), parent: random.pick(['c', 'a', 'sub.b', '.', 'x.y']) }]
  }

  map(depth: number): Record<string, unknown> {
    const { random } = this
    return Object.fromEntries(
      random.some(5, () => {
        const key = random.pick(keys)
        return [key, key === 'global' && random.chance(0.8) ? this.map(depth - 1) : this.value(depth)]
      }),
    )
  }

  private value(depth: number): unknown {
    const { random } = this
    const inner = depth > 0 ? 1 : 0
    return random.oneOf<unknown>(
      [18, () => null],
      [12, () => random.chance(0.5)],
      [15, () => random.pick([1, 2.5, 0, -3, 1e21])],
      [15, () => random.pick(['s', '', 'true', '1'])],
      [10 * inner, () => random.some(3, () => this.value(depth - 1))],
      [30 * inner, () => this.map(depth - 1)],
    )
  }

  setLine(): string {
    const { random } = this
    let line = this.path(2) + (random.chance(0.97) ? '=' : '') + random.pick(words)
    while (random.chance(0.3)) line += `,${this.path(2)}=${random.pick(words)}`
    return line
  }

  jsonLine(): string {
    const { random } = this
    if (random.chance(0.2)) return JSON.stringify(this.map(2))
    return `${this.path(2)}=${random.chance(0.9) ? JSON.stringify(this.value(2)) : random.pick(['{', '[1,', 'nul', '1 2', ''])}`
  }

  private path(depth: number): string {
    const { random } = this
    let path = random.pick(keys)
    if (random.chance(0.3)) path += `[${random.pick(['0', '1', '2', '', '-1', 'a', '70000'])}]`
    if (depth > 0 && random.chance(0.5)) path += `.${this.path(depth - 1)}`
    return random.chance(0.05) ? path + random.pick(slips) : path
  }
}

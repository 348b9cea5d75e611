import { functions } from '../../../src/template/funcs/index.ts'
import { libraryOf } from '../../../src/template/library.ts'
import { type ChartCase, chart } from '../case.ts'
import type { Random } from './random.ts'

/** What is random or of the moment, what asks others, what Go takes in the order of its maps, and what has no value. */
const left =
  /^(rand|uuid|gen|now$|ago$|date$|date_?in|htmlDate|htpasswd|bcrypt|encrypt|decrypt|derive|build|env$|expandenv|getHostByName|lookup|shuffle|keys$|values$|include|tpl|fail|werf)/i
const callable = [...libraryOf(functions).functions].filter(([name]) => !left.test(name))

/** Texts that mean something to some function. */
const texts = [
  ...[
    '',
    'a',
    'abc def',
    'ünï ✓',
    '  x ',
    'a,b,c',
    'a\tb\nc',
    '\u0000',
    '💥 big',
    'ſtraße',
    'İ',
    'FooBarBaz',
    'foo-bar_baz',
    'MiXeD123Case',
  ],
  ...['1', '1.5', '-1', '0x1f', '017', '08', '+5', '1_000', '0b11', '0o7', '1e3', '1e400', 'NaN', 'true', 'null', '~', '10Mi'],
  ...['1.2.3', 'v3', '1.2.3-rc.1+b5', '^1.2', '~2.1', '>=1.0 <2 || 3', '1h30m', '86400s', '-1.5h', '900'],
  ...['2024-01-02T03:04:05Z', '2006-01-02', '2006-01-02T15:04:05Z07:00', '15:04', 'Jan _2 06', 'UTC', 'America/New_York'],
  ...['a/b/../c.txt', 'https://u:p@h:80/p?q=1#f', '192.168.1.0/24', '<a href="x">&\'</a>', 'a=b;c=d', 'aGVsbG8=', 'ORSXG5A='],
  ...['{"a":1,"b":[1,2.5]}', 'a: 1\nb: [x, y]', '[1', '- a\n- b', 'toml = 1\n[x]\ny="z"'],
  ...['%d %s', '%5.2f|%-4v|%q', '[a-z]+', '(a)(b)?', '^x$', '(?i)A(b|c)+', '\\d{2,3}', '(?P<n>x)y', 'x*', '$1-${2}', '$n'],
]
const integers = ['0', '1', '-1', '2', '3', '7', '10', '-5', '100', '255', '1024', '1000000', '4294967296']
const floats = ['0.0', '1.5', '-2.75', '1e21', '1e-7', '3.0', '100000000.0', '0.1']
const values = `
i: 42
f: 2.5
s: hello World
l: [1, two, 3.5, null, true]
l2: [b, a, c]
m: {a: 1, b: {c: d}}
n: null
b: true
big: 12345678901234567890
nested: {a: [{x: 1}, {x: 2}]}
empty: ""
`
const places = [
  ...['i', 'f', 's', 'l', 'l2', 'm', 'n', 'b', 'big', 'nested.a', 'missing', 'empty'].map((name) => `.Values.${name}`),
  ...['.Chart', '.Release', '.Release.Revision', '.Capabilities.KubeVersion', '.Files'],
]

/** A chart that prints a call of a function, with its type; most arguments are of the types that the function takes. */
export function randomCall(random: Random): ChartCase {
  const call = new Caller(random).call(2)
  const template = `# {{ printf "%v|%T" ${call} ${call} | toJson }}\n`
  return { name: call, files: chart({ 'templates/a.yaml': template, 'values.yaml': values, 'a.txt': 'hello\n' }) }
}

class Caller {
  private readonly random: Random

  constructor(random: Random) {
    this.random = random
  }

  call(depth: number): string {
    const { random } = this
    const [name, { params, variadic }] = random.pick(callable)
    const fixed = variadic ? params.length - 1 : params.length
    const args = params.slice(0, fixed).map((type) => this.argument(type, depth))
    if (variadic) args.push(...random.some(4, () => this.argument(params.at(-1)!, depth)))
    if (random.chance(0.03)) args.pop()
    if (random.chance(0.02)) args.push(this.anything(depth))
    const last = random.chance(0.25) ? args.pop() : undefined
    const words = [name, ...args].join(' ')
    return last === undefined ? `(${words})` : `(${last} | ${words})`
  }

  private argument(type: string, depth: number): string {
    const { random } = this
    if (random.chance(0.12)) return this.anything(depth)
    if (depth > 0 && random.chance(0.15)) return this.call(depth - 1)
    switch (type) {
      case 'string':
        return random.chance(0.9) ? this.text() : `(toString ${this.anything(depth)})`
      case 'bool':
        return random.pick(['true', 'false'])
      case 'float64':
        return random.pick(floats)
      case '[]string':
        return `(list ${random.some(4, () => this.text()).join(' ')})`
      case '[]interface {}':
        return this.list(depth)
      case 'map[string]interface {}':
      case 'map[string]string':
        return this.dict(depth)
      case 'time.Time':
        return `(toDate "2006-01-02" "2024-0${1 + random.below(9)}-11")`
    }
    return /^u?int/.test(type) ? random.pick(integers) : this.anything(depth)
  }

  private anything(depth: number): string {
    const { random } = this
    const inner = depth > 0 ? 1 : 0
    return random.oneOf(
      [5, () => this.text()],
      [3, () => random.pick(integers)],
      [2, () => random.pick(floats)],
      [2, () => random.pick(['true', 'false', 'nil'])],
      [4, () => random.pick(places)],
      [2 * inner, () => this.list(depth)],
      [2 * inner, () => this.dict(depth)],
      [inner, () => this.call(depth - 1)],
    )
  }

  private text(): string {
    // JSON's spelling is Go's, but for control characters.
    return JSON.stringify(this.random.pick(texts))
  }

  private list(depth: number): string {
    return `(list ${this.random.some(4, () => this.anything(depth - 1)).join(' ')})`
  }

  private dict(depth: number): string {
    const { random } = this
    const members = random.some(3, () => `${random.pick(['"a"', '"b"', '"c"', '"x.y"', '"1"'])} ${this.anything(depth - 1)}`)
    return `(dict ${members.join(' ')})`
  }
}

import { type ChartCase, chart } from '../case.ts'
import type { Random } from './random.ts'

const values = `
i: 2
s: hello
l: [x, 1, 2.5, null, true]
m: {a: 1, b: {c: d}, x: [1]}
n: null
lm: [{a: q, x: {y: 1}}, {a: null}, {b: {c: 3}}]
empty: ""
t: "{{ .Values.s }}!"
em: {}
el: []
`
/** Functions, and how many arguments they take. */
const calls = [
  ...(
    [
      'len',
      'not',
      'toJson',
      'empty',
      'upper',
      'first',
      'kindOf',
      'typeOf',
      'toYaml',
      'html',
      'js',
      'urlquery',
      'int',
      'toString',
      'call',
    ] as const
  ).map((name) => [name, 1, 1] as const),
  ...(
    [
      'ne',
      'lt',
      'gt',
      'default',
      'get',
      'hasKey',
      'include',
      'tpl',
      'required',
      'has',
      'merge',
      'pluck',
      'unset',
      'append',
      'nindent',
    ] as const
  ).map((name) => [name, 2, 2] as const),
  ...(['index', 'and', 'or', 'printf', 'add', 'coalesce', 'slice'] as const).map((name) => [name, 1, 3] as const),
  ...(['print', 'list', 'dict', 'println'] as const).map((name) => [name, 0, 3] as const),
  ...(['ternary', 'set', 'dig'] as const).map((name) => [name, 3, 3] as const),
  ['eq', 2, 3] as const,
  ['concat', 1, 2] as const,
]
const fields = [
  ...['m', 'm.a', 'm.b.c', 'l', 's', 'i', 'missing', 'missing.deep', 'n', 'lm', 'empty', 't', 'em', 'el'].map((name) => `.Values.${name}`),
  ...['$.Values.m', '$.Values.lm', '.Release.Name', '.Chart.Name', '.a', '.b.c', '.x'],
]
const literals = ['"s"', '1', '0', 'true', 'false', 'nil', '1.5', '`r`', '""', '-3', "'c'"]
const pieces = ['\n', ' ', 'a', '\n  b: ', ' x\n\n', '', '{ }', '\t', '\n\n', 'é', '"q"']
const loops = [
  '.Values.l',
  '.Values.m',
  '.Values.lm',
  '3',
  '.Values.i',
  '(list 1 "b")',
  '.Values.em',
  '.Values.el',
  '.Values.missing',
  '(until 2)',
  '.',
]
const templates = ['"t1"', '"t2"', '"t3"']

/** A chart whose template is a random program, of which most end in an error: with definitions, variables, branches, loops and trimmed space. */
export function randomProgram(random: Random): ChartCase {
  const program = new Programmer(random).program()
  return {
    name: program,
    files: chart({
      'templates/a.yaml': '# {{ include "c/templates/_a.tpl" . | toJson }}\n',
      'templates/_a.tpl': program,
      'values.yaml': values,
    }),
  }
}

class Programmer {
  private readonly random: Random
  private variables: string[] = []
  /** Inside a definition none is called, so that none calls itself. */
  private defining = true

  constructor(random: Random) {
    this.random = random
  }

  program(): string {
    const definitions = templates.map((name) => `{{ define ${name} }}${this.block(1)}{{ end }}`).join('')
    this.defining = false
    return definitions + this.block(3) + this.block(3)
  }

  private block(depth: number): string {
    const outer = this.variables.slice()
    let text = depth > 1 ? this.statement(depth) : ''
    for (let count = this.random.below(3); count > 0; count--) text += this.statement(depth)
    this.variables = outer
    return text
  }

  private statement(depth: number): string {
    const { random } = this
    const inner = depth > 0 ? 1 : 0
    return random.oneOf(
      [20, () => random.pick(pieces)],
      [30, () => this.action(this.pipeline(2))],
      [8, () => this.declaration()],
      [4, () => (this.variables.length > 0 ? this.action(`${random.pick(this.variables)} = ${this.pipeline(1)}`) : '')],
      [2, () => `{{/* c${random.pick(pieces)} */${random.pick(['', ' -'])}}}`],
      [12 * inner, () => this.branch('if', depth)],
      [8 * inner, () => this.branch('with', depth)],
      [12 * inner, () => this.loop(depth)],
      [
        2 * inner,
        () => (this.defining ? '' : this.action(`template ${random.pick(templates)} ${random.chance(0.7) ? this.pipeline(1) : ''}`)),
      ],
      [2 * inner, () => this.blockAction(depth)],
    )
  }

  private action(text: string): string {
    const { random } = this
    const open = random.pick(['{{- ', '{{ ', '{{'])
    return open + text + random.pick([' -}}', ' }}', '}}'])
  }

  private declaration(): string {
    const variable = this.random.pick(['$a', '$b', '$c_1'])
    const text = this.action(`${variable} := ${this.pipeline(2)}`)
    this.variables.push(variable)
    return text
  }

  private branch(kind: 'if' | 'with', depth: number): string {
    const { random } = this
    const outer = this.variables.slice()
    let condition = this.pipeline(2)
    if (random.chance(0.2)) {
      condition = `$d := ${condition}`
      this.variables.push('$d')
    }
    let text = this.action(`${kind} ${condition}`) + this.block(depth - 1)
    while (random.chance(0.2)) text += this.action(`else ${kind} ${this.pipeline(1)}`) + this.block(depth - 1)
    if (random.chance(0.4)) text += this.action('else') + this.block(depth - 1)
    this.variables = outer
    return text + this.action('end')
  }

  private loop(depth: number): string {
    const { random } = this
    const outer = this.variables.slice()
    const over = random.chance(0.7) ? random.pick(loops) : this.pipeline(1)
    const declared = random.pick([[], ['$v'], ['$k', '$v']])
    const head = declared.length > 0 ? `${declared.join(', ')} := ${over}` : over
    this.variables.push(...declared)
    let text = this.action(`range ${head}`) + this.block(depth - 1)
    if (random.chance(0.15))
      text += this.action(`if ${this.pipeline(1)}`) + this.action(random.pick(['break', 'continue'])) + this.action('end')
    if (random.chance(0.3)) text += this.action('else') + this.block(depth - 1)
    this.variables = outer
    return text + this.action('end')
  }

  private blockAction(depth: number): string {
    const head = this.action(`block "b${this.random.below(1_000_000)}" ${this.pipeline(1)}`)
    const outer = this.variables
    this.variables = []
    const text = head + this.block(depth - 1)
    this.variables = outer
    return text + this.action('end')
  }

  private pipeline(depth: number): string {
    const { random } = this
    let text = random.chance(0.35) ? this.term(depth) : this.command(depth, false)
    while (random.chance(0.25)) text += random.pick([' | ', '|']) + this.command(depth, true)
    return text
  }

  private command(depth: number, piped: boolean): string {
    const { random } = this
    const [name, least, most] = random.pick(calls)
    if (name === 'include' && this.defining) return this.term(depth)
    const count = Math.max(0, least + random.below(most - least + 1) - (piped ? 1 : 0)) + (random.chance(0.03) ? 1 : 0)
    const args = Array.from({ length: count }, () => this.term(depth))
    if (args.length > 0) {
      if (name === 'include') args[0] = random.pick(templates)
      if (name === 'tpl') args[0] = random.pick(['"{{ .a }}"', '"x{{ $.Values.s }}"', '"{{ 1 }"', '"plain"', '.Values.t'])
      if (name === 'printf' && !piped) args[0] = random.pick(['"%v"', '"%s-%d"', '"%q"', '"%T"', '"%05.1f|%x"', '"%+v"', '"%#v"', '"%t"'])
    }
    return [name, ...args].join(' ')
  }

  private term(depth: number): string {
    const { random } = this
    return random.oneOf(
      [40, () => random.pick(fields)],
      [15, () => (this.variables.length > 0 ? random.pick(this.variables) + random.pick(['', '', '', '.a', '.b.c', '.x']) : '.')],
      [15, () => random.pick(literals)],
      [depth > 0 ? 30 : 0, () => `(${this.pipeline(depth - 1)})${random.chance(0.1) ? random.pick(['.a', '.x.y']) : ''}`],
    )
  }
}

import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { ConvergeError } from '../../src/errors.ts'
import { constantOf, readConstant } from '../../src/template/constant.ts'
import { TemplateSet } from '../../src/template/engine.ts'
import { ParseFailure } from '../../src/template/failure.ts'
import { sprint } from '../../src/template/fmt.ts'
import { Lexer, Token } from '../../src/template/lexer.ts'
import { isEmptyBody, nodeText } from '../../src/template/nodes.ts'
import { parseTemplate } from '../../src/template/parser.ts'
import { quote } from '../../src/template/quote.ts'
import { goTypeOf } from '../../src/template/reflect.ts'
import { Int, type TemplateFunction, TypedMap, TypedSlice, type Value } from '../../src/template/value.ts'
import { type GoExpr, readTable, readValue } from './go-source.ts'
import { Struct } from './go-struct.ts'
import { goValue } from './go-values.ts'

/** Go's own tests of text/template, read from an installed Go as they stand there. */
const directory = sourceDirectory()

function sourceDirectory(): string | undefined {
  try {
    const root = execFileSync('go', ['env', 'GOROOT'], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
    return path.join(root, 'src/text/template')
  } catch {
    return undefined
  }
}

function source(file: string): string {
  return readFileSync(path.join(directory!, file), 'utf8')
}

/** Counts for a table: rows that need what only Go has are left out, and it is said how many. */
function report(table: string, run: number, total: number): void {
  process.stdout.write(`${table}: ${run} of ${total} rows run, all hold\n`)
}

const simple = (params: string[], call: (args: any[]) => Value, variadic = false): TemplateFunction => ({ params, variadic, call })
const functions: Record<string, TemplateFunction> = {
  typeOf: simple(['interface {}'], ([value]) => goTypeOf(value)),
  echo: simple(['interface {}'], ([value]) => value),
  zeroArgs: simple([], () => 'zeroArgs'),
  oneArg: simple(['string'], ([a]) => `oneArg=${a}`),
  twoArgs: simple(['string', 'string'], ([a, b]) => `twoArgs=${a}${b}`),
  returnInt: simple([], () => new Int('int', 7n)),
  dddArg: simple(['int', 'string'], ([a, ...rest]) => sprint([`${a}`, ...rest]), true),
  add: simple(['int'], (args: number[]) => new Int('int', BigInt(args.reduce((sum, value) => sum + value, 0))), true),
  // A channel in Go.
  count: simple(['int'], ([count]) =>
    TypedSlice.of_(
      'string',
      Array.from({ length: count }, (_, i) => 'abcdefgh'[i]!),
    ),
  ),
  makemap: simple(
    ['string'],
    (args) =>
      new TypedMap(
        'map[string]string',
        Array.from({ length: args.length / 2 }, (_, i) => [args[2 * i], args[2 * i + 1]] as const),
      ),
    true,
  ),
  mapOfThree: simple([], () => new TypedMap('map[string]int', [['three', new Int('int', 3n)]])),
  valueString: simple(['string'], ([text]) => `value is ${text}`),
  die: simple([], () => {
    throw new Error('die')
  }),
}
/** Channels, Go's own interfaces and pointers. */
const missing =
  /\b(stringer|vfunc|NonEmptyInterfaceTypedNil|SICap)\b|NilOKFunc \.PI|valueString \.PS|html \.NIL|\{\{\.NIL|\.(MXI|MSI)\.(unset|NO)\b/

describe.skipIf(!directory)('rows of Go', () => {
  test('exec_test.go: execTests', () => {
    const text = source('exec_test.go')
    const declaration = /^type T struct \{\n(.*?)^\}/ms.exec(text)![1]!
    const struct = new Struct(declaration, readValue(text, /^var tVal = /m))
    const rows = readTable(text, 'execTests')
    let run = 0
    for (const row of rows) {
      if (!row) continue
      const [name, input, output, data, ok] = row as [string, GoExpr, GoExpr, GoExpr, { name: string }]
      const value = isStruct(data) ? struct : goValue(data)
      if (typeof input !== 'string' || typeof output !== 'string' || value === undefined || missing.test(input)) continue
      // Keys of maps that are not there: Go's tests run without Helm's missingkey=zero.
      if (
        value === struct &&
        [...input.matchAll(/(?<![\w).])\.([A-Z]\w*)/g)].some(([, field]) => !struct.fields.has(field!) && !struct.method(field!))
      )
        continue
      // Capacities, and functions of complex numbers, have no use in charts.
      if (/SICap|%g|%v|1\.5i|0i/.test(input) && /\di|SICap/.test(input)) continue
      run++
      expect({ name, input, result: execute(input, value) }).toEqual({
        name,
        input,
        result: ok.name === 'true' ? output.replaceAll('<no value>', '') : 'error',
      })
    }
    report('execTests', run, rows.length)
    expect(run).toBeGreaterThan(280)
  })

  test('exec_test.go: cmpTests', () => {
    const rows = readTable(source('exec_test.go'), 'cmpTests')
    let run = 0
    for (const row of rows) {
      const [expression, truth, ok] = row as [string, string, { name: string }]
      if (/\.|NIL|\$/.test(expression.replaceAll(/\d\.\d/g, ''))) continue
      run++
      expect({ expression, result: execute(`{{${expression}}}`, null) }).toEqual({
        expression,
        result: ok.name === 'true' ? truth : 'error',
      })
    }
    report('cmpTests', run, rows.length)
    expect(run).toBeGreaterThan(50)
  })

  test.each(['parseTests', 'errorTests'])('parse_test.go: %s', (table) => {
    const rows = readTable(source('parse/parse_test.go'), table)
    let run = 0
    for (const row of rows) {
      const [name, input, ok, result] = row as [string, string, { name: string }, string]
      // These run with a lower limit on parentheses.
      if (typeof name !== 'string' || name.endsWith('exceeds limit') || typeof input !== 'string' || typeof result !== 'string') continue
      run++
      const ours = parse(name, input)
      if (ok.name === 'noError') expect({ input, ...ours }).toEqual({ input, text: result })
      else if (table === 'errorTests') expect('error' in ours ? ours.error : '', input).toContain(result)
      else expect(ours, input).toHaveProperty('error')
    }
    report(table, run, rows.length)
    expect(run).toBeGreaterThan(rows.length * 0.9)
  })

  test('parse_test.go: numberTests', () => {
    const rows = readTable(source('parse/parse_test.go'), 'numberTests')
    let run = 0
    for (const row of rows) {
      if (!row) continue
      run++
      const [text, ...flags] = row as [string, ...{ name: string }[]]
      const [isInt, isUint, isFloat, isComplex] = flags.map(({ name }) => name === 'true')
      const form = text.startsWith("'") ? 'char' : /^[^i]+[+-][^i]*i$/.test(text) && !/e[+-][^+-]*$/.test(text) ? 'complex' : 'number'
      const ours = readConstant(text, form)
      if (!isInt && !isUint && !isFloat && !isComplex) {
        expect(ours, text).toBeTypeOf('string')
        continue
      }
      const constant = ours as Exclude<typeof ours, string>
      const { int, uint, float, complex } = constantOf({ kind: 'number', pos: 0, text, constant })
      expect({
        text,
        int: int !== undefined,
        uint: uint !== undefined,
        float: float !== undefined,
        complex: complex !== undefined,
      }).toEqual({
        text,
        int: isInt,
        uint: isUint,
        float: isFloat,
        complex: isComplex,
      })
    }
    report('numberTests', run, rows.length)
    expect(run).toBeGreaterThan(35)
  })

  test('parse_test.go: isEmptyTests', () => {
    const rows = readTable(source('parse/parse_test.go'), 'isEmptyTests')
    for (const row of rows) {
      const [name, input, empty] = row as [string, string, { name: string }]
      const tree = parseTemplate({ name, text: input }, new Set(['printf']))
      expect({ input, empty: isEmptyBody(tree.get(name)!) }).toEqual({ input, empty: empty.name === 'true' })
    }
    report('isEmptyTests', rows.length, rows.length)
  })

  test('lex_test.go: lexTests', () => {
    const text = source('parse/lex_test.go')
    const names = new Map(
      [...text.matchAll(/^\t(t[A-Z]\w*|raw\w*)\s+= /gm)].map(([line, name]) => [name!, readValue(text, new RegExp(`^${line}`, 'm'))]),
    )
    const rows = readTable(text, 'lexTests')
    let run = 0
    for (const row of rows) {
      if (!row) continue
      const [, input, list] = row as [string, string, { items: { value: GoExpr }[] }]
      const expected = list.items.map(({ value }) => itemOf(value, names)).filter(([kind]) => kind !== 'Comment')
      run++
      expect({ input, tokens: lex(input) }).toEqual({ input, tokens: expected })
    }
    report('lexTests', run, rows.length)
    expect(run).toBeGreaterThan(rows.length * 0.9)
  })
})

/** The struct of the tests, under its names. */
function isStruct(data: GoExpr): boolean {
  if (typeof data !== 'object') return false
  if (data.kind === 'name') return data.name === 'tVal' || data.name === 'iVal'
  return data.kind === 'composite' && /^[&*]?T$/.test(data.type)
}

function execute(text: string, data: Value): string {
  const set = new TemplateSet({ functions: new Map(Object.entries(functions)) })
  try {
    set.parse('t', text)
    return set.execute('t', data)
  } catch (error) {
    if (error instanceof ConvergeError) return 'error'
    throw error
  }
}

/** The canonical text of a parsed template, its text nodes quoted as in Go's tests; or the error. */
function parse(name: string, text: string): { text: string } | { error: string; text?: undefined } {
  const names = new Set(['printf', 'contains'])
  try {
    return { text: nodeText(parseTemplate({ name, text }, names).get(name)!, quote) }
  } catch (error) {
    if (error instanceof ParseFailure) return { error: error.message }
    throw error
  }
}

function lex(text: string): [string, string][] {
  const kinds = new Map(Object.entries(Token).map(([name, kind]) => [kind as number, name]))
  const lexer = new Lexer(text)
  const tokens: [string, string][] = []
  for (;;) {
    const item = lexer.next()
    tokens.push([kinds.get(item.kind)!, item.kind === Token.Eof ? '' : item.text])
    if (item.kind === Token.Eof || item.kind === Token.Error) return tokens
  }
}

function itemOf(expr: GoExpr, names: ReadonlyMap<string, GoExpr>): [string, string] {
  if (typeof expr !== 'object') throw new Error('no item')
  if (expr.kind === 'name') return itemOf(names.get(expr.name)!, names)
  const [kind, text] = (expr as unknown as { args: [{ name: string }, GoExpr] }).args
  const value = typeof text === 'string' ? text : (names.get((text as { name: string }).name) as string)
  return [kind.name.replace('item', '').replace('EOF', 'Eof'), value]
}

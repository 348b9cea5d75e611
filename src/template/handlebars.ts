import Handlebars from 'handlebars'
import { ConvergeError, messageOf } from '../errors.ts'
import type { Bindings } from './engine.ts'
import { formatValue } from './fmt.ts'
import { nearest } from './hint.ts'
import { isTrue } from './reflect.ts'
import { GoFunc, type GoObject, Int, type TemplateFunction, TypedSlice, type Value } from './value.ts'

/**
 * Handlebars over the values and functions of Go's templates: `{{Values.image.tag}}`, `{{default "x" Values.name}}`, `{{#each Values.list}}`. Text is not escaped for HTML; only
 * what a value really has can be reached, never a prototype. Whole numbers are numbers here, whichever integer type Go has for them.
 */
export interface HandlebarsSet {
  /** `{{> name}}` in the other templates; `labels` for `_labels.hbs`. */
  addPartial(name: string, file: string, text: string): void
  /** Renders a file with the context of its chart. Throws ConvergeError ERR_TEMPLATE_PARSE or ERR_TEMPLATE_EXEC with the place. */
  execute(file: string, text: string, context: Value): string
}

/** A set of its own for each rendering: helpers are bound to that rendering's functions. */
export function createHandlebarsSet(bindings: Bindings): HandlebarsSet {
  const handlebars = Handlebars.create()
  for (const [name, fn] of bindings.functions) {
    if (blocks.has(name)) continue
    handlebars.registerHelper(name, (...args: unknown[]) => wrap(callFunction(name, fn, args.slice(0, -1).map(unwrap), bindings)))
  }
  // Go's truth, so that an empty map and zero are false in both languages.
  handlebars.registerHelper('if', function (this: unknown, condition: unknown, options: Handlebars.HelperOptions) {
    return truth(condition) ? options.fn(this) : options.inverse(this)
  })
  handlebars.registerHelper('unless', function (this: unknown, condition: unknown, options: Handlebars.HelperOptions) {
    return truth(condition) ? options.inverse(this) : options.fn(this)
  })
  // These two decide by the arguments that come first; Handlebars evaluates them all.
  const operands = (args: unknown[]) => args.slice(0, -1)
  handlebars.registerHelper('and', (...args: unknown[]) => operands(args).find((arg) => !truth(arg)) ?? operands(args).at(-1))
  handlebars.registerHelper('or', (...args: unknown[]) => operands(args).find((arg) => truth(arg)) ?? operands(args).at(-1))
  const partials = new Map<string, string>()
  return {
    addPartial(name, file, text) {
      partials.set(name, file)
      parse(handlebars, file, text)
      handlebars.registerPartial(name, text)
    },
    execute(file, text, context) {
      const program = parse(handlebars, file, text)
      try {
        const render = handlebars.compile(program, { noEscape: true })
        // Contexts are proxies that have own properties only; Handlebars asks for those.
        return render(wrap(context))
      } catch (error) {
        throw executionFailure(file, text, error, [...bindings.functions.keys(), ...partials.keys()])
      }
    },
  }
}

/** Names that Handlebars has as blocks of its own. */
const blocks = new Set(['if', 'unless', 'each', 'with', 'lookup', 'log', 'and', 'or', 'call'])

function parse(handlebars: typeof Handlebars, file: string, text: string): hbs.AST.Program {
  try {
    return handlebars.parse(text)
  } catch (error) {
    const message = messageOf(error)
    const line = Number(/line (\d+)/.exec(message)?.[1]) || undefined
    const reason = message.split('\n').at(-1) ?? message
    throw new ConvergeError('ERR_TEMPLATE_PARSE', `parse error at (${file}${line === undefined ? '' : `:${line}`}): ${reason}`, {
      location: { file, line, text: line === undefined ? undefined : text.split('\n')[line - 1] },
      cause: error,
    })
  }
}

function executionFailure(file: string, text: string, error: unknown, names: string[]): ConvergeError {
  if (error instanceof RangeError)
    return new ConvergeError('ERR_TEMPLATE_EXEC', `${file}: the templates call each other without end`, {
      location: { file },
      cause: error,
    })
  const { lineNumber, column } = error as { lineNumber?: number; column?: number }
  const missing = /Missing helper: "(.*)"|The partial (.*) could not be found/.exec(messageOf(error))
  const close = missing && nearest(missing[1] ?? missing[2] ?? '', names)
  const message = messageOf(error).replace(/ - \d+:\d+$/, '')
  return new ConvergeError(
    'ERR_TEMPLATE_EXEC',
    `execution error at (${file}${lineNumber === undefined ? '' : `:${lineNumber}:${column ?? 0}`}): ${message}`,
    {
      location: { file, line: lineNumber, column, text: lineNumber === undefined ? undefined : text.split('\n')[lineNumber - 1] },
      hint: close ? `Did you mean ${close}?` : undefined,
      cause: error,
    },
  )
}

function truth(value: unknown): boolean {
  return isTrue(unwrap(value))
}

/** Calls a function of Go's templates; a whole number is taken where an integer is wanted. */
function callFunction(name: string, fn: TemplateFunction, args: Value[], bindings: Bindings): Value {
  const { params, variadic = false } = fn
  const least = variadic ? params.length - 1 : params.length
  if (args.length < least || (!variadic && args.length > params.length)) {
    throw new Error(`wrong number of args for ${name}: want ${variadic ? `at least ${least}` : least} got ${args.length}`)
  }
  const converted = args.map((arg, index) => convert(name, arg, params[Math.min(index, params.length - 1)] ?? 'interface {}'))
  try {
    return bindings.call(fn, converted)
  } catch (error) {
    throw new Error(`error calling ${name}: ${messageOf(error)}`, { cause: error })
  }
}

function convert(name: string, arg: Value, type: string): unknown {
  switch (type) {
    case 'string':
      if (typeof arg !== 'string') throw new Error(`${name} wants a string here, not ${formatValue(arg)}`)
      return arg
    case 'int':
    case 'uint32':
    case 'int64': {
      if (typeof arg !== 'number' || !Number.isSafeInteger(arg))
        throw new Error(`${name} wants a whole number here, not ${formatValue(arg)}`)
      return type === 'int64' ? BigInt(arg) : arg
    }
    case 'bool':
      if (typeof arg !== 'boolean') throw new Error(`${name} wants true or false here, not ${formatValue(arg)}`)
      return arg
    case 'float64':
      if (typeof arg !== 'number') throw new Error(`${name} wants a number here, not ${formatValue(arg)}`)
      return arg
    default:
      return arg
  }
}

const originals = new WeakMap<object, Value>()

/** A value as Handlebars can walk it: maps and Go's objects by proxies of own properties, the rest as it is. */
function wrap(value: Value | undefined): unknown {
  if (value === null || value === undefined) return undefined
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof Int) return Number(value.value)
  if (value instanceof Uint8Array || value instanceof GoFunc || typeof value !== 'object') return value
  if (Array.isArray(value)) {
    const items = value.map(wrap)
    if (value instanceof TypedSlice)
      for (const [name, method] of value.methods ?? []) Object.defineProperty(items, name, { value: bound(method) })
    originals.set(items, value)
    return items
  }
  const read =
    value instanceof Map ? (key: string) => (value.has(key) ? wrap(value.get(key)) : undefined) : (key: string) => member(value, key)
  const keys = () => (value instanceof Map ? [...value.keys()].sort() : [])
  const proxy = new Proxy(Object.create(null), {
    get: (_, key) => {
      if (key === 'toString' || key === Symbol.toPrimitive) return () => formatValue(value)
      return typeof key === 'string' ? read(key) : undefined
    },
    has: (_, key) => typeof key === 'string' && read(key) !== undefined,
    ownKeys: keys,
    getOwnPropertyDescriptor: (_, key) =>
      typeof key === 'string' && read(key) !== undefined ? { value: read(key), configurable: true, enumerable: true } : undefined,
  })
  originals.set(proxy, value)
  return proxy
}

/** A field of one of Go's objects, or a method as a function: `{{Files.Get "x"}}`. */
function member(object: GoObject, name: string): unknown {
  const method = object.method(name)
  return method ? bound(method) : wrap(object.field(name))
}

/** A method as Handlebars calls it: `{{Files.Get "x"}}`. */
function bound(method: TemplateFunction): (...args: unknown[]) => unknown {
  return (...args) =>
    wrap(
      callFunction('the method', method, args.slice(0, -1).map(unwrap), {
        functions: new Map(),
        call: (fn, values) => fn.call(values, undefined as never),
      }),
    )
}

function unwrap(value: unknown): Value {
  if (value === undefined || value === null) return null
  if (typeof value !== 'object') return value as Value
  const original = originals.get(value)
  if (original !== undefined) return original
  if (Array.isArray(value)) return value.map(unwrap)
  // A hash of a block or a frame of Handlebars' own.
  return value instanceof Uint8Array ? value : new Map(Object.entries(value).map(([key, item]) => [key, unwrap(item)]))
}

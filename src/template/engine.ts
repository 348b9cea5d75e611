import { BoundFailure, HintedError, limitOf, ParseFailure } from './failure.ts'
import { nearest } from './hint.ts'
import { type Library, libraryOf, templatesOf } from './library.ts'
import { quote } from './quote.ts'
import { executionError, parseError } from './report.ts'
import { Bounds, type Code, type Run, State, type Template } from './state.ts'
import { compileTemplate } from './statement.ts'
import type { Trace } from './trace.ts'
import type { CallContext, TemplateFunction, Value } from './value.ts'

/** Asks the cluster for an object, or for all of a kind where `name` is empty; an empty map where there is none. */
export type Lookup = (apiVersion: string, kind: string, namespace: string, name: string) => Value

export interface EngineOptions {
  /** All functions but Go's builtins and include, tpl, required, fail and lookup. Pass the same object each time: parsed texts belong to it. */
  functions: ReadonlyMap<string, TemplateFunction>
  /** Asks the cluster; without it `lookup` finds nothing. */
  lookup?: Lookup
  /** Gives the text of a secret file of the chart; without it there are none. */
  secretFile?: (path: string) => string
  /** `required` and `fail` end nothing. */
  lint?: boolean
  enableDns?: boolean
  /** The clock; the real one unless given. */
  now?: () => Date
  /** Randomness; the real one unless given. */
  randomBytes?: (size: number) => Uint8Array
  /** Milliseconds that one execution of a file may take; no limit unless given. */
  timeLimit?: number
  /** How long the output of one file may become, in UTF-16 units; 512 Mi unless given. */
  maxOutput?: number
}

/** Go's name of the set that Helm parses into; `tpl` texts have it in messages. */
const rootName = 'gotpl'
/** Helm's limit on how often one name is included inside itself. */
const maxIncludes = 1000
const noValue = '<no value>'

/** A set of templates that call each other. */
export class TemplateSet {
  private readonly options: EngineOptions
  private readonly library: Library
  private readonly templates: Overlay

  constructor(options: EngineOptions) {
    this.options = options
    this.library = libraryOf(options.functions)
    this.templates = new Overlay()
  }

  /**
   * Parses a file and adds what it defines. A later definition replaces an earlier one of the same name unless it is empty; two in one file
   * are an error. Throws ConvergeError ERR_TEMPLATE_PARSE with Helm's message.
   */
  parse(name: string, text: string): void {
    try {
      this.templates.add(templatesOf(this.library, { name, text }))
    } catch (error) {
      throw parseError(name, error)
    }
  }

  /**
   * Executes a template with `data` as dot and gives its text, without what Go prints for missing values. Throws ConvergeError
   * ERR_TEMPLATE_EXEC, or ERR_TEMPLATE_FAIL for `fail` and `required`, with Helm's message. A `trace` then knows what wrote which line.
   */
  execute(name: string, data: Value, trace?: Trace): string {
    const { maxOutput = 512 * 1024 * 1024, timeLimit } = this.options
    const bounds = new Bounds(maxOutput, timeLimit === undefined ? Number.POSITIVE_INFINITY : Date.now() + timeLimit)
    try {
      return withoutNoValue(new Execution(this.templates, this.library, this.options, bounds, new Map(), trace).include(name, data))
    } catch (error) {
      throw executionError(name, error)
    }
  }

  /** The functions of this set for other callers than its templates. */
  get bindings(): Bindings {
    const run = () => {
      const { maxOutput = 512 * 1024 * 1024 } = this.options
      return new Execution(
        this.templates,
        this.library,
        this.options,
        new Bounds(maxOutput, Number.POSITIVE_INFINITY),
        new Map(),
        undefined,
      )
    }
    return { functions: this.library.functions, call: (fn, args) => fn.call(args, run().context) }
  }
}

/** The functions of a set and a way to call them, for templates in another language beside it. */
export interface Bindings {
  functions: ReadonlyMap<string, TemplateFunction>
  /** Calls a function with arguments that are converted already; `include` and `tpl` are those of the set. */
  call(fn: TemplateFunction, args: unknown[]): Value
}

/** A set of templates with the given functions. */
export function createTemplateSet(options: EngineOptions): TemplateSet {
  return new TemplateSet(options)
}

/** Templates by name; those of a `tpl` text lie over those of its surroundings and end with it. */
class Overlay {
  private readonly own = new Map<string, Template>()
  private readonly below: Overlay | undefined

  constructor(below?: Overlay) {
    this.below = below
  }

  get(name: string): Template | undefined {
    return this.own.get(name) ?? this.below?.get(name)
  }

  add(templates: readonly Template[]): void {
    for (const template of templates) {
      if (!template.body.empty || this.get(template.name) === undefined) this.own.set(template.name, template)
    }
  }

  names(): string[] {
    return [...this.own.keys(), ...(this.below?.names() ?? [])]
  }
}

/** One execution, or the inside of a `tpl`: the templates in sight and the functions bound to them. */
class Execution implements Run {
  readonly bounds: Bounds
  readonly context: CallContext
  private readonly templates: Overlay
  private readonly library: Library
  private readonly options: EngineOptions
  private readonly included: Map<string, number>
  private readonly trace: Trace | undefined

  constructor(
    templates: Overlay,
    library: Library,
    options: EngineOptions,
    bounds: Bounds,
    included: Map<string, number>,
    trace: Trace | undefined,
  ) {
    this.templates = templates
    this.library = library
    this.options = options
    this.bounds = bounds
    this.included = included
    this.trace = trace
    this.context = {
      now: options.now ?? (() => new Date()),
      randomBytes: options.randomBytes ?? randomBytes,
      include: (name, data) => this.include(name, data),
      tpl: (text, data) => this.tpl(text, data),
      lookup: options.lookup ?? (() => new Map()),
      secretFile: options.secretFile,
      lint: options.lint ?? false,
      enableDns: options.enableDns ?? false,
    }
  }

  find(name: string): Template | undefined {
    return this.templates.get(name)
  }

  codeOf(template: Template): Code {
    const { trace } = this
    const { body } = template
    if (trace) return trace.codeOf(template, () => compileTemplate(body.list, this.library.functions, trace))
    body.code ??= compileTemplate(body.list, this.library.functions)
    return body.code
  }

  include(name: string, data: Value): string {
    const count = this.included.get(name) ?? 0
    if (count > maxIncludes) throw new Error(`rendering template has a nested reference name: ${name}: unable to execute template`)
    this.included.set(name, count + 1)
    const template = this.templates.get(name)
    if (template === undefined) throw unknownTemplate(name, this.templates.names())
    const code = this.codeOf(template)
    // A nil that comes as an argument is no value at all.
    const dot = data ?? undefined
    const state = new State(this, template, dot, 0, code.slots)
    this.bounds.tick(state)
    this.trace?.begin()
    code.run(state, dot)
    this.trace?.end(state.out)
    this.included.set(name, count)
    return state.out
  }

  private run(template: Template, data: Value): string {
    const code = this.codeOf(template)
    const dot = data ?? undefined
    const state = new State(this, template, dot, 0, code.slots)
    this.trace?.begin()
    code.run(state, dot)
    this.trace?.end(state.out)
    return state.out
  }

  tpl(text: string, data: Value): string {
    // A text without actions is its own result.
    if (!text.includes('{{')) return withoutNoValue(text)
    let templates: readonly Template[]
    try {
      templates = templatesOf(this.library, { name: rootName, text })
    } catch (error) {
      if (!(error instanceof ParseFailure)) throw error
      throw new Error(`cannot parse template ${quote(text)}: ${error.message}`, { cause: error })
    }
    const overlay = new Overlay(this.templates)
    overlay.add(templates)
    const inner = new Execution(overlay, this.library, this.options, this.bounds, this.included, this.trace)
    try {
      return withoutNoValue(inner.run(templates.find(({ name }) => name === rootName)!, data))
    } catch (error) {
      if (error instanceof BoundFailure || limitOf(error) !== undefined) throw error
      throw new Error(`error during tpl function execution for ${quote(text)}: ${(error as Error).message}`, { cause: error })
    }
  }
}

function unknownTemplate(name: string, names: string[]): Error {
  const close = nearest(name, names)
  const message = `template: no template ${quote(name)} associated with template ${quote(rootName)}`
  return new HintedError(message, close && `Did you mean ${quote(close)}?`)
}

function withoutNoValue(text: string): string {
  return text.includes(noValue) ? text.replaceAll(noValue, '') : text
}

function randomBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size)
  for (let at = 0; at < size; at += 65_536) crypto.getRandomValues(bytes.subarray(at, at + 65_536))
  return bytes
}

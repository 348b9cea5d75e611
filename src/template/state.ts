import { BoundFailure, ExecFailure, execText, limitOf, positionOf, type Source } from './failure.ts'
import { type ListNode, type Node, nodeText } from './nodes.ts'
import type { CallContext, Value } from './value.ts'

/**
 * A value during evaluation. Go's templates tell two kinds of nothing apart: null is a nil interface (a missing key), whose fields cannot be
 * taken; undefined is no value at all (what a pipeline makes of it), whose fields are nothing again.
 */
export type Arg = Value | undefined

/** A compiled statement; says whether a `break` or `continue` is under way. */
export type Statement = (state: State, dot: Arg) => Jump
export const Jump = { None: 0, Break: 1, Continue: 2 } as const
export type Jump = (typeof Jump)[keyof typeof Jump]

/** A compiled expression; `final` is the value that the pipeline hands on. */
export type Expression = (state: State, dot: Arg, final: Arg) => Arg

/** The closures of a template, and how many variables it needs. */
export interface Code {
  run: Statement
  slots: number
}

/** A parsed template. */
export interface Template {
  name: string
  source: Source
  body: Body
}

/** What a template does; it is compiled when it is first executed. Shared by all sets, and all files, that have the same text. */
export interface Body {
  list: ListNode
  /** Nothing but white space: never replaces another definition. */
  empty: boolean
  code: Code | undefined
}

/** What an execution sees of its surroundings: the set of templates, the functions' context, the bounds. */
export interface Run {
  find(name: string): Template | undefined
  include(name: string, data: Value): string
  codeOf(template: Template): Code
  context: CallContext
  bounds: Bounds
}

/** What one execution of one template has: its output, its variables, and the node it is at, for errors. */
export class State {
  out = ''
  node: Node
  readonly run: Run
  readonly template: Template
  readonly depth: number
  readonly vars: Arg[]

  constructor(run: Run, template: Template, dot: Arg, depth: number, slots: number) {
    this.run = run
    this.template = template
    this.node = template.body.list
    this.depth = depth
    this.vars = new Array(slots)
    this.vars[0] = dot
  }
}

/** Ends the execution with Go's message for an error at the node where it is. */
export function fail(state: State, message: string, hint?: string, inner?: unknown): never {
  throw failureAt(state, message, hint, inner)
}

export function failureAt(state: State, message: string, hint?: string, inner?: unknown): ExecFailure {
  const { template, node } = state
  const position = positionOf(template.source, node.pos)
  return new ExecFailure(execText(position, template.name, nodeText(node), message), position, inner, hint)
}

/** Limits on what a template may use up. */
export class Bounds {
  private ticks = 0
  private joined = 1 << 20
  private readonly maxOutput: number
  private readonly deadline: number

  /** `maxOutput` in UTF-16 units; `deadline` in milliseconds since 1970. */
  constructor(maxOutput: number, deadline: number) {
    this.maxOutput = maxOutput
    this.deadline = deadline
  }

  /** To be called in every loop and call; cheap, looks at the clock and the output once in 512 calls. */
  tick(state: State): void {
    if ((++this.ticks & 511) === 0) this.check(state)
  }

  private check(state: State): void {
    if (state.out.length > this.maxOutput) throw bound(state, `the output is larger than ${this.maxOutput} characters`)
    if (state.out.length > this.joined) {
      // Reading a character makes one string of the many pieces, which take several times the memory; seldom enough not to be felt.
      state.out.charCodeAt(0)
      this.joined = 2 * state.out.length
    }
    if (Date.now() > this.deadline) throw bound(state, 'the time for rendering is over')
  }
}

/** An error for a bound that was reached at the node where the execution is. */
function bound(state: State, message: string, cause?: unknown): BoundFailure {
  return new BoundFailure(message, positionOf(state.template.source, state.node.pos), cause)
}

/** What a RangeError of JavaScript means to the user, at the node where the execution is; undefined for every other error. */
export function boundOf(state: State, error: unknown): BoundFailure | undefined {
  if (error instanceof BoundFailure) return error
  const message = limitOf(error)
  return message === undefined ? undefined : bound(state, message, error)
}

import { isStackOverflow } from '../errors.ts'
import { byteLength } from './bytes.ts'
import { quote } from './quote.ts'

/** A text that was parsed, under the name it has in messages. */
export interface Source {
  name: string
  text: string
}

/** Where in a source: line from 1, column in bytes from 0, as Go counts. */
export interface Position {
  file: string
  line: number
  column: number
  /** The text of the line. */
  text: string
}

/** A syntax error, with Go's whole text. */
export class ParseFailure extends Error {
  readonly position: Position
  readonly hint: string | undefined
  constructor(source: Source, pos: number, message: string, hint?: string) {
    const position = positionOf(source, pos)
    super(`template: ${source.name}:${position.line}: ${message}`)
    this.position = position
    this.hint = hint
  }
}

/** An error of execution, with Go's whole text; `inner` is what a function returned, where it was a function that failed. */
export class ExecFailure extends Error {
  readonly position: Position | undefined
  readonly inner: unknown
  readonly hint: string | undefined
  constructor(message: string, position?: Position, inner?: unknown, hint?: string) {
    super(message)
    this.position = position
    this.inner = inner
    this.hint = hint
  }
}

/** An error of a function of the engine that knows what to do about it. */
export class HintedError extends Error {
  readonly hint: string | undefined
  constructor(message: string, hint: string | undefined) {
    super(message)
    this.hint = hint
  }
}

/** A bound of the engine was reached (stack, size of the output, time); it ends the rendering and no function's error wraps it. */
export class BoundFailure extends Error {
  readonly position: Position | undefined
  constructor(message: string, position?: Position, cause?: unknown) {
    super(message, { cause })
    this.position = position
  }
}

/** What JavaScript's own errors for too much of everything mean for a template; undefined for every other error. */
export function limitOf(error: unknown): string | undefined {
  if (!(error instanceof RangeError || error instanceof SyntaxError)) return undefined
  if (isStackOverflow(error)) {
    return 'templates or values are nested too deeply, or templates call each other without end'
  }
  return error.message === 'Invalid string length' ? 'the output is too large' : undefined
}

/** The position of an index into the text. */
export function positionOf(source: Source, pos: number): Position {
  const before = source.text.slice(0, pos)
  const start = before.lastIndexOf('\n') + 1
  const end = source.text.indexOf('\n', pos)
  let line = 1
  for (let at = before.indexOf('\n'); at >= 0; at = before.indexOf('\n', at + 1)) line++
  return {
    file: source.name,
    line,
    column: byteLength(before.slice(start)),
    text: source.text.slice(start, end < 0 ? undefined : end),
  }
}

/** Go's text of an error at a node. */
export function execText(position: Position, template: string, context: string, message: string): string {
  return `template: ${position.file}:${position.line}:${position.column}: executing ${quote(template)} at <${context}>: ${message}`
}

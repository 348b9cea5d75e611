/** Where in a file of the chart, of the values or of the configuration an error arose. `line` is 1-based, `column` 0-based as in Go's messages. */
export interface SourceLocation {
  file: string
  line?: number
  column?: number
  /** The text of that line, for a caret below it. */
  text?: string
  /** The line, from 1, of what the template `file` rendered, where that is what the error is about. */
  rendered?: number
  /** `file:line` of the templates that are included there and wrote it in the end. */
  included?: string[]
}

export interface ConvergeErrorOptions {
  /** What the user can do about it, one sentence. */
  hint?: string
  cause?: unknown
  location?: SourceLocation
  /** Further lines below the message: a template stack, a list of findings. Never secrets. */
  details?: string[]
}

/**
 * The one error family of converge. `code` is stable and machine-readable (`ERR_` and words), `message` one sentence for people.
 * Anything else that is thrown is a bug and is reported as such.
 */
export class ConvergeError extends Error {
  readonly code: string
  readonly hint?: string
  readonly location?: SourceLocation
  readonly details: string[]

  constructor(code: string, message: string, options: ConvergeErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'ConvergeError'
    this.code = code
    this.hint = options.hint
    this.location = options.location
    this.details = options.details ?? []
  }
}

/** Whether `error` belongs to the family; by name and code, so that it also holds across two copies of the bundle. */
export function isConvergeError(error: unknown): error is ConvergeError {
  return error instanceof Error && error.name === 'ConvergeError' && typeof (error as ConvergeError).code === 'string'
}

/** The message of anything that can be thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * Whether it was for want of stack that something failed: the values or templates are nested deeper than this thread can follow, or call each
 * other without end. Looks through what other errors were caused by.
 */
export function isStackOverflow(error: unknown): boolean {
  for (let reason = error; reason instanceof Error; reason = reason.cause) {
    // A regular expression that finds no room says so in words of its own.
    if (reason instanceof RangeError && reason.message.includes('call stack')) return true
    if (reason instanceof SyntaxError && reason.message.endsWith('Stack overflow')) return true
  }
  return false
}

/** For a `catch` that makes a text of every error: this one has to reach whoever can give more stack. */
export function passOverflow(error: unknown): void {
  if (isStackOverflow(error)) throw error
}

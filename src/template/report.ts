import { ConvergeError, type SourceLocation } from '../errors.ts'
import { BoundFailure, ExecFailure, limitOf, ParseFailure, type Position } from './failure.ts'

/** Marks around the text of `fail` and `required`; what stands between them is all that Helm shows. */
export const warnStart = 'HELM_ERR_START'
export const warnEnd = 'HELM_ERR_END'

/** The error of a text that does not parse, as Helm prints it: `parse error at (chart/templates/a.yaml:12): message`. */
export function parseError(name: string, failure: unknown): unknown {
  const limit = limitOf(failure)
  if (limit !== undefined)
    return new ConvergeError('ERR_TEMPLATE_PARSE', `parse error in (${name}): ${limit}`, { cause: failure, location: { file: name } })
  if (!(failure instanceof ParseFailure)) return failure
  const parts = failure.message.split(': ')
  return new ConvergeError('ERR_TEMPLATE_PARSE', `parse error at (${parts[1]}): ${parts.at(-1)}`, {
    hint: failure.hint,
    cause: failure,
    location: locationOf(failure.position),
  })
}

/** The error of an execution, as Helm 4 prints it: in blocks of position, node and message, or Go's one line where a function failed. */
export function executionError(name: string, failure: unknown): ConvergeError {
  if (failure instanceof BoundFailure) {
    const { position } = failure
    const at = position ? ` at (${position.file}:${position.line}:${position.column})` : ''
    return new ConvergeError('ERR_TEMPLATE_EXEC', `execution error${at}: ${failure.message}`, {
      cause: failure,
      location: locationOf(position),
    })
  }
  const limit = limitOf(failure)
  if (limit !== undefined) {
    return new ConvergeError('ERR_TEMPLATE_EXEC', `execution error in (${name}): ${limit}`, { cause: failure, location: { file: name } })
  }
  if (!(failure instanceof ExecFailure)) {
    return new ConvergeError('ERR_TEMPLATE_EXEC', failure instanceof Error ? failure.message : String(failure), {
      cause: failure,
      hint: hintOf(failure),
    })
  }
  const chain = chainOf(failure)
  const options = { cause: failure, location: locationOf(failure.position), details: stackOf(chain), hint: hintOf(failure) }
  const [, location, ...rest] = failure.message.split(': ')
  const warning = new RegExp(`${warnStart}(.*)${warnEnd}`, 's').exec(rest.join(': '))
  if (warning) return new ConvergeError('ERR_TEMPLATE_FAIL', `execution error at (${location}): ${warning[1]}`, options)
  return new ConvergeError('ERR_TEMPLATE_EXEC', blocks(chain) ?? failure.message, options)
}

/** An error and what it wraps, outermost first. */
function chainOf(failure: Error): Error[] {
  const chain: Error[] = []
  for (let error: unknown = failure; error instanceof Error; error = error instanceof ExecFailure ? error.inner : error.cause)
    chain.push(error)
  return chain
}

/** The multi-line form; undefined where one of the errors is not text/template's own. */
function blocks(chain: Error[]): string | undefined {
  const found: string[] = []
  for (const error of chain.toReversed()) if (!error.message.startsWith('template: ')) return undefined
  for (const { message } of chain) {
    const block = blockOf(message)
    if (block === undefined) return undefined
    if (found.at(-1) !== block) found.push(block)
  }
  return found.join('').trim()
}

const executing = /^(.*?): executing "([^"]*)" at <(.*?)>: (.*)$/s

function blockOf(message: string): string | undefined {
  const remainder = message.slice('template: '.length)
  if (remainder.startsWith('no template ')) return `${message}\n`
  const match = executing.exec(remainder)
  if (match) {
    const [, location, template, node, text] = match
    return block(location!, `executing "${template}" at <${node}>:`, cut(text!))
  }
  const at = remainder.lastIndexOf(': ')
  return at < 0 ? undefined : block(remainder.slice(0, at), '', cut(remainder.slice(at + 2)))
}

function block(location: string, executed: string, message: string): string {
  return (location && `${location}\n  `) + (executed && `${executed}\n    `) + (message && `${message}\n`)
}

/** Cuts what an inner error adds. */
function cut(text: string): string {
  const at = text.indexOf(' template:')
  return at < 0 ? text : text.slice(0, at)
}

function stackOf(chain: Error[]): string[] {
  return chain.flatMap((error) => {
    if (!(error instanceof ExecFailure) || !error.position) return []
    const { file, line, column } = error.position
    const match = executing.exec(error.message.slice('template: '.length))
    return [`${file}:${line}:${column}${match ? ` in ${JSON.stringify(match[2])} at <${match[3]}>` : ''}`]
  })
}

function hintOf(failure: unknown): string | undefined {
  if (!(failure instanceof Error)) return undefined
  for (const error of chainOf(failure)) {
    const { hint } = error as { hint?: unknown }
    if (typeof hint === 'string') return hint
  }
  return undefined
}

function locationOf(position: Position | undefined): SourceLocation | undefined {
  return position && { ...position }
}

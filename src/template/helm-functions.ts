import { ConvergeError } from '../errors.ts'
import { warnEnd, warnStart } from './report.ts'
import type { CallContext, TemplateFunction, Value } from './value.ts'

/** Executes a template and gives its text. */
export const include: TemplateFunction = {
  params: ['string', 'interface {}'],
  call: ([name, data]: [string, Value], context) => context.include(name, data),
}

/** The functions of Helm that need the engine itself; they replace functions of the same name. */
export const helmFunctions: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['include', include],
  ['tpl', { params: ['string', 'interface {}'], call: ([text, data]: [string, Value], context) => context.tpl(text, data) }],
  ['required', { params: ['string', 'interface {}'], call: required }],
  ['werf_secret_file', { params: ['string'], call: secretFile }],
  ['fail', { params: ['string'], call: failWith }],
  [
    'lookup',
    {
      params: ['string', 'string', 'string', 'string'],
      call: ([apiVersion, kind, namespace, name]: [string, string, string, string], context) =>
        context.lookup(apiVersion, kind, namespace, name),
    },
  ],
])

/** `required message value`: only nil and the empty string are missing; false, 0 and empty maps are values. */
function required([message, value]: [string, Value], context: CallContext): Value {
  if (value !== null && value !== '') return value
  return context.lint ? '' : warn(message)
}

function secretFile([path]: [string], context: CallContext): Value {
  if (!context.secretFile) throw new Error(`the chart has no secret/${path}`)
  return context.secretFile(path)
}

function failWith([message]: [string], context: CallContext): Value {
  return context.lint ? '' : warn(message)
}

function warn(message: string): never {
  throw new ConvergeError('ERR_TEMPLATE_FAIL', warnStart + message + warnEnd)
}

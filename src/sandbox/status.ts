import { ConvergeError } from '../errors.ts'

export interface StatusCause {
  reason: string
  message: string
  field?: string
}

/** An API answer that is a failure: what a real API server sends as a `Status` object. */
export class StatusError extends ConvergeError {
  readonly status: Record<string, any>
  constructor(code: number, reason: string, message: string, details?: Record<string, any>) {
    super('ERR_SANDBOX_STATUS', message)
    this.status = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason ? { reason } : {}),
      ...(details ? { details } : {}),
      code,
    }
  }
}

/** `deployments.apps`, or `pods` for the core group. */
function qualified(resource: string, group: string): string {
  return group === '' ? resource : `${resource}.${group}`
}

const subject = (name: string, group: string, kind: string): Record<string, any> => ({
  ...(name ? { name } : {}),
  ...(group ? { group } : {}),
  kind,
})

export function notFound(resource: string, group: string, name: string): StatusError {
  return new StatusError(404, 'NotFound', `${qualified(resource, group)} "${name}" not found`, subject(name, group, resource))
}

export function alreadyExists(resource: string, group: string, name: string): StatusError {
  return new StatusError(409, 'AlreadyExists', `${qualified(resource, group)} "${name}" already exists`, subject(name, group, resource))
}

const MODIFIED = 'the object has been modified; please apply your changes to the latest version and try again'

export function conflict(resource: string, group: string, name: string, why: string = MODIFIED): StatusError {
  return new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource, group)} "${name}": ${why}`,
    subject(name, group, resource),
  )
}

export function badRequest(message: string): StatusError {
  return new StatusError(400, 'BadRequest', message)
}

export function forbidden(resource: string, group: string, name: string, why: string, causes?: StatusCause[]): StatusError {
  return new StatusError(403, 'Forbidden', `${qualified(resource, group)} "${name}" is forbidden: ${why}`, {
    ...subject(name, group, resource),
    ...(causes ? { causes } : {}),
  })
}

export function expired(message: string): StatusError {
  return new StatusError(410, 'Expired', message)
}

export function methodNotAllowed(): StatusError {
  return new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})
}

/** 422 with one cause for each finding, worded as a `field.ErrorList`. */
export function invalid(kind: string, group: string, name: string, findings: readonly Finding[]): StatusError {
  const texts = findings.map((finding) => `${finding.field}: ${finding.message}`)
  const all = texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`
  return new StatusError(422, 'Invalid', `${qualified(kind, group)} "${name}" is invalid: ${all}`, {
    ...subject(name, group, kind),
    causes: findings.map((finding) => ({ reason: finding.reason, message: finding.message, field: finding.field })),
  })
}

/** One violated rule of validation, as `field.Error` of apimachinery words it. */
export interface Finding {
  field: string
  reason: string
  message: string
}

/** How Go's `field.Error` prints a value. */
function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (value === undefined) return 'null'
  return JSON.stringify(value)
}

export const finding = {
  required: (field: string, detail = ''): Finding => ({
    field,
    reason: 'FieldValueRequired',
    message: detail ? `Required value: ${detail}` : 'Required value',
  }),
  invalid: (field: string, value: unknown, detail: string): Finding => ({
    field,
    reason: 'FieldValueInvalid',
    message: `Invalid value: ${shown(value)}: ${detail}`,
  }),
  unsupported: (field: string, value: unknown, supported: readonly string[]): Finding => ({
    field,
    reason: 'FieldValueNotSupported',
    message: `Unsupported value: ${shown(value)}: supported values: ${supported.map((s) => JSON.stringify(s)).join(', ')}`,
  }),
  forbidden: (field: string, detail: string): Finding => ({ field, reason: 'FieldValueForbidden', message: `Forbidden: ${detail}` }),
  duplicate: (field: string, value: unknown): Finding => ({
    field,
    reason: 'FieldValueDuplicate',
    message: `Duplicate value: ${shown(value)}`,
  }),
  notFound: (field: string, value: unknown): Finding => ({ field, reason: 'FieldValueNotFound', message: `Not found: ${shown(value)}` }),
  tooLong: (field: string, limit: number): Finding => ({
    field,
    reason: 'FieldValueTooLong',
    message: `Too long: may not be more than ${limit} bytes`,
  }),
}

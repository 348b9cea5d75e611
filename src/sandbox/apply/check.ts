import { isObject } from '../object.ts'
import type { Type } from '../schema/types.ts'
import { StatusError } from '../status.ts'
import { itemElement } from './typed.ts'

/** Refuses a configuration that does not fit its kind's schema, as server-side apply does: with 500 and the paths. */
export function checkConfiguration(type: Type, config: any, label: string): void {
  const errors: string[] = []
  visit(type, config, '', errors)
  if (errors.length === 0) return
  const text = errors.length === 1 ? errors[0]! : ['errors:', ...errors.map((e) => `  ${e}`)].join('\n')
  throw new StatusError(500, '', `failed to create typed patch object (${label}): ${text}`)
}

const NUMERIC = new Set(['int32', 'int64', 'float64'])
const UNTYPED = new Set(['Quantity', 'IntOrString'])

function visit(type: Type, value: any, path: string, errors: string[]): void {
  if (value === null || value === undefined || type.t === 'any') return
  const say = (message: string): void => void errors.push(path === '' ? message : `${path}: ${message}`)
  switch (type.t) {
    case 'scalar':
      if (NUMERIC.has(type.go)) {
        if (typeof value !== 'number') say(`expected numeric (int or float), got ${goType(value)}`)
      } else if (type.go === 'bool') {
        if (typeof value !== 'boolean') say(`expected boolean, got ${shown(value)}`)
      } else if (UNTYPED.has(type.go)) {
        if (typeof value === 'object') say(`expected any scalar, got ${shown(value)}`)
      } else if (typeof value !== 'string') say(`expected string, got &value.valueUnstructured{Value:${JSON.stringify(value)}}`)
      return
    case 'list': {
      if (!Array.isArray(value)) {
        say(`expected list, got ${shown(value)}`)
        return
      }
      const seen = new Set<string>()
      for (const [i, item] of value.entries()) {
        let element = `[${i}]`
        if (type.rel !== 'atomic') {
          let key: string
          try {
            key = itemElement(type, item)
          } catch (error) {
            say(`element ${i}: ${(error as Error).message}`)
            return
          }
          element = shownKey(key)
          if (seen.has(key)) say(`duplicate entries for key ${element}`)
          seen.add(key)
        }
        visit(type.of, item, `${path}${element}`, errors)
      }
      return
    }
    case 'map':
      if (!isObject(value)) say(`expected map, got ${shown(value)}`)
      else for (const key of Object.keys(value)) visit(type.of, value[key], `${path}.${key}`, errors)
      return
    case 'struct':
      if (!isObject(value)) {
        say(`expected map, got ${shown(value)}`)
        return
      }
      for (const key of Object.keys(value)) {
        const field = type.fields[key]
        if (field) visit(field.type, value[key], `${path}.${key}`, errors)
        else if (!type.preserve && !(path === '' && (key === 'apiVersion' || key === 'kind')))
          errors.push(`${path}.${key}: field not declared in schema`)
      }
  }
}

function shownKey(element: string): string {
  if (element.startsWith('v:')) return `[=${element.slice(2)}]`
  const fields = Object.entries(JSON.parse(element.slice(2))).map(([name, at]) => `${name}=${JSON.stringify(at)}`)
  return `[${fields.join(',')}]`
}

function goType(value: unknown): string {
  if (typeof value === 'string' || typeof value === 'number') return typeof value
  if (typeof value === 'boolean') return 'bool'
  return Array.isArray(value) ? '[]interface {}' : 'map[string]interface {}'
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `&{[${value.map(go).join(' ')}]}`
  return `&{${go(value)}}`
}

function go(value: any): string {
  if (Array.isArray(value)) return `[${value.map(go).join(' ')}]`
  if (isObject(value))
    return `map[${Object.keys(value)
      .sort()
      .map((key) => `${key}:${go(value[key])}`)
      .join(' ')}]`
  return value === null ? '<nil>' : String(value)
}

import { copy, equal } from '../object.ts'
import { badRequest, StatusError } from '../status.ts'

/** The API server does not tell the client which operation failed, nor why. */
function fail(_reason: string): never {
  throw new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {})
}

const pointer = (path: string): string[] =>
  path
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))

/** The parent container of a path, and its last element. */
function locate(root: any, path: string): { parent: any; key: string } {
  const parts = pointer(path)
  const key = parts.pop()
  if (key === undefined) fail(`invalid path ${path}`)
  let at = root
  for (const part of parts)
    at = Array.isArray(at) ? at[Number(part)] : at !== null && typeof at === 'object' && Object.hasOwn(at, part) ? at[part] : undefined
  if (at === null || typeof at !== 'object') fail(`doc is missing path: ${path}: missing value`)
  return { parent: at, key }
}

function read(root: any, path: string): any {
  const { parent, key } = locate(root, path)
  const found = Array.isArray(parent) ? parent[Number(key)] : Object.hasOwn(parent, key) ? parent[key] : undefined
  if (found === undefined) fail(`unable to get nonexistent key: ${key}: missing value`)
  return found
}

function add(root: any, path: string, value: any): void {
  const { parent, key } = locate(root, path)
  if (!Array.isArray(parent)) parent[key] = value
  else if (key === '-') parent.push(value)
  else {
    const index = Number(key)
    if (!Number.isInteger(index) || index < 0 || index > parent.length)
      fail(`Unable to access invalid index: ${key}: invalid index referenced`)
    parent.splice(index, 0, value)
  }
}

function remove(root: any, path: string): any {
  const { parent, key } = locate(root, path)
  if (Array.isArray(parent)) {
    if (!(Number(key) in parent)) fail(`Unable to access invalid index: ${key}: invalid index referenced`)
    return parent.splice(Number(key), 1)[0]
  }
  if (!Object.hasOwn(parent, key)) fail(`remove operation does not apply: doc is missing path: ${path}: missing value`)
  const value = parent[key]
  delete parent[key]
  return value
}

/** Applies an RFC 6902 patch to a copy of `object`. */
export function jsonPatch(object: any, operations: any): any {
  if (!Array.isArray(operations))
    throw badRequest('error decoding patch: json: cannot unmarshal object into Go value of type jsonpatch.Patch')
  const out = copy(object)
  for (const operation of operations) {
    const { op, path, from } = operation
    if (typeof path !== 'string') fail('operation without a path')
    switch (op) {
      case 'add':
        add(out, path, copy(operation.value))
        break
      case 'replace': {
        read(out, path)
        const { parent, key } = locate(out, path)
        parent[Array.isArray(parent) ? Number(key) : key] = copy(operation.value)
        break
      }
      case 'remove':
        remove(out, path)
        break
      case 'move':
        add(out, path, remove(out, from))
        break
      case 'copy':
        add(out, path, copy(read(out, from)))
        break
      case 'test': {
        let actual: any
        try {
          actual = read(out, path)
        } catch {
          actual = null
        }
        if (!equal(actual ?? null, operation.value ?? null)) fail(`testing value ${path} failed: test failed`)
        break
      }
      default:
        fail(`Unexpected kind: ${op}`)
    }
  }
  return out
}

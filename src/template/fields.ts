import { invoke } from './call.ts'
import { nearest } from './hint.ts'
import type { Node } from './nodes.ts'
import { elemTypeOf, zeroOf } from './params.ts'
import { goTypeOf, mapOf } from './reflect.ts'
import { type Arg, fail, type State } from './state.ts'
import { type GoMap, GoObject, type TemplateFunction, TypedMap, TypedSlice } from './value.ts'

/** A chain of fields `.a.b.c`. `startIsInterface` tells whether what it starts from is an element of a container of `interface {}`. */
export interface Chain {
  names: readonly string[]
  /** Where errors of methods on the way are reported. */
  node: Node
  startIsInterface(state: State): boolean
}

/** Follows the first `count` fields of a chain from `start`. */
export function follow(state: State, start: Arg, chain: Chain, count: number): Arg {
  const { names } = chain
  let value = start
  for (let i = 0; i < count; i++) {
    const map: GoMap | undefined = value instanceof Map ? plainMap(value, names[i]!) : undefined
    if (map) {
      const next = map.get(names[i]!)
      value = next === undefined ? null : next
    } else value = fieldOf(state, value, chain, i, start)
  }
  return value
}

/** The map of `interface {}` behind a value, where `name` is no method of it. */
function plainMap(value: GoMap, name: string): GoMap | undefined {
  if (value.constructor === Map) return value
  return value instanceof TypedMap && value.target !== undefined && !value.methods?.has(name) ? value.target : undefined
}

/** Field `i` of a chain on anything but a plain map. */
function fieldOf(state: State, receiver: Arg, chain: Chain, i: number, start: Arg): Arg {
  if (receiver === undefined) return undefined
  const name = chain.names[i]!
  const method = methodOf(receiver, name)
  if (method) return callMethod(state, method, name, chain.node)
  const value = plainFieldOf(receiver, name)
  return value === undefined ? noField(state, receiver, chain, i, start) : value
}

/** Calls a method without arguments. */
function callMethod(state: State, method: TemplateFunction, name: string, node: Node): Arg {
  const least = method.params.length - (method.variadic ? 1 : 0)
  if (least > 0) return fail(state, `wrong number of args for ${name}: want ${method.variadic ? 'at least ' : ''}${least} got 0`)
  return method.unusable === undefined ? invoke(state, method, name, node, []) : fail(state, method.unusable)
}

/** A field of a struct or an entry of a map; null for a missing key, undefined where values of this type have no such field. */
export function plainFieldOf(receiver: Arg, name: string): Arg {
  if (receiver instanceof GoObject && receiver.kind !== 'map') return receiver.field(name)
  const map = mapOf(receiver)
  if (map === undefined) return undefined
  const value = map.get(name)
  return value === undefined ? zeroOf(elemTypeOf(receiver!)) : value
}

/** A method of a value; methods come before fields and keys of the same name. */
export function methodOf(receiver: Arg, name: string): TemplateFunction | undefined {
  if (receiver instanceof GoObject) return receiver.method(name)
  if (receiver instanceof TypedMap || receiver instanceof TypedSlice) return receiver.methods?.get(name)
  return undefined
}

/** Ends with Go's message for a field that cannot be taken. */
export function noField(state: State, receiver: Arg, chain: Chain, i: number, start: Arg): never {
  const name = chain.names[i]!
  if (receiver === null) fail(state, `nil pointer evaluating interface {}.${name}`, missingHint(state, chain, i, start))
  const node = state.node
  const container = i > 0 ? follow(state, start, chain, i - 1) : undefined
  state.node = node
  if (receiver instanceof GoObject && receiver.hides(name)) {
    fail(state, `${name} is an unexported field of struct type ${receiver.goType}`)
  }
  const held = i > 0 ? container instanceof Map && elemTypeOf(container) === 'interface {}' : chain.startIsInterface(state)
  fail(state, `can't evaluate field ${name} in type ${held ? 'interface {}' : goTypeOf(receiver)}`, nameHint(receiver, name))
}

function missingHint(state: State, chain: Chain, i: number, start: Arg): string | undefined {
  if (i === 0) return undefined
  const node = state.node
  const container = follow(state, start, chain, i - 1)
  state.node = node
  const missing = chain.names[i - 1]!
  const map = mapOf(container)
  if (!map) return undefined
  const close = nearest(missing, map.keys())
  if (close) return `There is no ${JSON.stringify(missing)}; did you mean ${JSON.stringify(close)}?`
  const path = chain.names.slice(0, i).join('.')
  return map.has(missing) ? `.${path} is null.` : `.${path} is not set.`
}

function nameHint(receiver: Arg, name: string): string | undefined {
  const map = mapOf(receiver)
  const close = map && nearest(name, map.keys())
  return close && `Did you mean ${JSON.stringify(close)}?`
}

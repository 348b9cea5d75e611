import { sortedKeys } from './bytes.ts'
import { compilePipe, type Env } from './expression.ts'
import { formatValue } from './fmt.ts'
import { type BranchNode, type ListNode, none, variablesOf } from './nodes.ts'
import { elemTypeOf } from './params.ts'
import { integerOf, mapOf } from './reflect.ts'
import { type Scope, storeOf, type Variable } from './scope.ts'
import { type Arg, fail, Jump, type State, type Statement } from './state.ts'
import { GoObject, Int, type Value } from './value.ts'

type CompileList = (list: ListNode, env: Env) => Statement

/** What happens at the beginning of each round: variables take the index and the element. */
type Begin = (state: State, index: Arg, elem: Arg, elemIsInterface: boolean) => void

/** Compiles `range` over integers, slices and maps (in the order of their keys); a body can end it early. */
export function compileRange(node: BranchNode, env: Env, compileList: CompileList): Statement {
  const scope = env.scope.inner()
  const variables = variablesOf(node.pipe)
  const pipe = compilePipe(node.pipe.kind === 'pipe' ? { ...node.pipe, variables: none } : node.pipe, { ...env, scope })
  const { before, begin } = loopVariables(node, scope)
  const { scope: inner, elemSlot } = scope.rangeDot()
  const other = { ...env, scope: scope.inner() }
  let list: Statement | undefined
  let otherwise: Statement | undefined
  const pairs = variables.length > 1

  /** One round; true ends the loop. */
  function round(state: State, index: Arg, elem: Arg, elemIsInterface: boolean): Jump | undefined {
    begin(state, index, elem, elemIsInterface)
    state.run.bounds.tick(state)
    list ??= compileList(node.list, { ...env, scope: inner })
    const jump = list(state, elem)
    return jump === Jump.Break ? Jump.None : undefined
  }

  return (state, dot) => {
    const value = pipe(state, dot, undefined)
    before(state, value)
    const held = value !== undefined && value !== null && typeof value === 'object' && elemTypeOf(value) === 'interface {}'
    state.vars[elemSlot] = held
    const map = mapOf(value)
    const count = integerOf(value)
    if (map) {
      if (map.size > 0) {
        const keys = sortedKeys(map)
        const values = keys.map((key) => map.get(key)!)
        for (let i = 0; i < keys.length; i++) if (round(state, keys[i], values[i]!, held) !== undefined) break
        return Jump.None
      }
    } else if (Array.isArray(value) || value instanceof Uint8Array) {
      const { length } = value
      for (let i = 0; i < length; i++) {
        if (round(state, pairs ? new Int('int', BigInt(i)) : undefined, elementOf(value, i), held) !== undefined) break
      }
      if (length > 0) return Jump.None
    } else if (count !== undefined) {
      if (pairs) fail(state, `can't use ${formatValue(value)} to iterate over more than one variable`)
      for (let i = 0n; i < count; i++) if (round(state, undefined, numberLike(value, i), false) !== undefined) break
      if (count > 0n) return Jump.None
    } else if (value !== undefined) {
      // Go looks through pointers here.
      const shown = value instanceof GoObject && value.kind === 'ptr' ? formatValue(value).replace(/^&/, '') : formatValue(value)
      fail(state, `range can't iterate over ${shown}`)
    }
    if (!node.otherwise) return Jump.None
    otherwise ??= compileList(node.otherwise, other)
    const jump = otherwise(state, dot)
    // A break of the loop around ends no more than this one, as in Go.
    return jump === Jump.Break ? Jump.None : jump
  }
}

/** An integer in the type of another one. */
function numberLike(value: Arg, worth: bigint): Value {
  if (value instanceof Int) return new Int(value.type, worth)
  return value instanceof GoObject ? value.withInteger(worth) : worth
}

function elementOf(items: Value[] | Uint8Array, i: number): Value {
  const item = items[i]!
  return items instanceof Uint8Array ? new Int('uint8', BigInt(item as number)) : (item as Value)
}

interface Variables {
  /** Sets the variables to the whole value: what the `else` branch sees. */
  before(state: State, value: Arg): void
  begin: Begin
}

/** The variables of a loop, declared or (with `=`) those in sight; the last one takes the element. */
function loopVariables({ pipe }: BranchNode, scope: Scope): Variables {
  const names = variablesOf(pipe).map(({ path }) => path)
  const assigns = pipe.kind === 'pipe' && pipe.assign
  const variables = names.map((name) => (assigns ? scope.variable(name) : scope.declareElement(name)))
  const unknown = names.find((_, i) => variables[i] === undefined)
  if (unknown !== undefined) return { before: (state) => fail(state, `undefined variable: ${unknown}`), begin: () => {} }
  const stores = (variables as Variable[]).map(storeOf)
  const before = (state: State, value: Arg): void => {
    for (const store of stores) store(state, value)
  }
  const elem = variables.at(-1)
  if (!elem) return { before, begin: () => {} }
  const index = variables.length > 1 ? variables[0] : undefined
  return {
    before,
    begin: (state, at, value, held) => {
      if (index) state.vars[index.slot] = at
      state.vars[elem.slot] = value
      state.vars[elem.elemSlot] = held
    },
  }
}

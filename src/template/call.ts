import { and, call, calleeOf, eq, ne, not, or } from './builtins.ts'
import { include } from './helm-functions.ts'
import type { ArgNode, Node } from './nodes.ts'
import { nodeText } from './nodes.ts'
import { type Convert, canBeNil, converterOf } from './params.ts'
import { goTypeOf, integerOf, isTrue } from './reflect.ts'
import type { Scope } from './scope.ts'
import { type Arg, boundOf, type Expression, fail, failureAt, type State } from './state.ts'
import type { ParamType, TemplateFunction, Value } from './value.ts'

/** Compiles an argument for a parameter of a type: evaluated, checked and in the shape that functions take. */
export type CompileArg = (node: ArgNode, type: ParamType) => (state: State, dot: Arg) => any

/** A call as it stands in a template. */
export interface Call {
  name: string
  fn: TemplateFunction
  /** Where the evaluation is before the arguments. */
  at: Node
  /** The node at which errors of the function itself are reported. */
  node: Node
  args: readonly ArgNode[]
  /** Whether the pipeline hands on a value, which is the last argument. */
  piped: boolean
  /** The variables in sight. */
  scope: Scope
}

/** Compiles a call of a function or method whose name is resolved. */
export function compileCall(target: Call, compileArg: CompileArg): Expression {
  const { fn, args, piped, name, node, at } = target
  const wrong = arityError(target)
  if (wrong !== undefined) return failAt(at, wrong)
  if (fn.unusable !== undefined) return failAt(at, fn.unusable)
  if (fn === and || fn === or) return shortCircuit(target, compileArg)
  if (fn === call) return callValue(target, compileArg)
  const closures = args.map((arg, i) => compileArg(arg, paramOf(fn, i)))
  const convert = piped ? converterOf(paramOf(fn, args.length)) : undefined
  if (convert === undefined) return inlined(target, closures) ?? direct(target, closures)
  const a = closures[0]
  const b = closures[1]
  if (closures.length === 0) {
    return (state, _, final) => {
      state.node = at
      return invoke(state, fn, name, node, [convert(state, final)])
    }
  }
  if (closures.length === 1) {
    return (state, dot, final) => {
      state.node = at
      return invoke(state, fn, name, node, [a!(state, dot), convert(state, final)])
    }
  }
  if (closures.length === 2) {
    return (state, dot, final) => {
      state.node = at
      return invoke(state, fn, name, node, [a!(state, dot), b!(state, dot), convert(state, final)])
    }
  }
  return (state, dot, final) => {
    state.node = at
    const values = evaluate(closures, state, dot)
    values.push(convert(state, final))
    return invoke(state, fn, name, node, values)
  }
}

type ArgClosure = ReturnType<CompileArg>

function failAt(node: Node, message: string): Expression {
  return (state) => {
    state.node = node
    return fail(state, message)
  }
}

function direct({ fn, name, node, at }: Call, closures: ArgClosure[]): Expression {
  const a = closures[0]
  const b = closures[1]
  if (closures.length === 0) {
    return (state) => {
      state.node = at
      return invoke(state, fn, name, node, [])
    }
  }
  if (closures.length === 1) {
    return (state, dot) => {
      state.node = at
      return invoke(state, fn, name, node, [a!(state, dot)])
    }
  }
  if (closures.length === 2) {
    return (state, dot) => {
      state.node = at
      return invoke(state, fn, name, node, [a!(state, dot), b!(state, dot)])
    }
  }
  return (state, dot) => {
    state.node = at
    return invoke(state, fn, name, node, evaluate(closures, state, dot))
  }
}

/** The commonest functions without a call. */
function inlined({ fn, name, node, at }: Call, closures: ArgClosure[]): Expression | undefined {
  const a = closures[0]
  const b = closures[1]
  if (fn === not) return (state, dot) => !isTrue(a!(state, dot))
  if (fn === include) return compileInclude(name, node, at, a!, b!)
  if ((fn !== eq && fn !== ne) || closures.length !== 2) return undefined
  const equal = fn === eq
  return (state, dot) => {
    state.node = at
    const x = a!(state, dot)
    const y = b!(state, dot)
    if (typeof x === 'string' && typeof y === 'string') return (x === y) === equal
    return invoke(state, fn, name, node, [x, y])
  }
}

/** The way from one template into the next takes as little of the stack as can be. */
function compileInclude(name: string, node: Node, at: Node, target: ArgClosure, data: ArgClosure): Expression {
  return (state, dot) => {
    state.node = at
    const template: string = target(state, dot)
    const value: Value = data(state, dot)
    try {
      return state.run.include(template, value)
    } catch (error) {
      throw callFailure(state, name, node, error)
    }
  }
}

function evaluate(closures: ArgClosure[], state: State, dot: Arg): any[] {
  const values: any[] = new Array(closures.length)
  for (let i = 0; i < closures.length; i++) values[i] = closures[i]!(state, dot)
  return values
}

/** Calls a function; what it throws becomes Go's `error calling NAME: …`. */
export function invoke(state: State, fn: TemplateFunction, name: string, node: Node, args: any[]): Arg {
  try {
    return fn.call(args, state.run.context)
  } catch (error) {
    throw callFailure(state, name, node, error)
  }
}

function callFailure(state: State, name: string, node: Node, error: unknown): Error {
  const limit = boundOf(state, error)
  if (limit) return limit
  state.node = node
  return failureAt(state, `error calling ${name}: ${error instanceof Error ? error.message : String(error)}`, undefined, error)
}

/** The type of parameter `i`. */
function paramOf({ params, variadic }: TemplateFunction, i: number): ParamType {
  return params[variadic ? Math.min(i, params.length - 1) : i]!
}

function arityError({ fn, args, piped, name }: Call): string | undefined {
  const given = args.length + (piped ? 1 : 0)
  if (fn.variadic) {
    const least = fn.params.length - 1
    return given < least ? `wrong number of args for ${name}: want at least ${least} got ${args.length}` : undefined
  }
  return given === fn.params.length ? undefined : `wrong number of args for ${name}: want ${fn.params.length} got ${given}`
}

function shortCircuit({ fn, args, piped, at, scope }: Call, compileArg: CompileArg): Expression {
  const closures: ArgClosure[] = []
  const add = (arg: ArgNode): unknown => closures.push(compileArg(arg, 'reflect.Value'))
  args.slice(0, 1).forEach(add)
  const forget = scope.conditionally(() => args.slice(1).forEach(add))
  const stop = fn === or
  return (state, dot, final) => {
    state.node = at
    forget?.(state)
    let value: Arg
    for (let i = 0; i < closures.length; i++) {
      value = closures[i]!(state, dot)
      if (isTrue(value) === stop) return value
    }
    return piped ? final : value
  }
}

/** The builtin `call`: a function that is a value. Messages name it as it is written; as reflect.Value's String does where the pipeline hands it on. */
function callValue({ args, piped, node, at }: Call, compileArg: CompileArg): Expression {
  const closures = args.map((arg) => compileArg(arg, 'reflect.Value'))
  return (state, dot, final) => {
    state.node = at
    const values = evaluate(closures, state, dot)
    if (piped) values.push(final)
    const name = args.length > 0 ? nodeText(args[0]!) : typeof final === 'string' ? final : `<${goTypeOf(final)} Value>`
    const fn: TemplateFunction = {
      params: [],
      call: (_, context) => calleeOf(values[0], name).call(prepare(state, values, name), context),
    }
    return invoke(state, fn, 'call', node, [])
  }
}

/** Checks the arguments of `call` by its own rules: integers convert into each other. */
function prepare(state: State, [target, ...args]: Arg[], name: string): unknown[] {
  const fn = calleeOf(target, name)
  const least = fn.params.length - (fn.variadic ? 1 : 0)
  if (fn.variadic ? args.length < least : args.length !== least) {
    throw new Error(`wrong number of args for ${name}: got ${args.length} want ${fn.variadic ? 'at least ' : ''}${least}`)
  }
  return args.map((arg, i) => {
    try {
      return prepareArg(state, arg, paramOf(fn, i))
    } catch (error) {
      throw new Error(`arg ${i}: ${(error as Error).message}`)
    }
  })
}

function prepareArg(state: State, arg: Arg, type: ParamType): unknown {
  if ((arg === undefined || arg === null) && !canBeNil(type)) throw new Error(`value is nil; should be of type ${type}`)
  const convert: Convert = converterOf(type)
  const integer = integerOf(arg)
  if (integer !== undefined && /^u?int\d*$/.test(type)) return type === 'int64' || type === 'uint64' ? integer : Number(integer)
  try {
    return convert(state, arg ?? undefined)
  } catch {
    throw new Error(`value has type ${goTypeOf(arg)}; should be ${type}`)
  }
}

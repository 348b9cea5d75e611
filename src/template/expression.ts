import { compileCall } from './call.ts'
import { complexValue } from './complex.ts'
import { constantOf } from './constant.ts'
import { type Chain, follow, methodOf, noField, plainFieldOf } from './fields.ts'
import {
  type ArgNode,
  type ChainNode,
  type Command,
  type FieldNode,
  type IdentifierNode,
  type Node,
  type NumberNode,
  nodeText,
  none,
  type Pipeline,
  type VariableNode,
} from './nodes.ts'
import { canBeNil, converterOf, intValue, isIntType, nilOf } from './params.ts'
import type { Scope } from './scope.ts'
import { type Arg, type Expression, fail, type State } from './state.ts'
import type { Trace } from './trace.ts'
import { unquote } from './unquote.ts'
import { Int, type ParamType, type TemplateFunction, type Value } from './value.ts'

/** What is known at a place in a template: the functions, the variables in sight, and where dot comes from. */
export interface Env {
  functions: ReadonlyMap<string, TemplateFunction>
  scope: Scope
  /** Remembers what writes which part of the output. */
  trace?: Trace
}

/** Compiles a pipeline with its declarations. Its value is never a nil interface: that becomes nothing, as in Go. */
export function compilePipe(pipe: Pipeline, env: Env): Expression {
  if (pipe.kind !== 'pipe') return single(compileCommand(pipe, false, env, pipe))
  const value =
    pipe.rest.length === 0
      ? single(compileCommand(pipe.first, false, env, pipe))
      : chainCommands([pipe.first, ...pipe.rest].map((command, i) => compileCommand(command, i > 0, env, pipe)))
  if (pipe.variables.length === 0) return value
  const stores = pipe.variables.map(({ path }) => (pipe.assign ? env.scope.assign(path) : env.scope.declare(path)))
  if (stores.length === 1) {
    const store = stores[0]
    return (state, dot, final) => {
      const result = value(state, dot, final)
      store!(state, result)
      return result
    }
  }
  return (state, dot, final) => {
    const result = value(state, dot, final)
    for (const each of stores) each(state, result)
    return result
  }
}

function single(command: Expression): Expression {
  return (state, dot) => command(state, dot, undefined) ?? undefined
}

function chainCommands(commands: Expression[]): Expression {
  const first = commands[0]
  const second = commands[1]
  const third = commands[2]
  if (commands.length === 2) return (state, dot) => second!(state, dot, first!(state, dot, undefined) ?? undefined) ?? undefined
  if (commands.length === 3) {
    return (state, dot) => third!(state, dot, second!(state, dot, first!(state, dot, undefined) ?? undefined) ?? undefined) ?? undefined
  }
  return (state, dot) => {
    let value: Arg
    for (let i = 0; i < commands.length; i++) value = commands[i]!(state, dot, value) ?? undefined
    return value
  }
}

function compileCommand(command: Command, piped: boolean, env: Env, pipe: Pipeline): Expression {
  const node = command.kind === 'command' ? command.first : command
  const args = command.kind === 'command' ? [command.second, ...command.rest] : none
  switch (node.kind) {
    case 'field':
      return compileField(node, args, piped, env)
    case 'chain':
      return compileChain(node, args, piped, env)
    case 'variable':
      return !node.path.includes('.') && (args.length > 0 || piped) ? variableWithArgs(node, env) : compileVariable(node, args, piped, env)
    case 'identifier':
      return compileFunction(node, command, args, piped, env)
    case 'pipe':
      // The evaluation is still at the start of the pipeline, or where the command before it ended.
      if (args.length > 0 && !piped) return throwAt(pipe, `can't give argument to non-function ${nodeText(node)}`)
      return piped ? (state) => fail(state, `can't give argument to non-function ${nodeText(node)}`) : compilePipe(node, env)
  }
  if (args.length > 0 || piped) return throwAt(node, `can't give argument to non-function ${nodeText(node)}`)
  return node.kind === 'nil' ? throwAt(node, 'nil is not a command') : compileLiteral(node)
}

function variableWithArgs(node: VariableNode, env: Env): Expression {
  const read = env.scope.read(node.path)
  return (state) => {
    state.node = node
    read(state)
    return fail(state, `can't give argument to non-function ${nodeText(node)}`)
  }
}

function throwAt(node: Node, message: string): (state: State) => never {
  return (state) => {
    state.node = node
    return fail(state, message)
  }
}

/** A literal, or dot, where no type is asked for. */
function compileLiteral(node: ArgNode): Expression {
  switch (node.kind) {
    case 'dot':
      return (state, dot) => {
        state.node = node
        return dot
      }
    case 'bool':
      return constant(node, node.value)
    case 'string':
      return constant(node, unquote(node.source)!)
    case 'number': {
      const value = idealConstant(node)
      return value === undefined ? throwAt(node, `${node.text} overflows int`) : constant(node, value)
    }
  }
  return throwAt(node, `can't evaluate command ${JSON.stringify(nodeText(node))}`)
}

function constant(node: Node, value: Value): Expression {
  return (state) => {
    state.node = node
    return value
  }
}

/** A number where its spelling alone tells the type: with a point or exponent a float64, else an int. */
function idealConstant(node: NumberNode): Value | undefined {
  const { text } = node
  const { int, float, complex } = constantOf(node)
  if (complex) return complexValue(complex.real, complex.imaginary)
  if (int !== undefined && text === String(int)) return new Int('int', int)
  const hexInt = /^0[xX][^pP]+$/.test(text)
  if (float !== undefined && !hexInt && text[0] !== "'" && /[.eEpP]/.test(text)) return float
  return int === undefined ? undefined : new Int('int', int)
}

function compileFunction(node: IdentifierNode, at: Node, args: readonly ArgNode[], piped: boolean, env: Env): Expression {
  const fn = env.functions.get(node.name)!
  return compileCall({ name: node.name, fn, at: node, node: at, args, piped, scope: env.scope }, (arg, type) => compileArg(arg, type, env))
}

function compileField(node: FieldNode, args: readonly ArgNode[], piped: boolean, env: Env): Expression {
  const names = node.path.split('.')
  const chain: Chain = { names, node, startIsInterface: env.scope.dotIsInterface() }
  if (args.length > 0 || piped) return withArguments(node, chain, (_, dot) => dot, args, piped, env)
  const a = names[0]!
  const b = names[1]
  if (names.length === 1) {
    return (state, dot) => {
      state.node = node
      if (dot instanceof Map && dot.constructor === Map) return dot.get(a) ?? null
      return follow(state, dot, chain, 1)
    }
  }
  if (names.length === 2) {
    return (state, dot) => {
      state.node = node
      if (dot instanceof Map && dot.constructor === Map) {
        const next = dot.get(a)
        if (next instanceof Map && next.constructor === Map) return next.get(b!) ?? null
      }
      return follow(state, dot, chain, 2)
    }
  }
  return (state, dot) => {
    state.node = node
    return follow(state, dot, chain, names.length)
  }
}

function compileVariable(node: VariableNode, args: readonly ArgNode[], piped: boolean, env: Env): Expression {
  const dot = node.path.indexOf('.')
  const variable = dot < 0 ? node.path : node.path.slice(0, dot)
  const read = env.scope.read(variable)
  if (dot < 0) {
    return (state) => {
      state.node = node
      return read(state)
    }
  }
  const names = node.path.slice(dot + 1).split('.')
  const chain: Chain = { names, node, startIsInterface: env.scope.variableIsInterface(variable) }
  if (args.length > 0 || piped) return withArguments(node, chain, (state) => read(state), args, piped, env)
  return (state) => {
    state.node = node
    return follow(state, read(state), chain, names.length)
  }
}

function compileChain(node: ChainNode, args: readonly ArgNode[], piped: boolean, env: Env): Expression {
  if (node.node.kind === 'nil') return throwAt(node, `indirection through explicit nil in ${nodeText(node)}`)
  const start = compileUntyped(node.node, env)
  const names = node.path.split('.')
  const chain: Chain = { names, node, startIsInterface: () => false }
  const begin: Expression = (state, dot) => {
    state.node = node
    return start(state, dot, undefined)
  }
  if (args.length > 0 || piped) return withArguments(node, chain, begin, args, piped, env)
  return (state, dot) => follow(state, begin(state, dot, undefined), chain, names.length)
}

/** A chain whose last field is a method with arguments; anything else cannot have any. */
function withArguments(node: Node, chain: Chain, start: Expression, args: readonly ArgNode[], piped: boolean, env: Env): Expression {
  const { names } = chain
  const last = names.at(-1)!
  return (state, dot, final) => {
    state.node = node
    const begin = start(state, dot, undefined)
    const receiver = follow(state, begin, chain, names.length - 1)
    if (receiver === undefined) return undefined
    const fn = methodOf(receiver, last)
    if (fn) {
      const run = compileCall({ name: last, fn, at: node, node, args, piped, scope: env.scope }, (arg, type) => compileArg(arg, type, env))
      return run(state, dot, final)
    }
    if (receiver === null || plainFieldOf(receiver, last) === undefined) return noField(state, receiver, chain, names.length - 1, begin)
    const isMap = !(typeof receiver === 'object' && 'kind' in receiver && receiver.kind !== 'map')
    return fail(state, isMap ? `${last} is not a method but has arguments` : `${last} has arguments but cannot be invoked as function`)
  }
}

/** An argument of which no type is asked: what a chain of fields starts from. */
function compileUntyped(node: ArgNode, env: Env): Expression {
  if (node.kind === 'pipe') {
    const pipe = compilePipe(node, env)
    return (state, dot) => pipe(state, dot, undefined)
  }
  return compileOperand(node, env) ?? compileLiteral(node)
}

/** An operand that has to be evaluated; undefined for a literal. */
function compileOperand(node: ArgNode, env: Env): Expression | undefined {
  switch (node.kind) {
    case 'field':
      return compileField(node, [], false, env)
    case 'variable':
      return compileVariable(node, [], false, env)
    case 'pipe':
      return compilePipe(node, env)
    case 'identifier':
      return compileFunction(node, node, [], false, env)
    case 'chain':
      return compileChain(node, [], false, env)
    case 'dot':
      return compileLiteral(node)
  }
  return undefined
}

/** Compiles an argument for a parameter: literals are converted now, everything else is checked when it is evaluated. */
function compileArg(node: ArgNode, type: ParamType, env: Env): (state: State, dot: Arg) => any {
  const operand = compileOperand(node, env)
  if (operand) {
    if (type === 'reflect.Value') return operand as (state: State, dot: Arg) => Arg
    if (type === 'interface {}') return (state, dot) => operand(state, dot, undefined) ?? null
    const convert = converterOf(type)
    return (state, dot) => convert(state, operand(state, dot, undefined))
  }
  if (node.kind === 'nil') {
    if (!canBeNil(type)) return throwAt(node, `cannot assign nil to ${type}`)
    return (state) => {
      state.node = node
      return nilOf(type)
    }
  }
  if (type === 'interface {}' || type === 'reflect.Value') return compileLiteral(node) as (state: State, dot: Arg) => Arg
  const value = typedLiteral(node, type)
  if (typeof value === 'object') return throwAt(node, value.error)
  return (state) => {
    state.node = node
    return value
  }
}

/** A literal as a value of a type, or what Go says where it is none of that type. */
function typedLiteral(node: ArgNode, type: ParamType): string | number | bigint | boolean | { error: string } {
  const found = nodeText(node)
  if (type === 'string') return node.kind === 'string' ? unquote(node.source)! : { error: `expected string; found ${found}` }
  if (type === 'bool') return node.kind === 'bool' ? node.value : { error: `expected bool; found ${found}` }
  const number = node.kind === 'number' ? constantOf(node) : undefined
  if (type === 'float64') return number?.float ?? { error: `expected float; found ${found}` }
  if (type === 'int64' || type === 'time.Duration') return number?.int ?? { error: `expected integer; found ${found}` }
  if (isIntType(type)) {
    const unsigned = type.startsWith('u')
    const value = unsigned ? number?.uint : number?.int
    if (value === undefined) return { error: `expected ${unsigned ? 'unsigned ' : ''}integer; found ${found}` }
    const bits = Number(type.slice(type.indexOf('t') + 1) || 64)
    return intValue(type, unsigned ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value))
  }
  return { error: `can't handle ${found} for arg of type ${type}` }
}

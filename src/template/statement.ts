import { compilePipe, type Env } from './expression.ts'
import { printValue } from './fmt.ts'
import { type BranchNode, type ListNode, type Node, nodeText, type TemplateNode, variablesOf } from './nodes.ts'
import { quote } from './quote.ts'
import { compileRange } from './range.ts'
import { goTypeOf, isTrue } from './reflect.ts'
import { Scope } from './scope.ts'
import { type Arg, type Code, fail, Jump, State, type Statement } from './state.ts'
import type { Trace } from './trace.ts'
import { GoFunc, type TemplateFunction } from './value.ts'

/** Go's limit on templates that call templates; JavaScript's stack ends long before. */
const maxDepth = 100_000

/** Compiles the body of a template to closures; everything that the text alone decides is decided here. */
export function compileTemplate(body: ListNode, functions: ReadonlyMap<string, TemplateFunction>, trace?: Trace): Code {
  const scope = new Scope()
  const run = compileList(body, { functions, scope, trace })
  return { run, slots: scope.size }
}

/** Compiles the nodes of a list; declarations in it are in sight until the list's scope ends. */
function compileList(list: ListNode, env: Env): Statement {
  const statements = list.nodes.map((node) => (env.trace ? env.trace.record(node, compileNode(node, env)) : compileNode(node, env)))
  const a = statements[0]
  const b = statements[1]
  const c = statements[2]
  if (statements.length === 0) return () => Jump.None
  if (statements.length === 1) return a!
  if (statements.length === 2) return (state, dot) => a!(state, dot) || b!(state, dot)
  if (statements.length === 3) return (state, dot) => a!(state, dot) || b!(state, dot) || c!(state, dot)
  return (state, dot) => {
    for (let i = 0; i < statements.length; i++) {
      const jump = statements[i]!(state, dot)
      if (jump !== Jump.None) return jump
    }
    return Jump.None
  }
}

function compileNode(node: Node, env: Env): Statement {
  switch (node.kind) {
    case 'text': {
      const { text } = node
      return (state) => {
        state.out += text
        return Jump.None
      }
    }
    case 'action':
      return compileAction(node, env)
    case 'if':
      return compileIf(node, env)
    case 'with':
      return compileWith(node, env)
    case 'range':
      return compileRange(node, env, compileList)
    case 'template':
      return compileTemplateCall(node, env)
    case 'break':
      return () => Jump.Break
    case 'continue':
      return () => Jump.Continue
  }
  return (state) => fail(state, `unknown node: ${nodeText(node)}`)
}

function compileAction(node: Node & { kind: 'action' }, env: Env): Statement {
  const pipe = compilePipe(node.pipe, env)
  if (variablesOf(node.pipe).length > 0) {
    return (state, dot) => {
      pipe(state, dot, undefined)
      return Jump.None
    }
  }
  return (state, dot) => {
    const value = pipe(state, dot, undefined)
    if (typeof value === 'string') state.out += value
    else if (value === undefined || value === null) state.out += '<no value>'
    else if (value instanceof GoFunc) {
      state.node = node
      fail(state, `can't print ${nodeText(node)} of type ${goTypeOf(value)}`)
    } else state.out += printValue(value)
    return Jump.None
  }
}

/** What is known inside a control structure; a literal, which is cheaper than a copy of all there is. */
function within({ functions, trace }: Env, scope: Scope): Env {
  return { functions, scope, trace }
}

/** Bodies are compiled when they are first reached: most branches of a chart never are. */
function compileIf(node: BranchNode, env: Env): Statement {
  const scope = env.scope.inner()
  const pipe = compilePipe(node.pipe, within(env, scope))
  let list: Statement | undefined
  let otherwise: Statement | undefined
  return (state, dot) => {
    if (isTrue(pipe(state, dot, undefined))) {
      list ??= compileList(node.list, within(env, scope.inner()))
      return list(state, dot)
    }
    if (!node.otherwise) return Jump.None
    otherwise ??= compileList(node.otherwise, within(env, scope.inner()))
    return otherwise(state, dot)
  }
}

function compileWith(node: BranchNode, env: Env): Statement {
  const scope = env.scope.inner()
  const pipe = compilePipe(node.pipe, within(env, scope))
  let list: Statement | undefined
  let otherwise: Statement | undefined
  return (state, dot) => {
    const value = pipe(state, dot, undefined)
    if (isTrue(value)) {
      list ??= compileList(node.list, within(env, scope.withDot()))
      return list(state, value)
    }
    if (!node.otherwise) return Jump.None
    otherwise ??= compileList(node.otherwise, within(env, scope.inner()))
    return otherwise(state, dot)
  }
}

function compileTemplateCall(node: TemplateNode, env: Env): Statement {
  const pipe = node.pipe && compilePipe(node.pipe, env)
  const { name } = node
  return (state, dot) => {
    state.node = node
    const template = state.run.find(name)
    if (template === undefined) return fail(state, `template ${quote(name)} not defined`)
    if (state.depth === maxDepth) fail(state, `exceeded maximum template depth (${maxDepth})`)
    const data: Arg = pipe ? pipe(state, dot, undefined) : undefined
    const code = state.run.codeOf(template)
    const inner = new State(state.run, template, data, state.depth + 1, code.slots)
    inner.out = state.out
    state.run.bounds.tick(inner)
    code.run(inner, data)
    state.out = inner.out
    return Jump.None
  }
}

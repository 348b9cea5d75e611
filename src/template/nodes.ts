import { quote } from './quote.ts'

/*
 * A process that renders one chart parses all of its templates and executes a third of them: nodes are small, hold slices of the text, and leave what takes more
 * to whoever compiles them.
 */

/** Where in the text a node stands, by index. Columns of messages are counted in bytes, when they are needed. */
interface At {
  pos: number
}

export interface ListNode extends At {
  kind: 'list'
  nodes: Node[]
}
export interface TextNode extends At {
  kind: 'text'
  text: string
}
export interface ActionNode extends At {
  kind: 'action'
  pipe: Pipeline
}
/** What an action writes, or a control structure asks for: where it is a single command, and sets nothing, that command. */
export type Pipeline = PipeNode | Command
/** A call with arguments; where there are none, the operand. */
export type Command = CommandNode | ArgNode
export interface PipeNode extends At {
  kind: 'pipe'
  /** Whether the variables are assigned (`=`) and not declared (`:=`). */
  assign: boolean
  variables: readonly VariableNode[]
  first: Command
  /** The commands that take, one after the other, what the one before gives. */
  rest: readonly Command[]
}
export interface CommandNode extends At {
  kind: 'command'
  /** What is called. */
  first: ArgNode
  /** The first argument; most have no other. */
  second: ArgNode
  rest: readonly ArgNode[]
}
export interface IdentifierNode extends At {
  kind: 'identifier'
  name: string
}
export interface VariableNode extends At {
  kind: 'variable'
  /** The name with its dollar sign and fields: `$x.a.b`. */
  path: string
}
export interface FieldNode extends At {
  kind: 'field'
  /** `a.b` */
  path: string
}
export interface ChainNode extends At {
  kind: 'chain'
  node: ArgNode
  /** `a.b` */
  path: string
}
export interface DotNode extends At {
  kind: 'dot'
}
export interface NilNode extends At {
  kind: 'nil'
}
export interface BoolNode extends At {
  kind: 'bool'
  value: boolean
}
export interface NumberNode extends At {
  kind: 'number'
  text: string
  /** Undefined for whole numbers as nearly all are: see `constantOf`. */
  constant: Constant | undefined
}
/** A number's value in every type that can hold it, as Go's untyped constants; undefined where the type cannot. */
export interface Constant {
  int: bigint | undefined
  uint: bigint | undefined
  float: number | undefined
  complex: { real: number; imaginary: number } | undefined
}
export interface StringNode extends At {
  kind: 'string'
  /** As written, with its quotes; well-formed. */
  source: string
}
export interface BranchNode extends At {
  kind: 'if' | 'with' | 'range'
  pipe: Pipeline
  list: ListNode
  otherwise: ListNode | undefined
}
export interface TemplateNode extends At {
  kind: 'template'
  name: string
  pipe: Pipeline | undefined
}
export interface JumpNode extends At {
  kind: 'break' | 'continue'
}
/** `{{end}}` and `{{else}}` end a list and are not kept. */
export interface MarkNode extends At {
  kind: 'end' | 'else'
}

export type ArgNode =
  | PipeNode
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | DotNode
  | NilNode
  | BoolNode
  | NumberNode
  | StringNode
export type Node = ListNode | TextNode | ActionNode | BranchNode | TemplateNode | JumpNode | MarkNode | CommandNode | ArgNode

/**
 * A node in Go's canonical spelling, as error messages show it: one space between words, no comments. Text between actions is shown by
 * `textOf`, as it is unless given.
 */
export function nodeText(node: Node, textOf: (text: string) => string = (text) => text): string {
  switch (node.kind) {
    case 'list':
      return node.nodes.map((each) => nodeText(each, textOf)).join('')
    case 'text':
      return textOf(node.text)
    case 'action':
      return `{{${nodeText(node.pipe)}}}`
    case 'pipe': {
      const names = node.variables.map((each) => nodeText(each)).join(', ')
      const commands = [node.first, ...node.rest].map(argText).join(' | ')
      return names === '' ? commands : `${names} ${node.assign ? '=' : ':='} ${commands}`
    }
    case 'command':
      return [node.first, node.second, ...node.rest].map(argText).join(' ')
    case 'identifier':
      return node.name
    case 'variable':
      return node.path
    case 'field':
      return `.${node.path}`
    case 'chain':
      return `${argText(node.node)}.${node.path}`
    case 'dot':
      return '.'
    case 'nil':
      return 'nil'
    case 'bool':
      return String(node.value)
    case 'number':
      return node.text
    case 'string':
      return node.source
    case 'template':
      return `{{template ${quote(node.name)}${node.pipe ? ` ${nodeText(node.pipe)}` : ''}}}`
    case 'if':
    case 'with':
    case 'range': {
      const otherwise = node.otherwise ? `{{else}}${nodeText(node.otherwise, textOf)}` : ''
      return `{{${node.kind} ${nodeText(node.pipe)}}}${nodeText(node.list, textOf)}${otherwise}{{end}}`
    }
    default:
      return `{{${node.kind}}}`
  }
}

function argText(node: Command): string {
  return node.kind === 'pipe' ? `(${nodeText(node)})` : nodeText(node)
}

/** The pipeline of some commands, and of the variables that it sets. */
export function pipelineOf(
  pos: number,
  assign: boolean,
  variables: readonly VariableNode[],
  first: Command,
  rest: readonly Command[],
): Pipeline {
  // Parentheses around all of it are an operand.
  return rest.length === 0 && variables.length === 0 && first.kind !== 'pipe'
    ? first
    : { kind: 'pipe', pos, assign, variables, first, rest }
}

/** A command of its operands: of a single one, that. */
export function commandOf(pos: number, first: ArgNode, args: readonly ArgNode[]): Command {
  const [second, ...rest] = args
  return second === undefined ? first : { kind: 'command', pos, first, second, rest }
}

/** A pipeline as an operand. */
export function parenthesized(pos: number, pipe: Pipeline): PipeNode {
  return pipe.kind === 'pipe' ? pipe : { kind: 'pipe', pos, assign: false, variables: none, first: pipe, rest: none }
}

/** The variables that a pipeline sets. */
export function variablesOf(pipe: Pipeline): readonly VariableNode[] {
  return pipe.kind === 'pipe' ? pipe.variables : none
}

/** No variables, commands or arguments. */
export const none: readonly never[] = []

/** Whether a command is a literal, which takes nothing. */
export function isLiteral({ kind }: Command): boolean {
  return kind === 'bool' || kind === 'dot' || kind === 'nil' || kind === 'number' || kind === 'string'
}

/** What Go's unicode.IsSpace takes as space: not the byte order mark. */
const blank = /^[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]*$/

/** Whether a body holds nothing but white space (and comments): such a definition never replaces another. */
export function isEmptyBody(list: ListNode): boolean {
  return list.nodes.every((node) => node.kind === 'text' && blank.test(node.text))
}

import { byteLength } from './bytes.ts'
import { readConstant } from './constant.ts'
import { ParseFailure, positionOf, type Source } from './failure.ts'
import { nearest } from './hint.ts'
import { type Item, Lexer, Token, type TokenKind } from './lexer.ts'
import {
  type ArgNode,
  type BranchNode,
  type Command,
  commandOf,
  isEmptyBody,
  isLiteral,
  type ListNode,
  type MarkNode,
  type Node,
  nodeText,
  type Pipeline,
  parenthesized,
  pipelineOf,
  type TemplateNode,
  type VariableNode,
} from './nodes.ts'
import { parsePlain } from './plain-parser.ts'
import { quote } from './quote.ts'
import { TokenBuffer } from './token-buffer.ts'
import { unquote } from './unquote.ts'
import type { FunctionNames } from './value.ts'

/** The templates of one text: its own body under its name, and what it defines. */
export type ParsedTemplates = Map<string, ListNode>

const maxParens = 10_000

/**
 * Parses a template with Go's grammar. `functions` are the names that may be called. Throws ParseFailure with Go's message.
 */
export function parseTemplate(source: Source, functions: FunctionNames): ParsedTemplates {
  return parsePlain(source, functions) ?? parseTokens(source, functions)
}

/** The same from tokens, for all that Go's grammar allows, and for what is wrong. */
export function parseTokens(source: Source, functions: FunctionNames): ParsedTemplates {
  const parsed: ParsedTemplates = new Map()
  const shared = { source, functions, parsed, lexer: new Lexer(source.text) }
  new Tree(shared, source.name).parseFile()
  return parsed
}

/** The variables at the beginning of a pipeline. */
interface Declared {
  variables: VariableNode[]
  assign: boolean
}

interface Shared {
  source: Source
  functions: FunctionNames
  parsed: ParsedTemplates
  lexer: Lexer
}

/** The parser of one body: of a file, a `define` or a `block`. They share the lexer; variables and loops do not cross between them. */
class Tree {
  private readonly shared: Shared
  private readonly name: string
  private readonly tokens: TokenBuffer
  private variables = ['$']
  private actionAt = -1
  private loops = 0
  private parens = 0

  constructor(shared: Shared, name: string, tokens = new TokenBuffer(shared.lexer, shared.functions)) {
    this.shared = shared
    this.name = name
    this.tokens = tokens
  }

  parseFile(): void {
    const root: ListNode = { kind: 'list', pos: this.tokens.peek().pos, nodes: [] }
    while (this.tokens.peek().kind !== Token.Eof) {
      if (this.tokens.peek().kind === Token.LeftDelim) {
        const delim = this.tokens.next()
        if (this.tokens.nextNonSpace().kind === Token.Define) {
          this.define()
          continue
        }
        this.tokens.backup2(delim)
      }
      const node = this.textOrAction()
      if (isMark(node)) this.fail(`unexpected ${nodeText(node)}`)
      root.nodes.push(node)
    }
    this.add(root)
  }

  // Errors

  private expect(kind: TokenKind, context: string): Item {
    const item = this.tokens.nextNonSpace()
    if (item.kind !== kind) this.unexpected(item, context)
    return item
  }

  private fail(message: string, hint?: string): never {
    throw new ParseFailure(this.shared.source, this.tokens.lastPos, message, hint)
  }

  private unexpected(item: Item, context: string): never {
    if (item.kind !== Token.Error) this.fail(`unexpected ${itemText(item)} in ${context}`)
    this.fail(item.text + this.startOfAction(item))
  }

  /** Where the action began in which the lexer failed, if on another line. */
  private startOfAction(item: Item): string {
    if (this.actionAt < 0) return ''
    const { source } = this.shared
    const start = positionOf(source, this.actionAt).line
    if (start === positionOf(source, item.pos).line) return ''
    return `${item.text.endsWith(' action') ? '' : ' in action'} started at ${source.name}:${start}`
  }

  // Bodies

  private add(root: ListNode): void {
    const { parsed } = this.shared
    const other = parsed.get(this.name)
    if (other === undefined || isEmptyBody(other)) parsed.set(this.name, root)
    else if (!isEmptyBody(root)) this.fail(`template: multiple definition of template ${quote(this.name)}`)
  }

  private define(): void {
    const context = 'define clause'
    const reader = new Tree(this.shared, '')
    const item = reader.tokens.nextNonSpace()
    if (item.kind !== Token.String && item.kind !== Token.RawString) reader.unexpected(item, context)
    const tree = new Tree(this.shared, reader.text(item), reader.tokens)
    tree.expect(Token.RightDelim, context)
    tree.body(context)
  }

  private body(context: string): void {
    const { list, end } = this.itemList()
    if (end.kind !== 'end') this.fail(`unexpected ${nodeText(end)} in ${context}`)
    this.add(list)
  }

  private itemList(): { list: ListNode; end: MarkNode } {
    const list: ListNode = { kind: 'list', pos: this.tokens.peekNonSpace().pos, nodes: [] }
    while (this.tokens.peekNonSpace().kind !== Token.Eof) {
      const node = this.textOrAction()
      if (isMark(node)) return { list, end: node }
      list.nodes.push(node)
    }
    return this.fail('unexpected EOF')
  }

  private textOrAction(): Node {
    const item = this.tokens.nextNonSpace()
    if (item.kind === Token.Text) return { kind: 'text', pos: item.pos, text: item.text }
    if (item.kind !== Token.LeftDelim) this.unexpected(item, 'input')
    this.actionAt = item.pos
    const node = this.action()
    this.actionAt = -1
    return node
  }

  private action(): Node {
    const item = this.tokens.nextNonSpace()
    switch (item.kind) {
      case Token.Block:
        return this.block()
      case Token.Break:
        return this.jump('break', item.pos)
      case Token.Continue:
        return this.jump('continue', item.pos)
      case Token.Else:
        return this.elseMark()
      case Token.End:
        return { kind: 'end', pos: this.expect(Token.RightDelim, 'end').pos }
      case Token.If:
        return this.branch('if')
      case Token.Range:
        return this.branch('range')
      case Token.Template:
        return this.template()
      case Token.With:
        return this.branch('with')
    }
    this.tokens.backup()
    const { pos } = this.tokens.peek()
    return { kind: 'action', pos, pipe: this.pipeline('command', Token.RightDelim) }
  }

  private jump(kind: 'break' | 'continue', pos: number): Node {
    const item = this.tokens.nextNonSpace()
    if (item.kind !== Token.RightDelim) this.unexpected(item, `{{${kind}}}`)
    if (this.loops === 0) this.fail(`{{${kind}}} outside {{range}}`)
    return { kind, pos }
  }

  private elseMark(): MarkNode {
    const item = this.tokens.peekNonSpace()
    if (item.kind === Token.If || item.kind === Token.With) return { kind: 'else', pos: item.pos }
    return { kind: 'else', pos: this.expect(Token.RightDelim, 'else').pos }
  }

  private branch(kind: BranchNode['kind']): BranchNode {
    const scope = this.variables.length
    const { pos } = this.tokens.peekNonSpace()
    const pipe = this.pipeline(kind, Token.RightDelim)
    if (kind === 'range') this.loops++
    const { list, end } = this.itemList()
    if (kind === 'range') this.loops--
    const otherwise = end.kind === 'else' ? this.otherwise(kind, end) : undefined
    this.variables.length = scope
    return { kind, pos, pipe, list, otherwise }
  }

  /** What follows `{{else}}`; `else if` and `else with` are a branch of their own that shares the `{{end}}`. */
  private otherwise(kind: BranchNode['kind'], mark: MarkNode): ListNode {
    const next = this.tokens.peek().kind
    if ((kind === 'if' && next === Token.If) || (kind === 'with' && next === Token.With)) {
      this.tokens.next()
      return { kind: 'list', pos: mark.pos, nodes: [this.branch(kind)] }
    }
    const { list, end } = this.itemList()
    if (end.kind !== 'end') this.fail(`expected end; found ${nodeText(end)}`)
    return list
  }

  private block(): TemplateNode {
    const context = 'block clause'
    const item = this.tokens.nextNonSpace()
    const name = this.templateName(item, context)
    const pipe = this.pipeline(context, Token.RightDelim)
    new Tree(this.shared, name).body(context)
    return { kind: 'template', pos: item.pos, name, pipe }
  }

  private template(): TemplateNode {
    const context = 'template clause'
    const item = this.tokens.nextNonSpace()
    const name = this.templateName(item, context)
    if (this.tokens.nextNonSpace().kind === Token.RightDelim) return { kind: 'template', pos: item.pos, name, pipe: undefined }
    this.tokens.backup()
    return { kind: 'template', pos: item.pos, name, pipe: this.pipeline(context, Token.RightDelim) }
  }

  private templateName(item: Item, context: string): string {
    if (item.kind !== Token.String && item.kind !== Token.RawString) this.unexpected(item, context)
    return this.text(item)
  }

  private text(item: Item): string {
    return unquote(item.text) ?? this.fail('invalid syntax')
  }

  // Pipelines

  private pipeline(context: string, end: TokenKind): Pipeline {
    const { pos } = this.tokens.peekNonSpace()
    const declared: Declared = { variables: [], assign: false }
    while (this.declaration(declared, context)) {}
    const commands: Command[] = []
    for (;;) {
      const item = this.tokens.nextNonSpace()
      if (item.kind === end) break
      if (!startsOperand(item.kind)) this.unexpected(item, context)
      this.tokens.backup()
      commands.push(this.command())
    }
    const [first, ...rest] = commands
    if (first === undefined) return this.fail(`missing value for ${context}`)
    rest.forEach((command, i) => {
      if (isLiteral(command.kind === 'command' ? command.first : command)) this.fail(`non executable command in pipeline stage ${i + 2}`)
    })
    return pipelineOf(pos, declared.assign, declared.variables, first, rest)
  }

  /** Takes a variable that is declared or assigned; true where another must follow. */
  private declaration(declared: Declared, context: string): boolean {
    const variable = this.tokens.peekNonSpace()
    if (variable.kind !== Token.Variable) return false
    this.tokens.next()
    // The token beside the variable is needed to put everything back where the variable turns out to be an operand.
    const beside = this.tokens.peek()
    const next = this.tokens.peekNonSpace()
    const comma = next.kind === Token.Char && next.text === ','
    if (next.kind === Token.Assign || next.kind === Token.Declare || comma) {
      this.tokens.nextNonSpace()
      declared.variables.push({ kind: 'variable', pos: variable.pos, path: variable.text })
      this.variables.push(variable.text)
      if (!comma) {
        declared.assign = next.kind === Token.Assign
        return false
      }
      if (context !== 'range' || declared.variables.length >= 2) this.fail(`too many declarations in ${context}`)
      const after = this.tokens.peekNonSpace().kind
      if (after === Token.Variable || after === Token.RightDelim || after === Token.RightParen) return true
      this.fail('range can only initialize variables')
    }
    if (beside.kind === Token.Space) this.tokens.backup3(variable, beside)
    else this.tokens.backup2(variable)
    return false
  }

  private command(): Command {
    const { pos } = this.tokens.peekNonSpace()
    const operands: ArgNode[] = []
    for (;;) {
      this.tokens.peekNonSpace()
      const operand = this.operand()
      if (operand) operands.push(operand)
      const item = this.tokens.next()
      if (item.kind === Token.Space) continue
      if (item.kind === Token.RightDelim || item.kind === Token.RightParen) this.tokens.backup()
      else if (item.kind !== Token.Pipe) this.unexpected(item, 'operand')
      break
    }
    const [first, ...args] = operands
    if (first === undefined) return this.fail('empty command')
    return commandOf(pos, first, args)
  }

  private operand(): ArgNode | undefined {
    const node = this.term()
    if (node === undefined || this.tokens.peek().kind !== Token.Field) return node
    const { pos } = this.tokens.peek()
    let fields = ''
    while (this.tokens.peek().kind === Token.Field) fields += this.tokens.next().text
    switch (node.kind) {
      case 'field':
      case 'variable':
        // Go puts the chain where its second part stands; its messages point there.
        return { kind: node.kind, pos, path: node.path + fields }
      case 'bool':
      case 'string':
      case 'number':
      case 'nil':
      case 'dot':
        return this.fail(`unexpected . after term ${quote(nodeText(node))}`)
    }
    return { kind: 'chain', pos, node, path: fields.slice(1) }
  }

  private term(): ArgNode | undefined {
    const item = this.tokens.nextNonSpace()
    const { pos, text } = item
    switch (item.kind) {
      case Token.Identifier:
        if (!this.shared.functions.has(text)) this.unknownFunction(text)
        return { kind: 'identifier', pos, name: text }
      case Token.Dot:
        return { kind: 'dot', pos }
      case Token.Nil:
        return { kind: 'nil', pos }
      case Token.Variable:
        if (!this.variables.includes(text)) this.fail(`undefined variable ${quote(text)}`)
        return { kind: 'variable', pos, path: text }
      case Token.Field:
        return { kind: 'field', pos, path: text.slice(1) }
      case Token.Bool:
        return { kind: 'bool', pos, value: text === 'true' }
      case Token.CharConstant:
      case Token.Complex:
      case Token.Number: {
        const form = item.kind === Token.CharConstant ? 'char' : item.kind === Token.Complex ? 'complex' : 'number'
        const constant = readConstant(text, form)
        return typeof constant === 'string' ? this.fail(constant) : { kind: 'number', pos, text, constant }
      }
      case Token.LeftParen: {
        if (this.parens >= maxParens) this.fail('max expression depth exceeded')
        this.parens++
        const inner = this.tokens.peekNonSpace().pos
        const pipe = this.pipeline('parenthesized pipeline', Token.RightParen)
        this.parens--
        return parenthesized(inner, pipe)
      }
      case Token.String:
      case Token.RawString:
        this.text(item)
        return { kind: 'string', pos, source: text }
    }
    this.tokens.backup()
    return undefined
  }

  private unknownFunction(name: string): never {
    const close = nearest(name, this.shared.functions.keys())
    return this.fail(`function ${quote(name)} not defined`, close && `Did you mean ${quote(close)}?`)
  }
}

function isMark(node: Node): node is MarkNode {
  return node.kind === 'end' || node.kind === 'else'
}

function startsOperand(kind: TokenKind): boolean {
  switch (kind) {
    case Token.Bool:
    case Token.CharConstant:
    case Token.Complex:
    case Token.Dot:
    case Token.Field:
    case Token.Identifier:
    case Token.Number:
    case Token.Nil:
    case Token.RawString:
    case Token.String:
    case Token.Variable:
    case Token.LeftParen:
      return true
  }
  return false
}

/** A token as messages show it. */
function itemText(item: Item): string {
  if (item.kind === Token.Eof) return 'EOF'
  if (item.kind > Token.Keyword) return `<${item.text}>`
  return byteLength(item.text) > 10 ? `${quote([...item.text].slice(0, 10).join(''))}...` : quote(item.text)
}

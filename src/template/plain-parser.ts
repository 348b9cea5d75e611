import { readConstant } from './constant.ts'
import type { Source } from './failure.ts'
import {
  type ArgNode,
  type BranchNode,
  type Command,
  isEmptyBody,
  isLiteral,
  type ListNode,
  type Node,
  none,
  type Pipeline,
  parenthesized,
  pipelineOf,
  type VariableNode,
} from './nodes.ts'
import { unquote } from './unquote.ts'
import type { FunctionNames } from './value.ts'

/** A term: dot, fields, a variable with its fields, a string, a word, a number. */
const termShape =
  /\.(?:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)?|\$\w*(?:\.[A-Za-z_]\w*)*|"(?:[^"\\\n]|\\.)*"|`[^`]*`|[A-Za-z_]\w*|-?\d[\w.]*(?:(?<=[eEpP])[+-]\d+)?/y
const wordShape = /[a-z]+(?=[ \t\r\n}.])/y
/** What the keywords that begin an action begin with. */
const keywordStarts = 'bcdeirtw'

/** What ends a list; None where the text is not plain. */
const End = { None: 0, File: 1, End: 2, Else: 3, ElseIf: 4, ElseWith: 5 } as const
type End = (typeof End)[keyof typeof End]

/** Deeper nesting is left to the parser, which has the bounds. */
const maxDepth = 64

/**
 * Parses a template that is written as most are, straight from its text; undefined where anything in it is unusual or wrong, which is for the
 * parser to read. What is parsed here, the parser parses the same. A process that renders one chart has parsed its templates before V8 has
 * compiled anything: there each token that is an object, and each call that makes or puts back one, is felt.
 */
export function parsePlain(source: Source, functions: FunctionNames): Map<string, ListNode> | undefined {
  return new PlainParser(source.text, functions).parse(source.name)
}

class PlainParser {
  private readonly text: string
  private readonly functions: FunctionNames
  private readonly parsed = new Map<string, ListNode>()
  /** The nodes of the lists that are being read, `count` of them: an array that grows has room for 17, and most lists have three. */
  private readonly nodes: Node[] = []
  private count = 0
  private at = 0
  private variables = ['$']
  private loops = 0
  private depth = 0
  /** Whether the declaration that was read assigns. */
  private assign = false
  /** What comes behind the command that was read: a brace, a bar, or neither. */
  private after = 0

  constructor(text: string, functions: FunctionNames) {
    this.text = text
    this.functions = functions
  }

  parse(name: string): Map<string, ListNode> | undefined {
    const root: ListNode = { kind: 'list', pos: -1, nodes: [] }
    return this.list(root, true) === End.File && this.add(name, root) ? this.parsed : undefined
  }

  // Bodies

  /** False where the name is defined already. */
  private add(name: string, body: ListNode): boolean {
    const other = this.parsed.get(name)
    if (other !== undefined && !isEmptyBody(other)) return isEmptyBody(body)
    this.parsed.set(name, body)
    return true
  }

  /** Reads a list up to what ends it. */
  private list(list: ListNode, isFile: boolean): End {
    const { count } = this
    const end = this.readNodes(list, isFile)
    list.nodes = this.nodes.slice(count, this.count)
    this.count = count
    return end
  }

  /** Reads the nodes of a list to the end of `nodes`. */
  private readNodes(list: ListNode, isFile: boolean): End {
    const { text } = this
    for (;;) {
      const open = text.indexOf('{{', this.at)
      const trim = open >= 0 && text.charCodeAt(open + 2) === 0x2d && isSpace(text.charCodeAt(open + 3))
      let end = open < 0 ? text.length : open
      if (trim) while (end > this.at && isSpace(text.charCodeAt(end - 1))) end--
      if (end > this.at) {
        if (list.pos < 0) list.pos = this.at
        this.nodes[this.count++] = { kind: 'text', pos: this.at, text: text.slice(this.at, end) }
      }
      if (open < 0) {
        if (list.pos < 0) list.pos = end
        return End.File
      }
      this.at = open + (trim ? 4 : 2)
      if (text.charCodeAt(this.at) === 0x2f && text.charCodeAt(this.at + 1) === 0x2a) {
        if (!this.comment()) return End.None
        continue
      }
      if (list.pos < 0) list.pos = open
      this.skipSpace()
      const pos = this.at
      wordShape.lastIndex = pos
      const word = keywordStarts.includes(text[pos] ?? ' ') && wordShape.test(text) ? text.slice(pos, wordShape.lastIndex) : ''
      switch (word) {
        case 'end':
          this.at = wordShape.lastIndex
          return this.close() ? End.End : End.None
        case 'else':
          this.at = wordShape.lastIndex
          return this.otherwise()
        case 'define':
          this.at = wordShape.lastIndex
          if (!isFile || !this.define()) return End.None
          continue
      }
      const node = this.action(word, pos)
      if (node === undefined) return End.None
      this.nodes[this.count++] = node
    }
  }

  /** Skips a comment; its delimiter follows at once, or one space and the trim marker. */
  private comment(): boolean {
    const end = this.text.indexOf('*/', this.at + 2)
    this.at = end + 2
    if (end < 0) return false
    if (this.text.startsWith('}}', this.at)) return this.close()
    return this.text.startsWith('-}}', this.at + 1) && this.close()
  }

  /** What comes behind `else`. */
  private otherwise(): End {
    this.skipSpace()
    if (this.close()) return End.Else
    wordShape.lastIndex = this.at
    const word = wordShape.test(this.text) ? this.text.slice(this.at, wordShape.lastIndex) : ''
    return word === 'if' ? End.ElseIf : word === 'with' ? End.ElseWith : End.None
  }

  private define(): boolean {
    const name = this.name()
    if (name === undefined || !this.close()) return false
    const { variables, loops } = this
    this.variables = ['$']
    this.loops = 0
    const body: ListNode = { kind: 'list', pos: -1, nodes: [] }
    const ended = this.list(body, false) === End.End
    this.variables = variables
    this.loops = loops
    return ended && this.add(name, body)
  }

  /** The action that begins with `word` at `pos`. */
  private action(word: string, pos: number): Node | undefined {
    switch (word) {
      case 'if':
      case 'with':
      case 'range':
        this.at = wordShape.lastIndex
        return this.branch(word)
      case 'template':
        this.at = wordShape.lastIndex
        return this.template()
      case 'block':
        return undefined
      case 'break':
      case 'continue':
        this.at = wordShape.lastIndex
        return this.loops > 0 && !this.functions.has(word) && this.close() ? { kind: word, pos } : undefined
    }
    const pipe = this.pipeline(false)
    return pipe && { kind: 'action', pos, pipe }
  }

  private branch(kind: BranchNode['kind']): BranchNode | undefined {
    if (this.depth >= maxDepth) return undefined
    this.depth++
    const scope = this.variables.length
    this.skipSpace()
    const { at: pos } = this
    const pipe = this.pipeline(kind === 'range')
    if (pipe === undefined) return undefined
    if (kind === 'range') this.loops++
    const list: ListNode = { kind: 'list', pos: -1, nodes: [] }
    const end = this.list(list, false)
    if (kind === 'range') this.loops--
    let otherwise: ListNode | undefined
    if ((end === End.ElseIf && kind === 'if') || (end === End.ElseWith && kind === 'with')) {
      const { at } = this
      this.at += kind.length
      const inner = this.branch(kind)
      if (inner === undefined) return undefined
      otherwise = { kind: 'list', pos: at, nodes: [inner] }
    } else if (end === End.Else) {
      otherwise = { kind: 'list', pos: -1, nodes: [] }
      if (this.list(otherwise, false) !== End.End) return undefined
    } else if (end !== End.End) return undefined
    this.variables.length = scope
    this.depth--
    return { kind, pos, pipe, list, otherwise }
  }

  private template(): Node | undefined {
    this.skipSpace()
    const pos = this.at
    const name = this.name()
    if (name === undefined) return undefined
    if (this.close()) return { kind: 'template', pos, name, pipe: undefined }
    const pipe = this.pipeline(false)
    return pipe && { kind: 'template', pos, name, pipe }
  }

  /** The string that names a template. */
  private name(): string | undefined {
    this.skipSpace()
    const node = this.term()
    return node?.kind === 'string' ? unquote(node.source) : undefined
  }

  // Pipelines

  /** The pipeline up to the end of its action. Only that of a `range` may declare two variables. */
  private pipeline(isRange: boolean): Pipeline | undefined {
    this.skipSpace()
    const { at: pos } = this
    this.assign = false
    const variables = this.text.charCodeAt(pos) === 0x24 ? this.declaration(isRange) : none
    const pipe = this.commands(pos, this.assign, variables)
    return pipe !== undefined && this.close() ? pipe : undefined
  }

  /** The variables that a pipeline sets; `assign` tells how. */
  private declaration(isRange: boolean): readonly VariableNode[] {
    const { text, at: pos } = this
    const first = this.variable()
    this.skipSpace()
    let second: VariableNode | undefined
    if (isRange && text.charCodeAt(this.at) === 0x2c) {
      this.at++
      this.skipSpace()
      second = this.variable()
      this.skipSpace()
    }
    const assign = text.charCodeAt(this.at) === 0x3d && isSpace(text.charCodeAt(this.at - 1))
    if (!isVariable(first) || (second && !isVariable(second)) || !(assign || text.startsWith(':=', this.at))) {
      this.at = pos
      return none
    }
    this.assign = assign
    this.at += assign ? 1 : 2
    this.skipSpace()
    this.variables.push(first.path)
    if (second === undefined) return [first]
    this.variables.push(second.path)
    return [first, second]
  }

  /** A term where a variable is to be. */
  private variable(): VariableNode {
    const { at: pos } = this
    termShape.lastIndex = pos
    if (termShape.test(this.text)) this.at = termShape.lastIndex
    return { kind: 'variable', pos, path: this.text.slice(pos, this.at) }
  }

  /** The pipeline whose commands begin here, up to what can end it and the space before that. */
  private commands(pos: number, assign: boolean, variables: readonly VariableNode[]): Pipeline | undefined {
    const first = this.command(false)
    if (first === undefined) return undefined
    if (this.after === 0x7d) return pipelineOf(pos, assign, variables, first, none)
    const rest: Command[] = []
    while (this.after === 0x7c) {
      this.at++
      this.skipSpace()
      const next = this.command(true)
      if (next === undefined) return undefined
      rest.push(next)
    }
    return this.after === 0x7d ? pipelineOf(pos, assign, variables, first, rest) : undefined
  }

  /** A command; `after` is what comes behind it. */
  private command(piped: boolean): Command | undefined {
    const { at: pos } = this
    const first = this.term()
    if (first === undefined || (piped && isLiteral(first))) return undefined
    this.after = this.separator()
    if (this.after !== 0x20) return first
    const second = this.term()
    if (second === undefined) return undefined
    this.after = this.separator()
    if (this.after !== 0x20) return { kind: 'command', pos, first, second, rest: none }
    const third = this.term()
    if (third === undefined) return undefined
    const rest = [third]
    for (;;) {
      this.after = this.separator()
      if (this.after !== 0x20) return { kind: 'command', pos, first, second, rest }
      const next = this.term()
      if (next === undefined) return undefined
      rest.push(next)
    }
  }

  /** Skips space; a space where another argument follows, a brace where the pipeline ends, or a bar. */
  private separator(): number {
    const { text, at } = this
    this.skipSpace()
    const code = text.charCodeAt(this.at)
    if (code === 0x29 || code === 0x7d || (code === 0x2d && text.charCodeAt(this.at + 1) === 0x7d)) return 0x7d
    if (code === 0x7c) return code
    return this.at === at ? 0 : 0x20
  }

  private term(): ArgNode | undefined {
    const { text, at: pos } = this
    const code = text.charCodeAt(pos)
    if (code === 0x28) return this.parenthesized()
    termShape.lastIndex = pos
    if (!termShape.test(text)) return undefined
    this.at = termShape.lastIndex
    // Chains stand where their second part does.
    if (code === 0x2e) {
      if (this.at === pos + 1) return { kind: 'dot', pos }
      const path = text.slice(pos + 1, this.at)
      const second = path.indexOf('.') + 1
      return { kind: 'field', pos: pos + second, path }
    }
    const source = text.slice(pos, this.at)
    if (code === 0x24) {
      const dot = source.indexOf('.')
      if (!this.variables.includes(dot < 0 ? source : source.slice(0, dot))) return undefined
      return { kind: 'variable', pos: dot < 0 ? pos : pos + dot, path: source }
    }
    if (code === 0x22 || code === 0x60) {
      return code === 0x22 && source.includes('\\') && unquote(source) === undefined ? undefined : { kind: 'string', pos, source }
    }
    if (code <= 0x39) {
      const constant = readConstant(source, 'number')
      return typeof constant === 'string' ? undefined : { kind: 'number', pos, text: source, constant }
    }
    if (source === 'true' || source === 'false') return { kind: 'bool', pos, value: source === 'true' }
    if (source === 'nil') return { kind: 'nil', pos }
    if (!this.functions.has(source)) return undefined
    return this.fieldsOf({ kind: 'identifier', pos, name: source })
  }

  /** A pipeline in parentheses, with the fields that are taken of its value. */
  private parenthesized(): ArgNode | undefined {
    if (this.depth >= maxDepth) return undefined
    this.depth++
    this.at++
    this.skipSpace()
    const { at: pos } = this
    const pipe = this.commands(pos, false, none)
    if (pipe === undefined || this.text.charCodeAt(this.at) !== 0x29) return undefined
    this.depth--
    this.at++
    return this.fieldsOf(parenthesized(pos, pipe))
  }

  /** A value, with the fields that are taken of it. */
  private fieldsOf(node: ArgNode): ArgNode | undefined {
    const { text, at: pos } = this
    if (text.charCodeAt(pos) !== 0x2e) return node
    termShape.lastIndex = pos
    if (!termShape.test(text) || termShape.lastIndex === pos + 1) return undefined
    this.at = termShape.lastIndex
    return { kind: 'chain', pos, node, path: text.slice(pos + 1, this.at) }
  }

  // Text

  private skipSpace(): void {
    while (isSpace(this.text.charCodeAt(this.at))) this.at++
  }

  /** Goes behind the right delimiter, with what its trim marker takes away; false where there is none behind the space here. */
  private close(): boolean {
    this.skipSpace()
    const { text, at } = this
    if (text.startsWith('}}', at)) {
      this.at = at + 2
      return true
    }
    if (!text.startsWith('-}}', at) || !isSpace(text.charCodeAt(at - 1))) return false
    this.at = at + 3
    this.skipSpace()
    return true
  }
}

/** Whether the term is a variable with a name and without fields. */
function isVariable({ path }: VariableNode): boolean {
  return path.length > 1 && path.charCodeAt(0) === 0x24 && !path.includes('.')
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x09 || code === 0x0d
}

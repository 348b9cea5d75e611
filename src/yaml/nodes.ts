import { YamlProblem } from './problem.ts'
import { Cursor } from './scan/cursor.ts'
import { MAX_DEPTH, Scanner } from './scan/scanner.ts'
import {
  ALIAS,
  ANCHOR,
  BLOCK_END,
  BLOCK_ENTRY,
  BLOCK_MAPPING_START,
  BLOCK_SEQUENCE_START,
  DOCUMENT_END,
  DOCUMENT_START,
  FLOW_ENTRY,
  FLOW_MAPPING_END,
  FLOW_MAPPING_START,
  FLOW_SEQUENCE_END,
  FLOW_SEQUENCE_START,
  KEY,
  SCALAR,
  STREAM_END,
  TAG,
  TAG_DIRECTIVE,
  type Token,
  VALUE,
  VERSION_DIRECTIVE,
} from './scan/tokens.ts'

export const SCALAR_NODE = 1
export const MAPPING_NODE = 2
export const SEQUENCE_NODE = 3
export const ALIAS_NODE = 4

/** A node as go-yaml builds it before it looks at types. */
export interface Node {
  kind: number
  /** 1-based. */
  line: number
  tag: string
  /** A scalar's text, an alias' name. */
  value: string
  /** Whether a scalar may resolve to another type than string. */
  implicit: boolean
  /** Items; of a mapping its keys and values in turn. */
  children: Node[]
  alias: Node | undefined
}

interface Properties {
  tag: string
  anchor: string
  line: number
}

/**
 * The first document of `text` as nodes, undefined where there is none. What follows that document is looked at only as far as Go does, which
 * is one token. Throws YamlProblem with the wording of go.yaml.in/yaml/v2 2.4.3.
 */
export function composeDocument(text: string, wall?: YamlProblem): Node | undefined {
  return new Composer(new Scanner(new Cursor(text, wall))).document()
}

/** libyaml's parser, as recursive descent: it looks at exactly the tokens that libyaml's states look at, so problems surface in its order. */
class Composer {
  private readonly scanner: Scanner
  private readonly anchors = new Map<string, Node>()
  private readonly tagPrefixes = new Map<string, string>()
  private depth = 0

  constructor(scanner: Scanner) {
    this.scanner = scanner
  }

  document(): Node | undefined {
    this.next()
    let token = this.scanner.peek()
    if (token.type === STREAM_END) return undefined
    const explicit = token.type === DOCUMENT_START || token.type === VERSION_DIRECTIVE || token.type === TAG_DIRECTIVE
    this.directives()
    if (!explicit) {
      const root = this.node(true, false)
      this.scanner.peek()
      return root
    }
    token = this.scanner.peek()
    if (token.type !== DOCUMENT_START) fail('did not find expected <document start>', token)
    token = this.next()
    const empty =
      token.type === VERSION_DIRECTIVE ||
      token.type === TAG_DIRECTIVE ||
      token.type === DOCUMENT_START ||
      token.type === DOCUMENT_END ||
      token.type === STREAM_END
    const root = empty ? emptyScalar(token.line) : this.node(true, false)
    this.scanner.peek()
    return root
  }

  /** Drops the token at hand and gives the one after it. */
  private next(): Token {
    this.scanner.peek()
    this.scanner.skip()
    return this.scanner.peek()
  }

  private directives(): void {
    let version = false
    let token = this.scanner.peek()
    while (token.type === VERSION_DIRECTIVE || token.type === TAG_DIRECTIVE) {
      if (token.type === VERSION_DIRECTIVE) {
        if (version) fail('found duplicate %YAML directive', token)
        if (token.value !== '1.1') fail('found incompatible YAML document', token)
        version = true
      } else {
        if (this.tagPrefixes.has(token.value)) fail('found duplicate %TAG directive', token)
        this.tagPrefixes.set(token.value, token.suffix)
      }
      token = this.next()
    }
    if (!this.tagPrefixes.has('!')) this.tagPrefixes.set('!', '!')
    if (!this.tagPrefixes.has('!!')) this.tagPrefixes.set('!!', 'tag:yaml.org,2002:')
  }

  private node(block: boolean, indentless: boolean): Node {
    let token = this.scanner.peek()
    if (token.type === SCALAR) {
      // By far the most frequent case, without properties.
      this.scanner.skip()
      return scalar(token.value, '', token.plain, token.line)
    }
    if (token.type === ALIAS) {
      this.scanner.skip()
      const target = this.anchors.get(token.value)
      if (target === undefined) throw new YamlProblem(`unknown anchor '${token.value}' referenced`, 0, token.line + 1, token.column)
      return { kind: ALIAS_NODE, line: token.line + 1, tag: '', value: token.value, implicit: false, children: noChildren, alias: target }
    }
    const properties = this.properties(token)
    token = this.scanner.peek()
    const { tag, anchor, line } = properties
    switch (token.type) {
      case BLOCK_ENTRY:
        if (!indentless) break
        return this.enter(SEQUENCE_NODE, properties, (items) => this.indentlessSequence(items))
      case SCALAR: {
        this.scanner.skip()
        const node = scalar(token.value, tag, (tag === '' && token.plain) || tag === '!', line)
        if (anchor !== '') this.anchors.set(anchor, node)
        return node
      }
      case FLOW_SEQUENCE_START:
        return this.enter(SEQUENCE_NODE, properties, (items) => this.flowSequence(items))
      case FLOW_MAPPING_START:
        return this.enter(MAPPING_NODE, properties, (pairs) => this.flowMapping(pairs))
      case BLOCK_SEQUENCE_START:
        if (!block) break
        return this.enter(SEQUENCE_NODE, properties, (items) => this.blockSequence(items))
      case BLOCK_MAPPING_START:
        if (!block) break
        return this.enter(MAPPING_NODE, properties, (pairs) => this.blockMapping(pairs))
    }
    if (anchor === '' && tag === '') fail('did not find expected node content', token)
    const node = scalar('', tag, tag === '', line)
    if (anchor !== '') this.anchors.set(anchor, node)
    return node
  }

  private properties(first: Token): Properties {
    let token = first
    let tag = ''
    let anchor = ''
    let tagToken: Token | undefined
    for (let i = 0; i < 2; i++) {
      if (token.type === ANCHOR && anchor === '') anchor = token.value
      else if (token.type === TAG && tagToken === undefined) tagToken = token
      else break
      token = this.next()
    }
    if (tagToken !== undefined) {
      if (tagToken.value === '') tag = tagToken.suffix
      else tag = (this.tagPrefixes.get(tagToken.value) ?? fail('found undefined tag handle', tagToken)) + tagToken.suffix
    }
    return { tag, anchor, line: first.line }
  }

  private enter(kind: number, properties: Properties, fill: (children: Node[]) => void): Node {
    if (++this.depth > MAX_DEPTH) this.scanner.cursor.fail(`exceeded max depth of ${MAX_DEPTH}`)
    const children: Node[] = []
    const line = properties.line + 1
    const node: Node = { kind, line, tag: properties.tag, value: '', implicit: false, children, alias: undefined }
    if (properties.anchor !== '') this.anchors.set(properties.anchor, node)
    fill(children)
    this.depth--
    return node
  }

  private blockSequence(items: Node[]): void {
    let token = this.next()
    while (token.type === BLOCK_ENTRY) {
      const line = token.line
      token = this.next()
      if (token.type !== BLOCK_ENTRY && token.type !== BLOCK_END) items.push(this.node(true, false))
      else items.push(emptyScalar(line))
      token = this.scanner.peek()
    }
    if (token.type !== BLOCK_END) fail("did not find expected '-' indicator", token)
    this.scanner.skip()
  }

  private indentlessSequence(items: Node[]): void {
    let token = this.scanner.peek()
    while (token.type === BLOCK_ENTRY) {
      const line = token.line
      token = this.next()
      if (token.type !== BLOCK_ENTRY && token.type !== KEY && token.type !== VALUE && token.type !== BLOCK_END) {
        items.push(this.node(true, false))
      } else items.push(emptyScalar(line))
      token = this.scanner.peek()
    }
  }

  private blockMapping(pairs: Node[]): void {
    let token = this.next()
    for (;;) {
      if (token.type === KEY) {
        pairs.push(this.blockPart(token.line))
      } else if (token.type === BLOCK_END) {
        this.scanner.skip()
        return
      } else fail('did not find expected key', token)
      token = this.scanner.peek()
      if (token.type === VALUE) pairs.push(this.blockPart(token.line))
      else pairs.push(emptyScalar(token.line))
      token = this.scanner.peek()
    }
  }

  /** What follows a KEY or VALUE in a block mapping. */
  private blockPart(line: number): Node {
    const token = this.next()
    if (token.type !== KEY && token.type !== VALUE && token.type !== BLOCK_END) return this.node(true, true)
    return emptyScalar(line)
  }

  private flowSequence(items: Node[]): void {
    let token = this.next()
    for (let first = true; token.type !== FLOW_SEQUENCE_END; first = false) {
      if (!first) {
        if (token.type !== FLOW_ENTRY) fail("did not find expected ',' or ']'", token)
        token = this.next()
      }
      if (token.type === KEY) {
        items.push(this.enter(MAPPING_NODE, { tag: '', anchor: '', line: token.line }, (pairs) => this.flowPair(pairs)))
      } else if (token.type !== FLOW_SEQUENCE_END) items.push(this.node(false, false))
      else break
      token = this.scanner.peek()
    }
    this.scanner.skip()
  }

  /** `[a: b]`: a mapping of one pair, without braces. */
  private flowPair(pairs: Node[]): void {
    let token = this.next()
    if (token.type !== VALUE && token.type !== FLOW_ENTRY && token.type !== FLOW_SEQUENCE_END) pairs.push(this.node(false, false))
    else {
      // Go drops the token that ended the key, whatever it was.
      pairs.push(emptyScalar(token.line))
      this.scanner.skip()
    }
    token = this.scanner.peek()
    if (token.type === VALUE) {
      token = this.next()
      if (token.type !== FLOW_ENTRY && token.type !== FLOW_SEQUENCE_END) {
        pairs.push(this.node(false, false))
        this.scanner.peek()
        return
      }
    }
    pairs.push(emptyScalar(token.line))
  }

  private flowMapping(pairs: Node[]): void {
    let token = this.next()
    for (let first = true; token.type !== FLOW_MAPPING_END; first = false) {
      if (!first) {
        if (token.type !== FLOW_ENTRY) fail("did not find expected ',' or '}'", token)
        token = this.next()
      }
      if (token.type === KEY) {
        token = this.next()
        if (token.type !== VALUE && token.type !== FLOW_ENTRY && token.type !== FLOW_MAPPING_END) pairs.push(this.node(false, false))
        else pairs.push(emptyScalar(token.line))
        token = this.scanner.peek()
        if (token.type === VALUE) {
          token = this.next()
          if (token.type !== FLOW_ENTRY && token.type !== FLOW_MAPPING_END) pairs.push(this.node(false, false))
          else pairs.push(emptyScalar(token.line))
        } else pairs.push(emptyScalar(token.line))
      } else if (token.type !== FLOW_MAPPING_END) {
        pairs.push(this.node(false, false))
        pairs.push(emptyScalar(this.scanner.peek().line))
      } else break
      token = this.scanner.peek()
    }
    this.scanner.skip()
  }
}

const noChildren: Node[] = []

function scalar(value: string, tag: string, implicit: boolean, line: number): Node {
  return { kind: SCALAR_NODE, line: line + 1, tag, value, implicit, children: noChildren, alias: undefined }
}

function emptyScalar(line: number): Node {
  return scalar('', '', true, line)
}

function fail(message: string, token: Token): never {
  throw new YamlProblem(message, token.line, token.line + 1, token.column)
}

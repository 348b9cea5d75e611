import { type Position, positionOf, type Source } from './failure.ts'
import type { Node } from './nodes.ts'
import type { Code, Statement, Template } from './state.ts'

/** A stretch of output and the node that wrote it. */
interface Mark {
  from: number
  to: number
  source: Source
  node: Node
  /** What the node's `include`s and `tpl`s gave; it may have been indented since. */
  included: Frame[]
}

/** The output of one execution of a template: of a file, of an `include`, of a `tpl`. */
interface Frame {
  text: string
  marks: Mark[]
  included: Frame[]
}

/**
 * Remembers which part of a template wrote which part of its output: the way from a line of a manifest back to the line of the chart. An execution that is given one is
 * compiled for it alone; all others do not know of it.
 */
export class Trace {
  private readonly codes = new WeakMap<Template, Code>()
  private readonly frames: Frame[] = []
  private root: Frame | undefined

  codeOf(template: Template, compile: () => Code): Code {
    const known = this.codes.get(template) ?? compile()
    this.codes.set(template, known)
    return known
  }

  begin(): void {
    this.frames.push({ text: '', marks: [], included: [] })
  }

  end(text: string): void {
    const frame = this.frames.pop()!
    frame.text = text
    const above = this.frames.at(-1)
    if (above) above.included.push(frame)
    else this.root = frame
  }

  /** The statement of a node that writes, remembering what it wrote. */
  record(node: Node, statement: Statement): Statement {
    if (node.kind !== 'text' && node.kind !== 'action' && node.kind !== 'template') return statement
    return (state, dot) => {
      const frame = this.frames.at(-1)!
      const from = state.out.length
      frame.included = []
      const jump = statement(state, dot)
      const to = state.out.length
      if (to > from) frame.marks.push({ from, to, source: state.template.source, node, included: frame.included })
      return jump
    }
  }

  /** How many lines the output has. */
  get lines(): number {
    return this.root?.text.split('\n').length ?? 0
  }

  /**
   * Where the output's line (from 1) was written: the place in the file, then the places in the templates that it includes, as far as their lines can be recognised in
   * what became of them. Empty where nothing wrote it.
   */
  positionsOf(line: number): Position[] {
    return this.root ? positionsIn(this.root, line - 1).filter(({ file }) => file !== 'gotpl') : []
  }
}

function positionsIn(frame: Frame, line: number): Position[] {
  const lines = frame.text.split('\n')
  const content = lines[line]
  if (content === undefined) return []
  let offset = 0
  for (let i = 0; i < line; i++) offset += lines[i]!.length + 1
  // The first word of the line is what it is about: a key.
  offset += /^(?:<no value>|[ \t])*(?:- +)*/.exec(content)![0].length
  // What a {{ template }} calls has written before the call itself has.
  const marks = frame.marks.filter(({ from, to }) => from <= offset && offset < to).reverse()
  const end = frame.marks.at(-1)
  if (marks.length === 0 && end) marks.push(end)
  return marks.flatMap(({ from, to, source, node, included }) => {
    if (node.kind === 'text') return [positionOf(source, node.pos + Math.min(Math.max(0, offset - from), node.text.length))]
    const written = frame.text.slice(from, to).split('\n')
    const at = frame.text.slice(from, Math.max(from, offset)).split('\n').length - 1
    return [positionOf(source, node.pos), ...positionsInIncluded(written, at, included)]
  })
}

/** The line of an included text that became the line `at` of what was written: that which most lines around agree on, but for blanks at their ends. */
function positionsInIncluded(written: readonly string[], at: number, included: readonly Frame[]): Position[] {
  const wanted = written.map((text) => text.trim())
  let best: { frame: Frame; line: number; agreeing: number } | undefined
  for (const frame of included) {
    const lines = frame.text.split('\n').map((text) => text.trim())
    for (const [line, text] of lines.entries()) {
      if (text === '' || text !== wanted[at]) continue
      const agreeing = lines.filter((other, index) => other !== '' && other === wanted[at + index - line]).length
      if (!best || agreeing > best.agreeing) best = { frame, line, agreeing }
    }
  }
  return best ? positionsIn(best.frame, best.line) : []
}

/** What the simulated shell understands of a script: a useful subset of POSIX sh. */
export type Node =
  | { t: 'simple'; assigns: { name: string; value: Word }[]; words: Word[]; redirects: Redirect[] /** Ends the script. */; last?: boolean }
  | { t: 'pipe'; parts: Node[]; negate: boolean }
  | { t: 'and'; left: Node; right: Node }
  | { t: 'or'; left: Node; right: Node }
  | { t: 'list'; items: { node: Node; background: boolean }[] }
  | { t: 'if'; branches: { test: Node; body: Node }[]; otherwise?: Node }
  | { t: 'loop'; test: Node; body: Node; until: boolean }
  | { t: 'for'; name: string; words: Word[] | undefined; body: Node }
  | { t: 'case'; word: Word; arms: { patterns: Word[]; body: Node }[] }
  | { t: 'group'; body: Node; subshell: boolean; redirects: Redirect[] }
  | { t: 'function'; name: string; body: Node }

export interface Redirect {
  fd: number
  kind: '>' | '>>' | '<' | '>&'
  target: Word
}

/** A word: parts that are text or expansions; quoted parts are not split. */
export type Word = Part[]
export type Part =
  | { t: 'text'; text: string; quoted: boolean }
  | { t: 'var'; name: string; op?: string; arg?: Word; quoted: boolean }
  | { t: 'command'; source: string; quoted: boolean }
  | { t: 'math'; source: string; quoted: boolean }

type Token =
  | { t: 'word'; word: Word; bare?: string; position: number }
  | { t: 'op'; op: string; position: number }
  | { t: 'redirect'; fd: number; kind: Redirect['kind'] }

export class SyntaxProblem extends Error {}

/** Reads a script. Throws SyntaxProblem on what sh would refuse, and on what this shell does not know. */
export function parseScript(source: string): Node {
  const tokens = tokenize(source)
  let i = 0
  const peek = (): Token | undefined => tokens[i]
  const bare = (): string | undefined => {
    const token = tokens[i]
    return token?.t === 'word' ? token.bare : undefined
  }
  const isOp = (...ops: string[]): boolean => {
    const token = tokens[i]
    return token?.t === 'op' && ops.includes(token.op)
  }
  const fail = (): never => {
    const token = tokens[i]
    const what =
      token === undefined
        ? 'end of file'
        : token.t === 'op'
          ? token.op === '\n'
            ? 'newline'
            : `"${token.op}"`
          : `"${token.t === 'word' ? (token.bare ?? 'word') : token.kind}"`
    throw new SyntaxProblem(`syntax error: unexpected ${what}`)
  }
  const skipLines = (): void => {
    while (isOp('\n', ';')) i++
  }
  const expectWord = (text: string): void => {
    if (bare() !== text) fail()
    i++
  }

  function list(stops: string[]): Node {
    const items: { node: Node; background: boolean }[] = []
    skipLines()
    while (peek() && !isOp(')', ';;') && !(bare() !== undefined && stops.includes(bare()!))) {
      const node = andOr()
      let background = false
      if (isOp('&')) {
        background = true
        i++
      } else if (isOp(';', '\n')) i++
      else if (peek() && !isOp(')', ';;') && !(bare() !== undefined && stops.includes(bare()!))) fail()
      items.push({ node, background })
      skipLines()
    }
    return { t: 'list', items }
  }

  function andOr(): Node {
    let left = pipeline()
    while (isOp('&&', '||')) {
      const op = (peek() as { op: string }).op
      i++
      while (isOp('\n')) i++
      const right = pipeline()
      left = op === '&&' ? { t: 'and', left, right } : { t: 'or', left, right }
    }
    return left
  }

  function pipeline(): Node {
    let negate = false
    if (bare() === '!') {
      negate = true
      i++
    }
    const parts = [command()]
    while (isOp('|')) {
      i++
      while (isOp('\n')) i++
      parts.push(command())
    }
    return parts.length === 1 && !negate ? parts[0]! : { t: 'pipe', parts, negate }
  }

  function redirects(): Redirect[] {
    const out: Redirect[] = []
    for (let token = peek(); token?.t === 'redirect'; token = peek()) {
      i++
      const target = peek()
      if (target?.t !== 'word') fail()
      else {
        i++
        out.push({ fd: token.fd, kind: token.kind, target: target.word })
      }
    }
    return out
  }

  function body(start: string, end: string): Node {
    expectWord(start)
    const inner = list([end])
    expectWord(end)
    return inner
  }

  function command(): Node {
    const compound = compoundCommand()
    if (!compound) return simple()
    const found = redirects()
    return found.length ? { t: 'group', body: compound, subshell: false, redirects: found } : compound
  }

  function compoundCommand(): Node | undefined {
    if (isOp('(')) {
      i++
      const inner = list([])
      if (!isOp(')')) fail()
      i++
      return { t: 'group', body: inner, subshell: true, redirects: [] }
    }
    switch (bare()) {
      case '{': {
        i++
        const inner = list(['}'])
        expectWord('}')
        return { t: 'group', body: inner, subshell: false, redirects: [] }
      }
      case 'if': {
        const branches: { test: Node; body: Node }[] = []
        let otherwise: Node | undefined
        i++
        for (;;) {
          const test = list(['then'])
          expectWord('then')
          branches.push({ test, body: list(['elif', 'else', 'fi']) })
          if (bare() === 'elif') {
            i++
            continue
          }
          if (bare() === 'else') {
            i++
            otherwise = list(['fi'])
          }
          expectWord('fi')
          return { t: 'if', branches, otherwise }
        }
      }
      case 'while':
      case 'until': {
        const until = bare() === 'until'
        i++
        const test = list(['do'])
        return { t: 'loop', test, body: body('do', 'done'), until }
      }
      case 'for': {
        i++
        const name = bare()
        if (name === undefined) fail()
        i++
        let words: Word[] | undefined
        while (isOp('\n')) i++
        if (bare() === 'in') {
          i++
          words = []
          for (let token = peek(); token?.t === 'word'; token = peek()) {
            words.push(token.word)
            i++
          }
        }
        skipLines()
        return { t: 'for', name: name!, words, body: body('do', 'done') }
      }
      case 'case': {
        i++
        const token = peek()
        if (token?.t !== 'word') return fail()
        i++
        while (isOp('\n')) i++
        expectWord('in')
        skipLines()
        const arms: { patterns: Word[]; body: Node }[] = []
        while (bare() !== 'esac') {
          if (isOp('(')) i++
          const patterns: Word[] = []
          for (;;) {
            const pattern = peek()
            if (pattern?.t !== 'word') return fail()
            patterns.push(pattern.word)
            i++
            if (!isOp('|')) break
            i++
          }
          if (!isOp(')')) fail()
          i++
          const inner = list(['esac'])
          if (isOp(';;')) i++
          skipLines()
          arms.push({ patterns, body: inner })
        }
        i++
        return { t: 'case', word: token.word, arms }
      }
    }
    const next = tokens[i + 1]
    const after = tokens[i + 2]
    if (bare() !== undefined && next?.t === 'op' && next.op === '(' && after?.t === 'op' && after.op === ')') {
      const name = bare()!
      i += 3
      while (isOp('\n')) i++
      return { t: 'function', name, body: command() }
    }
    return undefined
  }

  function simple(): Node {
    const assigns: { name: string; value: Word }[] = []
    const words: Word[] = []
    const found: Redirect[] = []
    for (;;) {
      const token = peek()
      if (token?.t === 'redirect') {
        found.push(...redirects())
        continue
      }
      if (token?.t !== 'word') break
      i++
      const first = token.word[0]
      const match = words.length === 0 && first?.t === 'text' && !first.quoted ? /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/s.exec(first.text) : null
      if (match) assigns.push({ name: match[1]!, value: [{ t: 'text', text: match[2]!, quoted: false }, ...token.word.slice(1)] })
      else words.push(token.word)
    }
    if (assigns.length === 0 && words.length === 0 && found.length === 0) fail()
    return { t: 'simple', assigns, words, redirects: found }
  }

  const out = list([])
  if (peek()) fail()
  return out
}

function tokenize(source: string): Token[] {
  const tokens: Token[] = []
  const pending: { word: Word; delimiter: string; strip: boolean; literal: boolean }[] = []
  let i = 0
  while (i < source.length) {
    const c = source[i]!
    if (c === ' ' || c === '\t' || c === '\r') {
      i++
      continue
    }
    if (c === '\\' && source[i + 1] === '\n') {
      i += 2
      continue
    }
    if (c === '#') {
      while (i < source.length && source[i] !== '\n') i++
      continue
    }
    if (c === '\n') {
      tokens.push({ t: 'op', op: '\n', position: i })
      i++
      for (const doc of pending.splice(0)) {
        let text = ''
        for (;;) {
          const end = source.indexOf('\n', i)
          const raw = source.slice(i, end < 0 ? source.length : end)
          i = end < 0 ? source.length : end + 1
          const line = doc.strip ? raw.replace(/^\t+/, '') : raw
          if (line === doc.delimiter) break
          text += `${line}\n`
          if (end < 0) break
        }
        if (doc.literal) doc.word.push({ t: 'text', text, quoted: true })
        else doc.word.push(...quotedParts(text))
      }
      continue
    }
    const redirect = /^(\d*)(<<-?|>>|>&|<&|&>|>|<)/.exec(source.slice(i, i + 6))
    if (redirect && (redirect[1] === '' || /[<>]/.test(redirect[2]!))) {
      const op = redirect[2]!
      i += redirect[0].length
      if (op.startsWith('<<')) {
        while (source[i] === ' ') i++
        const [word, next] = readWord(source, i)
        i = next
        const target: Word = []
        pending.push({
          word: target,
          delimiter: word.map((p) => (p.t === 'text' ? p.text : '')).join(''),
          strip: op === '<<-',
          literal: word.some((p) => p.t === 'text' && p.quoted),
        })
        tokens.push({ t: 'redirect', fd: -1, kind: '<' }, { t: 'word', word: target, position: i })
        continue
      }
      if (op === '&>') tokens.push({ t: 'redirect', fd: 12, kind: '>' })
      else
        tokens.push({
          t: 'redirect',
          fd: redirect[1] ? Number(redirect[1]) : op.startsWith('<') ? 0 : 1,
          kind: op === '<&' ? '<' : (op as Redirect['kind']),
        })
      continue
    }
    const op = ['&&', '||', ';;', ';', '&', '|', '(', ')'].find((o) => source.startsWith(o, i))
    if (op) {
      tokens.push({ t: 'op', op, position: i })
      i += op.length
      continue
    }
    const [word, next] = readWord(source, i)
    const plain = word.length === 1 && word[0]!.t === 'text' && !word[0]!.quoted ? (word[0] as { text: string }).text : undefined
    tokens.push({ t: 'word', word, bare: plain, position: i })
    i = next
  }
  return tokens
}

function readWord(source: string, from: number): [Word, number] {
  const word: Word = []
  let text = ''
  let i = from
  const flush = (quoted: boolean): void => {
    if (text !== '' || quoted) word.push({ t: 'text', text, quoted })
    text = ''
  }
  while (i < source.length) {
    const c = source[i]!
    if (/[\s;&|()<>]/.test(c)) break
    if (c === '\\') {
      if (source[i + 1] === '\n') {
        i += 2
        continue
      }
      flush(false)
      text = source[i + 1] ?? ''
      flush(true)
      i += 2
    } else if (c === "'") {
      flush(false)
      const end = source.indexOf("'", i + 1)
      if (end < 0) throw new SyntaxProblem('syntax error: unterminated quoted string')
      text = source.slice(i + 1, end)
      flush(true)
      i = end + 1
    } else if (c === '"') {
      flush(false)
      i++
      let any = false
      while (source[i] !== '"') {
        if (i >= source.length) throw new SyntaxProblem('syntax error: unterminated quoted string')
        if (source[i] === '\\' && /[$`"\\\n]/.test(source[i + 1] ?? '')) {
          if (source[i + 1] !== '\n') text += source[i + 1]
          i += 2
        } else if (source[i] === '$' || source[i] === '`') {
          const expansion = readExpansion(source, i, true)
          if (expansion) {
            flush(text !== '')
            word.push(expansion[0])
            any = true
            i = expansion[1]
          } else text += source[i++]
        } else text += source[i++]
      }
      flush(text !== '' || !any)
      i++
    } else if (c === '$' || c === '`') {
      const expansion = readExpansion(source, i, false)
      if (expansion) {
        flush(false)
        word.push(expansion[0])
        i = expansion[1]
      } else {
        text += c
        i++
      }
    } else {
      text += c
      i++
    }
  }
  flush(false)
  return [word, i]
}

function readExpansion(source: string, i: number, quoted: boolean): [Part, number] | undefined {
  if (source[i] === '`') {
    const end = source.indexOf('`', i + 1)
    if (end < 0) throw new SyntaxProblem('syntax error: unterminated backquote')
    return [{ t: 'command', source: source.slice(i + 1, end), quoted }, end + 1]
  }
  if (source.startsWith('$((', i)) {
    let depth = 2
    let at = i + 3
    while (at < source.length && depth > 0) {
      if (source[at] === '(') depth++
      else if (source[at] === ')') depth--
      at++
    }
    return [{ t: 'math', source: source.slice(i + 3, at - 2), quoted }, at]
  }
  if (source.startsWith('$(', i)) {
    let depth = 1
    let at = i + 2
    while (at < source.length && depth > 0) {
      const c = source[at]
      if (c === "'") at = Math.max(at, source.indexOf("'", at + 1))
      else if (c === '(') depth++
      else if (c === ')') depth--
      at++
    }
    return [{ t: 'command', source: source.slice(i + 2, at - 1), quoted }, at]
  }
  if (source.startsWith('${', i)) {
    let depth = 1
    let at = i + 2
    while (at < source.length && depth > 0) {
      if (source[at] === '{') depth++
      else if (source[at] === '}') depth--
      at++
    }
    const inner = source.slice(i + 2, at - 1)
    const match = /^(#?)([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!])(:?[-=?+]|%%?|##?)?(.*)$/s.exec(inner)
    if (!match) throw new SyntaxProblem('syntax error: bad substitution')
    if (match[1] && inner.length > 1) return [{ t: 'var', name: match[2]!, op: 'length', quoted }, at]
    return [{ t: 'var', name: match[2]!, ...(match[3] ? { op: match[3], arg: wholeWord(match[4]!) } : {}), quoted }, at]
  }
  const name = /^\$([A-Za-z_][A-Za-z0-9_]*|[0-9@*#?$!])/.exec(source.slice(i, i + 200))
  return name ? [{ t: 'var', name: name[1]!, quoted }, i + name[0].length] : undefined
}

/** The text of a here-document: expanded as in double quotes. */
function quotedParts(text: string): Word {
  const word: Word = []
  let plain = ''
  for (let i = 0; i < text.length; ) {
    if (text[i] === '\\' && /[$`\\\n]/.test(text[i + 1] ?? '')) {
      if (text[i + 1] !== '\n') plain += text[i + 1]
      i += 2
      continue
    }
    const expansion = text[i] === '$' || text[i] === '`' ? readExpansion(text, i, true) : undefined
    if (!expansion) {
      plain += text[i++]
      continue
    }
    word.push({ t: 'text', text: plain, quoted: true }, expansion[0])
    plain = ''
    i = expansion[1]
  }
  word.push({ t: 'text', text: plain, quoted: true })
  return word
}

/** The argument of `${NAME:-...}`: spaces belong to it. */
function wholeWord(text: string): Word {
  const word: Word = []
  let i = 0
  while (i < text.length) {
    const space = /^[\s;&|()<>]+/.exec(text.slice(i))
    if (space) {
      word.push({ t: 'text', text: space[0], quoted: false })
      i += space[0].length
      continue
    }
    const [part, next] = readWord(text, i)
    word.push(...part)
    i = next
  }
  return word
}

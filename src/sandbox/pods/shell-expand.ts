import { evaluate } from './shell-math.ts'
import { run } from './shell-run.ts'
import { ExitShell, type State, type Streams, subshell } from './shell-state.ts'
import { type Part, parseScript, type Word } from './shell-syntax.ts'

/** Expands words, splits unquoted results, and keeps empty quoted ones. */
export async function expandAll(state: State, words: Word[], streams: Streams): Promise<string[]> {
  const out: string[] = []
  for (const word of words) {
    let current: string | undefined
    for (const part of word) {
      if (part.t === 'var' && part.name === '@' && part.quoted) {
        for (const [i, arg] of state.args.entries()) {
          if (i > 0) {
            out.push(current ?? '')
            current = ''
          }
          current = (current ?? '') + arg
        }
        continue
      }
      const text = await expandPart(state, part, streams)
      if (part.t === 'text' || part.quoted) {
        current = (current ?? '') + text
        continue
      }
      const pieces = text.split(/[ \t\n]+/)
      for (const [i, piece] of pieces.entries()) {
        if (i > 0 && current !== undefined) {
          out.push(current)
          current = undefined
        }
        if (piece !== '') current = (current ?? '') + piece
      }
    }
    if (current !== undefined) out.push(current)
  }
  return out
}

export async function expandOne(state: State, word: Word, streams: Streams): Promise<string> {
  let out = ''
  for (const part of word) out += await expandPart(state, part, streams)
  return out
}

async function expandPart(state: State, part: Part, streams: Streams): Promise<string> {
  switch (part.t) {
    case 'text':
      return part.text
    case 'math':
      return String(
        evaluate(
          part.source.replace(/\$\{?(\w+)\}?/g, (_, name) => value(state, name) || '0'),
          state.vars,
        ),
      )
    case 'command': {
      let text = ''
      const child: State = { ...state, vars: { ...state.vars }, root: false, jobs: new Set() }
      state.status = await subshell(run(child, parseScript(part.source), { out: (t) => (text += t), err: streams.err }))
      return text.replace(/\n+$/, '')
    }
    case 'var': {
      const found = lookup(state, part.name)
      if (part.op === 'length') return String((found ?? '').length)
      if (!part.op) {
        if (found === undefined && state.nounset && /^[A-Za-z_]/.test(part.name)) {
          streams.err(`sh: ${part.name}: parameter not set\n`)
          throw new ExitShell(2)
        }
        return found ?? ''
      }
      const arg = (): Promise<string> => expandOne(state, part.arg ?? [], streams)
      const missing = part.op.startsWith(':') ? !found : found === undefined
      switch (part.op.replace(':', '')) {
        case '-':
          return missing ? arg() : found!
        case '=':
          if (missing) state.vars[part.name] = await arg()
          return missing ? state.vars[part.name]! : found!
        case '+':
          return missing ? '' : arg()
        case '?':
          if (!missing) return found!
          streams.err(`sh: ${part.name}: ${(await arg()) || 'parameter not set'}\n`)
          throw new ExitShell(2)
      }
      const pattern = await arg()
      const text = found ?? ''
      if (part.op.startsWith('#')) return trimPrefix(text, pattern, part.op === '##')
      return [...trimPrefix([...text].reverse().join(''), [...pattern].reverse().join(''), part.op === '%%')].reverse().join('')
    }
  }
}

function trimPrefix(text: string, pattern: string, longest: boolean): string {
  const whole = glob(pattern)
  const lengths = Array.from({ length: text.length + 1 }, (_, i) => i)
  for (const length of longest ? lengths.reverse() : lengths) if (whole.test(text.slice(0, length))) return text.slice(length)
  return text
}

function lookup(state: State, name: string): string | undefined {
  switch (name) {
    case '?':
      return String(state.status)
    case '$':
    case '!':
      return '1'
    case '#':
      return String(state.args.length)
    case '@':
    case '*':
      return state.args.join(' ')
    case '0':
      return state.name
    case 'RANDOM':
      return String(Math.floor(Math.random() * 32768))
  }
  if (/^[1-9]$/.test(name)) return state.args[Number(name) - 1]
  return Object.hasOwn(state.vars, name) ? state.vars[name] : undefined
}

function value(state: State, name: string): string {
  return lookup(state, name) ?? ''
}

export function glob(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '[\\s\\S]*')
      .replaceAll('?', '[\\s\\S]')}$`,
  )
}

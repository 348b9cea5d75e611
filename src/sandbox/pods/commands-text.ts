import { createHash } from 'node:crypto'
import type { Command, CommandContext } from './command.ts'
import { OutOfMemory } from './shell-state.ts'

const input = (c: CommandContext, files: string[]): { text: string; code: number } => {
  if (files.length === 0 || (files.length === 1 && files[0] === '-')) return { text: c.stdin ?? '', code: 0 }
  let text = ''
  let code = 0
  for (const file of files) {
    const found = c.world.files.read(c.resolve(file))
    if (found === undefined) {
      c.err(`cat: can't open '${file}': ${c.world.files.isDirectory(c.resolve(file)) ? 'Is a directory' : 'No such file or directory'}\n`)
      code = 1
    } else text += found
  }
  return { text, code }
}

const lines = (text: string): string[] => (text === '' ? [] : text.replace(/\n$/, '').split('\n'))

function escapes(text: string): string {
  return text.replace(/\\(n|t|r|\\|a|b|e|0?[0-7]{1,3}|x[0-9a-fA-F]{1,2}|c)/g, (_, e: string) => {
    const simple: Record<string, string> = { n: '\n', t: '\t', r: '\r', '\\': '\\', a: '\x07', b: '\b', e: '\x1b', c: '' }
    return simple[e] ?? String.fromCharCode(e.startsWith('x') ? Number.parseInt(e.slice(1), 16) : Number.parseInt(e, 8))
  })
}

function format(pattern: string, args: string[]): string {
  let out = ''
  let i = 0
  do {
    const before = i
    out += escapes(pattern).replace(
      /%([-+ 0#]*)(\d*)(?:\.(\d+))?([sdifxXocbq%])/g,
      (_, flags: string, width: string, precision: string | undefined, kind: string) => {
        if (kind === '%') return '%'
        const arg = args[i++] ?? ''
        let text = kind === 's' || kind === 'c' || kind === 'q' ? arg : kind === 'b' ? escapes(arg) : ''
        if (kind === 'd' || kind === 'i') text = String(Math.trunc(Number(arg) || 0))
        if (kind === 'f') text = (Number(arg) || 0).toFixed(Number(precision ?? 6))
        if (kind === 'x' || kind === 'X' || kind === 'o') text = (Number(arg) || 0).toString(kind === 'o' ? 8 : 16)
        if (kind === 's' && precision !== undefined) text = text.slice(0, Number(precision))
        if (!width) return text
        return flags.includes('-')
          ? text.padEnd(Number(width))
          : text.padStart(Number(width), flags.includes('0') && kind !== 's' ? '0' : ' ')
      },
    )
    if (i === before) break
  } while (i < args.length)
  return out
}

/** Programs that write and change text. */
export const TEXT_COMMANDS: Record<string, Command> = {
  echo: (c) => {
    let args = c.args
    let newline = true
    let escaped = false
    while (/^-[neE]+$/.test(args[0] ?? '')) {
      if (args[0]!.includes('n')) newline = false
      if (args[0]!.includes('e')) escaped = true
      args = args.slice(1)
    }
    const text = args.join(' ')
    c.out((escaped ? escapes(text) : text) + (newline ? '\n' : ''))
    return 0
  },
  printf: (c) => {
    c.out(format(c.args[0] ?? '', c.args.slice(1)))
    return 0
  },
  cat: (c) => {
    const { text, code } = input(
      c,
      c.args.filter((a) => a === '-' || !a.startsWith('-')),
    )
    c.out(text)
    return code
  },
  tee: (c) => {
    const text = c.stdin ?? ''
    c.out(text)
    for (const path of c.args.filter((a) => !a.startsWith('-'))) c.world.files.write(c.resolve(path), text, c.args.includes('-a'))
    return 0
  },
  seq: (c) => {
    const numbers = c.args.map(Number)
    const [first, step, last] =
      numbers.length === 1
        ? [1, 1, numbers[0]!]
        : numbers.length === 2
          ? [numbers[0]!, 1, numbers[1]!]
          : (numbers as [number, number, number])
    const out: string[] = []
    if (step !== 0) for (let n = first; step > 0 ? n <= last : n >= last; n += step) if (out.push(String(n)) > 1_000_000) break
    c.out(out.map((n) => `${n}\n`).join(''))
    return 0
  },
  yes: async (c) => {
    const line = `${c.args.join(' ') || 'y'}\n`
    for (;;) {
      c.out(line.repeat(100))
      await c.sleep(0.01)
    }
  },
  basename: (c) => {
    const name = (c.args[0] ?? '').replace(/\/+$/, '').split('/').at(-1) ?? ''
    c.out(`${c.args[1] && name.endsWith(c.args[1]) ? name.slice(0, -c.args[1].length) : name}\n`)
    return 0
  },
  dirname: (c) => {
    c.out(`${(c.args[0] ?? '').split('/').slice(0, -1).join('/') || (c.args[0]?.startsWith('/') ? '/' : '.')}\n`)
    return 0
  },
  head: (c) => {
    const at = c.args.indexOf('-n')
    const count = Number(at >= 0 ? c.args[at + 1] : (c.args.find((a) => /^-n?\d+$/.test(a))?.replace(/^-n?/, '') ?? 10))
    const files = c.args.filter((a, i) => !a.startsWith('-') && !(at >= 0 && i === at + 1))
    const { text, code } = input(c, files)
    c.out(
      lines(text)
        .slice(0, count)
        .map((l) => `${l}\n`)
        .join(''),
    )
    return code
  },
  tail: async (c) => {
    if (c.args.includes('/dev/zero')) {
      // It would keep all of an endless line.
      await c.sleep(0.2)
      throw new OutOfMemory()
    }
    if (c.args.some((a) => a === '-f' || a === '-F')) {
      const files = c.args.filter((a) => !a.startsWith('-') && !/^\d+$/.test(a))
      if (files[0] !== '/dev/null') c.out(input(c, files).text)
      await c.sleep(Number.POSITIVE_INFINITY)
      return 0
    }
    const at = c.args.indexOf('-n')
    const count = Number(at >= 0 ? c.args[at + 1] : (c.args.find((a) => /^-n?\d+$/.test(a))?.replace(/^-n?/, '') ?? 10))
    const { text, code } = input(
      c,
      c.args.filter((a, i) => !a.startsWith('-') && !(at >= 0 && i === at + 1)),
    )
    c.out(
      lines(text)
        .slice(-count)
        .map((l) => `${l}\n`)
        .join(''),
    )
    return code
  },
  wc: (c) => {
    const { text } = input(
      c,
      c.args.filter((a) => !a.startsWith('-')),
    )
    const counts = { '-l': lines(text).length, '-w': text.split(/\s+/).filter(Boolean).length, '-c': Buffer.byteLength(text) }
    const flag = c.args.find((a): a is keyof typeof counts => a in counts)
    c.out(`${flag ? counts[flag] : Object.values(counts).join(' ')}\n`)
    return 0
  },
  grep: (c) => {
    const flags = c.args.filter((a) => a.startsWith('-')).join('')
    const [pattern = '', ...files] = c.args.filter((a) => !a.startsWith('-'))
    const { text } = input(c, files)
    const matcher = flags.includes('F') ? { test: (l: string) => l.includes(pattern) } : new RegExp(pattern, flags.includes('i') ? 'i' : '')
    const found = lines(text).filter((l) => matcher.test(l) !== flags.includes('v'))
    if (flags.includes('c')) c.out(`${found.length}\n`)
    else if (!flags.includes('q')) c.out(found.map((l) => `${l}\n`).join(''))
    return found.length > 0 ? 0 : 1
  },
  cut: (c) => {
    const option = (flag: string): string | undefined => {
      const joined = c.args.find((a) => a.startsWith(flag) && a.length > 2)
      return joined ? joined.slice(2) : c.args.includes(flag) ? c.args[c.args.indexOf(flag) + 1] : undefined
    }
    const delimiter = option('-d') ?? '\t'
    const field = Number(option('-f') ?? 1)
    c.out(
      lines(c.stdin ?? '')
        .map((l) => `${l.includes(delimiter) ? (l.split(delimiter)[field - 1] ?? '') : l}\n`)
        .join(''),
    )
    return 0
  },
  tr: (c) => {
    const [from = '', to = ''] = c.args.filter((a) => !/^-[dcs]$/.test(a)).map((s) => range(escapes(s)))
    const drop = c.args.includes('-d')
    c.out(
      [...(c.stdin ?? '')]
        .map((ch) => (from.includes(ch) ? (drop ? '' : (to[Math.min(from.indexOf(ch), to.length - 1)] ?? '')) : ch))
        .join(''),
    )
    return 0
  },
  sort: (c) => {
    const { text } = input(
      c,
      c.args.filter((a) => !a.startsWith('-')),
    )
    const sorted = lines(text).sort((a, b) => (c.args.includes('-n') ? Number(a) - Number(b) : a < b ? -1 : 1))
    if (c.args.includes('-r')) sorted.reverse()
    c.out((c.args.includes('-u') ? [...new Set(sorted)] : sorted).map((l) => `${l}\n`).join(''))
    return 0
  },
  uniq: (c) => {
    c.out(
      lines(c.stdin ?? '')
        .filter((l, i, all) => l !== all[i - 1])
        .map((l) => `${l}\n`)
        .join(''),
    )
    return 0
  },
  base64: (c) => {
    const { text } = input(
      c,
      c.args.filter((a) => !a.startsWith('-')),
    )
    c.out(
      c.args.some((a) => a === '-d' || a === '--decode')
        ? Buffer.from(text, 'base64').toString()
        : `${Buffer.from(text).toString('base64')}\n`,
    )
    return 0
  },
  sha256sum: (c) => {
    c.out(`${createHash('sha256').update(input(c, c.args).text).digest('hex')}  ${c.args[0] ?? '-'}\n`)
    return 0
  },
  expr: (c) => {
    const [a = '0', op = '+', b = '0'] = c.args
    const results: Record<string, number> = {
      '+': Number(a) + Number(b),
      '-': Number(a) - Number(b),
      '*': Number(a) * Number(b),
      '/': Math.trunc(Number(a) / Number(b)),
      '%': Number(a) % Number(b),
    }
    c.out(`${results[op] ?? 0}\n`)
    return 0
  },
}

function range(text: string): string {
  const classes: Record<string, string> = { '[:lower:]': 'a-z', '[:upper:]': 'A-Z', '[:digit:]': '0-9' }
  return (classes[text] ?? text).replace(/(.)-(.)/g, (_, a: string, b: string) => {
    let out = ''
    for (let code = a.charCodeAt(0); code <= b.charCodeAt(0); code++) out += String.fromCharCode(code)
    return out
  })
}

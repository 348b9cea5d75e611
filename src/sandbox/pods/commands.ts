import { createHash } from 'node:crypto'
import type { World } from './shell-state.ts'

export interface CommandContext {
  args: string[]
  stdin?: string
  out(text: string): void
  err(text: string): void
  world: World
  resolve(path: string): string
  sleep(seconds: number): Promise<void>
  run(argv: string[]): Promise<number>
}

export type Command = (context: CommandContext) => number | Promise<number>

/** Programs that serve until they are told to stop, and end on SIGTERM. */
const SERVERS =
  /^(nginx|node|python3?|java|ruby|php-fpm|redis-server|postgres|mysqld|mongod|caddy|traefik|gunicorn|uvicorn|haproxy|envoy|http-echo|socat)$/

export function isServer(name: string): boolean {
  return SERVERS.test(name)
}

const serve: Command = async (c) => {
  c.world.serving()
  await c.sleep(Number.POSITIVE_INFINITY)
  return 0
}

function seconds(text: string): number {
  if (text === 'infinity' || text === 'inf') return Number.POSITIVE_INFINITY
  const match = /^([\d.]+)([smhd]?)$/.exec(text)
  if (!match) return Number.NaN
  return Number(match[1]) * { '': 1, s: 1, m: 60, h: 3600, d: 86400 }[match[2] as '' | 's' | 'm' | 'h' | 'd']
}

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

function test(c: CommandContext): number {
  const { files } = c.world
  const evaluate = (args: string[]): boolean => {
    const or = args.indexOf('-o')
    if (or > 0) return evaluate(args.slice(0, or)) || evaluate(args.slice(or + 1))
    const and = args.indexOf('-a')
    if (and > 0) return evaluate(args.slice(0, and)) && evaluate(args.slice(and + 1))
    if (args[0] === '!') return !evaluate(args.slice(1))
    if (args.length === 0) return false
    if (args.length === 1) return args[0] !== ''
    const [a = '', b = '', d = ''] = args
    if (args.length === 2) {
      const path = c.resolve(b)
      switch (a) {
        case '-f':
          return files.read(path) !== undefined
        case '-e':
        case '-r':
        case '-w':
          return files.read(path) !== undefined || files.isDirectory(path)
        case '-x':
          return files.read(path) !== undefined || files.isDirectory(path)
        case '-d':
          return files.isDirectory(path)
        case '-s':
          return Boolean(files.read(path))
        case '-n':
          return b !== ''
        case '-z':
          return b === ''
        case '-L':
        case '-t':
          return false
      }
      return false
    }
    switch (b) {
      case '=':
      case '==':
        return a === d
      case '!=':
        return a !== d
      case '-eq':
        return Number(a) === Number(d)
      case '-ne':
        return Number(a) !== Number(d)
      case '-lt':
        return Number(a) < Number(d)
      case '-le':
        return Number(a) <= Number(d)
      case '-gt':
        return Number(a) > Number(d)
      case '-ge':
        return Number(a) >= Number(d)
      case '=~':
        return new RegExp(d).test(a)
    }
    return false
  }
  return evaluate(c.args) ? 0 : 1
}

const fetching =
  (name: 'wget' | 'curl' | 'nc'): Command =>
  async (c) => {
    const words = c.args.filter((a) => !a.startsWith('-'))
    const target = words.find((w) => /^[a-z][a-z0-9+.-]*:\/\/|:\d+|\./i.test(w)) ?? words[0] ?? ''
    const address = name === 'nc' && words[1] ? `${words[0]}:${words[1]}` : target.replace(/^[a-z]+:\/\//i, '').replace(/[/?].*$/, '')
    const host = address.replace(/:\d+$/, '')
    await c.sleep(0.02)
    const result = c.world.reach(address)
    if (result === 'ok') {
      if (name !== 'nc' && !c.args.some((a) => a === '/dev/null' || a === '--spider')) c.out('ok\n')
      return 0
    }
    if (name === 'wget') {
      c.err(
        result === 'refused' ? `wget: can't connect to remote host (${host}): Connection refused\n` : `wget: bad address '${address}'\n`,
      )
      return 1
    }
    if (name === 'nc') {
      c.err(result === 'refused' ? `nc: ${host}: Connection refused\n` : `nc: bad address '${host}'\n`)
      return 1
    }
    c.err(
      result === 'refused' ? `curl: (7) Failed to connect to ${host}: Connection refused\n` : `curl: (6) Could not resolve host: ${host}\n`,
    )
    return result === 'refused' ? 7 : 6
  }

/** The programs that a simulated container has. */
export const COMMANDS: Record<string, Command> = {
  true: () => 0,
  false: () => 1,
  test,
  '[': (c) => test({ ...c, args: c.args.slice(0, -1) }),
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
  sleep: async (c) => {
    let total = 0
    for (const arg of c.args) total += seconds(arg)
    if (c.args.length === 0 || Number.isNaN(total)) {
      c.err(`sleep: invalid number '${c.args[0] ?? ''}'\n`)
      return 1
    }
    await c.sleep(total)
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
  ls: (c) => {
    const paths = c.args.filter((a) => !a.startsWith('-'))
    let code = 0
    for (const path of paths.length ? paths : ['.']) {
      const at = c.resolve(path === '.' ? '' : path)
      const names = c.world.files.list(at)
      if (names) c.out(names.map((n) => `${n}\n`).join(''))
      else if (c.world.files.read(at) !== undefined) c.out(`${path}\n`)
      else {
        c.err(`ls: ${path}: No such file or directory\n`)
        code = 1
      }
    }
    return code
  },
  touch: (c) => {
    for (const path of c.args.filter((a) => !a.startsWith('-'))) c.world.files.write(c.resolve(path), '', true)
    return 0
  },
  mkdir: (c) => {
    for (const path of c.args.filter((a) => !a.startsWith('-'))) (c.world.files as any).mkdir?.(c.resolve(path))
    return 0
  },
  rm: (c) => {
    let code = 0
    const force = c.args.some((a) => /^-\w*f/.test(a))
    for (const path of c.args.filter((a) => !a.startsWith('-'))) {
      if (c.world.files.remove(c.resolve(path)) || force) continue
      c.err(`rm: can't remove '${path}': No such file or directory\n`)
      code = 1
    }
    return code
  },
  cp: (c) => {
    const [from = '', to = ''] = c.args.filter((a) => !a.startsWith('-'))
    const text = c.world.files.read(c.resolve(from))
    if (text === undefined) {
      c.err(`cp: can't stat '${from}': No such file or directory\n`)
      return 1
    }
    const target = c.resolve(to)
    c.world.files.write(c.world.files.isDirectory(target) ? `${target}/${from.split('/').at(-1)}` : target, text, false)
    return 0
  },
  mv: (c) => {
    const [from = '', to = ''] = c.args.filter((a) => !a.startsWith('-'))
    const text = c.world.files.read(c.resolve(from))
    if (text === undefined) {
      c.err(`mv: can't rename '${from}': No such file or directory\n`)
      return 1
    }
    c.world.files.write(c.resolve(to), text, false)
    c.world.files.remove(c.resolve(from))
    return 0
  },
  chmod: () => 0,
  chown: () => 0,
  ln: () => 0,
  sync: () => 0,
  stty: () => 0,
  tee: (c) => {
    c.out(c.stdin ?? '')
    for (const path of c.args.filter((a) => !a.startsWith('-'))) c.world.files.write(c.resolve(path), c.stdin ?? '', c.args.includes('-a'))
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
  env: (c) => {
    const args = [...c.args]
    while (args[0] && /^(-|[A-Za-z_]\w*=)/.test(args[0])) args.shift()
    if (args.length) return c.run(args)
    for (const [key, value] of Object.entries(c.world.env)) c.out(`${key}=${value}\n`)
    return 0
  },
  printenv: (c) => {
    if (c.args.length === 0) {
      for (const [key, value] of Object.entries(c.world.env)) c.out(`${key}=${value}\n`)
      return 0
    }
    const value = c.world.env[c.args[0]!]
    if (value === undefined) return 1
    c.out(`${value}\n`)
    return 0
  },
  date: (c) => {
    const iso = new Date().toISOString()
    const pattern = c.args.find((a) => a.startsWith('+'))
    if (!pattern) c.out(`${new Date().toUTCString()}\n`)
    else {
      const parts: Record<string, string> = {
        '%s': String(Math.floor(Date.now() / 1000)),
        '%F': iso.slice(0, 10),
        '%T': iso.slice(11, 19),
        '%Y': iso.slice(0, 4),
        '%m': iso.slice(5, 7),
        '%d': iso.slice(8, 10),
        '%H': iso.slice(11, 13),
        '%M': iso.slice(14, 16),
        '%S': iso.slice(17, 19),
        '%N': `${iso.slice(20, 23)}000000`,
        '%Z': 'UTC',
      }
      c.out(`${pattern.slice(1).replace(/%[a-zA-Z]/g, (p) => parts[p] ?? p)}\n`)
    }
    return 0
  },
  hostname: (c) => {
    c.out(`${c.world.hostname}\n`)
    return 0
  },
  whoami: (c) => {
    c.out('root\n')
    return 0
  },
  id: (c) => {
    c.out(c.args.includes('-u') ? '0\n' : 'uid=0(root) gid=0(root) groups=0(root)\n')
    return 0
  },
  uname: (c) => {
    c.out('Linux\n')
    return 0
  },
  ps: (c) => {
    c.out('PID   USER     TIME  COMMAND\n    1 root      0:00 sh\n')
    return 0
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
  which: (c) => {
    if (!(c.args[0]! in COMMANDS)) return 1
    c.out(`/bin/${c.args[0]}\n`)
    return 0
  },
  timeout: async (c) => {
    const args = c.args.filter((a) => !a.startsWith('-'))
    return c.run(args.slice(1))
  },
  time: (c) => c.run(c.args),
  nohup: (c) => c.run(c.args),
  wget: fetching('wget'),
  curl: fetching('curl'),
  nc: (c) => (c.args.some((a) => /^-\w*l/.test(a)) ? serve(c) : fetching('nc')(c)),
  nslookup: (c) => {
    const host = c.args.find((a) => !a.startsWith('-')) ?? ''
    if (c.world.reach(host) === 'unknown') {
      c.err(`nslookup: can't resolve '${host}'\n`)
      return 1
    }
    c.out(`Name: ${host}\n`)
    return 0
  },
  httpd: serve,
  pause: serve,
}

function range(text: string): string {
  const classes: Record<string, string> = { '[:lower:]': 'a-z', '[:upper:]': 'A-Z', '[:digit:]': '0-9' }
  return (classes[text] ?? text).replace(/(.)-(.)/g, (_, a: string, b: string) => {
    let out = ''
    for (let code = a.charCodeAt(0); code <= b.charCodeAt(0); code++) out += String.fromCharCode(code)
    return out
  })
}

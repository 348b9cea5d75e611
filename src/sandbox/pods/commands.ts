import type { Command, CommandContext } from './command.ts'
import { FILE_COMMANDS } from './commands-files.ts'
import { TEXT_COMMANDS } from './commands-text.ts'

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
  ...TEXT_COMMANDS,
  ...FILE_COMMANDS,
  true: () => 0,
  false: () => 1,
  test,
  '[': (c) => test({ ...c, args: c.args.slice(0, -1) }),
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
  stty: () => 0,
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

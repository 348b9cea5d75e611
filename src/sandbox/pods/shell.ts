import { COMMANDS, type CommandContext, isServer } from './commands.ts'
import type { Files } from './files.ts'
import { evaluate } from './shell-math.ts'
import { type Node, type Part, parseScript, type Redirect, SyntaxProblem, type Word } from './shell-syntax.ts'

/** What a simulated process sees of its container. */
export interface World {
  env: Record<string, string>
  files: Files
  hostname: string
  /** Whether an address such as `web.shop.svc:80` answers: a Service with ready endpoints. */
  reach(address: string): 'ok' | 'refused' | 'unknown'
  /**
   * Whether the image is one whose programs the simulation cannot know: then an unknown program does its work at once, or serves where it is
   * the last of its script.
   */
  lenient: boolean
  /** Says that a program of the container serves now. */
  serving(): void
  /** How long an unknown last program runs: Jobs complete. */
  lifetime: number
  /** Waits; ends early by rejection when `signal` aborts. */
  sleep(seconds: number, signal: AbortSignal): Promise<void>
}

export interface Exit {
  code: number
  /** The signal that ended it, where one did. */
  signal?: number
}

/** A running simulated process, PID 1 of its container. */
export interface Process {
  done: Promise<Exit>
  /** Sends a signal: PID 1 ignores what it does not handle, except KILL. */
  kill(signal: 'TERM' | 'KILL' | 'INT' | 'HUP' | 'USR1' | 'QUIT'): void
}

const SIGNALS: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, USR1: 10, USR2: 12, TERM: 15 }

export class Killed extends Error {}
class ExitShell extends Error {
  readonly code: number
  constructor(code: number) {
    super('exit')
    this.code = code
  }
}
class Loop extends Error {
  readonly kind: 'break' | 'continue' | 'return'
  levels: number
  constructor(kind: 'break' | 'continue' | 'return', levels: number) {
    super(kind)
    this.kind = kind
    this.levels = levels
  }
}

interface State {
  vars: Record<string, string>
  exported: Set<string>
  functions: Map<string, Node>
  traps: Map<string, string>
  args: string[]
  name: string
  status: number
  errexit: boolean
  xtrace: boolean
  nounset: boolean
  jobs: Set<Promise<unknown>>
  pending: string[]
  wake?: () => void
  signal: AbortSignal
  world: World
  cwd: string
  steps: number
  /** Whether it is PID 1 itself, and no subshell. */
  root: boolean
  replace(handlesTerm: boolean): void
  inTrap: boolean
}

interface Streams {
  stdin?: string
  out(text: string): void
  err(text: string): void
}

/**
 * Runs a command line in the simulated shell. `argv` is a whole command: `["sh", "-c", SCRIPT, ...]`, or a program that the simulation knows.
 * Undefined where it is neither, so that the caller treats it as a server.
 */
export function startProcess(argv: string[], world: World, write: (text: string) => void): Process | undefined {
  const script = shellScript(argv, world)
  const base = program(argv[0])
  if (script === undefined && (isServer(base) || !(base in COMMANDS))) return undefined
  const abort = new AbortController()
  let signalled = 0
  let replaced: boolean | undefined
  const state: State = {
    vars: { ...world.env, PWD: '/' },
    exported: new Set(Object.keys(world.env)),
    functions: new Map(),
    traps: new Map(),
    args: script?.args ?? [],
    name: script?.name ?? base,
    status: 0,
    errexit: script?.errexit ?? false,
    xtrace: script?.xtrace ?? false,
    nounset: false,
    jobs: new Set(),
    pending: [],
    signal: abort.signal,
    world,
    cwd: '/',
    steps: 0,
    root: true,
    inTrap: false,
    replace: (handles) => {
      replaced = handles
      state.traps.clear()
    },
  }
  const streams: Streams = { out: write, err: write }
  const run = async (): Promise<Exit> => {
    // The start of a process is never part of the call that starts it.
    await Promise.resolve()
    try {
      let code: number
      if (script) {
        let tree: Node
        try {
          tree = markLast(parseScript(script.source))
        } catch (error) {
          if (!(error instanceof SyntaxProblem)) throw error
          write(`sh: ${error.message}\n`)
          return { code: 2 }
        }
        code = await finish(state, tree, streams)
      } else code = await invoke(state, argv, streams)
      return { code: code & 255 }
    } catch (error) {
      if (error instanceof ExitShell) return { code: error.code & 255 }
      if (error instanceof Killed || abort.signal.aborted) return { code: 128 + (signalled || 9), signal: signalled || 9 }
      write(`sh: ${error instanceof Error ? error.message : String(error)}\n`)
      return { code: 2 }
    } finally {
      abort.abort()
    }
  }
  return {
    done: run(),
    kill(signal) {
      if (signal === 'KILL') {
        signalled = 9
        abort.abort()
        return
      }
      if (state.traps.has(signal)) {
        state.pending.push(signal)
        state.wake?.()
      } else if (replaced) {
        signalled = SIGNALS[signal]!
        abort.abort()
      }
    },
  }
}

export function program(command: string | undefined): string {
  return (command ?? '').split('/').at(-1) ?? ''
}

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'busybox'])

function shellScript(
  argv: string[],
  world: World,
): { source: string; args: string[]; name: string; errexit: boolean; xtrace: boolean } | undefined {
  let rest = [...argv]
  while (['tini', 'dumb-init', 'env', 'nice', 'catatonit'].includes(program(rest[0]))) {
    rest = rest.slice(1)
    while (rest[0]?.startsWith('-')) rest = rest.slice(1)
  }
  if (!SHELLS.has(program(rest[0]))) return undefined
  if (program(rest[0]) === 'busybox') {
    rest = rest.slice(1)
    if (!SHELLS.has(program(rest[0]))) return undefined
  }
  let command = false
  let errexit = false
  let xtrace = false
  let i = 1
  for (; i < rest.length && /^[-+]/.test(rest[i]!); i++) {
    const flags = rest[i]!
    if (flags === '-o' || flags === '+o') {
      if (rest[i + 1] === 'errexit') errexit = true
      i++
      continue
    }
    if (flags.includes('c')) command = true
    if (flags.includes('e') && !flags.startsWith('--')) errexit = true
    if (flags.includes('x') && !flags.startsWith('--')) xtrace = true
  }
  if (command) return { source: rest[i] ?? '', name: rest[i + 1] ?? 'sh', args: rest.slice(i + 2), errexit, xtrace }
  if (rest[i] === undefined) return { source: '', name: 'sh', args: [], errexit, xtrace }
  const source = world.files.read(rest[i]!)
  return source === undefined
    ? { source: `echo "sh: can't open '${rest[i]}': No such file or directory" >&2; exit 2`, name: 'sh', args: [], errexit, xtrace }
    : { source: source.replace(/^#!.*\n/, ''), name: rest[i]!, args: rest.slice(i + 1), errexit, xtrace }
}

/** Marks the commands with which a script ends. */
function markLast(node: Node): Node {
  switch (node.t) {
    case 'list': {
      const item = node.items.at(-1)
      if (item && !item.background) markLast(item.node)
      break
    }
    case 'and':
    case 'or':
      markLast(node.right)
      break
    case 'if':
      for (const branch of node.branches) markLast(branch.body)
      if (node.otherwise) markLast(node.otherwise)
      break
    case 'group':
      markLast(node.body)
      break
    case 'simple':
      node.last = true
  }
  return node
}

/** Runs the whole script, and the EXIT trap after it. */
async function finish(state: State, tree: Node, streams: Streams): Promise<number> {
  let code: number
  try {
    code = await run(state, tree, streams)
    await runTraps(state, streams)
  } catch (error) {
    if (error instanceof Loop) code = state.status
    else if (error instanceof ExitShell) code = error.code
    else throw error
  }
  const trap = state.traps.get('EXIT')
  if (trap) {
    state.traps.delete('EXIT')
    try {
      await run(state, parseScript(trap), streams)
    } catch (error) {
      if (error instanceof ExitShell) return error.code
      throw error
    }
  }
  return code
}

async function runTraps(state: State, streams: Streams): Promise<void> {
  while (state.pending.length > 0 && !state.inTrap) {
    const signal = state.pending.shift()!
    const action = state.traps.get(signal)
    if (!action) continue
    const status = state.status
    state.inTrap = true
    try {
      await run(state, parseScript(action), streams)
    } finally {
      state.inTrap = false
    }
    state.status = status
  }
}

async function run(state: State, node: Node, streams: Streams, tested = false): Promise<number> {
  if (state.signal.aborted) throw new Killed()
  // A busy loop must not hold the process that the sandbox shares with everything else.
  if (++state.steps % 200 === 0) await new Promise((resolve) => setImmediate(resolve))
  switch (node.t) {
    case 'list': {
      let code = 0
      for (const { node: item, background } of node.items) {
        if (background) {
          const child: State = { ...state, vars: { ...state.vars }, jobs: new Set(), traps: new Map(), pending: [], root: false }
          const job = run(child, item, streams).catch((error) => (error instanceof ExitShell ? error.code : 0))
          const tracked = job.finally(() => state.jobs.delete(tracked))
          state.jobs.add(tracked)
          code = 0
        } else code = await run(state, item, streams, tested)
        state.status = code
        await runTraps(state, streams)
      }
      return code
    }
    case 'and': {
      const left = await run(state, node.left, streams, true)
      return left === 0 ? run(state, node.right, streams, tested) : left
    }
    case 'or': {
      const left = await run(state, node.left, streams, true)
      return left !== 0 ? run(state, node.right, streams, tested) : left
    }
    case 'pipe': {
      let stdin = streams.stdin
      let code = 0
      for (const [i, part] of node.parts.entries()) {
        const last = i === node.parts.length - 1
        let text = ''
        const child = node.parts.length > 1 ? { ...state, vars: { ...state.vars }, root: false } : state
        code = await subshell(run(child, part, { stdin, out: last ? streams.out : (t) => (text += t), err: streams.err }, true))
        stdin = text
      }
      if (node.negate) code = code === 0 ? 1 : 0
      state.status = code
      if (code !== 0 && state.errexit && !tested && !node.negate) throw new ExitShell(code)
      return code
    }
    case 'if': {
      for (const branch of node.branches)
        if ((await run(state, branch.test, streams, true)) === 0) return run(state, branch.body, streams, tested)
      return node.otherwise ? run(state, node.otherwise, streams, tested) : 0
    }
    case 'loop': {
      let code = 0
      for (;;) {
        const test = await run(state, node.test, streams, true)
        if ((test === 0) === node.until) return code
        try {
          code = await run(state, node.body, streams, tested)
        } catch (error) {
          if (!(error instanceof Loop) || error.kind === 'return') throw error
          if (--error.levels > 0) throw error
          if (error.kind === 'break') return 0
        }
        // Lets timers and sockets run between rounds.
        if (state.steps % 100 === 0) await new Promise((resolve) => setImmediate(resolve))
      }
    }
    case 'for': {
      let code = 0
      for (const value of node.words ? await expandAll(state, node.words, streams) : state.args) {
        state.vars[node.name] = value
        try {
          code = await run(state, node.body, streams, tested)
        } catch (error) {
          if (!(error instanceof Loop) || error.kind === 'return') throw error
          if (--error.levels > 0) throw error
          if (error.kind === 'break') break
        }
      }
      return code
    }
    case 'case': {
      const subject = await expandOne(state, node.word, streams)
      for (const arm of node.arms)
        for (const pattern of arm.patterns)
          if (glob(await expandOne(state, pattern, streams)).test(subject)) return run(state, arm.body, streams, tested)
      return 0
    }
    case 'group': {
      const inner = await redirected(state, node.redirects, streams)
      try {
        if (!node.subshell) return await run(state, node.body, inner.streams, tested)
        const child: State = { ...state, vars: { ...state.vars }, functions: new Map(state.functions), root: false, jobs: new Set() }
        return await subshell(run(child, node.body, inner.streams))
      } finally {
        inner.close()
      }
    }
    case 'function':
      state.functions.set(node.name, node.body)
      return 0
    case 'simple':
      return simple(state, node, streams, tested)
  }
}

async function subshell(result: Promise<number>): Promise<number> {
  try {
    return await result
  } catch (error) {
    if (error instanceof ExitShell) return error.code
    throw error
  }
}

/** Streams with redirections applied; files are written when they close. */
async function redirected(state: State, redirects: Redirect[], streams: Streams): Promise<{ streams: Streams; close(): void }> {
  const out: Streams = { ...streams }
  for (const redirect of redirects) {
    const target = await expandOne(state, redirect.target, streams)
    if (redirect.kind === '<') {
      if (redirect.fd === -1) out.stdin = target
      else {
        const text = state.world.files.read(resolve(state, target))
        if (text === undefined) {
          streams.err(`sh: can't open ${target}: no such file\n`)
          out.stdin = ''
        } else out.stdin = text
      }
    } else if (redirect.kind === '>&') {
      if (redirect.fd === 1) out.out = target === '2' ? out.err : out.out
      else out.err = target === '1' ? out.out : out.err
    } else {
      const path = resolve(state, target)
      const sink =
        path === '/dev/null'
          ? () => {}
          : /^\/(dev\/(stdout|stderr|tty)|proc\/(1|self)\/fd\/[12])$/.test(path)
            ? streams.out
            : (text: string) => state.world.files.write(path, text, true)
      if (redirect.kind === '>' && !path.startsWith('/dev/') && !path.startsWith('/proc/')) state.world.files.write(path, '', false)
      if (redirect.fd === 12 || redirect.fd === 1) out.out = sink
      if (redirect.fd === 12 || redirect.fd === 2) out.err = sink
    }
  }
  return { streams: out, close: () => {} }
}

function resolve(state: State, path: string): string {
  return path.startsWith('/') ? path : `${state.cwd === '/' ? '' : state.cwd}/${path}`
}

async function simple(state: State, node: Extract<Node, { t: 'simple' }>, streams: Streams, tested: boolean): Promise<number> {
  const words = await expandAll(state, node.words, streams)
  const values: [string, string][] = []
  let code = 0
  for (const { name, value } of node.assigns) {
    const before = state.status
    state.status = 0
    values.push([name, await expandOne(state, value, streams)])
    code = state.status
    state.status = before
  }
  const inner = await redirected(state, node.redirects, streams)
  if (state.xtrace && words.length > 0) streams.err(`+ ${words.join(' ')}\n`)
  if (words.length === 0) {
    for (const [name, value] of values) state.vars[name] = value
  } else {
    const saved = values.map(([name]) => [name, state.vars[name]] as const)
    for (const [name, value] of values) state.vars[name] = value
    try {
      code = await invoke(state, words, inner.streams, node.last === true)
    } finally {
      for (const [name, value] of saved) {
        if (value === undefined) delete state.vars[name]
        else state.vars[name] = value
      }
    }
  }
  state.status = code
  if (code !== 0 && state.errexit && !tested) throw new ExitShell(code)
  return code
}

async function invoke(state: State, words: string[], streams: Streams, last = false): Promise<number> {
  const [name = '', ...args] = words
  const builtin = BUILTINS[name]
  if (builtin) return builtin(state, args, streams)
  const called = state.functions.get(name)
  if (called) {
    const saved = state.args
    state.args = args
    try {
      return await run(state, called, streams)
    } catch (error) {
      if (error instanceof Loop && error.kind === 'return') return error.levels
      throw error
    } finally {
      state.args = saved
    }
  }
  const script = shellScript(words, state.world)
  if (script) {
    let tree: Node
    try {
      tree = parseScript(script.source)
    } catch (error) {
      streams.err(`sh: ${(error as Error).message}\n`)
      return 2
    }
    const child: State = {
      ...state,
      vars: { ...state.vars },
      args: script.args,
      name: script.name,
      errexit: script.errexit,
      traps: new Map(),
      jobs: new Set(),
      root: false,
      pending: [],
    }
    return finish(child, tree, streams)
  }
  const command = COMMANDS[program(name)]
  if (!command) {
    const file = state.world.files.read(resolve(state, name))
    if (name.includes('/') && file !== undefined) return invoke(state, ['sh', resolve(state, name), ...args], streams)
    if (isServer(program(name)) || (state.world.lenient && last)) {
      streams.out(`${program(name)} started\n`)
      state.world.serving()
      await pause(state, state.world.lifetime)
      return 0
    }
    if (state.world.lenient) return 0
    streams.err(`sh: ${name}: not found\n`)
    return 127
  }
  const context: CommandContext = {
    args,
    stdin: streams.stdin,
    out: streams.out,
    err: streams.err,
    world: { ...state.world, env: state.vars },
    resolve: (path) => resolve(state, path),
    sleep: (seconds) => pause(state, seconds),
    run: (argv) => invoke(state, argv, streams),
  }
  return command(context)
}

async function pause(state: State, seconds: number): Promise<void> {
  try {
    await state.world.sleep(seconds, state.signal)
  } catch {
    throw new Killed()
  }
}

const BUILTINS: Record<string, (state: State, args: string[], streams: Streams) => number | Promise<number>> = {
  ':': () => 0,
  exit: (state, [code]) => {
    throw new ExitShell(code === undefined ? state.status : Number(code))
  },
  return: (state, [code]) => {
    throw new Loop('return', code === undefined ? state.status : Number(code))
  },
  break: (_state, [levels]) => {
    throw new Loop('break', Number(levels ?? 1))
  },
  continue: (_state, [levels]) => {
    throw new Loop('continue', Number(levels ?? 1))
  },
  cd: (state, [path]) => {
    state.cwd = resolve(state, path ?? '/')
    state.vars.PWD = state.cwd
    return 0
  },
  pwd: (state, _args, streams) => {
    streams.out(`${state.cwd}\n`)
    return 0
  },
  export: (state, args) => assign(state, args, true),
  readonly: (state, args) => assign(state, args, false),
  local: (state, args) => assign(state, args, false),
  unset: (state, args) => {
    for (const name of args) {
      delete state.vars[name]
      state.functions.delete(name)
    }
    return 0
  },
  set: (state, args) => {
    for (let i = 0; i < args.length; i++) {
      const arg = args[i]!
      if (arg === '--') {
        state.args = args.slice(i + 1)
        break
      }
      if (arg === '-o' || arg === '+o') {
        const option = args[++i]
        if (option === 'errexit') state.errexit = arg === '-o'
        if (option === 'xtrace') state.xtrace = arg === '-o'
        if (option === 'nounset') state.nounset = arg === '-o'
        continue
      }
      if (!/^[-+]/.test(arg)) {
        state.args = args.slice(i)
        break
      }
      const on = arg.startsWith('-')
      if (arg.includes('e')) state.errexit = on
      if (arg.includes('x')) state.xtrace = on
      if (arg.includes('u')) state.nounset = on
      if (arg.endsWith('o') && args[i + 1] === 'pipefail') i++
    }
    return 0
  },
  shift: (state, [n]) => {
    state.args = state.args.slice(Number(n ?? 1))
    return 0
  },
  trap: (state, args) => {
    const [action, ...signals] = args
    for (const signal of signals) {
      const numbered = Object.entries(SIGNALS).find(([, number]) => String(number) === signal)?.[0]
      const name = signal === '0' ? 'EXIT' : (numbered ?? signal.replace(/^SIG/, '').toUpperCase())
      if (action === '-' || action === undefined) state.traps.delete(name)
      else state.traps.set(name, action)
    }
    return 0
  },
  wait: async (state, _args, streams) => {
    while (state.jobs.size > 0 && state.pending.length === 0) {
      let stop: () => void = () => {}
      const signal = new Promise<void>((done) => {
        state.wake = done
        stop = done
        state.signal.addEventListener('abort', () => done(), { once: true })
      })
      await Promise.race([Promise.all(state.jobs), signal])
      stop()
      state.wake = undefined
      if (state.signal.aborted) throw new Killed()
    }
    await runTraps(state, streams)
    return 0
  },
  exec: async (state, args, streams) => {
    if (args.length === 0) return 0
    const known = program(args[0]) in COMMANDS && !isServer(program(args[0]))
    if (state.root) state.replace(!known && !shellScript(args, state.world))
    throw new ExitShell(await invoke(state, args, streams, true))
  },
  eval: (state, args, streams) => run(state, parseScript(args.join(' ')), streams),
  '.': (state, [file], streams) => {
    const text = state.world.files.read(resolve(state, file ?? ''))
    if (text === undefined) {
      streams.err(`sh: .: can't open '${file}'\n`)
      return 1
    }
    return run(state, parseScript(text), streams)
  },
  read: (state, args, streams) => {
    const names = args.filter((a) => !a.startsWith('-'))
    if (!streams.stdin) return 1
    const end = streams.stdin.indexOf('\n')
    const line = end < 0 ? streams.stdin : streams.stdin.slice(0, end)
    streams.stdin = end < 0 ? '' : streams.stdin.slice(end + 1)
    const parts = line.trim().split(/\s+/)
    for (const [i, name] of names.entries()) state.vars[name] = i === names.length - 1 ? parts.slice(i).join(' ') : (parts[i] ?? '')
    return 0
  },
  kill: (state, args) => {
    const flag = args.find((a) => a.startsWith('-'))
    const signal = (args.includes('-s') ? args[args.indexOf('-s') + 1]! : (flag ?? '-TERM').slice(1)).replace(/^SIG/, '')
    const name = /^\d+$/.test(signal) ? (Object.entries(SIGNALS).find(([, n]) => n === Number(signal))?.[0] ?? 'TERM') : signal
    const targets = args.filter((a) => /^\d+$/.test(a))
    // PID 1 of the container is this shell; a signal that it does not handle does nothing to it, not even KILL from inside.
    if (targets.includes('1') && state.traps.has(name)) {
      state.pending.push(name)
      state.wake?.()
    }
    return 0
  },
  command: (state, args, streams) => {
    if (args[0] === '-v') {
      const found = args[1]! in BUILTINS || args[1]! in COMMANDS
      if (found) streams.out(`${args[1]}\n`)
      return found ? 0 : 127
    }
    return invoke(state, args, streams)
  },
  test: (state, args, streams) => COMMANDS.test!({ ...plain(state, streams), args }),
  '[': (state, args, streams) => COMMANDS.test!({ ...plain(state, streams), args: args.at(-1) === ']' ? args.slice(0, -1) : args }),
  '[[': (state, args, streams) => COMMANDS.test!({ ...plain(state, streams), args: args.at(-1) === ']]' ? args.slice(0, -1) : args }),
  let: (state, args) => {
    let value = 0
    for (const arg of args) value = evaluate(arg, state.vars)
    return value === 0 ? 1 : 0
  },
  umask: () => 0,
  ulimit: () => 0,
}

function plain(state: State, streams: Streams): CommandContext {
  return {
    args: [],
    out: streams.out,
    err: streams.err,
    world: state.world,
    resolve: (path) => resolve(state, path),
    sleep: async () => {},
    run: async () => 0,
  }
}

function assign(state: State, args: string[], exported: boolean): number {
  for (const arg of args) {
    const at = arg.indexOf('=')
    const name = at < 0 ? arg : arg.slice(0, at)
    if (name.startsWith('-')) continue
    if (at >= 0) state.vars[name] = arg.slice(at + 1)
    if (exported) state.exported.add(name)
  }
  return 0
}

/** Expands words, splits unquoted results, and keeps empty quoted ones. */
async function expandAll(state: State, words: Word[], streams: Streams): Promise<string[]> {
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

async function expandOne(state: State, word: Word, streams: Streams): Promise<string> {
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

function glob(pattern: string): RegExp {
  return new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '[\\s\\S]*')
      .replaceAll('?', '[\\s\\S]')}$`,
  )
}

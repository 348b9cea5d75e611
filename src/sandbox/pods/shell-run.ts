import type { CommandContext } from './command.ts'
import { COMMANDS, isServer } from './commands.ts'
import { BUILTINS } from './shell-builtins.ts'
import { expandAll, expandOne, glob } from './shell-expand.ts'
import {
  ExitShell,
  Killed,
  Loop,
  OutOfMemory,
  pause,
  program,
  resolve,
  type State,
  type Streams,
  subshell,
  type World,
} from './shell-state.ts'
import { type Node, parseScript, type Redirect } from './shell-syntax.ts'

const SHELLS = new Set(['sh', 'bash', 'ash', 'dash', 'zsh', 'busybox'])

export function shellScript(
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

/** A variable longer than this is more than a simulated container has memory for. */
const VARIABLE = 32 * 1024 * 1024

/** Runs the whole script, and the EXIT trap after it. */
export async function finish(state: State, tree: Node, streams: Streams): Promise<number> {
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

export async function runTraps(state: State, streams: Streams): Promise<void> {
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

export async function run(state: State, node: Node, streams: Streams, tested = false): Promise<number> {
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
      let { stdin } = streams
      let code = 0
      for (const [i, part] of node.parts.entries()) {
        const last = i === node.parts.length - 1
        let text = ''
        const child = node.parts.length > 1 ? { ...state, vars: { ...state.vars }, root: false } : state
        code = await subshell(run(child, part, { stdin, out: last ? streams.out : (t) => (text += t), err: streams.err }, true))
        stdin = { text }
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
        const code = await subshell(run(child, node.body, inner.streams))
        state.status = code
        if (code !== 0 && state.errexit && !tested) throw new ExitShell(code)
        return code
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

/** Streams with redirections applied; files are written when they close. */
async function redirected(state: State, redirects: Redirect[], streams: Streams): Promise<{ streams: Streams; close(): void }> {
  const out: Streams = { ...streams }
  for (const redirect of redirects) {
    const target = await expandOne(state, redirect.target, streams)
    if (redirect.kind === '<') {
      if (redirect.fd === -1) out.stdin = { text: target }
      else {
        const text = state.world.files.read(resolve(state, target))
        if (text === undefined) {
          streams.err(`sh: can't open ${target}: no such file\n`)
          out.stdin = { text: '' }
        } else out.stdin = { text }
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
    for (const [name, value] of values) {
      if (value.length > VARIABLE) throw new OutOfMemory()
      state.vars[name] = value
    }
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

export async function invoke(state: State, words: string[], streams: Streams, last = false): Promise<number> {
  const [name = '', ...args] = words
  const builtin = BUILTINS[name]
  if (builtin) return builtin(state, args, streams)
  const called = state.functions.get(name)
  if (called) {
    const saved = state.args
    state.args = args
    state.locals = [...state.locals, new Map()]
    try {
      return await run(state, called, streams)
    } catch (error) {
      if (error instanceof Loop && error.kind === 'return') return error.levels
      throw error
    } finally {
      state.args = saved
      for (const [name, value] of state.locals.at(-1)!) {
        if (value === undefined) delete state.vars[name]
        else state.vars[name] = value
      }
      state.locals = state.locals.slice(0, -1)
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
    get stdin() {
      const text = streams.stdin?.text
      if (streams.stdin) streams.stdin.text = ''
      return text
    },
    out: streams.out,
    err: streams.err,
    world: { ...state.world, env: state.vars },
    resolve: (path) => resolve(state, path),
    sleep: (seconds) => pause(state, seconds),
    run: (argv) => invoke(state, argv, streams),
  }
  return command(context)
}

import type { CommandContext } from './command.ts'
import { COMMANDS, isServer } from './commands.ts'
import { evaluate } from './shell-math.ts'
import { invoke, run, runTraps, shellScript } from './shell-run.ts'
import { ExitShell, Killed, Loop, program, resolve, SIGNALS, type State, type Streams } from './shell-state.ts'
import { parseScript } from './shell-syntax.ts'

export const BUILTINS: Record<string, (state: State, args: string[], streams: Streams) => number | Promise<number>> = {
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
  local: (state, args) => {
    const frame = state.locals.at(-1)
    for (const name of args.map((a) => a.split('=')[0]!)) if (frame && !frame.has(name)) frame.set(name, state.vars[name])
    return assign(state, args, false)
  },
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
    const { stdin } = streams
    if (!stdin?.text) return 1
    const end = stdin.text.indexOf('\n')
    const line = end < 0 ? stdin.text : stdin.text.slice(0, end)
    stdin.text = end < 0 ? '' : stdin.text.slice(end + 1)
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

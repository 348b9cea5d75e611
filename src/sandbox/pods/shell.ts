import { COMMANDS, isServer } from './commands.ts'
import { finish, invoke, shellScript } from './shell-run.ts'
import { type Exit, ExitShell, Killed, OutOfMemory, program, SIGNALS, type State, type Streams, type World } from './shell-state.ts'
import { type Node, parseScript, SyntaxProblem } from './shell-syntax.ts'

/** A running simulated process, PID 1 of its container. */
export interface Process {
  done: Promise<Exit>
  /** Sends a signal: PID 1 ignores what it does not handle, except KILL. */
  kill(signal: 'TERM' | 'KILL' | 'INT' | 'HUP' | 'USR1' | 'QUIT'): void
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
    locals: [],
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
      if (error instanceof OutOfMemory) return { code: 137, signal: 9, reason: 'OOMKilled' }
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

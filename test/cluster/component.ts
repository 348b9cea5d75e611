import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import path from 'node:path'

/** A long-running program of the cluster, with its output in `logFile`. */
export interface Component {
  name: string
  pid: number
  logFile: string
  /** Rejects, with the last lines of its log, when the program ends without having been stopped. Never resolves. */
  failed: Promise<never>
  /** Asks it to end, kills it after five seconds, and returns when it is gone. */
  stop(): Promise<void>
}

/** Starts a program that is to run until `stop`. It is not in a process group of its own: a Ctrl-C in a terminal reaches it too. */
export function startComponent(
  name: string,
  program: string,
  args: readonly string[],
  options: { logs: string; env?: NodeJS.ProcessEnv },
): Component {
  const logFile = path.join(options.logs, `${name}.log`)
  const log = openSync(logFile, 'a')
  const child: ChildProcess = spawn(program, args, { stdio: ['ignore', log, log], env: { ...process.env, ...options.env } })
  closeSync(log)
  let stopping = false
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error) => reject(new Error(`${name}: ${error.message}`)))
    child.once('exit', async (code, signal) => {
      if (stopping) return
      const lines = (await readFile(logFile, 'utf8').catch(() => '')).trimEnd().split('\n').slice(-15)
      reject(new Error(`${name} ended with ${signal ?? `exit code ${code}`}, see ${logFile}\n${lines.join('\n')}`))
    })
  })
  failed.catch(() => {})
  return {
    name,
    pid: child.pid ?? 0,
    logFile,
    failed,
    async stop() {
      stopping = true
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const gone = once(child, 'exit')
      child.kill('SIGTERM')
      const kill = setTimeout(() => child.kill('SIGKILL'), 5_000)
      await gone
      clearTimeout(kill)
    },
  }
}

/** `count` TCP ports of 127.0.0.1 that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1')
      await once(server, 'listening')
      return server
    }),
  )
  const ports = servers.map((server) => (server.address() as { port: number }).port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** Tries `attempt` every 100 ms until it gives something other than undefined. An error of it counts as not yet. @throws after `seconds`, with the last error. */
export async function eventually<T>(
  what: string,
  seconds: number,
  attempt: () => Promise<T | undefined>,
  broken: Promise<never>[] = [],
): Promise<T> {
  const end = Date.now() + seconds * 1000
  let last: unknown
  for (;;) {
    try {
      const result = await Promise.race([
        attempt(),
        ...broken.map((promise) => promise.catch((error) => Promise.reject(new Broken(error)))),
      ])
      if (result !== undefined) return result
    } catch (error) {
      if (error instanceof Broken) throw error.cause
      last = error
    }
    if (Date.now() > end) throw new Error(`${what}: not after ${seconds} s${last === undefined ? '' : `: ${last}`}`, { cause: last })
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

class Broken extends Error {
  constructor(cause: unknown) {
    super('a component ended', { cause })
  }
}

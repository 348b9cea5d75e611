import { spawn } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = fileURLToPath(new URL('../../', import.meta.url))
/** The command line as it is installed; it needs `npm run build`. */
export const program = path.join(root, 'bin/converge.js')
/** The Node that runs the tests is the one that the command finds. */
export const PATH = [path.dirname(process.execPath), process.env.PATH].join(path.delimiter)
const home = mkdtempSync(path.join(os.tmpdir(), 'converge-e2e-home-'))

export interface Run {
  /** undefined when a signal ended it. */
  status: number | undefined
  signal?: NodeJS.Signals
  stdout: string
  stderr: string
  /** Standard output and standard error in the order in which they came. */
  output: string
  seconds: number
}

export interface Interrupt {
  when: RegExp
  signal: NodeJS.Signals
}

export interface RunOptions {
  cwd?: string
  env?: Record<string, string>
  /** Sends each signal once the output matches its `when`, one after the other. */
  interrupt?: Interrupt | Interrupt[]
  /** A run that is still there after so many seconds is killed, and the test fails; 110 when left out. */
  limitSeconds?: number
  input?: string
}

/** Runs the real `bin/converge.js` as a user or a CI job does: as a command, without a terminal, in an environment that holds nothing of ours. */
export function converge(args: readonly string[], options: RunOptions = {}): Promise<Run> {
  return run(program, args, options)
}

export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Run> {
  const { cwd = home, env = {}, interrupt = [], limitSeconds = 110, input } = options
  const interrupts = [interrupt].flat()
  return new Promise((resolve, reject) => {
    const start = performance.now()
    const child = spawn(command, args, { cwd, env: { PATH, HOME: home, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
    child.stdin.on('error', () => {}).end(input)
    let stdout = ''
    let stderr = ''
    let output = ''
    const take = (text: string) => {
      output += text
      const [next] = interrupts
      if (!next?.when.test(output)) return
      interrupts.shift()
      child.kill(next.signal)
    }
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
      take(text)
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
      take(text)
    })
    const limit = setTimeout(() => child.kill('SIGKILL'), limitSeconds * 1000)
    child.on('error', reject)
    child.on('close', (code, signal) => {
      clearTimeout(limit)
      const seconds = (performance.now() - start) / 1000
      if (seconds >= limitSeconds) return reject(new Error(`still running after ${limitSeconds} s: ${args.join(' ')}\n${output}`))
      const [missed] = interrupts
      if (missed) return reject(new Error(`ended before its output matched ${missed.when}: ${args.join(' ')}\n${output}`))
      resolve({ status: code ?? undefined, signal: signal ?? undefined, stdout, stderr, output, seconds })
    })
  })
}

import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface CommandOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
}

/** Runs a program to its end and gives its standard output. @throws with the command and its standard error when it does not exit with 0. */
export function output(program: string, args: readonly string[], options: CommandOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ['ignore', 'pipe', 'pipe'] })
    let out = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text) => (out += text))
    child.stderr.setEncoding('utf8').on('data', (text) => (errors += text))
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve(out)
      else reject(new Error(`${program} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${errors.trim()}`))
    })
  })
}

/** Runs a program to its end and hands on each line that it prints. @throws with its last lines when it does not exit with 0. */
export function stream(program: string, args: readonly string[], options: CommandOptions & { log: (line: string) => void }): Promise<void> {
  return new Promise((resolve, reject) => {
    const { log, ...rest } = options
    const child = spawn(program, args, { ...rest, stdio: ['ignore', 'pipe', 'pipe'] })
    const last: string[] = []
    for (const input of [child.stdout, child.stderr])
      createInterface({ input }).on('line', (line) => {
        last.push(line)
        if (last.length > 20) last.shift()
        log(`  ${line}`)
      })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      if (code === 0) resolve()
      else reject(new Error(`${program} ${args.join(' ')}: ${signal ?? `exit code ${code}`}\n${last.join('\n')}`))
    })
  })
}

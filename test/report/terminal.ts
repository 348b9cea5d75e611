import { mkdtempSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawn } from '@lydell/node-pty'
import xterm from '@xterm/headless'

const root = fileURLToPath(new URL('../../', import.meta.url))

/** A program in a pseudo-terminal, with the screen that a person would see. */
export interface TerminalRun {
  /** Resolves once the whole screen with its scrollback matches; fails when the program ends before that. */
  until(pattern: RegExp): Promise<void>
  /** The lines with the scrollback, without blank ones at the end. */
  text(): string
  /** What has come so far, as it came. */
  raw(): string
  resize(columns: number, rows: number): void
  write(keys: string): void
  exit: Promise<number>
  /** Sends a signal. */
  signal(name: NodeJS.Signals): void
  kill(): void
}

export interface TerminalSize {
  columns?: number
  rows?: number
  env?: Record<string, string>
}

/** Runs the real `bin/converge.js`, in an environment that holds nothing of ours. It needs `npm run build`. */
export function runInTerminal(args: readonly string[], { columns = 100, rows = 30, env = {} }: TerminalSize = {}): TerminalRun {
  const screen = new xterm.Terminal({ cols: columns, rows, scrollback: 5000, allowProposedApi: true })
  const home = mkdtempSync(path.join(os.tmpdir(), 'converge-terminal-'))
  const child = spawn(process.execPath, [path.join(root, 'bin/converge.js'), ...args], {
    cols: columns,
    rows,
    cwd: root,
    env: { PATH: process.env.PATH ?? '', HOME: home, TERM: 'xterm-256color', LANG: 'C.UTF-8', ...env },
  })
  let raw = ''
  let ended = false
  let watchers: (() => void)[] = []
  const look = () => {
    for (const watcher of watchers) watcher()
  }
  child.onData((data) => {
    raw += data
    screen.write(data, look)
  })
  const exit = new Promise<number>((resolve) =>
    child.onExit(({ exitCode }) => {
      ended = true
      // Whatever the terminal has not taken yet comes first.
      screen.write('', () => {
        look()
        resolve(exitCode)
      })
    }),
  )
  const text = () => {
    const { active } = screen.buffer
    const lines = Array.from({ length: active.length }, (_, index) => active.getLine(index)?.translateToString(true) ?? '')
    return lines.join('\n').trimEnd()
  }
  return {
    until: (pattern) =>
      new Promise((resolve, reject) => {
        const watcher = () => {
          const found = pattern.test(text())
          if (!found && !ended) return
          watchers = watchers.filter((other) => other !== watcher)
          if (found) resolve()
          else reject(new Error(`ended before ${pattern} was on the screen:\n${text()}`))
        }
        watchers.push(watcher)
        watcher()
      }),
    text,
    raw: () => raw,
    resize(width, height) {
      child.resize(width, height)
      screen.resize(width, height)
    },
    write: (keys) => child.write(keys),
    exit,
    signal: (name) => void process.kill(child.pid, name),
    kill: () => child.kill('SIGKILL'),
  }
}

/** Whether the last word on the cursor is that it is visible. */
export function cursorVisible(raw: string): boolean {
  return raw.lastIndexOf('\u001b[?25h') >= raw.lastIndexOf('\u001b[?25l')
}

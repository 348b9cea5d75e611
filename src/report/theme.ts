import { Chalk, type ChalkInstance } from 'chalk'
import type { Operation } from '../plan/change.ts'
import type { TrackState } from '../tracker/status.ts'

/** Every colour that converge uses, by meaning. Without colour each of them is the text itself. */
export interface Theme {
  ok: (text: string) => string
  bad: (text: string) => string
  warn: (text: string) => string
  dim: (text: string) => string
  strong: (text: string) => string
  name: (text: string) => string
  stream: (key: string, text: string) => string
}

export function createTheme(color: boolean): Theme {
  const chalk: ChalkInstance = new Chalk({ level: color ? 1 : 0 })
  const palette = [
    chalk.cyan,
    chalk.magenta,
    chalk.blue,
    chalk.yellow,
    chalk.green,
    chalk.cyanBright,
    chalk.magentaBright,
    chalk.blueBright,
  ]
  return {
    ok: chalk.green,
    bad: chalk.red,
    warn: chalk.yellow,
    dim: chalk.dim,
    strong: chalk.bold,
    name: chalk.cyan,
    // A Pod and its container keep their colour through the whole run, and through the next one.
    stream: (key, text) => palette[hash(key) % palette.length]!(text),
  }
}

function hash(text: string): number {
  let value = 2166136261
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 16777619)
  return value >>> 0
}

export const operationSigns: Record<Operation, string> = {
  create: '+',
  update: '~',
  recreate: '±',
  delete: '-',
  adopt: '@',
  keep: '=',
  unchanged: ' ',
}

export function paintOperation(theme: Theme, operation: Operation, text: string): string {
  if (operation === 'create' || operation === 'adopt') return theme.ok(text)
  if (operation === 'delete' || operation === 'recreate') return theme.bad(text)
  if (operation === 'update') return theme.warn(text)
  return theme.dim(text)
}

export function paintState(theme: Theme, state: TrackState, text: string): string {
  if (state === 'ready') return theme.ok(text)
  if (state === 'failed') return theme.bad(text)
  return theme.warn(text)
}

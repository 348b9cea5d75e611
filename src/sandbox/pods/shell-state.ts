import type { Files } from './files.ts'
import type { Node } from './shell-syntax.ts'

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
  /** Why, where the exit code alone does not say it. */
  reason?: string
}

export const SIGNALS: Record<string, number> = { HUP: 1, INT: 2, QUIT: 3, KILL: 9, USR1: 10, USR2: 12, TERM: 15 }

export class Killed extends Error {}
/** The process took more memory than there is. */
export class OutOfMemory extends Killed {}

export class ExitShell extends Error {
  readonly code: number
  constructor(code: number) {
    super('exit')
    this.code = code
  }
}

export class Loop extends Error {
  readonly kind: 'break' | 'continue' | 'return'
  levels: number
  constructor(kind: 'break' | 'continue' | 'return', levels: number) {
    super(kind)
    this.kind = kind
    this.levels = levels
  }
}

export interface State {
  vars: Record<string, string>
  exported: Set<string>
  functions: Map<string, Node>
  traps: Map<string, string>
  args: string[]
  /** What the variables were that the running functions made local, innermost last. */
  locals: Map<string, string | undefined>[]
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

export interface Streams {
  /** What is left to read; shared by all that read from it. */
  stdin?: { text: string }
  out(text: string): void
  err(text: string): void
}

export function program(command: string | undefined): string {
  return (command ?? '').split('/').at(-1) ?? ''
}

export function resolve(state: State, path: string): string {
  return path.startsWith('/') ? path : `${state.cwd === '/' ? '' : state.cwd}/${path}`
}

export async function pause(state: State, seconds: number): Promise<void> {
  try {
    await state.world.sleep(seconds, state.signal)
  } catch {
    throw new Killed()
  }
}

export async function subshell(result: Promise<number>): Promise<number> {
  try {
    return await result
  } catch (error) {
    if (error instanceof ExitShell) return error.code
    throw error
  }
}

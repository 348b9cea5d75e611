import type { World } from './shell-state.ts'

export interface CommandContext {
  args: string[]
  /** All that is left of the standard input; reading it takes it. */
  readonly stdin?: string
  out(text: string): void
  err(text: string): void
  world: World
  resolve(path: string): string
  sleep(seconds: number): Promise<void>
  run(argv: string[]): Promise<number>
}

export type Command = (context: CommandContext) => number | Promise<number>

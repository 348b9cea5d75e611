import type { Event } from '../pipeline/events.ts'

/** Where a report writes. `drained` waits while the other side is slow. */
export interface Output {
  write(text: string): void
  /**
   * Resolves when what was written has been taken, as far as a little may wait; undefined where that is so already. Never fails: a reader that went
   * away takes everything.
   */
  drained(): Promise<void> | undefined
  columns(): number
  rows(): number
}

/** An output on a terminal that redraws. */
export interface TerminalOutput extends Output {
  /** Calls back when the terminal has another size. Gives the function that ends it. */
  onResize(listener: () => void): () => void
  /** Hands what others write to the same terminal (standard error) to `listener` instead. Gives the function that ends it. */
  intercept(listener: (text: string) => void): () => void
}

/** A consumer of events. Events come in order, one at a time; a slow report slows the run down, which is how a full pipe reaches the log streams. */
export interface Report {
  onEvent(event: Event): void | Promise<void>
  /** Called after the last event, also when the run broke off; a second call does nothing. Leaves the terminal as it was found. */
  close(): void | Promise<void>
}

export interface ReportOptions {
  output: Output
  color: boolean
  /** Milliseconds between two status tables on plain output; 0 leaves them out. */
  progressMs: number
  /** Whether log lines are printed. */
  logs: boolean
  /** Whether each log line starts with its time. */
  timestamps: boolean
  now: () => number
}

import type { Event } from '../pipeline/events.ts'

/** Where a report writes. `write` answers false when the other side is slow; `drained` then waits for it. */
export interface Output {
  write(text: string): void
  drained(): Promise<void>
  columns(): number
  rows(): number
}

/** A consumer of events. Events come in order, one at a time; a slow report slows the run down, which is how a full pipe reaches the log streams. */
export interface Report {
  onEvent(event: Event): void | Promise<void>
  /** Called once after the last event, also when the run broke off. Leaves the terminal as it was found. */
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

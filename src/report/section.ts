import type { Event } from '../pipeline/events.ts'

/** Lines that belong together; CI systems fold them. */
export interface Section {
  /** Letters and dashes. */
  id: string
  /** Its first line, with colours. */
  heading: string
}

/** What a CI system's format puts around plain lines. */
export interface Decoration {
  /** The first lines of a section; its heading alone when left out. */
  open?: (section: Section, at: number) => string[]
  /** After a section's last line. */
  close?: (section: Section, at: number) => string[]
  /** Lines beside those of an event: annotations. They come after the event's own. */
  beside?: (event: Event) => string[]
  /** Text as it may be printed, line feeds included: nothing in it that the CI system would take for a command. */
  guard?: (text: string) => string
}

/** Prints lines and the sections around them. */
export interface SectionPrinter {
  print(...lines: string[]): void
  /** Ends the section that is open, and begins this one. */
  open(section: Section, at: number): void
  close(at: number): void
  /** Prints lines that are commands of the CI system, as they are. */
  command(...lines: string[]): void
}

export function createSectionPrinter(write: (text: string) => void, decoration: Decoration): SectionPrinter {
  const { guard = (text: string) => text } = decoration
  let current: Section | undefined

  const command = (...lines: string[]) => {
    if (lines.length > 0) write(`${lines.join('\n')}\n`)
  }
  let blank = false
  // What begins and what ends may each want a blank line between them.
  const print = (...lines: string[]) => {
    const shown = blank && lines[0] === '' ? lines.slice(1) : lines
    if (shown.length === 0) return
    blank = shown.at(-1) === ''
    write(`${guard(shown.join('\n'))}\n`)
  }
  const close = (at: number) => {
    if (current && decoration.close) command(...decoration.close(current, at))
    current = undefined
  }
  return {
    print,
    command,
    close,
    open(section, at) {
      close(at)
      current = section
      if (decoration.open) command(...decoration.open(section, at))
      else print(section.heading)
    },
  }
}

import { mkdtempSync, rmSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'

/** Gives all that tests write to the directory for temporary files, in any process, one directory that goes when they have ended. */
export default function setup(): () => void {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'converge-test-'))
  process.env.TMPDIR = directory
  return () => rmSync(directory, { recursive: true, force: true })
}

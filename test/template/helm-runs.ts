import { execFile } from 'node:child_process'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { promisify } from 'node:util'
import { fromBytes } from '../../src/template/bytes.ts'
import { type Case, values } from './cases.ts'

const run = promisify(execFile)

/** What Helm makes of a template: its output, or what it prints after `Error: `. */
export type Answer = { output: string } | { error: string }

/** The files of the chart in which a case is put to Helm, below the chart's name. */
export function chartFiles({ template, direct }: Case): { path: string; text: string }[] {
  if (direct) return [{ path: 'c/templates/a.yaml', text: template }]
  return [
    { path: 'c/templates/z.yaml', text: 'out: {{ include "c/templates/_a.tpl" . | b64enc }}' },
    { path: 'c/templates/_a.tpl', text: template },
  ]
}

/** Runs the real Helm on a case, in a directory of its own below `directory`. */
export async function askHelm(binary: string, directory: string, test: Case): Promise<Answer> {
  const chart = path.join(directory, 'c')
  await rm(chart, { recursive: true, force: true })
  await mkdir(path.join(chart, 'templates'), { recursive: true })
  await writeFile(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: c\nversion: 0.1.0\n')
  await writeFile(path.join(chart, 'values.yaml'), JSON.stringify(values))
  for (const file of chartFiles(test)) await writeFile(path.join(directory, file.path), file.text)
  try {
    const { stdout } = await run(binary, ['template', 'r', chart, '-n', 'ns'], { maxBuffer: 64 * 1024 * 1024 })
    const encoded = /^out: ?(.*)$/m.exec(stdout)?.[1] ?? ''
    return { output: fromBytes(Buffer.from(encoded, 'base64')) }
  } catch (error) {
    const { stderr } = error as { stderr: string }
    const text = stderr.slice(stderr.indexOf('Error: ') + 7)
    return { error: text.replace(/\n(\n[^\n]*--debug[^\n]*\n)?$/, '') }
  }
}

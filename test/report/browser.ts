import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'

const program = '/usr/bin/chromium'
/** Whether there is a real browser on this machine. */
export const hasBrowser = existsSync(program)

export interface Page {
  /** The document as it stands after its scripts ran. */
  dom: string
  /** What the page wrote to its console, errors and refusals of its policy among it. */
  console: string[]
}

/** Opens a page in headless Chromium. */
export async function openPage(html: string): Promise<Page> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'converge-page-'))
  const file = path.join(directory, 'page.html')
  await writeFile(file, html)
  const args = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage', '--enable-logging=stderr', '--v=0']
  try {
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>((resolve, reject) => {
      const child = spawn(program, [...args, `--user-data-dir=${directory}/profile`, '--dump-dom', `file://${file}`])
      let stdout = ''
      let stderr = ''
      child.stdout.setEncoding('utf8').on('data', (text) => (stdout += text))
      child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text))
      child.on('error', reject)
      child.on('close', () => resolve({ stdout, stderr }))
    })
    return { dom: stdout, console: stderr.split('\n').filter((line) => line.includes(':CONSOLE')) }
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

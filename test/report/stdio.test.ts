import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync } from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { writeTree } from '../cli/files.ts'

vi.setConfig({ testTimeout: 90_000 })

const root = fileURLToPath(new URL('../../', import.meta.url))
const chart = writeTree({
  'Chart.yaml': 'apiVersion: v2\nname: job\nversion: 0.1.0\n',
  'templates/job.yaml': `apiVersion: batch/v1
kind: Job
metadata: {name: count}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, command: [sh, -c, "for i in 1 2 3 4 5 6; do echo line $i; sleep 0.1; done"]}]
`,
})

/** Runs a deploy in the sandbox within a line of shell, where `$converge` is the program. Gives also the events that the run told a file. */
function shell(line: string) {
  const events = path.join(mkdtempSync(path.join(os.tmpdir(), 'converge-stdio-')), 'events')
  const program = `${process.execPath} ${root}bin/converge.js ${chart} --sandbox --release=job -n job`
  const { stdout, stderr, status } = spawnSync('bash', ['-c', `set -o pipefail; ${line}`], {
    encoding: 'utf8',
    env: { PATH: process.env.PATH ?? '', HOME: path.dirname(events), converge: program, events },
  })
  const told = existsSync(events) ? readFileSync(events, 'utf8').trimEnd().split('\n') : []
  return { stdout, stderr, status, told: told.map((text) => JSON.parse(text)) }
}

describe.skipIf(process.platform === 'win32')('a run whose output', () => {
  it('is read no further goes on to its end', () => {
    const { stdout, status, told } = shell('$converge --report=lines --report=ndjson=$events | head -1')
    expect(stdout).toMatch(/^converge job {2}revision 1 .*\n$/)
    expect(status).toBe(0)
    expect(told.at(-1)).toMatchObject({ type: 'finished', outcome: 'deployed' })
  })

  it.each(['>&-', '>&- 2>&-'])('is closed (%s) goes on to its end', (closed) => {
    const { status, told } = shell(`$converge --report=lines --report=ndjson=$events ${closed}`)
    expect(status).toBe(0)
    expect(told.at(-1)).toMatchObject({ type: 'finished', outcome: 'deployed' })
  })

  it.skipIf(!existsSync('/dev/full'))('meets a full disk ends with an error, after the run', () => {
    const { stderr, status, told } = shell('$converge --report=lines --report=ndjson=$events > /dev/full')
    expect(status).toBe(1)
    expect(stderr).toMatch(/^✗ cannot write to standard output: no space left on the device\n/)
    expect(told.at(-1)).toMatchObject({ type: 'finished', outcome: 'deployed' })
  })

  it.skipIf(!existsSync('/dev/full'))('meets a full disk in a report of its own says so, after the run', () => {
    const { stdout, stderr, status } = shell('$converge --report=html=/dev/full')
    expect(status).toBe(1)
    expect(stdout).toMatch(/✓ job revision 1 deployed/)
    expect(stderr).toMatch(/^✗ cannot write the report \/dev\/full: no space left on the device\n/)
  })

  it('cannot be opened touches nothing', () => {
    const { stdout, stderr, status } = shell('$converge --report=junit=/proc/none/report.xml')
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^✗ cannot open the report .*\n {2}hint {2}.*nothing was touched/)
  })

  it('is a pipe shows every line of a Job, the last ones too', () => {
    const { stdout } = shell('$converge | cat')
    expect(stdout.match(/\| line \d/g)).toEqual([1, 2, 3, 4, 5, 6].map((line) => `| line ${line}`))
  })
})

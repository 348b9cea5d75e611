import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { program, run } from '../e2e/process.ts'
import { writeTree } from './files.ts'

/** A directory in which `converge` is a link, as npm makes one. */
function linked(files: Record<string, string> = {}): string {
  const directory = writeTree(files)
  mkdirSync(path.join(directory, 'bin'))
  symlinkSync(program, path.join(directory, 'bin/converge'))
  return directory
}

test('a shell starts Node with settings, the file as it was called and every word as it was given', async () => {
  const directory = linked()
  const node = path.join(directory, 'bin/node')
  writeFileSync(node, '#!/bin/sh\nprintf "%s\\n" "$@"\n')
  chmodSync(node, 0o755)
  const words = ['render', 'a chart', '', '--set', 'a=$HOME "b" \\c *']
  const { stdout } = await run('converge', words, { env: { PATH: `${path.dirname(node)}:${process.env.PATH}` } })
  const lines = stdout.split('\n').slice(0, -1)
  const file = lines.indexOf(path.join(directory, 'bin/converge'))
  expect(lines.slice(file + 1)).toEqual(words)
  expect(file).toBeGreaterThan(0)
  for (const setting of lines.slice(0, file)) expect(setting).toMatch(/^--[a-z0-9-]+(=\d+)?$/)
})

test('a link to the command, the file given to a shell and the file given to Node do the same', async () => {
  const directory = linked({
    'Chart.yaml': 'apiVersion: v2\nname: a\nversion: 1.0.0\n',
    'templates/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ .Values.name }}"}\n',
  })
  const args = ['render', directory, '--set', 'name=a b  c']
  const link = await run(path.join(directory, 'bin/converge'), args)
  expect(link).toMatchObject({ status: 0, stderr: '' })
  expect(link.stdout).toContain('metadata: {name: "a b  c"}')
  for (const interpreter of ['sh', process.execPath]) {
    const { status, stdout, stderr } = await run(interpreter, [program, ...args])
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: link.stdout, stderr: '' })
  }
})

test('the exit status is that of the command, and nothing of the shell is left to catch its signals', async () => {
  expect(await run(program, ['render', 'no-such-chart'])).toMatchObject({ status: 1, stdout: '' })
  const stop = { when: /Ctrl-C/, signal: 'SIGTERM' } as const
  expect(await run(program, ['sandbox'], { interrupt: stop })).toMatchObject({ status: 0, signal: undefined, stderr: '' })
})

import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import path from 'node:path'
import { expect, test } from 'vitest'
import { converge, program, run } from '../e2e/process.ts'
import { writeTree } from './files.ts'

const kubeconfig = `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: prod, context: {cluster: c}}, {name: prague, context: {cluster: c}}, {name: stage, context: {cluster: c}}]
`
const cwd = writeTree({
  config: kubeconfig,
  'converge.yaml': 'project: shop\nenvironments: {production: {}, staging: {}}\n',
  converge: `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`,
})
execFileSync('chmod', ['755', path.join(cwd, 'converge')])

/** What bash's completion function offers after these words. */
async function offers(...words: string[]): Promise<string[]> {
  const script = `source <(./converge completion bash); COMP_WORDS=("$@"); COMP_CWORD=$(( $# - 1 )); _converge; printf '%s\\n' "\${COMPREPLY[@]}"`
  const { stdout } = await run('bash', ['-c', script, 'bash', './converge', ...words], {
    cwd,
    env: { KUBECONFIG: path.join(cwd, 'config') },
  })
  return stdout.split('\n').filter((line) => line !== '')
}

test.skipIf(!existsSync('/bin/bash')).each([
  [['sta'], ['status']],
  [['get', 'v'], ['values']],
  [
    ['get', ''],
    ['all', 'manifest', 'values', 'hooks', 'notes', 'metadata'],
  ],
  [['list', '--all'], ['--all-namespaces']],
  [
    ['list', '-o', ''],
    ['table', 'json', 'yaml'],
  ],
  [['plan', '--on-failure', 'r'], ['rollback']],
  [
    ['--kube-context', 'pr'],
    ['prod', 'prague'],
  ],
  [
    ['--kube-context', '=', 'pr'],
    ['prod', 'prague'],
  ],
  [
    ['deploy', '--kube-context', '='],
    ['prod', 'prague', 'stage'],
  ],
  [
    ['--env', ''],
    ['production', 'staging'],
  ],
  [['completion', 'z'], ['zsh']],
  [['status', '--nonsense', 'x'], []],
])('bash completes %s', async (words, expected) => {
  expect(await offers(...words)).toEqual(expected)
})

test.each(['bash', 'zsh', 'fish', 'powershell'])('there is a script for %s', async (shell) => {
  const { status, stdout } = await converge(['completion', shell])
  expect(status).toBe(0)
  expect(stdout).toContain('converge __complete'.slice('converge '.length))
})

test('another shell is refused', async () => {
  const { status, stderr } = await converge(['completion', 'tcsh'])
  expect([status, stderr]).toEqual([1, expect.stringContaining('bash, zsh, fish, powershell')])
})

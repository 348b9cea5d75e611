import { readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { converge, root } from '../e2e/process.ts'
import { demoChart, writeTree } from './files.ts'

const cwd = writeTree(Object.fromEntries(Object.entries(demoChart).map(([name, text]) => [`list/${name}`, text])))

/** The namespace that a command would use. */
async function namespaceWith(args: string[], env: Record<string, string>): Promise<string | undefined> {
  return /^namespace: (.*)$/m.exec((await converge(['config', 'show', ...args], { cwd, env })).stdout)?.[1]
}

describe('options', () => {
  test('a flag wins over CONVERGE_, that over HELM_', async () => {
    const env = { HELM_NAMESPACE: 'from-helm', CONVERGE_NAMESPACE: 'from-converge' }
    expect(await namespaceWith(['-n', 'from-flag'], env)).toBe('from-flag')
    expect(await namespaceWith([], env)).toBe('from-converge')
    expect(await namespaceWith([], { HELM_NAMESPACE: 'from-helm' })).toBe('from-helm')
    expect(await namespaceWith([], { ...env, CONVERGE_NAMESPACE: '' })).toBe('from-helm')
  })

  test('repeatable options are numbered in the environment and come before those of the line', async () => {
    const env = { CONVERGE_SET_1: 'a=one,html=one', CONVERGE_SET_2: 'html=two', CONVERGE_SET_STRING_1: 'sub.s=7' }
    const { stdout } = await converge(['render', './list', '--set', 'a=line'], { cwd, env })
    expect(stdout).toContain('data: {a: "line", html: "two"}')
  })

  test.each([
    [['--no-hooks=true'], false],
    [['--no-hooks=0'], true],
    [['--no-hooks', '--no-hooks=f'], true],
    [['--no-hooks=False', '--no-hooks'], false],
    [['--skip-tests=false', '--include-crds=T', '--is-upgrade=0'], true],
  ])('%j', async (words, hooks) => {
    const { status, stdout } = await converge(['render', './list', ...words], { cwd, env: { CONVERGE_SKIP_TESTS: '0' } })
    expect([status, stdout.includes('release-name-hook')]).toEqual([0, hooks])
  })

  test('what is neither true nor false is refused, and a truth value wins over the environment', async () => {
    const { status, stderr } = await converge(['render', './list', '--no-hooks=yes'], { cwd })
    expect([status, stderr]).toEqual([1, expect.stringContaining('invalid argument "yes" for "--no-hooks" flag')])
    const env = { CONVERGE_NO_HOOKS: 'true' }
    expect((await converge(['render', './list', '--no-hooks=false'], { cwd, env })).stdout).toContain('release-name-hook')
  })

  test.each([
    ['true', false],
    ['YES', false],
    ['1', false],
    ['false', true],
    ['no', true],
    ['0', true],
  ])('CONVERGE_NO_HOOKS=%s', async (value, hooks) => {
    const { stdout } = await converge(['render', './list'], { cwd, env: { CONVERGE_NO_HOOKS: value } })
    expect(stdout.includes('release-name-hook')).toBe(hooks)
  })

  test.each([
    [['render', './list'], { CONVERGE_NO_HOOKS: 'maybe' }, 'CONVERGE_NO_HOOKS must be true or false, not "maybe"'],
    [['plan', './list'], { CONVERGE_TIMEOUT: '5' }, 'CONVERGE_TIMEOUT: "5" is not a duration; write 90s, 5m0s or 1h30m'],
    [['list'], { HELM_DRIVER: 'sql' }, 'HELM_DRIVER must be one of secret, secrets, configmap, configmaps, not "sql"'],
    [['plan', './list'], { HELM_MAX_HISTORY: 'x' }, 'HELM_MAX_HISTORY: "x" is not a whole number'],
    [['plan', './list', '--timeout=5'], {}, '"5" is not a duration'],
    [['plan', './list', '--history-max=-1'], {}, '"-1" is not a whole number'],
    [['plan', './list', '--on-failure=x'], {}, 'Allowed choices are clean, rollback, keep'],
    [['render', './list', '--kube-version=x'], {}, "invalid kube version 'x'"],
    [['list', '--all-namespace'], {}, 'Did you mean --all-namespaces?'],
    [['list', '--max=1.5'], {}, '"1.5" is not a whole number'],
    [['lits'], {}, 'Did you mean converge list?'],
    [['upgrade', '--install', 'x', './y', '--wait'], {}, 'converge CHART --release NAME'],
    [['install', 'x'], {}, 'converge CHART --release NAME'],
    [['get', 'valeus', 'x'], {}, 'Did you mean values?'],
    [['./nothing'], {}, 'path "./nothing" not found'],
    [['./list', 'more'], {}, 'too many arguments'],
  ])('%s %s is refused', async (args, env, words) => {
    const { status, stdout, stderr } = await converge(args, { cwd, env })
    expect([status, stdout]).toEqual([1, ''])
    expect(stderr).toContain(words)
    expect(stderr).not.toMatch(/^ +at .*:\d+:\d+/m)
  })

  test('a chart may have the name of a command', async () => {
    const { status, stdout } = await converge(['./list', '--sandbox', '--release=x'], { cwd })
    expect(status).toBe(0)
    expect(stdout).toContain('x revision 1 deployed')
  })

  test('--debug prints stacks, and what a chart rendered that is no YAML', async () => {
    const chart = writeTree({ ...demoChart, 'templates/bad.yaml': 'a: b: {{ .Release.Name }}\n' })
    const silent = await converge(['render', chart])
    expect([silent.status, silent.stdout]).toEqual([1, ''])
    const loud = await converge(['render', chart, '--debug'])
    expect([loud.status, loud.stdout]).toEqual([1, expect.stringContaining('a: b: release-name')])
    expect(loud.stderr).toMatch(/^ +at /m)
    expect((await converge(['list', '--kubeconfig=/nowhere'], { env: { CONVERGE_DEBUG: '1' } })).stderr).toMatch(/^ +at /m)
  })
})

describe('help', () => {
  test('--version', async () => {
    const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'))
    expect(await converge(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` })
  })

  test('the program shows its commands and the common options of a deploy', async () => {
    const { status, stdout } = await converge(['--help'])
    expect(status).toBe(0)
    for (const words of ['rollback', 'list|ls', '--kube-context <name>', '--env <name>', 'CONVERGE_SET_1']) expect(stdout).toContain(words)
    expect((await converge(['-h'])).stdout).toBe(stdout)
    expect(stdout).not.toContain('__complete')
  })

  test.each([
    'deploy',
    'render',
    'plan',
    'rollback',
    'dismiss',
    'test',
    'list',
    'history',
    'status',
    'get values',
    'lint',
    'dependency update',
    'sandbox',
    'config show',
    'completion',
  ])('of %s names its options', async (command) => {
    const { status, stdout } = await converge([...command.split(' '), '--help'])
    expect(status).toBe(0)
    expect(stdout).toContain(`Usage: converge ${command.split(' ')[0]}`)
    expect(stdout).toContain('--debug')
    expect(stdout).not.toMatch(/undefined|\[object|none\)/)
  })
})

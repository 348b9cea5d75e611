import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { converge, run } from '../e2e/process.ts'
import { openTarget, type Target } from '../e2e/target.ts'
import { helmBinary } from '../oracle/helm.ts'
import { demoChart, emptyChart, writeTree } from './files.ts'

const helm = await helmBinary()
const goldens = path.join(import.meta.dirname, 'goldens')
let target: Target
let env: Record<string, string>

beforeAll(async () => {
  target = await openTarget()
  env = { KUBECONFIG: target.kubeconfig }
  const [demo, empty] = [writeTree(demoChart), writeTree(emptyChart)]
  const steps = [
    [demo, '--release=demo', '-n=cli-view', '--set', 'a=5,html=<x>,drop=null'],
    [demo, '--release=demo', '-n=cli-view', '--set', 'a=6,nested.q=1,sub.s=9', '--description', 'second one'],
    ['rollback', '1', '--release=demo', '-n=cli-view'],
    ['test', 'demo', '-n=cli-view'],
    [empty, '--release=empty', '-n=cli-view'],
    [empty, '--release=elsewhere', '-n=cli-view-2'],
  ]
  for (const step of steps) {
    const { status, output } = await converge(step, { env })
    if (status !== 0) throw new Error(output)
  }
})
afterAll(async () => {
  for (const namespace of ['cli-view', 'cli-view-2'])
    for (const release of ['demo', 'empty', 'elsewhere'])
      await converge(['dismiss', release, '-n', namespace, '--with-namespace', '--ignore-not-found'], { env })
  await target?.stop()
})

/** What differs from run to run; the widths of columns with it. */
function masked(text: string): string {
  return text
    .replace(/ +(?=\t|$)/gm, '')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? \+0000 UTC/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, 'TIME')
    .replace(/[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4}/g, 'TIME')
    .replace(/((createdAt|modifiedAt)[":= ]+)\d+/g, '$1N')
    .replace(/((uid|resourceVersion)"?: ?)"?[\w-]+"?/g, '$1X')
    .replace(/\b\d+[smh]$/gm, 'AGE')
    .replace(/ {2,}/g, '  ')
}

const views: string[] = [
  ...['table', 'json', 'yaml'].flatMap((format) => [
    `list -n cli-view -o ${format}`,
    `list -n cli-none -o ${format}`,
    `list -n cli-view -q -o ${format}`,
    `history demo -n cli-view -o ${format}`,
    `history demo -n cli-view --max 1 -o ${format}`,
    `get values demo -n cli-view -o ${format}`,
    `get values demo -n cli-view --all -o ${format}`,
    `get values demo -n cli-view --revision 2 -o ${format}`,
    `get values empty -n cli-view -o ${format}`,
    `get values empty -n cli-view --all -o ${format}`,
    `get metadata demo -n cli-view -o ${format}`,
    `get metadata demo -n cli-view --revision 1 -o ${format}`,
    `get metadata empty -n cli-view -o ${format}`,
    `status demo -n cli-view -o ${format}`,
    `status empty -n cli-view -o ${format}`,
  ]),
  'get all demo -n cli-view',
  'get all empty -n cli-view',
  'get manifest demo -n cli-view',
  'get hooks demo -n cli-view',
  'get notes demo -n cli-view',
  'get notes empty -n cli-view',
  'status demo -n cli-view --revision 2',
  'list -n cli-view --filter ^e -q',
  'list -n cli-view --filter nothing',
  'list -n cli-view -q --max 1',
  'list -n cli-view -q --max 1 --offset 1',
  'list -n cli-view -q --reverse',
  'list -n cli-view --no-headers',
  'list -n cli-view -q --date',
  'list -n cli-view -q --superseded',
  'list -n cli-view -q --failed',
  'list -n cli-view -q --selector name=demo',
  'list -A -q --filter ^(demo|empty|elsewhere)$',
]

describe('releases are shown as Helm 4.2.3 shows them', () => {
  test.each(views)('%s', async (view) => {
    const golden = path.join(goldens, `${view.replaceAll(/[^\w-]+/g, '_')}.txt`)
    const args = view.split(' ')
    if (helm) {
      const theirs = await run(helm, args, { env })
      expect(theirs.status).toBe(0)
      await expect(masked(theirs.stdout)).toMatchFileSnapshot(golden)
    }
    const ours = await converge(args, { env })
    expect(ours.stderr).toBe('')
    expect(ours.status).toBe(0)
    expect(masked(ours.stdout)).toBe(await readFile(golden, 'utf8'))
  })

  test.each([
    'status nope',
    'history nope',
    'get all nope',
    'get values nope',
    'get metadata nope',
    'get hooks nope',
    'get notes nope',
    'get manifest nope',
    'test nope',
    'dismiss nope',
    'status demo --revision 9',
    'get values demo --revision 9',
  ])('what is not there fails: %s', async (view) => {
    const { status, output, stdout } = await converge([...view.split(' '), '-n', 'cli-view'], { env })
    expect(status).toBe(1)
    expect(output).toMatch(/there is no release nope in namespace cli-view|release demo has no revision 9/)
    if (!/^(test|dismiss)/.test(view)) expect(stdout).toBe('')
    expect(output).not.toMatch(/^ +at /m)
  })

  test('a broken filter or selector is named', async () => {
    const filter = await converge(['list', '--filter', 'x['], { env })
    expect([filter.status, filter.stderr]).toEqual([1, expect.stringContaining('x[')])
    const selector = await converge(['list', '-l', 'a=b c'], { env })
    expect([selector.status, selector.stderr]).toEqual([1, expect.stringContaining('"a=b c" is no label selector')])
  })

  test('ConfigMaps hold releases too', async () => {
    const options = { env: { ...env, HELM_DRIVER: 'configmap' } }
    const deployed = await converge([writeTree(emptyChart), '--release=mapped', '-n=cli-view'], options)
    expect(deployed.status, deployed.output).toBe(0)
    expect((await converge(['list', '-q', '-n=cli-view'], options)).stdout).toBe('mapped\n')
    if (helm) expect((await run(helm, ['list', '-q', '-n=cli-view'], options)).stdout).toBe('mapped\n')
    expect((await converge(['list', '-q', '-n=cli-view', '--storage=secret'], options)).stdout).toBe('demo\nempty\n')
    expect((await converge(['uninstall', 'mapped', '-n=cli-view'], options)).status).toBe(0)
  })
})

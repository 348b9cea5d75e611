import { writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { dump, load } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { converge } from '../e2e/process.ts'
import { openTarget, type Target } from '../e2e/target.ts'
import { writeTree } from './files.ts'

const project = {
  '.helm/Chart.yaml': 'apiVersion: v2\nname: p\nversion: 1.0.0\n',
  '.helm/templates/x.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {env: {{ .Values.global.env }}, a: {{ .Values.a | quote }}, b: {{ .Values.b | quote }}}\n',
  'converge.yaml': `project: shop
values: [base.yaml]
environments:
  production: {context: prod, values: [prod.yaml], set: {b: from-set}}
  staging: {context: stage, namespace: elsewhere, release: other}
`,
  'base.yaml': 'a: base\n',
  'prod.yaml': 'a: prod\n',
  'deep/down/.keep': '',
}

describe('converge.yaml', () => {
  test('is found above, and gives names, chart and values', async () => {
    const cwd = path.join(writeTree(project), 'deep/down')
    const shown = await converge(['config', 'show', '--env=production'], { cwd })
    expect(load(shown.stdout)).toMatchObject({ context: 'prod', release: 'shop-production', namespace: 'shop-production' })
    expect(load((await converge(['config', 'show', '--env=staging'], { cwd })).stdout)).toMatchObject({
      namespace: 'elsewhere',
      release: 'other',
    })
    const rendered = await converge(['render', '--env=production'], { cwd })
    expect(rendered.stdout).toContain('data: {env: production, a: "prod", b: "from-set"}')
    expect((await converge(['render', '--env=production', '--set', 'a=cli,b=cli'], { cwd })).stdout).toContain('a: "cli", b: "cli"')
  })

  test('mistakes are told with their lines', async () => {
    const cwd = writeTree({ 'converge.yaml': 'project: Shop\nenvironments:\n  production:\n    contxt: x\n    values: a\n' })
    const { status, stderr } = await converge(['config', 'show'], { cwd })
    expect(status).toBe(1)
    expect(stderr).toContain('line 1: project: must be a DNS label')
    expect(stderr).toContain('line 4: environments.production: Unrecognized key: "contxt"')
    expect(stderr).toContain('line 5: environments.production.values')
    const broken = await converge(['config', 'show'], { cwd: writeTree({ 'converge.yaml': 'project: [\n' }) })
    expect([broken.status, broken.stderr]).toEqual([1, expect.stringContaining('converge.yaml:2')])
  })

  test.each([
    [['--env=prod'], /has no environment "prod".*It has production, staging/s],
    [['--release=Shop'], /"Shop" is no valid name of a release/],
    [['--namespace=a.b'], /"a\.b" is no valid name of a namespace/],
    [['--config=none.yaml'], /cannot read none.yaml/],
  ])('%s is refused', async (args, words) => {
    const { status, stderr } = await converge(['config', 'show', ...args], { cwd: writeTree(project) })
    expect(status).toBe(1)
    expect(stderr).toMatch(words)
  })

  test('a name that gets too long says of what it is made', async () => {
    const cwd = writeTree({ ...project, 'converge.yaml': `project: ${'p'.repeat(40)}\n` })
    const { status, stderr } = await converge(['config', 'show', `--env=${'e'.repeat(20)}`], { cwd })
    expect(status).toBe(1)
    expect(stderr).toContain('(61 characters)')
    expect(stderr).toContain('<project>-<environment>')
  })
})

describe('one of several contexts', () => {
  const targets: Target[] = []
  let kubeconfig: string

  beforeAll(async () => {
    targets.push(await openTarget(), await openTarget())
    const merged = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [] as any[],
      users: [] as any[],
      contexts: [] as any[],
      'current-context': 'stage',
    }
    for (const [index, name] of ['prod', 'stage'].entries()) {
      const config = load(await readFile(targets[index]!.kubeconfig, 'utf8')) as any
      const context = config.contexts.find((item: any) => item.name === targets[index]!.context).context
      merged.clusters.push({ name, cluster: config.clusters.find((item: any) => item.name === context.cluster).cluster })
      merged.users.push({ name, user: config.users.find((item: any) => item.name === context.user).user })
      merged.contexts.push({ name, context: { cluster: name, user: name } })
    }
    kubeconfig = path.join(writeTree({}), 'config')
    writeFileSync(kubeconfig, dump(merged), { mode: 0o600 })
  })
  afterAll(() => Promise.all(targets.map((target) => target.stop())))

  test.skipIf(process.env.CONVERGE_TEST_CLUSTER)(
    'converge --kube-context=prod --env=production deploys there and nowhere else',
    async () => {
      const cwd = writeTree(project)
      const env = { KUBECONFIG: kubeconfig }
      const deployed = await converge(['--kube-context=prod', '--env=production'], { cwd, env })
      expect(deployed.status, deployed.output).toBe(0)
      expect((await converge(['list', '-A', '-q', '--kube-context=prod'], { env })).stdout).toBe('shop-production\n')
      expect((await converge(['list', '-A', '-q'], { env })).stdout).toBe('')
      expect((await converge(['list', '-A', '-q'], { env: { ...env, HELM_KUBECONTEXT: 'prod' } })).stdout).toBe('shop-production\n')
      expect((await converge(['status', '--env=production'], { cwd, env })).stdout).toContain('NAME: shop-production\n')
      const unknown = await converge(['--kube-context=pord', '--env=production'], { cwd, env })
      expect(unknown.status).toBe(1)
      expect(unknown.stderr).toMatch(/no context "pord".*contexts: prod, stage.*did you mean "prod"/s)
    },
  )

  test('KUBECONFIG may be a list', async () => {
    const env = { KUBECONFIG: `/nowhere/at/all:${kubeconfig}` }
    expect((await converge(['list', '-q', '-n', 'cli-none'], { env })).status).toBe(0)
  })
})

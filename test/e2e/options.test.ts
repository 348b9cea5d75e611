import { mkdir, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { converge } from './process.ts'
import { charts, expectFailure, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'
import { idle, workloads } from './workload.ts'

// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

let target: Target
let files: string

beforeAll(async () => {
  target = await openTarget()
  files = await mkdtemp(path.join(os.tmpdir(), 'converge-e2e-'))
})
afterAll(() => target?.stop())

async function withScenario(work: (scenario: Scenario) => Promise<void>): Promise<void> {
  const scenario = await newScenario(target)
  try {
    await work(scenario)
  } finally {
    await scenario.remove()
  }
}

describe('plan', () => {
  it('shows the changes, touches nothing, and says with its exit code whether there are any', () =>
    withScenario(async (app) => {
      const { configMap } = workloads(target)
      const plan = async (objects: object[], ...args: string[]) => {
        const values = path.join(files, `${app.name}.json`)
        await writeFile(values, JSON.stringify({ objects }))
        return app.converge(['plan', path.join(charts, 'objects'), '-f', values, ...args])
      }
      const first = await plan([configMap('a', { key: '1' })], '--exit-code')
      expect(first.status, first.output).toBe(2)
      expect(first.output).toMatch(/\+ .*ConfigMap\/a/)
      expect(await app.inventory()).toEqual([])
      expect(await app.revisions()).toEqual([])
      expectSuccess(await plan([configMap('a', { key: '1' })]))

      expectSuccess(await app.deploy({ objects: [configMap('a', { key: '1' })] }, { chart: 'objects' }))
      const same = await plan([configMap('a', { key: '1' })], '--exit-code')
      expectSuccess(same)
      const changed = await plan([configMap('a', { key: '2' }), configMap('b')], '--exit-code')
      expect(changed.status, changed.output).toBe(2)
      expect(changed.output).toMatch(/~ .*ConfigMap\/a/)
      expect(changed.output).toMatch(/\+ .*ConfigMap\/b/)
      expect((await app.get('v1/configmaps/a')).data).toEqual({ key: '1' })
    }))
})

describe('--report ndjson', () => {
  it('writes one event a line: the start first, the plan before any change, the end last', () =>
    withScenario(async (app) => {
      const file = path.join(files, `${app.name}.ndjson`)
      expectSuccess(await app.deploy({}, { args: ['--report', `ndjson=${file}`] }))
      const events = (await readFile(file, 'utf8'))
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line))
      expect(events[0]).toMatchObject({ type: 'started', release: 'app', namespace: app.name, revision: 1 })
      expect(events.at(-1)).toMatchObject({ type: 'finished', outcome: 'deployed', revision: 1 })
      const types = events.map((event) => event.type)
      expect(types.filter((type) => type === 'plan')).toHaveLength(1)
      expect(types.indexOf('plan')).toBeLessThan(types.indexOf('change'))
      expect(events.every((event) => typeof event.at === 'number')).toBe(true)
      expect(JSON.stringify(events)).not.toContain('s3cret-')
    }))
})

describe('--on-failure', () => {
  const broken = () => workloads(target).deployment('broken', { script: 'echo broken; exit 2' })
  const web = (greeting: string) => workloads(target).configMap('web', { greeting })

  it('keep leaves everything as it is', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    await withScenario(async (app) => {
      const result = await app.deploy({ objects: [web('a'), broken()] }, { chart: 'objects', args: ['--on-failure', 'keep'] })
      expectFailure(result, /Deployment\/broken failed.*code 2/)
      expect(await app.inventory()).toEqual(['ConfigMap/web', 'Deployment/broken'])
      expect(await app.revisions()).toEqual(['1 failed'])
    })
  })

  it('rollback brings the last good revision back, as a new one', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    await withScenario(async (app) => {
      expectSuccess(await app.deploy({ objects: [web('good')] }, { chart: 'objects' }))
      const result = await app.deploy({ objects: [web('bad'), broken()] }, { chart: 'objects', args: ['--on-failure', 'rollback'] })
      expectFailure(result, /Deployment\/broken failed.*code 2/)
      expect(await app.inventory()).toEqual(['ConfigMap/web'])
      expect((await app.get('v1/configmaps/web')).data).toEqual({ greeting: 'good' })
      expect(await app.revisions()).toEqual(['1 superseded', '2 failed', '3 deployed'])
    })
  })
})

describe('converge.yaml', () => {
  it('gives project, context, namespace and values of an environment', () =>
    withScenario(async (app) => {
      const directory = path.join(files, app.name)
      await mkdir(directory, { recursive: true })
      await writeFile(
        path.join(directory, 'converge.yaml'),
        [
          'project: corner',
          `chart: ${path.relative(directory, path.join(charts, 'objects'))}`,
          'environments:',
          '  production:',
          `    context: ${target.context}`,
          `    namespace: ${app.name}`,
          '    values: [production.yaml]',
        ].join('\n'),
      )
      await writeFile(
        path.join(directory, 'production.yaml'),
        JSON.stringify({ objects: [workloads(target).configMap('corner', { where: 'production' })] }),
      )
      const result = await converge(['--env', 'production'], { cwd: directory, env: { KUBECONFIG: target.kubeconfig } })
      expectSuccess(result)
      expect(result.output).toContain('corner-production')
      expect((await app.get('v1/configmaps/corner')).data).toEqual({ where: 'production' })
      const unknown = await converge(['--env', 'prodcution'], { cwd: directory, env: { KUBECONFIG: target.kubeconfig } })
      expectFailure(unknown, /prodcution/)
      expect(unknown.output).toMatch(/\bproduction\b/)
    }))
})

describe('two runs of one release at once', () => {
  it('go one after the other', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    await withScenario(async (app) => {
      const objects = (word: string) => ({
        objects: [
          workloads(target).deployment('web', {
            script: `echo ${word}; sleep 2; touch /tmp/ready; ${idle}`,
            readinessProbe: { exec: { command: ['test', '-e', '/tmp/ready'] }, periodSeconds: 1 },
          }),
        ],
      })
      const runs = await Promise.all(['one', 'two'].map((word) => app.deploy(objects(word), { chart: 'objects' })))
      for (const result of runs) expectSuccess(result)
      expect(runs.map((result) => /waiting/i.test(result.output)).filter(Boolean).length).toBeGreaterThan(0)
      expect(await app.revisions()).toEqual(['1 superseded', '2 deployed'])
    })
  })
})

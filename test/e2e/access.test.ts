import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { converge } from './process.ts'
import { charts, expectFailure, expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'
import { idle, workloads } from './workload.ts'

// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

// The sandbox has one user, who may do everything.
describe.runIf(process.env.CONVERGE_TEST_CLUSTER)('with few rights', () => {
  let target: Target
  let app: Scenario

  beforeAll(async () => {
    target = await openTarget()
    app = await newScenario(target)
    await app.create('rbac.authorization.k8s.io/v1/rolebindings', {
      metadata: { name: 'weak' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'converge-test-weak' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'weak' }],
    })
  })
  afterAll(() => app?.remove())

  const own = (names: string[]) => names.filter((name) => !name.startsWith('RoleBinding/'))

  async function deployAs(context: string, objects: object[], namespace = app.name) {
    const values = path.join(path.dirname(target.kubeconfig), `e2e-${app.name}.json`)
    await writeFile(values, JSON.stringify({ objects }))
    const user = ['--kubeconfig', target.kubeconfig, '--kube-context', context]
    return converge([path.join(charts, 'objects'), '--release', 'app', ...user, '-n', namespace, '-f', values, '--timeout', '60s'])
  }

  it('is refused by name where it may do nothing', async () => {
    const result = await deployAs('nobody', [workloads(target).configMap('settings')])
    expectFailure(result, /nobody|forbidden|may not/i)
    expect(result.output).toMatch(/secrets/)
    expect(own(await app.inventory())).toEqual([])
    expect(await app.revisions()).toEqual([])
  })

  it('works with rights in one namespace, without events, leases and namespaces', async () => {
    const { deployment, configMap } = workloads(target)
    const result = await deployAs('weak', [configMap('settings'), deployment('web', { script: `echo web is up; ${idle}` })])
    expectSuccess(result)
    if (target.containers) expect(result.output).toMatch(/web \| web is up/)
    expect(await app.revisions()).toEqual(['1 deployed'])
  })

  it('says why a Deployment failed although it may not read events', async ({ skip }) => {
    if (!target.containers) skip('no node runs containers')
    const { deployment, configMap } = workloads(target)
    const web = deployment('web', { script: `echo web is up; ${idle}` })
    const result = await deployAs('weak', [configMap('settings'), web, deployment('worker', { script: 'echo no queue; exit 4' })])
    expectFailure(result, /worker failed.*code 4/)
    expect(result.output).toMatch(/\| no queue/)
    expect(own(await app.inventory())).toEqual(['ConfigMap/settings', 'Deployment/web'])
  })

  it('names the kind that it may not write, and leaves nothing', async () => {
    const account = { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'robot' } }
    const { deployment, configMap } = workloads(target)
    const web = deployment('web', { script: `echo web is up; ${idle}` })
    const result = await deployAs('weak', [configMap('settings'), configMap('more'), web, account])
    expectFailure(result, /serviceaccounts?/i)
    expect(own(await app.inventory())).toEqual(['ConfigMap/settings', 'Deployment/web'])
  })

  it('names all rights that it lacks at once, those of hooks too, and asks for none that a hook does not need', async () => {
    const annotations = (policy: string) => ({ 'helm.sh/hook': 'pre-upgrade,pre-install', 'helm.sh/hook-delete-policy': policy })
    const account = (name: string) => ({
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name, annotations: annotations('hook-succeeded') },
    })
    const role = { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'Role', metadata: { name: 'reader' }, rules: [] }
    const before = own(await app.inventory())
    const { configMap } = workloads(target)
    const result = await deployAs('weak', [account('one'), account('two'), role, configMap('more')])
    expectFailure(result, /2 manifests cannot be applied; nothing was touched/)
    expect(result.output).toContain(
      `ServiceAccount/one is out of reach: you may not get, create or patch serviceaccounts in namespace ${app.name}, which 1 more needs (`,
    )
    expect(result.output).toMatch(/Role\/reader is out of reach: you may not .*create.* roles\.rbac\.authorization\.k8s\.io/)
    expect(own(await app.inventory())).toEqual(before)
    // It may do with ConfigMaps what it likes.
    const hook = { ...configMap('hooked'), metadata: { name: 'hooked', annotations: annotations('before-hook-creation,hook-succeeded') } }
    expectSuccess(await deployAs('weak', [hook, configMap('more')]))
    expect(own(await app.inventory())).toEqual(['ConfigMap/more'])
  })

  it('is told by a plan what less is seen without rights to it', async () => {
    const values = path.join(path.dirname(target.kubeconfig), `e2e-${app.name}.json`)
    await writeFile(values, JSON.stringify({ objects: [workloads(target).deployment('web', { script: idle })] }))
    const user = ['--kubeconfig', target.kubeconfig, '--kube-context', 'weak', '-n', app.name]
    const { status, output } = await converge(['plan', path.join(charts, 'objects'), '--release', 'app', ...user, '-f', values])
    expect(status, output).toBe(0)
    expect(output).toMatch(/you may not list or watch events .*: only that they do not is known/)
    expect(output).toMatch(/you may not get, create or update leases\.coordination\.k8s\.io .*: two runs at once are not kept apart/)
    expect(output).not.toMatch(/pods\/log/)
  })

  it('names the namespace that it may not enter', async () => {
    const result = await deployAs('weak', [workloads(target).configMap('settings')], 'default')
    expectFailure(result, /default/)
  })
})

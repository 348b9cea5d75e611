import path from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { converge, root } from './process.ts'
import { expectSuccess, newScenario, type Scenario } from './scenario.ts'
import { openTarget, type Target } from './target.ts'

const shop = path.join(root, 'charts-fixtures/shop')
// Containers start, stop and fail in their own time.
vi.setConfig({ testTimeout: 120_000 })

let target: Target
let release: Scenario

beforeAll(async () => {
  target = await openTarget()
  release = await newScenario(target, 'shop')
})
afterAll(async () => {
  await release?.remove()
  await target?.stop()
})

it('is deployed with every kind that it has', async () => {
  const { output, ...result } = await release.deploy(
    { ...target.placement, image: { repository: 'converge.test/busybox', tag: '1' } },
    { chart: shop, args: ['--env', 'production'] },
  )
  expectSuccess({ output, ...result })
  for (const name of ['Deployment/shop-web', 'StatefulSet/shop-db', 'DaemonSet/shop-agent', 'Job/shop-seed']) {
    expect(output).toContain(name)
    expect(await release.inventory()).toContain(name)
  }
  expect(output).not.toContain('correct horse')
  if (!target.containers) return
  // What a container prints after it became ready is not waited for.
  for (const line of ['applying migration 3', '42 articles', 'agent watches the node']) expect(output).toContain(`| ${line}`)
})

// The command of the README: nothing but the checkout is there.
it.skipIf(process.env.CONVERGE_TEST_CLUSTER)('is deployed on a sandbox that lives as long as the command', async () => {
  const result = await converge([shop, '--sandbox'])
  expectSuccess(result)
  expect(result.output).toMatch(/\| applying migration 3/)
  expect(result.output).toMatch(/✓ .*revision 1 deployed/)
  expect(result.seconds).toBeLessThan(30)
})

import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/pipeline/events.ts'
import { createGithubReport } from '../../src/report/github.ts'
import { createJunitReport } from '../../src/report/junit.ts'
import { createLinesReport } from '../../src/report/lines.ts'
import { recordedRun, reported } from './events-fixture.ts'

describe('plain lines', () => {
  it('tell an upgrade', async () => {
    expect(await reported(recordedRun('upgrade'), createLinesReport)).toMatchInlineSnapshot(`
      "converge shop  revision 2  context sandbox, namespace shop

      Plan  4 update, 1 recreate, 4 unchanged, 2 hooks
        ~ ConfigMap/shop-config  1 key changed
        ~ DaemonSet/shop-agent   image registry.example/shop:1.5.0 -> registry.example/shop:1.6.0
        ~ Deployment/shop-web    image registry.example/shop:1.5.0 -> registry.example/shop:1.6.0, 2 fields changed
        ~ StatefulSet/shop-db    image registry.example/shop:1.5.0 -> registry.example/shop:1.6.0
        ± Job/shop-seed          spec.template is immutable
        + Job/shop-migrate       pre-upgrade hook
        + Job/shop-smoke         post-upgrade hook

      Pre-upgrade hooks
        Job/shop-migrate d4x8n migrate | applying migration 1
        Job/shop-migrate d4x8n migrate | applying migration 2
        Job/shop-migrate d4x8n migrate | applying migration 3
        Job/shop-migrate d4x8n migrate | done
        ✓ Job/shop-migrate succeeded  1.4s
      Apply   ✓ 5 changes  0.1s
      Record  ✓ revision 2  0.1s
      Track   4 of 9 resources are not ready
        Deployment/shop-web m4xlv web | shop 1.6.0 starting
        Job/shop-seed 5vxrz seed | seeding the catalogue
        DaemonSet/shop-agent 826zq agent | agent watches the node
        Job/shop-seed 5vxrz seed | 42 articles
        StatefulSet/shop-db 0 db | database system is ready to accept connections
        ┌ RESOURCE              STATUS     READY  UP-TO-DATE  RESTARTS  FOR
        │ DaemonSet/shop-agent  ready      1/1    1/1         0         6s
        │ └ Pod 826zq           ready      1/1                0
        │ Deployment/shop-web   ready      2/2    2/2         0         1s
        │ ├ Pod m4xlv           ready      1/1                0
        │ └ Pod t5rnl           ready      1/1                0
        │ StatefulSet/shop-db   ready      1/1    1/1         0         6s
        │ └ Pod 0               ready      1/1                0
        │ Job/shop-seed         complete   1/1                0         1s
        │ └ Pod 5vxrz           succeeded  0/1                0
        └
      Post-upgrade hooks
        ✓ Job/shop-smoke succeeded  0.1s

      Notes
        Welcome back to shop 1.6.0.
        It listens at http://shop-web.shop.

      ✓ shop revision 2 deployed  8.5s  (5 changed, 9 ready, 0 restarts)
      "
    `)
  })

  it('tell a failure: the reason, the evidence, what was done', async () => {
    expect(await reported(recordedRun('failure'), createLinesReport)).toMatchInlineSnapshot(`
      "converge shop  revision 3  context sandbox, namespace shop

      Plan  1 create, 4 update, 1 recreate, 4 unchanged, 2 hooks
        + Deployment/shop-worker
        ~ ConfigMap/shop-config   1 key changed
        ~ DaemonSet/shop-agent    image registry.example/shop:1.6.0 -> registry.example/shop:1.7.0
        ~ Deployment/shop-web     image registry.example/shop:1.6.0 -> registry.example/shop:1.7.0, 2 fields changed
        ~ StatefulSet/shop-db     image registry.example/shop:1.6.0 -> registry.example/shop:1.7.0
        ± Job/shop-seed           spec.template is immutable
        + Job/shop-migrate        pre-upgrade hook
        + Job/shop-smoke          post-upgrade hook

      Pre-upgrade hooks
        Job/shop-migrate q685l migrate | applying migration 1
        Job/shop-migrate q685l migrate | applying migration 2
        Job/shop-migrate q685l migrate | applying migration 3
        Job/shop-migrate q685l migrate | done
        ✓ Job/shop-migrate succeeded  1.4s
      Apply   ✓ 6 changes  0.2s
      Record  ✓ revision 3  0.1s
      Track   5 of 10 resources are not ready
        Deployment/shop-web 5qdfb web | shop 1.7.0 starting
        Deployment/shop-worker t4954 worker | connecting to redis://cache:6379/0
        Deployment/shop-worker t4954 worker | Error: REDIS_PASSWORD is not set
        Job/shop-seed wwsj6 seed | seeding the catalogue
        ┌ RESOURCE                STATUS    READY  UP-TO-DATE  RESTARTS  FOR  WAITING FOR
        │ DaemonSet/shop-agent    rolling   0/1    0/1                   1s   1 more Pod updated
        │ Deployment/shop-web     ready     2/2    2/2         0         0s
        │ ├ Pod 5qdfb             ready     1/1                0
        │ └ Pod xrsdd             ready     1/1                0
        │ Deployment/shop-worker  Crashed   0/2    2/2         2         0s
        │ ├ Pod b4qmj             Error     0/1                1         2s   container worker
        │ └ Pod t4954             Error     0/1                1         2s   container worker
        │ StatefulSet/shop-db     rolling   1/1    0/1                   1s   1 more Pod updated
        │ Job/shop-seed           running   0/1                0         1s   its completion
        │ └ Pod wwsj6             settling  1/1                0         1s   its containers to keep running
        └

      ✗ Deployment/shop-worker failed after 0.5s: container worker exits with code 1 right after its start

        where   Deployment/shop-worker > ReplicaSet b7c5676c > Pod b4qmj > container worker, 2 of 2 Pods
        image   registry.example/shop:1.7.0
        exit    code 1 (Error), 2 times, within its first second
        last lines of worker
          | connecting to redis://cache:6379/0
          | Error: REDIS_PASSWORD is not set

      Guard   deleted Job/shop-seed, Deployment/shop-worker
              kept ConfigMap/shop-config, DaemonSet/shop-agent, Deployment/shop-web, StatefulSet/shop-db, which existed before; they are at revision 3
      ✗ shop revision 3 failed  3.1s.  Last good revision: 2.  To go back to it: converge rollback 2
      "
    `)
  })

  it('leave logs out where they are not wanted', async () => {
    const logs = recordedRun('install').filter((event) => event.type === 'log')
    const text = await reported(recordedRun('install'), createLinesReport, { logs: false })
    expect(logs.length).toBeGreaterThan(3)
    for (const event of logs) expect(text).not.toContain((event as Extract<Event, { type: 'log' }>).line)
  })
})

describe('github', () => {
  it('annotates a failure once, leaves it outside of groups and sums it up', async () => {
    let summary = ''
    const text = await reported(recordedRun('failure'), (options) => createGithubReport(options, (markdown) => (summary += markdown)))
    expect(text.split('\n').filter((line) => line.startsWith('::'))).toMatchInlineSnapshot(`
      [
        "::group::Plan  1 create, 4 update, 1 recreate, 4 unchanged, 2 hooks",
        "::endgroup::",
        "::group::Pre-upgrade hooks",
        "::endgroup::",
        "::group::Track   5 of 10 resources are not ready",
        "::endgroup::",
        "::error title=Deployment/shop-worker failed::container worker exits with code 1 right after its start",
      ]
    `)
    expect(text.lastIndexOf('::endgroup::')).toBeLessThan(text.indexOf('✗ Deployment/shop-worker failed'))
    expect(summary).toMatchInlineSnapshot(`
      "### ❌ shop revision 3 failed in 3.1s

      Changes: 1 create, 4 update, 1 recreate, 4 unchanged.

      \`\`\`text
      ✗ Deployment/shop-worker failed: container worker exits with code 1 right after its start

        where   Deployment/shop-worker > ReplicaSet b7c5676c > Pod b4qmj > container worker, 2 of 2 Pods
        image   registry.example/shop:1.7.0
        exit    code 1 (Error), 2 times, within its first second
        last lines of worker
          | connecting to redis://cache:6379/0
          | Error: REDIS_PASSWORD is not set
      \`\`\`

      "
    `)
  })
})

describe('junit', () => {
  it('reads back with a case for each hook, change and resource', async () => {
    const xml = await reported(recordedRun('failure'), createJunitReport)
    const cases = [...xml.matchAll(/<testcase classname="([^"]*)" name="([^"]*)" time="[\d.]+"(\/?)>(?:\s*<failure message="([^"]*)")?/g)]
    expect(cases.map(([, suite, name, , failure]) => `${suite} ${name}${failure ? `: ${failure}` : ''}`).join('\n')).toMatchInlineSnapshot(`
      "shop.hooks pre-upgrade Job/shop-migrate
      shop.changes update ConfigMap/shop-config
      shop.changes update DaemonSet/shop-agent
      shop.changes update Deployment/shop-web
      shop.changes create Deployment/shop-worker
      shop.changes update StatefulSet/shop-db
      shop.changes recreate Job/shop-seed
      shop.resources Secret/shop-credentials
      shop.resources ConfigMap/shop-config
      shop.resources Service/shop-db
      shop.resources Service/shop-web
      shop.resources DaemonSet/shop-agent: not ready: 1 more Pod updated
      shop.resources Deployment/shop-cache
      shop.resources Deployment/shop-web
      shop.resources Deployment/shop-worker: container worker exits with code 1 right after its start
      shop.resources StatefulSet/shop-db: not ready: 1 more Pod updated
      shop.resources Job/shop-seed: not ready: its completion
      shop.run shop revision 3: Deployment/shop-worker failed: container worker exits with code 1 right after its start"
    `)
    expect(Number(/tests="(\d+)"/.exec(xml)?.[1])).toBe(cases.length)
  })
})

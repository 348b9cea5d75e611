import { readFileSync, writeFileSync } from 'node:fs'
import { describe, expect, it, test } from 'vitest'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { checkOffline, kubernetesServed } from '../../src/pipeline/offline.ts'
import { quantityOf } from '../../src/plan/rules/quantity.ts'
import { scheduleProblem } from '../../src/plan/rules/schedule.ts'
import { targets, useNamespace } from '../cluster-access/namespace.ts'
import { cases, kinds, names } from './refusals.ts'

const file = new URL('goldens/refusals.json', import.meta.url)
/** What a real API server (1.36.3) refused in a dry run, by kind or case. */
const refused = JSON.parse(readFileSync(file, 'utf8')) as { names: Record<string, string[]>; cases: string[] }
/** Refused, and left to the server. */
const beyond = new Set(['owner ref', 'vendor request only', 'cron TZ', 'ingress no port', 'netpol cidr'])

const check = async (object: object) =>
  (await checkOffline(kubernetesServed(), { name: 'r', namespace: 'n' }, [{ source: 's', object: () => object as never }], [])).map(
    ({ message }) => message,
  )

describe('what a real API server refuses is refused without one, and what it takes is not', () => {
  it.each(kinds.map(([apiVersion, kind, rest]) => [kind, apiVersion, rest] as const))('names of a %s', async (kind, apiVersion, rest) => {
    const bad = await Promise.all(
      names.map(async (name) => ((await check({ apiVersion, kind, metadata: { name }, ...rest })).length > 0 ? [name] : [])),
    )
    expect(bad.flat()).toEqual(refused.names[kind])
  })

  it.each(Object.keys(cases))('%s', async (name) => {
    const findings = await check(cases[name])
    if (refused.cases.includes(name) && !beyond.has(name)) expect(findings).not.toEqual([])
    else expect(findings).toEqual([])
  })
})

test('what is missing is not told of an object that others manage too', async () => {
  const { checkRules } = await import('../../src/plan/rules/rules.ts')
  for (const name of ['no image', 'mount unknown volume', 'selector mismatch', 'job no restartPolicy', 'svc no ports', 'pvc no modes'])
    expect([name, checkRules(cases[name], false)]).toEqual([name, []])
  expect(checkRules(cases['request > limit'], false)).toHaveLength(1)
})

test('secret contents are in no finding', async () => {
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 's' },
    type: 'kubernetes.io/dockerconfigjson',
    stringData: { '.dockerconfigjson': 'hunter2' },
  }
  const found = await check(secret)
  expect(found).toHaveLength(1)
  expect(found[0]).not.toContain('hunter2')
})

test.each([
  ['1', 1],
  ['500m', 0.5],
  ['1Gi', 2 ** 30],
  ['1.5M', 1.5e6],
  ['1e3', 1000],
  ['12E-1', 1.2],
  ['1E', 1e18],
  ['.5', 0.5],
  ['-1', -1],
  ['1GB', undefined],
  ['1 Gi', undefined],
  ['', undefined],
  ['Gi', undefined],
])('the quantity %s is %s', (text, amount) => expect(quantityOf(text)).toBe(amount))

test.each(['* * * * *', '*/5 0-6,12 1 jan-mar MON', '@every 1h30m', '0 0 ? * 0', 'TZ=UTC 0 0 * * *'])('the schedule %s is one', (text) =>
  expect(scheduleProblem(text)).toBeUndefined(),
)
test.each(['* * * *', '60 * * * *', '* * 0 * *', '* * * * 7', '*/0 * * * *', '5-1 * * * *', 'a * * * *', '@never'])(
  'the schedule %s is none',
  (text) => expect(scheduleProblem(text)).toBeDefined(),
)

describe.each(targets.filter((name) => name !== 'sandbox'))('on the %s', (target) => {
  const space = useNamespace(target)

  it('the answers are these', { timeout: 120_000 }, async () => {
    const answers: typeof refused = { names: {}, cases: [] }
    for (const [apiVersion, kind, rest] of kinds) {
      answers.names[kind] = []
      for (const name of names)
        if (await isRefused(space.cluster, { apiVersion, kind, metadata: { name }, ...rest }, space.name)) answers.names[kind]!.push(name)
    }
    for (const [name, object] of Object.entries(cases)) if (await isRefused(space.cluster, object, space.name)) answers.cases.push(name)
    if (process.env.UPDATE_GOLDENS) writeFileSync(file, `${JSON.stringify(answers, null, 1)}\n`)
    else expect(answers).toEqual(refused)
  })
})

async function isRefused(cluster: Cluster, object: any, namespace: string): Promise<boolean> {
  const { namespaced } = (await cluster.resourceOf(object.apiVersion, object.kind))!
  const placed = { ...object, metadata: { ...object.metadata, ...(namespaced ? { namespace } : {}) } }
  return cluster.apply(placed, { dryRun: true, fieldValidation: 'Strict' }).then(
    () => false,
    () => true,
  )
}

import { fileURLToPath } from 'node:url'
import { render } from '../../src/chart/render.ts'
import type { Cluster } from '../../src/cluster/cluster.ts'
import { contentOfChart, contentOfRecord } from '../../src/pipeline/content.ts'
import { converge } from '../../src/pipeline/converge.ts'
import type { Event, FinishedEvent } from '../../src/pipeline/events.ts'
import type { ContentRequest, RunSettings } from '../../src/pipeline/options.ts'
import { secretDriver } from '../../src/release/driver-secret.ts'
import type { Fault } from '../fault-proxy.ts'

/** The fixture: what stays, what changes, what comes and goes with version 2, a Deployment, hooks. */
export const chart = fileURLToPath(new URL('./goldens/faults', import.meta.url))
const status = (code: number, reason: string, message: string) =>
  JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason, message, code })
const login = '<!DOCTYPE html><html><head><title>Sign in</title></head><body><form action="/login">Sign in</form></body></html>'
const html = { 'content-type': 'text/html' }

/** Every kind of fault, and whether the server may have carried out the request all the same. */
export const faults: Record<string, Fault> = {
  delay: { delayMs: 300 },
  'cut before': { cut: 'before' },
  'cut after': { cut: 'after' },
  'cut within': { cut: 'within' },
  'slow body': { dripMs: 40 },
  'no answer': { hang: true },
  'no answer after': { hang: true, after: true },
  '429': { status: 429, headers: { 'retry-after': '0.1' } },
  '500': { status: 500, body: status(500, 'InternalError', 'Internal error occurred: etcdserver: leader changed') },
  '500 after': { status: 500, after: true, body: status(500, 'InternalError', 'etcdserver: request timed out') },
  '503': { status: 503 },
  '503 of a balancer': { status: 503, headers: html, body: '<html><body><h1>503 Service Unavailable</h1></body></html>' },
  '409': { status: 409, body: status(409, 'Conflict', 'Operation cannot be fulfilled: the object has been modified') },
  '410': { status: 410, body: status(410, 'Expired', 'The resourceVersion for the provided watch is too old.') },
  '403': { status: 403, body: status(403, 'Forbidden', 'forbidden: User "x" cannot do that') },
  garbage: { status: 200, body: '\x00\xff{{{' },
  'another object': { status: 200, body: '{"kind":"Status","apiVersion":"v1","status":"Success","metadata":{}}' },
  'empty 200': { status: 200, body: '' },
  'empty 200 after': { status: 200, body: '', after: true },
  'login page': { status: 200, headers: html, body: login },
  'login redirect': { status: 302, headers: { ...html, location: 'https://login.example.com/' }, body: login },
}

export type Scenario = 'install' | 'upgrade' | 'rollback'
export const scenarios: Scenario[] = ['install', 'upgrade', 'rollback']

export interface Target {
  cluster: Cluster
  namespace: string
}

export interface Ended {
  finished: FinishedEvent
  events: Event[]
  ms: number
}

const versions: Record<Scenario, string[]> = { install: [], upgrade: ['1'], rollback: ['1', '2'] }
/** The version that a scenario leads to. */
export const goal: Record<Scenario, string> = { install: '2', upgrade: '2', rollback: '1' }

const settings: Partial<RunSettings> = { timeoutMs: 120_000, settleMs: 0, logs: true }

/** What a version of the fixture renders to. */
export function chartContent(namespace: string, version: string) {
  return async ({ isUpgrade, revision }: ContentRequest) =>
    contentOfChart(
      await render({ chart, releaseName: 'r', namespace, isUpgrade, revision, values: { setString: [`version=${version}`] } as never }),
    )
}

/** Deploys a version of the fixture, or goes back to revision 1. */
export async function run(
  { cluster, namespace }: Target,
  what: string,
  more: Partial<RunSettings> = {},
  signal?: AbortSignal,
): Promise<Ended> {
  const content =
    what === 'rollback'
      ? async ({ history, signal }: ContentRequest) => contentOfRecord((await history.revisions[0]!.load({ signal })).record)
      : chartContent(namespace, what)
  const action = what === 'rollback' ? 'rollback' : 'deploy'
  const started = Date.now()
  const events: Event[] = []
  for await (const event of converge({ cluster, release: 'r', namespace, action, content, signal, settings: { ...settings, ...more } }))
    events.push(event)
  return { events, finished: events.at(-1) as FinishedEvent, ms: Date.now() - started }
}

/** What precedes a scenario. @throws where it fails */
export async function prepare(target: Target, scenario: Scenario): Promise<void> {
  for (const version of versions[scenario]) {
    const { finished } = await run(target, version)
    if (finished.outcome !== 'deployed') throw new Error(`${scenario}: ${JSON.stringify(finished)}`)
  }
}

/** The run of a scenario. */
export function play(target: Target, scenario: Scenario, more: Partial<RunSettings> = {}): Promise<Ended> {
  return run(target, scenario === 'rollback' ? 'rollback' : goal[scenario], more)
}

const kinds: [apiVersion: string, kind: string][] = [
  ['v1', 'ConfigMap'],
  ['v1', 'Secret'],
  ['v1', 'ServiceAccount'],
  ['v1', 'Service'],
  ['apps/v1', 'Deployment'],
  ['batch/v1', 'Job'],
]

/** Every object in the namespace that is not the cluster's own and no record of a release, with what tells the versions apart. */
export async function inventory({ cluster, namespace }: Target): Promise<Map<string, string>> {
  const lists = await Promise.all(kinds.map(([apiVersion, kind]) => cluster.list(apiVersion, kind, namespace)))
  const found = lists
    .flatMap(({ items }) => items)
    .filter(({ metadata, type }) => type !== 'helm.sh/release.v1' && metadata.name !== 'kube-root-ca.crt' && metadata.name !== 'default')
    .map((object): [string, string] => [
      `${object.kind}/${object.metadata.name}`,
      JSON.stringify([object.data, object.automountServiceAccountToken, object.spec?.template?.spec?.containers?.[0]?.env]),
    ])
  return new Map(found.sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** Status of each revision; reading them decodes them as Helm does. */
export async function statuses({ cluster, namespace }: Target): Promise<string[]> {
  const driver = secretDriver(cluster, namespace)
  const found: string[] = []
  for (const revision of await driver.list('r')) {
    const { record } = await revision.load()
    found.push(record.info.status === revision.status ? revision.status : `label ${revision.status}, record ${record.info.status}`)
  }
  return found
}

export interface Expectation {
  before: Map<string, string>
  after: Map<string, string>
  statusesBefore: string[]
}

/** What is wrong with the state that a run has left: nothing where it told the truth. */
export async function judge(target: Target, { finished, events }: Ended, expected: Expectation): Promise<string[]> {
  const wrong: string[] = []
  const now = await inventory(target)
  const history = await statuses(target)
  const deployed = history.filter((item) => item === 'deployed').length
  if (finished.outcome === 'deployed') {
    compare(now, expected.after, wrong)
    if (history.at(-1) !== 'deployed') wrong.push(`the last revision is ${history.at(-1)}`)
    if (deployed !== 1) wrong.push(`${deployed} revisions are deployed`)
    return wrong
  }
  // The lock or the cluster was lost: the next run has to put it right, and is held to it.
  if (finished.abandoned) return wrong
  if (finished.outcome !== 'failed') wrong.push(`the outcome is ${finished.outcome}`)
  for (const name of now.keys()) if (!expected.before.has(name)) wrong.push(`${name} is left`)
  for (const [name, data] of expected.before) {
    const found = now.get(name)
    // What left the chart may be gone, and hooks that run to their end are made anew each time.
    if (found === undefined && expected.after.has(name)) wrong.push(`${name} is lost`)
    if (found !== undefined && found !== data && found !== expected.after.get(name)) wrong.push(`${name} is neither old nor new: ${found}`)
  }
  if (history.some((item) => item.startsWith('pending'))) wrong.push(`history: ${history.join(', ')}`)
  if (finished.recorded === false) {
    if (history.join() !== expected.statusesBefore.join()) wrong.push(`unrecorded, but the history is ${history.join(', ')}`)
    compare(now, expected.before, wrong)
  } else if (history.at(-1) !== 'failed') wrong.push(`the last revision is ${history.at(-1)}`)
  if (expected.statusesBefore.length > 0 && deployed !== 1) wrong.push(`${deployed} revisions are deployed`)
  if (events.some((event) => event.type === 'finished' && event.error?.code === 'ERR_DEFECT')) wrong.push(finished.error!.message)
  return wrong
}

export function compare(found: Map<string, string>, wanted: Map<string, string>, wrong: string[]): void {
  for (const [name, data] of wanted) {
    if (!found.has(name)) wrong.push(`${name} is missing`)
    else if (found.get(name) !== data) wrong.push(`${name} is ${found.get(name)} instead of ${data}`)
  }
  for (const name of found.keys()) if (!wanted.has(name)) wrong.push(`${name} is too much`)
}

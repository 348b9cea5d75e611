import { randomBytes } from 'node:crypto'
import { sortManifests } from '../../src/chart/manifests.ts'
import type { Cluster } from '../../src/cluster/cluster.ts'
import type { Content } from '../../src/pipeline/content.ts'
import { converge } from '../../src/pipeline/converge.ts'
import type { Event, FinishedEvent } from '../../src/pipeline/events.ts'
import type { RunSettings } from '../../src/pipeline/options.ts'
import type { Change } from '../../src/plan/change.ts'
import type { KubeObject } from '../../src/resource.ts'

/** What a chart with this one template, already rendered, would give. */
function contentOf(text: string): Content {
  const { manifests, hooks } = sortManifests(new Map([['c/templates/all.yaml', text]]))
  const manifest = manifests.map((item) => `---\n# Source: ${item.source}\n${item.text}\n`).join('')
  const chart = { metadata: { name: 'c', version: '0.1.0', apiVersion: 'v2' }, templates: [], values: {}, files: [] }
  return { manifests, hooks, crds: [], notes: '', warnings: [], stored: { chart, config: {}, manifest, hooks: [] } as never }
}

export interface Release {
  namespace: string
  plan(text: string, settings?: Partial<RunSettings>): Promise<Outcome>
  deploy(text: string, settings?: Partial<RunSettings>): Promise<Outcome>
}

export interface Outcome {
  events: Event[]
  /** `create ConfigMap/a`, in the order of the plan. */
  operations: string[]
  changes: Change[]
  finished: FinishedEvent
  /** The findings of a refusal, one a line. */
  findings: string[]
}

/** A release of rendered manifests in a namespace of the cluster. */
export function releaseIn(cluster: Cluster, namespace: string, name = `r-${randomBytes(3).toString('hex')}`): Release {
  const run = async (action: 'plan' | 'deploy', text: string, settings: Partial<RunSettings> = {}): Promise<Outcome> => {
    const events: Event[] = []
    const options = { cluster, release: name, namespace, action, content: async () => contentOf(text) }
    for await (const event of converge({ ...options, settings: { timeoutMs: 60_000, logs: false, ...settings } })) events.push(event)
    const finished = events.at(-1) as FinishedEvent
    const changes = events.flatMap((event) => (event.type === 'plan' ? event.changes : []))
    const { error } = finished
    const place = error?.location ? `${error.location.file}:${error.location.line}: ` : ''
    return {
      events,
      changes,
      operations: changes.map(({ operation, ref }) => `${operation} ${ref.kind}/${ref.name}`),
      finished,
      findings: error
        ? error.details.length > 0
          ? error.details
          : [`${place}${error.message}${error.hint ? ` (${error.hint})` : ''}`]
        : [],
    }
  }
  return { namespace, plan: (text, settings) => run('plan', text, settings), deploy: (text, settings) => run('deploy', text, settings) }
}

export function yaml(...objects: Partial<KubeObject>[]): string {
  return objects.map((object) => JSON.stringify(object, null, 1)).join('\n---\n')
}

export function configMap(name: string, data: Record<string, string> = {}, annotations: Record<string, string> = {}): Partial<KubeObject> {
  return { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, annotations }, data }
}

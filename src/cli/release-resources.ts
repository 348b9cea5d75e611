import Table from 'cli-table3'
import type { Cluster, Table as ServerTable } from '../cluster/cluster.ts'
import { mapConcurrently } from '../concurrency.ts'
import { manifestsOfRecord } from '../pipeline/content.ts'
import type { ReleaseRecord } from '../release/record.ts'
import { groupOf, type KubeObject, type ResourceRef } from '../resource.ts'

/** The live objects of a revision below `v1/Deployment` and the like, as `helm status -o json` has them; those that are gone are left out. */
export async function liveResources(cluster: Cluster, record: ReleaseRecord): Promise<Map<string, object[]>> {
  const groups = new Map<string, object[]>()
  const live = await liveObjects(cluster, record)
  for (const object of live) push(groups, groupKey(object), object)
  for (const { namespace, labelSelector } of podSelectors(live)) {
    const { items, resourceVersion } = await cluster.list('v1', 'Pod', namespace, { labelSelector })
    const pods = items.map((item) => ({ ...item, apiVersion: 'v1', kind: 'Pod' }))
    if (pods.length > 0) push(groups, relatedPods, { apiVersion: 'v1', kind: 'PodList', metadata: { resourceVersion }, items: pods })
  }
  return new Map([...groups].sort(([a], [b]) => (a < b ? -1 : 1)))
}

/** The same as `helm status` prints it: the server's columns, each object aligned by itself, as Helm does. */
export async function resourcesText(cluster: Cluster, record: ReleaseRecord): Promise<string> {
  const live = await liveObjects(cluster, record)
  const groups = new Map<string, ServerTable[]>()
  const tables = await mapConcurrently(live, 8, (object) =>
    cluster.table({ apiVersion: object.apiVersion, kind: object.kind, ...pick(object) }),
  )
  live.forEach((object, index) => {
    if (tables[index]) push(groups, groupKey(object), tables[index])
  })
  for (const { namespace, labelSelector } of podSelectors(live)) {
    const table = await cluster.table({ apiVersion: 'v1', kind: 'Pod', namespace }, { labelSelector })
    if (table && table.rows.length > 0) push(groups, relatedPods, table)
  }
  return [...groups].map(([key, group]) => `==> ${key}\n${group.map((table, index) => tableText(table, index === 0)).join('')}\n`).join('')
}

const relatedPods = 'v1/Pod(related)'

async function liveObjects(cluster: Cluster, record: ReleaseRecord): Promise<KubeObject[]> {
  const refs = manifestsOfRecord(record).flatMap((manifest) => {
    const object = manifest.object() as unknown as KubeObject | undefined
    return object?.kind && object.metadata?.name ? [refIn(object, record.namespace)] : []
  })
  const found = await mapConcurrently(refs, 8, async (ref) => cluster.get(ref))
  return found.filter((object) => object !== undefined)
}

function refIn({ apiVersion, kind, metadata }: KubeObject, namespace: string): ResourceRef {
  return { apiVersion, kind, name: metadata.name, namespace: metadata.namespace || namespace }
}

function pick({ metadata: { name, namespace } }: KubeObject) {
  return { name, namespace }
}

function groupKey({ apiVersion, kind }: KubeObject): string {
  const group = groupOf(apiVersion)
  return `${group === '' ? apiVersion : apiVersion.slice(group.length + 1)}/${kind}`
}

const withPods = new Set(['ReplicationController', 'ReplicaSet', 'Deployment', 'DaemonSet', 'StatefulSet', 'Job'])

/** The selectors of the workloads, each once. */
function podSelectors(objects: readonly KubeObject[]): { namespace?: string; labelSelector: string }[] {
  const selectors = new Map<string, { namespace?: string; labelSelector: string }>()
  for (const { kind, metadata, spec } of objects) {
    if (!withPods.has(kind)) continue
    const labels: Record<string, string> = (kind === 'ReplicationController' ? spec?.selector : spec?.selector?.matchLabels) ?? {}
    const labelSelector = Object.entries(labels)
      .map(([key, value]) => `${key}=${value}`)
      .sort()
      .join(',')
    if (labelSelector !== '') selectors.set(labelSelector, { namespace: metadata.namespace, labelSelector })
  }
  return [...selectors.values()]
}

const borderless = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .concat('middle', 'mid-mid')
    .map((part) => [part, '']),
)

/** Columns at least 6 wide and 3 blanks apart, as kubectl prints a table. */
function tableText({ columnDefinitions, rows }: ServerTable, withHead: boolean): string {
  const shown = columnDefinitions.flatMap((column, index) => ((column.priority ?? 0) === 0 ? [index] : []))
  const cells = rows.map((row) => shown.map((index) => String(row.cells[index] ?? '')))
  if (withHead) cells.unshift(shown.map((index) => columnDefinitions[index]!.name.toUpperCase()))
  const colWidths = shown.map((_, column) => Math.max(6, 3 + Math.max(...cells.map((row) => row[column]!.length))))
  const table = new Table({ chars: borderless, colWidths, style: { 'padding-left': 0, 'padding-right': 0, compact: true } })
  table.push(...cells)
  return table.toString().replace(/ *$/gm, '').concat('\n')
}

function push<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const group = groups.get(key)
  if (group) group.push(value)
  else groups.set(key, [value])
}

import { type KubeObject, keyOf, type ResourceRef, refOf } from '../resource.ts'
import { matches, readDependencies } from './dependencies.ts'
import { annotation, type Problem } from './lifecycle.ts'

/** One object that waits its turn. */
export interface OrderItem {
  object: KubeObject
}

/** What is applied in parallel, once everything in `after` is ready and everything in `external` is there and ready. */
export interface Batch<T> {
  items: T[]
  after: ResourceRef[]
  external: ResourceRef[]
}

export interface Order<T> {
  batches: Batch<T>[]
  /** Annotations that say nothing, and cycles. */
  problems: { item: T; problem: Problem }[]
  /** Dependencies that nothing in the release matches. */
  unmatched: { item: T; key: string }[]
}

interface Place<T> {
  item: T
  ref: ResourceRef
  needs: { place: Place<T>; ready: boolean }[]
  external: ResourceRef[]
  weight: number
  /** How many waits for readiness precede it within its weight: what waits for nothing is applied first. */
  waits: number
  rank: number
}

export interface OrderOptions {
  /** Kinds in the order in which they are applied; others come last, by name. */
  kinds: readonly string[]
  /** Of dependencies that name none. */
  namespace: string
}

/**
 * The order of applying, as nelm's annotations and Helm's kinds say: `werf.io/weight` first, each weight once the lower ones are ready; within a weight by kind;
 * `werf.io/deploy-dependency-<id>` and `<id>.dependency.werf.io` before their dependents, whose own weight then does not count; `<id>.external-dependency.werf.io` for what
 * is not of the release. Namespaces and CRDs have neither weight nor dependencies. `converge.dev` is the same as `werf.io`.
 */
export function orderItems<T extends OrderItem>(items: readonly T[], options: OrderOptions): Order<T> {
  const rankOf = new Map(options.kinds.map((kind, index) => [kind, index]))
  const problems: Order<T>['problems'] = []
  const unmatched: Order<T>['unmatched'] = []
  const places: Place<T>[] = items.map((item) => ({
    item,
    ref: refOf(item.object),
    needs: [],
    external: [],
    weight: weightOf(item.object),
    waits: 0,
    rank: rankOf.get(item.object.kind) ?? options.kinds.length,
  }))
  for (const place of places) {
    const read = readDependencies(place.item.object, options.namespace)
    problems.push(...read.problems.map((problem) => ({ item: place.item, problem })))
    if (isFoundation(place.item.object)) continue
    place.external = read.external
    for (const dependency of read.deploy) {
      const targets = places.filter((other) => other !== place && matches(other.item.object, dependency, options.namespace))
      if (targets.length === 0) unmatched.push({ item: place.item, key: dependency.key })
      for (const target of targets) place.needs.push({ place: target, ready: dependency.state === 'ready' })
    }
  }
  const cycle = findCycle(places)
  if (cycle) {
    const path = [...cycle, cycle[0]!].map(({ ref }) => `${ref.kind}/${ref.name}`).join(' -> ')
    problems.push({ item: cycle[0]!.item, problem: { path: ['metadata', 'annotations'], message: `depends on itself: ${path}` } })
    return { batches: [], problems, unmatched }
  }
  settle(places)
  return { batches: batchesOf(places), problems, unmatched }
}

function weightOf(object: KubeObject): number {
  return isFoundation(object) ? Number.NEGATIVE_INFINITY : Number.parseInt(annotation(object, 'weight') ?? '0', 10) || 0
}

/** What others live in. */
function isFoundation({ kind }: KubeObject): boolean {
  return kind === 'Namespace' || kind === 'CustomResourceDefinition'
}

/** The places of one cycle, each needing the next; undefined where there is none. */
function findCycle<T>(places: readonly Place<T>[]): Place<T>[] | undefined {
  const done = new Set<Place<T>>()
  for (const start of places) {
    const path: { place: Place<T>; next: number }[] = done.has(start) ? [] : [{ place: start, next: 0 }]
    const open = new Set(path.map(({ place }) => place))
    while (path.length > 0) {
      const top = path.at(-1)!
      const need = top.place.needs[top.next++]?.place
      if (!need) {
        open.delete(top.place)
        done.add(top.place)
        path.pop()
      } else if (open.has(need)) return path.slice(path.findIndex(({ place }) => place === need)).map(({ place }) => place)
      else if (!done.has(need)) {
        open.add(need)
        path.push({ place: need, next: 0 })
      }
    }
  }
  return undefined
}

/** Weights and waits of what depends on others follow from theirs. There is no cycle. */
function settle<T>(places: readonly Place<T>[]): void {
  const settled = new Set<Place<T>>()
  for (const start of places) {
    const stack = [start]
    while (stack.length > 0) {
      const place = stack.at(-1)!
      const open = place.needs.filter((need) => !settled.has(need.place))
      if (!settled.has(place) && open.length > 0) {
        stack.push(...open.map((need) => need.place))
        continue
      }
      stack.pop()
      if (settled.has(place)) continue
      settled.add(place)
      if (place.needs.length > 0) place.weight = Math.max(0, ...place.needs.map((need) => need.place.weight))
      const before = place.needs.filter((need) => need.place.weight === place.weight).map((need) => need.place.waits + (need.ready ? 1 : 0))
      place.waits = Math.max(0, ...before) + (place.external.length > 0 ? 1 : 0)
    }
  }
}

function batchesOf<T>(places: readonly Place<T>[]): Batch<T>[] {
  const compare = (a: Place<T>, b: Place<T>) =>
    (a.weight === b.weight ? 0 : a.weight - b.weight) ||
    a.waits - b.waits ||
    a.rank - b.rank ||
    (a.ref.kind < b.ref.kind ? -1 : a.ref.kind > b.ref.kind ? 1 : 0)
  let waiting = [...places].sort(compare)
  const placed: Place<T>[] = []
  const done = new Set<Place<T>>()
  const batches: Batch<T>[] = []
  while (waiting.length > 0) {
    const isFree = (place: Place<T>) => place.needs.every((need) => done.has(need.place))
    const first = waiting.find(isFree)!
    const batch = waiting.filter((place) => compare(place, first) === 0 && isFree(place))
    const after = [
      ...placed.filter((place) => place.weight < first.weight && place.weight !== Number.NEGATIVE_INFINITY),
      ...batch.flatMap((place) => place.needs.filter((need) => need.ready).map((need) => need.place)),
    ]
    const refs = new Map(after.map(({ ref }) => [keyOf(ref), ref]))
    batches.push({ items: batch.map(({ item }) => item), after: [...refs.values()], external: batch.flatMap(({ external }) => external) })
    for (const place of batch) {
      done.add(place)
      placed.push(place)
    }
    waiting = waiting.filter((place) => !done.has(place))
  }
  return batches
}

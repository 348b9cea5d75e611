import { groupOf, type KubeObject, type ResourceRef } from '../resource.ts'
import type { Problem } from './lifecycle.ts'

/** A dependency as it is written: properties that must hold of the target. */
export interface Dependency {
  key: string
  state: 'ready' | 'present' | 'absent'
  target: Partial<Record<'name' | 'namespace' | 'kind' | 'group' | 'version', string>>
}

interface Dependencies {
  /** `werf.io/deploy-dependency-<id>` and `<id>.dependency.werf.io`: applied after these. */
  deploy: Dependency[]
  /** `werf.io/delete-dependency-<id>`: deleted after these are gone. */
  delete: Dependency[]
  /** `<id>.external-dependency.werf.io`: applied once these, which are not of the release, are there and ready. */
  external: ResourceRef[]
  problems: Problem[]
}

const properties = new Set(['name', 'namespace', 'kind', 'group', 'version'])

/** What the annotations of an object say that it waits for. `namespace` is meant where they name none. */
export function readDependencies(object: KubeObject, namespace: string): Dependencies {
  const read: Dependencies = { deploy: [], delete: [], external: [], problems: [] }
  const annotations = object.metadata.annotations ?? {}
  for (const [key, raw] of Object.entries(annotations)) {
    const value = String(raw).trim()
    const wrong = (reason: string) =>
      read.problems.push({ path: ['metadata', 'annotations', key], message: `is annotated ${key}: ${JSON.stringify(value)}; ${reason}` })
    if (/^(werf\.io|converge\.dev)\/deploy-dependency-./.test(key)) {
      addDeclared(read.deploy, key, value, ['ready', 'present'], wrong)
    } else if (/^(werf\.io|converge\.dev)\/delete-dependency-./.test(key)) {
      addDeclared(read.delete, key, value, ['absent'], wrong)
    } else if (/^.+\.external-dependency\.(werf\.io|converge\.dev)\/(resource|namespace|name)$/.test(key)) {
      wrong(`it is an older form that is not read; write ${key.slice(0, key.lastIndexOf('/'))}: apiVersion:kind[:namespace]:name`)
    } else if (/^.+\.external-dependency\.(werf\.io|converge\.dev)$/.test(key)) {
      const ref = readReference(value, namespace)
      if (ref) read.external.push(ref)
      else wrong('it must be apiVersion:kind[:namespace]:name')
    } else if (/^.+\.dependency\.(werf\.io|converge\.dev)$/.test(key)) {
      const ref = readReference(value, namespace)
      if (!ref) wrong('it must be apiVersion:kind[:namespace]:name')
      else {
        const version = ref.apiVersion.slice(ref.apiVersion.indexOf('/') + 1)
        const target = { group: groupOf(ref.apiVersion), version, kind: ref.kind, name: ref.name }
        const named = value.split(':').length === 4
        read.deploy.push({ key, state: 'present', target: named ? { ...target, namespace: ref.namespace } : target })
      }
    }
  }
  return read
}

function addDeclared(list: Dependency[], key: string, value: string, states: readonly string[], wrong: (reason: string) => void): void {
  const declared = readProperties(value, states)
  if (typeof declared === 'string') wrong(declared)
  else list.push({ key, ...declared })
}

/** `state=ready,kind=Deployment,name="a,b"` */
function readProperties(value: string, states: readonly string[]): Omit<Dependency, 'key'> | string {
  const target: Dependency['target'] = {}
  let state: string | undefined
  const parts = value.match(/(?:[^,"]|"[^"]*")+/g) ?? []
  for (const part of parts) {
    const at = part.indexOf('=')
    const name = part.slice(0, at).trim()
    const text = part
      .slice(at + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1')
    if (at < 0 || text === '') return `${JSON.stringify(part.trim())} is no property=value`
    if (name === 'state') state = text
    else if (properties.has(name)) target[name as keyof Dependency['target']] = text
    else return `${JSON.stringify(name)} is none of state, ${[...properties].join(', ')}`
  }
  if (state === undefined) return 'it lacks a state'
  if (!states.includes(state)) return `its state must be ${states.join(' or ')}`
  if (Object.keys(target).length === 0) return `it must name its target by at least one of ${[...properties].join(', ')}`
  return { state: state as Dependency['state'], target }
}

/** `apps/v1:Deployment:namespace:name`, where the namespace may be left out. */
function readReference(value: string, namespace: string): ResourceRef | undefined {
  const parts = value.split(':').map((part) => part.trim())
  if (parts.length < 3 || parts.length > 4 || parts.some((part) => part === '')) return undefined
  return { apiVersion: parts[0]!, kind: parts[1]!, namespace: parts.length === 4 ? parts[2]! : namespace, name: parts.at(-1)! }
}

/** Whether a dependency means this object. */
export function matches(object: KubeObject, { target }: Dependency, namespace: string): boolean {
  const { apiVersion, kind, metadata } = object
  const version = apiVersion.slice(apiVersion.indexOf('/') + 1)
  return (
    (target.name === undefined || target.name === metadata.name) &&
    (target.namespace === undefined || target.namespace === (metadata.namespace ?? namespace)) &&
    (target.kind === undefined || target.kind === kind) &&
    (target.group === undefined || target.group === groupOf(apiVersion)) &&
    (target.version === undefined || target.version === version)
  )
}

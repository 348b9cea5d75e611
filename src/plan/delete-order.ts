import { displayName, type KubeObject, refOf } from '../resource.ts'
import { matches, readDependencies } from './dependencies.ts'

interface DeleteOrder<T> {
  /** What can be deleted at the same time, once all of the levels before it is gone. */
  levels: T[][]
  /** `A/a -> B/b -> A/a`: whose dependencies on each other cannot be obeyed, and are not. */
  cycle?: string
}

interface Node<T> {
  item: T
  object: KubeObject
  needs: Node<T>[]
  level?: number
}

/** The order of deleting that `werf.io/delete-dependency-<id>` asks for. What is not deleted along with the object is not waited for. */
export function deleteOrder<T>(items: readonly T[], objectOf: (item: T) => KubeObject | undefined, namespace: string): DeleteOrder<T> {
  const nodes: Node<T>[] = items.map((item) => ({ item, object: objectOf(item) ?? missing, needs: [] }))
  for (const node of nodes) {
    for (const dependency of readDependencies(node.object, namespace).delete)
      node.needs.push(...nodes.filter((other) => other !== node && matches(other.object, dependency, namespace)))
  }
  let cycle: string | undefined
  const settle = (node: Node<T>, path: readonly Node<T>[]): number => {
    if (path.includes(node)) {
      cycle = [...path.slice(path.indexOf(node)), node].map(({ object }) => displayName(refOf(object))).join(' -> ')
      return -1
    }
    node.level ??= Math.max(-1, ...node.needs.map((need) => settle(need, [...path, node]))) + 1
    return node.level
  }
  const levels: T[][] = []
  for (const node of nodes) {
    const level = settle(node, [])
    while (levels.length <= level) levels.push([])
    levels[level]!.push(node.item)
  }
  return { levels, ...(cycle ? { cycle } : {}) }
}

const missing: KubeObject = { apiVersion: '', kind: '', metadata: { name: '' } }

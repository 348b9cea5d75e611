import type { Api } from '../api/api.ts'
import { deleteObject } from '../api/deleting.ts'
import type { PodLogs } from './logs.ts'
import { type Node, startWorker, type Worker } from './worker.ts'

/** Runs the Pods that are bound to the sandbox's node. Gives the function that stops them all. */
export function startKubelet(api: Api, logs: PodLogs): () => void {
  let address = 1
  const node: Node = {
    api,
    logs,
    disks: new Map(),
    images: new Set(),
    nextAddress: () => {
      address++
      return `10.244.${(address >> 8) & 255}.${address & 255}`
    },
  }
  const workers = new Map<string, Worker>()
  const ends = [
    api.store.subscribe('pods', ({ type, object }) => {
      const { uid } = object.metadata
      const worker = workers.get(uid)
      if (type === 'DELETED') {
        worker?.stop()
        workers.delete(uid)
        // Whoever still reads the log gets its end first.
        queueMicrotask(() => logs.forget(uid))
        for (const key of node.disks.keys()) if (key.startsWith(`${uid}/`)) node.disks.delete(key)
        return
      }
      if (worker) worker.changed(object)
      else if (object.spec.nodeName && object.status?.phase !== 'Succeeded' && object.status?.phase !== 'Failed')
        workers.set(uid, startWorker(node, object))
      else if (object.metadata.deletionTimestamp && object.spec.nodeName)
        deleteObject(api, api.registry.stored('pods')!, object.metadata.namespace, object.metadata.name, { gracePeriodSeconds: 0 })
    }),
  ]
  for (const key of ['configmaps', 'secrets'])
    ends.push(
      api.store.subscribe(key, ({ type }) => {
        if (type !== 'DELETED') for (const worker of workers.values()) worker.retry()
      }),
    )
  return () => {
    for (const end of ends) end()
    for (const worker of workers.values()) worker.stop()
    workers.clear()
  }
}

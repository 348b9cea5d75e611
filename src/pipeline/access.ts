import type { ApiResource } from '../cluster/cluster.ts'
import { mapConcurrently } from '../concurrency.ts'
import type { Change } from '../plan/change.ts'
import type { Run } from './run.ts'

/** A verb that this user may not use on a kind, of a resource that needs it. */
export interface Denial {
  change: Change
  verb: string
  resource: ApiResource
  namespace?: string
}

const verbsOf: Partial<Record<Change['operation'], readonly string[]>> = {
  // A server-side apply that makes an object is held to both.
  create: ['create', 'patch'],
  update: ['patch'],
  adopt: ['patch'],
  recreate: ['create', 'delete', 'patch'],
  delete: ['delete'],
}

const everything: ApiResource = { group: '*', version: '*', kind: '*', plural: '*', namespaced: false, verbs: [] }

/**
 * What the plan needs and this user may not do, asked by SelfSubjectAccessReviews: once for each verb, kind and namespace that will be written, in parallel. One question
 * is enough for whoever may do everything. Where the server answers no such questions, nothing is denied here.
 */
export async function findDenials(run: Run, changes: readonly Change[], resources: ReadonlyMap<string, ApiResource>): Promise<Denial[]> {
  const questions = new Map<string, Denial>()
  for (const change of changes) {
    const { apiVersion, kind, namespace } = change.ref
    const resource = resources.get(`${apiVersion}/${kind}`)
    for (const verb of resource ? (verbsOf[change.operation] ?? []) : []) {
      const key = `${verb} ${apiVersion}/${kind} ${namespace ?? ''}`
      if (!questions.has(key)) questions.set(key, { change, verb, resource: resource!, namespace })
    }
  }
  if (questions.size === 0) return []
  const { cluster, signal } = run
  if (questions.size > 1 && (await cluster.allowed('*', everything, undefined, { signal }))) return []
  const answers = await mapConcurrently([...questions.values()], 16, async (question) => {
    const allowed = await cluster.allowed(question.verb, question.resource, question.namespace, { signal })
    return allowed ? [] : [question]
  })
  return answers.flat()
}

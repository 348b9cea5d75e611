import { randomBytes } from 'node:crypto'
import { type Api, apiOf, type Target } from './target.ts'

/** A namespace of one test. */
export interface Namespace {
  name: string
  api: Api
  /** `Kind/name` of every object that somebody made in it, sorted: nothing that a controller owns or keeps, no events, no release records. */
  inventory(): Promise<string[]>
  /** The same of everything but events, also Pods and ReplicaSets, once `inventory` and it agree or after `seconds`. */
  leftovers(seconds: number): Promise<string[]>
  get(path: string): Promise<any>
  create(path: string, object: object): Promise<any>
  remove(): Promise<void>
}

export async function newNamespace(target: Target): Promise<Namespace> {
  const api = apiOf(target.kubeconfig, target.context)
  const name = `e2e-${randomBytes(4).toString('hex')}`
  await api('POST', '/api/v1/namespaces', { metadata: { name } })
  return namespaceOf(api, name)
}

/** `path` of `get` and `create` is the part after the namespace, with the group before it: `apps/v1/deployments/web`, `v1/pods`. */
function namespaceOf(api: Api, name: string): Namespace {
  const full = (path: string) => {
    const [head = '', ...rest] = path.split('/')
    return /^v\d/.test(head)
      ? `/api/${head}/namespaces/${name}/${rest.join('/')}`
      : `/apis/${head}/${rest[0]}/namespaces/${name}/${rest.slice(1).join('/')}`
  }
  const list = async (owned: boolean) => {
    const found: string[] = []
    for (const path of await listPaths(api, name)) {
      const answer = await ask(api, path)
      if (!answer) continue
      const { kind, items } = answer
      for (const { metadata, type } of items) {
        if (metadata.name === 'kube-root-ca.crt' || (kind === 'ServiceAccountList' && metadata.name === 'default')) continue
        if (type === 'helm.sh/release.v1' || (!owned && metadata.ownerReferences)) continue
        found.push(`${kind.replace(/List$/, '')}/${metadata.name}`)
      }
    }
    return found.sort()
  }
  return {
    name,
    api,
    inventory: () => list(false),
    async leftovers(seconds) {
      const end = Date.now() + seconds * 1000
      for (;;) {
        const [own, all] = [await list(false), await list(true)]
        if (own.length === all.length || Date.now() > end) return all
        await new Promise((resolve) => setTimeout(resolve, 250))
      }
    },
    get: (path) => api('GET', full(path)),
    create: (path, object) => api('POST', full(path), object),
    remove: () => api('DELETE', `/api/v1/namespaces/${name}`),
  }
}

/** An answer, or undefined where nobody serves the path: other tests' kinds come and go. */
async function ask(api: Api, path: string): Promise<any> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await api('GET', path)
    } catch (error) {
      const { status } = error as { status?: number }
      if (status === 404 || status === 503) return undefined
      // The storage of a new kind is not there yet.
      if (status !== 429 || attempt === 20) throw error
      await new Promise((resolve) => setTimeout(resolve, 250))
    }
  }
}

const skipped = new Set(['events', 'endpoints', 'endpointslices', 'controllerrevisions', 'podmetrics'])

/** The path of every namespaced collection that the server lists. */
async function listPaths(api: Api, namespace: string): Promise<string[]> {
  const groups = (await api('GET', '/apis')).groups.map((group: any) => `/apis/${group.preferredVersion.groupVersion}`)
  const paths: string[] = []
  for (const group of ['/api/v1', ...groups]) {
    const resources = (await ask(api, group))?.resources ?? []
    for (const resource of resources)
      if (resource.namespaced && resource.verbs.includes('list') && !skipped.has(resource.name))
        paths.push(`${group}/namespaces/${namespace}/${resource.name}`)
  }
  return paths
}

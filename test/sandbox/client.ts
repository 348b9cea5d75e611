import type { Sandbox } from '../../src/sandbox/sandbox.ts'

/** Requests to a sandbox, and waiting by watch for what its controllers do. */
export interface Client {
  get(path: string): Promise<any>
  /** Applies objects server-side, as converge and Helm 4 do. */
  apply(...objects: any[]): Promise<any[]>
  send(method: string, path: string, body?: unknown, type?: string): Promise<{ status: number; body: any }>
  /** Lists and watches a collection until an object of that name satisfies `done`, and gives it; `done` sees undefined where it is gone. */
  until(path: string, name: string | undefined, done: (object: any) => boolean): Promise<any>
  logs(pod: string, query?: string): Promise<string>
}

const PLURALS: Record<string, string> = {
  Ingress: 'ingresses',
  NetworkPolicy: 'networkpolicies',
  Endpoints: 'endpoints',
  StorageClass: 'storageclasses',
}
const CLUSTER = new Set(['Namespace', 'Node', 'CustomResourceDefinition', 'PersistentVolume', 'StorageClass'])

/** The path of an object's collection. */
function collectionOf(object: any, namespace = 'default'): string {
  const { apiVersion, kind, metadata } = object
  const root = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const plural = PLURALS[kind] ?? `${kind.toLowerCase()}s`
  return CLUSTER.has(kind) ? `${root}/${plural}` : `${root}/namespaces/${metadata.namespace ?? namespace}/${plural}`
}

export function clientOf(sandbox: Sandbox): Client {
  const send: Client['send'] = async (method, path, body, type = 'application/json') => {
    const response = await fetch(sandbox.url + path, {
      method,
      headers: { 'content-type': type },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text }
  }
  const client: Client = {
    send,
    get: async (path) => {
      const { status, body } = await send('GET', path)
      if (status !== 200) throw new Error(`GET ${path}: ${status} ${JSON.stringify(body)}`)
      return body
    },
    apply: async (...objects) => {
      const out: any[] = []
      for (const object of objects) {
        const path = `${collectionOf(object)}/${object.metadata.name}?fieldManager=test&force=true`
        const { status, body } = await send('PATCH', path, object, 'application/apply-patch+yaml')
        if (status > 201) throw new Error(`${path}: ${status} ${JSON.stringify(body)}`)
        out.push(body)
      }
      return out
    },
    async until(path, name, done) {
      const controller = new AbortController()
      const timer = setTimeout(() => controller.abort(new Error(`nothing in ${path} came to what was waited for`)), 25_000)
      try {
        const selector = name ? `${path.includes('?') ? '&' : '?'}fieldSelector=metadata.name%3D${name}` : ''
        const listed = await client.get(path + selector)
        if (name && listed.items.length === 0 && done(undefined)) return undefined
        for (const object of listed.items) if (done(object)) return object
        const watch = `${path}${selector}${path.includes('?') || selector ? '&' : '?'}watch=true&resourceVersion=${listed.metadata.resourceVersion}`
        const response = await fetch(sandbox.url + watch, { signal: controller.signal })
        let rest = ''
        for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
          rest += chunk
          const lines = rest.split('\n')
          rest = lines.pop()!
          for (const line of lines) {
            const { type, object } = JSON.parse(line)
            if (done(type === 'DELETED' ? undefined : object)) return object
          }
        }
        throw new Error('the watch ended')
      } finally {
        clearTimeout(timer)
        controller.abort()
      }
    },
    logs: async (pod, query = '') => await (await fetch(`${sandbox.url}/api/v1/namespaces/default/pods/${pod}/log?${query}`)).text(),
  }
  return client
}

/** A Pod of one container that runs a script in busybox. */
export function pod(name: string, script: string | undefined, spec: any = {}, metadata: any = {}, container: any = {}): any {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, ...metadata },
    spec: {
      terminationGracePeriodSeconds: 1,
      ...spec,
      containers: [
        { name: 'main', image: 'busybox:1', ...(script === undefined ? {} : { command: ['sh', '-c', script] }), ...container },
        ...(spec.containers ?? []),
      ],
    },
  }
}

/** A workload whose Pods carry `app: NAME`. */
export function workload(kind: string, name: string, spec: any = {}, podSpec: any = {}): any {
  return {
    apiVersion: 'apps/v1',
    kind,
    metadata: { name },
    spec: {
      selector: { matchLabels: { app: name } },
      ...(kind === 'StatefulSet' ? { serviceName: name } : {}),
      ...spec,
      template: {
        metadata: { labels: { app: name } },
        spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'main', image: 'server:1' }], ...podSpec },
      },
    },
  }
}

export const condition = (object: any, type: string): any => object?.status?.conditions?.find((c: any) => c.type === type)
export const waiting = (object: any): any => object?.status?.containerStatuses?.[0]?.state?.waiting

import { readFileSync } from 'node:fs'
import { load } from 'js-yaml'
import { Agent, type Dispatcher, fetch } from 'undici'

/** One request of a conversation with an API server. `<ns>` in paths and bodies is the namespace of the conversation. */
export interface Step {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  path: string
  body?: unknown
  type?: string
  headers?: Record<string, string>
  /** Why the step is there, where the request does not say it. */
  note?: string
  /** Changes the answer of the step before into the body of this one. */
  from?: (answer: any) => unknown
  /** Is not compared: prepares the next ones. */
  silent?: boolean
  /** Is repeated until the answer satisfies it: what a controller does takes its time. */
  until?: (answer: any) => boolean
}

export interface Conversation {
  name: string
  steps: Step[]
}

/** Where to talk to. */
export interface Peer {
  url: string
  token?: string
  ca?: string
}

export interface Answer {
  request: string
  status: number
  warnings?: string[]
  body: any
}

/** Has the conversation in a namespace of its own, and gives the normalized answers. */
export async function converse(peer: Peer, conversation: Conversation, namespace: string): Promise<Answer[]> {
  const agent = new Agent({ connect: peer.ca ? { ca: peer.ca } : { rejectUnauthorized: false }, connections: 4 })
  const send = (step: Step, body: unknown): ReturnType<typeof fetch> =>
    fetch(peer.url + step.path.replaceAll('<ns>', namespace), {
      method: step.method,
      dispatcher: agent as Dispatcher,
      headers: {
        'content-type': step.type ?? 'application/json',
        accept: 'application/json',
        'user-agent': 'conversation/1',
        ...(peer.token ? { authorization: `Bearer ${peer.token}` } : {}),
        ...step.headers,
      },
      ...(body === undefined ? {} : { body: (typeof body === 'string' ? body : JSON.stringify(body)).replaceAll('<ns>', namespace) }),
    })
  try {
    await send({ method: 'POST', path: '/api/v1/namespaces' }, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
    const answers: Answer[] = []
    let last: any
    for (const step of conversation.steps) {
      let response: Awaited<ReturnType<typeof fetch>>
      const deadline = Date.now() + 10_000
      do {
        response = await send(step, step.from ? step.from(last) : step.body)
        const text = await response.text()
        try {
          last = JSON.parse(text)
        } catch {
          last = text
        }
      } while (step.until && !step.until(last) && Date.now() < deadline)
      if (step.silent) continue
      // The API server also gives advice, which is not compared.
      const warning = response.headers.get('warning')?.includes('unknown field') ? response.headers.get('warning') : undefined
      answers.push({
        request: `${step.method} ${step.path}${step.note ? ` (${step.note})` : ''}`,
        status: response.status,
        ...(warning ? { warnings: warning.split(/, (?=299)/) } : {}),
        body: normalize(last, namespace),
      })
    }
    return answers
  } finally {
    await send({ method: 'DELETE', path: '/api/v1/namespaces/<ns>' }, undefined).catch(() => {})
    await agent.destroy()
  }
}

/** Replaces what differs between two runs and two clusters. */
function normalize(value: any, namespace: string, key = ''): any {
  if (Array.isArray(value)) {
    const items = key === 'managedFields' ? value.filter((entry) => entry.manager !== 'kube-controller-manager') : value
    const out = items.map((item) => normalize(item, namespace))
    // Their order follows their times, which have whole seconds only.
    const rank = (entry: any): string => [entry.operation, entry.manager, entry.subresource].join()
    // Conflicts come in the order of a Go map.
    if (key === 'causes' && out[0]?.reason === 'FieldManagerConflict')
      out.sort((a, b) => (a.message + a.field < b.message + b.field ? -1 : 1))
    return key === 'managedFields' ? out.sort((a, b) => (rank(a) < rank(b) ? -1 : 1)) : out
  }
  if (value && typeof value === 'object') {
    const out: Record<string, any> = {}
    for (const name of Object.keys(value).sort()) {
      if (name === 'storageVersionHash') continue
      if (name === 'status' && value.metadata && value.kind !== 'Status' && value.kind !== 'Scale') continue
      out[name] = normalize(value[name], namespace, name)
    }
    return out
  }
  if (key === 'nodePort' || key === 'healthCheckNodePort') return value ? '<port>' : value
  if (typeof value !== 'string') return value
  if (key === 'resourceVersion') return '<version>'
  if (key === 'continue') return '<continue>'
  return (
    value
      .replaceAll(namespace, '<ns>')
      .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, '<uid>')
      .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, '<time>')
      .replace(/\b10\.\d+\.\d+\.\d+\b/g, '<ip>')
      .replace(/\b(generated-)[a-z0-9]{5}\b/g, '$1<random>')
      // A diff of Go's internal structs, of which only the head is ours.
      .replace(/\n@@[\s\S]*$/, '')
      .replace(/resource version: \d+ \(\d+\)/g, 'resource version: <version>')
  )
}

/** The API server of a kubeconfig's current context, with its token. */
export function peerOf(kubeconfig: string): Peer {
  const config = load(readFileSync(kubeconfig, 'utf8')) as any
  const context = config.contexts.find((c: any) => c.name === config['current-context']).context
  const { cluster } = config.clusters.find((c: any) => c.name === context.cluster)
  const { user } = config.users.find((u: any) => u.name === context.user)
  const data = cluster['certificate-authority-data']
  return {
    url: cluster.server,
    token: user.token,
    ca: data
      ? Buffer.from(data, 'base64').toString()
      : cluster['certificate-authority']
        ? readFileSync(cluster['certificate-authority'], 'utf8')
        : undefined,
  }
}

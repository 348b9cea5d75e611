import type { Api } from '../api/api.ts'

/** Whether an address answers inside the cluster: a Service by any of its names, with ready endpoints, or a ready Pod's address. */
export function reach(api: Api, namespace: string, address: string): 'ok' | 'refused' | 'unknown' {
  const [host = '', port] = address.split(':')
  if (host === 'localhost' || host === '127.0.0.1') return 'ok'
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) {
    const service = api.store.list('services').find((s) => s.spec.clusterIP === host)
    if (service) return serviceAnswers(api, service.metadata.namespace!, service.metadata.name, port)
    const pod = api.store.list('pods').find((p) => p.status?.podIP === host)
    return pod ? (ready(pod) ? 'ok' : 'refused') : 'refused'
  }
  const parts = host.replace(/\.$/, '').split('.')
  if (host.startsWith('kubernetes.default')) return 'ok'
  const direct = serviceAnswers(api, parts[1] && parts[1] !== 'svc' ? parts[1] : namespace, parts[0]!, port)
  if (direct !== 'unknown') return direct
  // POD.SERVICE.NAMESPACE of a headless Service.
  if (parts.length >= 2) {
    const pod = api.store.get('pods', parts[2] && parts[2] !== 'svc' ? parts[2] : namespace, parts[0]!)
    if (pod && pod.spec.subdomain === parts[1]) return ready(pod) ? 'ok' : 'refused'
  }
  return 'unknown'
}

function serviceAnswers(api: Api, namespace: string, name: string, port: string | undefined): 'ok' | 'refused' | 'unknown' {
  const service = api.store.get('services', namespace, name)
  if (!service) return 'unknown'
  if (port !== undefined && service.spec.ports?.length && !service.spec.ports.some((p: any) => String(p.port) === port)) return 'refused'
  const endpoints = api.store.get('endpoints', namespace, name)
  return endpoints?.subsets?.some((s: any) => s.addresses?.length) ? 'ok' : 'refused'
}

function ready(pod: any): boolean {
  return pod.status?.conditions?.some((c: any) => c.type === 'Ready' && c.status === 'True') ?? false
}

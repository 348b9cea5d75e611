import type { IncomingMessage, ServerResponse } from 'node:http'
import { trackUpdate } from '../apply/managers.ts'
import type { Resource } from '../resources.ts'
import { canonical } from '../schema/canonical.ts'
import { methodNotAllowed } from '../status.ts'
import { decodeBody, readBody, type Target } from './request.ts'
import { type Server, sendJson } from './respond.ts'

/** Reviews are answered, not stored: everything is allowed, to the one user there is. Gives whether it was one. */
export async function serveReview(
  server: Server,
  resource: Resource,
  _target: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<boolean> {
  if (resource.group !== 'authorization.k8s.io' && resource.group !== 'authentication.k8s.io') return false
  if (request.method !== 'POST') throw methodNotAllowed()
  const body = (await decodeBody(server.api.registry, await readBody(request), request.headers['content-type'])) ?? {}
  const apiVersion = `${resource.group}/${resource.version}`
  const { value } = canonical(resource.type, { ...body, metadata: {}, apiVersion, kind: resource.kind }, resource.kind, resource.version)
  const manager = (request.headers['user-agent'] ?? 'unknown').split('/')[0]!
  const managedFields = trackUpdate(resource.type, undefined, value, { manager, apiVersion, subresource: '' }, true)
  const user = { username: 'sandbox-admin', groups: ['system:masters', 'system:authenticated'] }
  const status: Record<string, any> = {
    SelfSubjectReview: { userInfo: user },
    TokenReview: { authenticated: true, user },
    SelfSubjectRulesReview: {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    },
  }
  sendJson(response, 201, {
    kind: resource.kind,
    apiVersion,
    metadata: { managedFields },
    spec: body.spec ?? {},
    status: status[resource.kind] ?? { allowed: true },
  })
  return true
}

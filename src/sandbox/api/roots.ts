import type { IncomingMessage, ServerResponse } from 'node:http'
import { aggregated, apiGroup, apiGroups, apiResources, apiVersions } from './discovery.ts'
import { openapiDocument, openapiIndex } from './openapi.ts'
import { acceptedForm } from './request.ts'
import { type Server, sendJson } from './respond.ts'

/** Answers what is no resource: discovery, version, health, OpenAPI. Gives whether it was one of these. */
export function serveRoot(server: Server, request: IncomingMessage, response: ServerResponse, url: URL): boolean {
  const path = url.pathname.length > 1 ? url.pathname.replace(/\/$/, '') : url.pathname
  const { registry } = server.api
  const json = (body: any): true => {
    sendJson(response, 200, body)
    return true
  }
  if (path === '/version') return json(versionInfo(server.kubernetesVersion))
  if (path === '/healthz' || path === '/livez' || path === '/readyz') {
    response.writeHead(200, { 'Content-Type': 'text/plain; charset=utf-8' })
    response.end('ok')
    return true
  }
  if (path === '/api' || path === '/apis') {
    if (acceptedForm(request.headers.accept) === 'discovery') {
      const body = Buffer.from(JSON.stringify(aggregated(registry, path === '/api')))
      response.writeHead(200, {
        'Content-Type': 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList',
        'Content-Length': body.length,
      })
      response.end(body)
      return true
    }
    return json(path === '/api' ? apiVersions(server.address()) : apiGroups(registry))
  }
  if (path === '/openapi/v3') return json(openapiIndex(registry))
  if (path === '/' || path === '/apis/')
    return json({ paths: ['/api', '/api/v1', '/apis', '/healthz', '/livez', '/openapi/v3', '/readyz', '/version'] })
  const document = /^\/openapi\/v3\/(?:api\/([^/]+)|apis\/([^/]+)\/([^/]+))$/.exec(path)
  if (document) {
    const group = document[2] ?? ''
    const version = document[1] ?? document[3]!
    const found = registry
      .groups()
      .get(group)
      ?.find((v) => v.version === version)
    if (!found) return false
    return json(openapiDocument(found.resources, server.kubernetesVersion))
  }
  const core = /^\/api\/([^/]+)$/.exec(path)
  const named = /^\/apis\/([^/]+)(?:\/([^/]+))?$/.exec(path)
  if (core || named) {
    const versions = registry.groups().get(core ? '' : named![1]!)
    if (!versions) return false
    if (named && named[2] === undefined) return json({ kind: 'APIGroup', apiVersion: 'v1', ...apiGroup(named[1]!, versions) })
    const found = versions.find((v) => v.version === (core ? core[1] : named![2]))
    return found ? json(apiResources(found)) : false
  }
  return false
}

function versionInfo(version: string): any {
  const [major = '1', minor = '0'] = version.replace(/^v/, '').split('.')
  return {
    major,
    minor,
    gitVersion: `v${version.replace(/^v/, '')}`,
    gitCommit: '0000000000000000000000000000000000000000',
    gitTreeState: 'clean',
    buildDate: '2026-01-01T00:00:00Z',
    goVersion: 'go1.26.0',
    compiler: 'gc',
    platform: 'linux/amd64',
  }
}

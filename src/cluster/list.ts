import type { KubeObject } from '../resource.ts'
import { isApiError } from './api-error.ts'
import type { ApiResource, ListOptions, ListResult } from './cluster.ts'
import { apiVersionOf } from './discovery.ts'
import { resourcePath, subjectOf } from './path.ts'
import type { Requests } from './requests.ts'
import { isListShape } from './shape.ts'

const pageSize = 500
const metadataAccept = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json'

interface Page {
  kind?: string
  metadata?: { continue?: string; resourceVersion?: string }
  items?: KubeObject[] | null
}

/**
 * All objects of a resource in a namespace (undefined: in all), page by page. Items get the apiVersion and kind that lists leave out. A page token
 * that expired while the pages were read (410) starts the list again, once, without pages.
 */
export function listObjects(
  requests: Requests,
  resource: ApiResource,
  namespace: string | undefined,
  options: ListOptions = {},
): Promise<ListResult> {
  return listWith(requests, resource, namespace, options, (object) => object)
}

/** The same, of which only what `take` makes of each object is kept as its page arrives. */
export async function listWith<T>(
  requests: Requests,
  resource: ApiResource,
  namespace: string | undefined,
  options: ListOptions,
  take: (object: KubeObject) => T,
): Promise<{ items: T[]; resourceVersion: string }> {
  const apiVersion = apiVersionOf(resource)
  const items: T[] = []
  let token: string | undefined
  let limit: number | undefined = pageSize
  for (;;) {
    let page: Page
    try {
      page = await requests.json<Page>({
        method: 'GET',
        path: resourcePath(resource, namespace),
        query: { labelSelector: options.labelSelector, fieldSelector: options.fieldSelector, limit, continue: token },
        accept: options.metadataOnly ? metadataAccept : undefined,
        subject: subjectOf('list', resource, namespace),
        shape: isListShape,
        signal: options.signal,
      })
    } catch (error) {
      if (!token || !isApiError(error, 410)) throw error
      items.length = 0
      token = undefined
      limit = undefined
      continue
    }
    for (const item of page.items ?? []) {
      // Without apiVersion, or as PartialObjectMetadata: the kind that was asked for is what callers want to read.
      items.push(take(Object.assign(item, { apiVersion, kind: resource.kind })))
    }
    token = page.metadata?.continue || undefined
    if (!token) return { items, resourceVersion: page.metadata?.resourceVersion ?? '' }
  }
}

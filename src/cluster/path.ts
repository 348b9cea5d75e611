import type { RequestSubject } from './api-error.ts'
import type { ApiResource } from './cluster.ts'

/** The path of a resource's collection, or of one object where `name` is given. A namespace is used only for namespaced kinds. */
export function resourcePath(resource: ApiResource, namespace: string | undefined, name?: string, subresource?: string): string {
  const root = resource.group ? `/apis/${resource.group}/${resource.version}` : `/api/${resource.version}`
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${scope}/${resource.plural}${object}${subresource ? `/${subresource}` : ''}`
}

/** What messages say a request was about. */
export function subjectOf(verb: string, resource: ApiResource, namespace: string | undefined, name?: string): RequestSubject {
  return { verb, resource: resource.plural, group: resource.group, namespace: resource.namespaced ? namespace : undefined, name }
}

import { checkConfiguration } from '../apply/check.ts'
import { applyConfiguration, type Writer } from '../apply/managers.ts'
import { isObject, type KubeObject } from '../object.ts'
import { jsonPatch } from '../patch/json.ts'
import { mergePatch } from '../patch/merge.ts'
import { strategicPatch } from '../patch/strategic.ts'
import { apiVersionOf, type Resource } from '../resources.ts'
import { badRequest, conflict, notFound, StatusError } from '../status.ts'
import type { Api, WriteOptions } from './api.ts'
import { fromStored } from './conversion.ts'
import { checkType, decode, setNamespace } from './decoding.ts'
import { hasStatus, insert, write } from './rest.ts'

export type PatchKind = 'json' | 'merge' | 'strategic' | 'apply'

export interface PatchOptions extends WriteOptions {
  force?: boolean
}

/** Patches an object. Server-side apply creates what is not there; `created` says that it did. */
export function patchObject(
  api: Api,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  kind: PatchKind,
  patch: any,
  options: PatchOptions,
): { object: KubeObject; created: boolean } {
  const current = api.store.get(resource.key, resource.namespaced ? namespace : undefined, name)
  if (kind === 'apply') return applyObject(api, resource, namespace, name, current, patch, options)
  if (!current) throw notFound(resource.resource, resource.group, name)
  const shown = fromStored(resource, current)
  let patched: any
  if (kind === 'json') patched = jsonPatch(shown, patch)
  else if (!isObject(patch))
    throw badRequest('error decoding patch: json: cannot unmarshal array into Go value of type map[string]interface {}')
  else if (kind === 'merge') patched = mergePatch(shown, patch)
  else {
    if (resource.custom)
      throw new StatusError(
        415,
        'UnsupportedMediaType',
        'the body of the request was in an unknown format - accepted media types include: application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml',
      )
    patched = strategicPatch(resource.type, shown, patch)
  }
  checkType(api.registry, resource, patched)
  const object = decode(resource, { ...patched, metadata: { ...patched.metadata } }, options)
  if (object.metadata.name !== name)
    throw badRequest(`the name of the object (${object.metadata.name}) does not match the name on the URL (${name})`)
  setNamespace(resource, object, namespace)
  return { object: write(api, resource, current, object, options, undefined), created: false }
}

function applyObject(
  api: Api,
  resource: Resource,
  namespace: string | undefined,
  name: string,
  current: KubeObject | undefined,
  config: any,
  options: PatchOptions,
): { object: KubeObject; created: boolean } {
  if (!isObject(config)) throw badRequest('error decoding YAML: expected an object')
  if (config.kind !== resource.kind || config.apiVersion !== apiVersionOf(resource))
    throw badRequest(`invalid object type: ${goVersion(config.apiVersion ?? '')}, Kind=${config.kind ?? ''}`)
  const body: any = { ...config, metadata: { ...(config.metadata ?? {}) } }
  if (body.metadata.name && body.metadata.name !== name)
    throw badRequest(`the name of the object (${body.metadata.name}) does not match the name on the URL (${name})`)
  body.metadata.name = name
  setNamespace(resource, body, namespace)
  checkConfiguration(
    resource.type,
    body,
    `${config.metadata?.namespace ?? ''}/${name}; ${apiVersionOf(resource).includes('/') ? '' : '/'}${apiVersionOf(resource)}, Kind=${resource.kind}`,
  )
  if (!current && options.subresource) throw notFound(resource.resource, resource.group, name)
  if (!current && body.metadata.uid)
    throw conflict(
      resource.resource,
      resource.group,
      name,
      `uid mismatch: the provided object specified uid ${body.metadata.uid}, and no existing object was found`,
    )
  const writer: Writer = { manager: options.manager, apiVersion: apiVersionOf(resource), subresource: options.subresource ?? '' }
  const live = current ? fromStored(resource, current) : undefined
  const object = applyConfiguration(resource.type, live, body, writer, { force: options.force ?? false, hasStatus: hasStatus(resource) })
  const managed = object.metadata.managedFields ?? []
  const quiet: WriteOptions = { ...options, warnings: undefined, fieldValidation: 'Ignore' }
  const decoded = decode(resource, object, quiet)
  if (current) return { object: write(api, resource, current, decoded, quiet, managed), created: false }
  return { object: insert(api, resource, decoded, quiet, managed), created: true }
}

/** An apiVersion as Go prints a GroupVersion in an error. */
function goVersion(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion : `/${apiVersion}`
}

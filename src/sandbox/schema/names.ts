import type { KubeObject } from '../object.ts'
import type { Resource } from '../resources.ts'
import { type Finding, finding } from '../status.ts'

export const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/

const SUBDOMAIN_TEXT =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"

export const LABEL_TEXT =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"

const LABEL_1035_TEXT =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"

const VALUE_TEXT =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

const NAME_PART_TEXT =
  "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

const KEY_TEXT =
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"

const LABEL_NAMES = new Set(['namespaces'])

const PATH_NAMES = /rbac\.authorization\.k8s\.io$/

export function validateMetadata(resource: Resource, object: KubeObject, out: Finding[]): void {
  const { name, labels, annotations } = object.metadata
  if (!name) out.push(finding.required('metadata.name', 'name or generateName is required'))
  else if (PATH_NAMES.test(resource.key)) {
    if (/[/%]/.test(name)) out.push(finding.invalid('metadata.name', name, `may not contain '${name.includes('/') ? '/' : '%'}'`))
  } else if (resource.key === 'services') {
    if (name.length > 63 || !LABEL.test(name))
      out.push(finding.invalid('metadata.name', name, name.length > 63 ? 'must be no more than 63 bytes' : LABEL_1035_TEXT))
    // Since 1.36 a Service may start with a digit.
  } else if (LABEL_NAMES.has(resource.key)) {
    if (name.length > 63) out.push(finding.invalid('metadata.name', name, 'must be no more than 63 bytes'))
    else if (!LABEL.test(name)) out.push(finding.invalid('metadata.name', name, LABEL_TEXT))
  } else {
    if (name.length > 253) out.push(finding.invalid('metadata.name', name, 'must be no more than 253 characters'))
    else if (!SUBDOMAIN.test(name)) out.push(finding.invalid('metadata.name', name, SUBDOMAIN_TEXT))
  }
  labelMap(labels, 'metadata.labels', out)
  let size = 0
  for (const [key, value] of Object.entries(annotations ?? {})) {
    qualifiedName(key, 'metadata.annotations', out)
    size += key.length + Buffer.byteLength(value)
  }
  if (size > 256 * 1024) out.push(finding.tooLong('metadata.annotations', 256 * 1024))
}

function labelMap(labels: Record<string, string> | undefined, field: string, out: Finding[]): void {
  for (const [key, value] of Object.entries(labels ?? {})) {
    qualifiedName(key, field, out)
    if (value.length > 63) out.push(finding.invalid(field, value, 'must be no more than 63 bytes'))
    if (!/^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/.test(value)) out.push(finding.invalid(field, value, VALUE_TEXT))
  }
}

function qualifiedName(key: string, field: string, out: Finding[]): void {
  const parts = key.split('/')
  const name = parts.at(-1)!
  if (parts.length > 2)
    out.push(
      finding.invalid(
        field,
        key,
        "a valid label key must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]') with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')",
      ),
    )
  else {
    if (parts.length === 2 && !SUBDOMAIN.test(parts[0]!.toLowerCase()))
      out.push(finding.invalid(field, key, `prefix part ${SUBDOMAIN_TEXT}`))
    if (name === '') out.push(finding.invalid(field, key, 'name part must be non-empty'))
    else if (name.length > 63) out.push(finding.invalid(field, key, 'name part must be no more than 63 bytes'))
    if (!/^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/.test(name)) out.push(finding.invalid(field, key, NAME_PART_TEXT))
  }
}

export function configKey(key: string, field: string, out: Finding[]): void {
  if (key.length > 253 || !/^[-._a-zA-Z0-9]+$/.test(key)) out.push(finding.invalid(field, key, KEY_TEXT))
}

import { quantityOf } from './quantity.ts'
import {
  checkLabels,
  checkPortRef,
  checkRange,
  checkUnique,
  isMapping,
  isPortName,
  type Judgement,
  label,
  lack,
  type Mapping,
  mappingOf,
  mappingsOf,
  type Path,
  portNameHint,
  say,
  subdomain,
  textOf,
} from './rule.ts'

/** What the API server refuses of a Pod's spec beyond its types (its pkg/apis/core/validation). `claims` are volumes that the workload adds. */
export function checkPodSpec(judgement: Judgement, spec: Mapping, path: Path, claims: readonly string[] = []): void {
  const volumes = mappingsOf(spec.volumes)
  const names = new Set([...volumes.map(([, { name }]) => String(name)), ...claims])
  const all = [...mappingsOf(spec.initContainers), ...mappingsOf(spec.containers)].map(([, container]) => container)
  if (Array.isArray(spec.containers) && spec.containers.length === 0)
    lack(judgement, [...path, 'containers'], `has no containers in ${textOf(path)}`)
  for (const field of ['initContainers', 'containers'])
    for (const [index, container] of mappingsOf(spec[field])) checkContainer(judgement, container, [...path, field, index], names)
  const seen = new Set<string>()
  for (const { name } of all) {
    if (typeof name !== 'string') continue
    if (seen.has(name)) say(judgement, [...path, 'containers'], `has two containers of the name ${name}`)
    seen.add(name)
  }
  checkUnique(judgement, volumes, [...path, 'volumes'], ({ name }) => (typeof name === 'string' ? name : undefined), 'the volume')
  for (const [index, volume] of volumes) checkVolume(judgement, volume, [...path, 'volumes', index])
  checkName(judgement, spec.serviceAccountName, [...path, 'serviceAccountName'], subdomain)
  checkName(judgement, spec.hostname, [...path, 'hostname'], label)
  checkLabels(judgement, spec.nodeSelector, [...path, 'nodeSelector'])
  for (const [index, { operator, value }] of mappingsOf(spec.tolerations))
    if (operator === 'Exists' && value)
      say(
        judgement,
        [...path, 'tolerations', index],
        'has a toleration with the operator Exists and a value',
        'leave out the value, or use Equal',
      )
}

function checkName(judgement: Judgement, name: unknown, path: Path, pattern: RegExp): void {
  if (typeof name === 'string' && name !== '' && !pattern.test(name))
    say(
      judgement,
      path,
      `has ${JSON.stringify(name)} as ${textOf(path)}`,
      `a-z, 0-9${pattern === subdomain ? ', "." ' : ' '}and "-", with a letter or digit at both ends`,
    )
}

function checkContainer(judgement: Judgement, container: Mapping, path: Path, volumes: ReadonlySet<string>): void {
  const { name, image } = container
  checkName(judgement, name, [...path, 'name'], label)
  if (image === undefined || image === null || image === '') lack(judgement, path, `has no image in ${textOf(path)}`)
  checkPorts(judgement, container, path)
  checkEnv(judgement, container, path)
  const mounts = mappingsOf(container.volumeMounts)
  for (const [index, mount] of mounts) {
    const at = [...path, 'volumeMounts', index]
    if (mount.mountPath === '') say(judgement, at, `has a mount without a path in ${textOf(at)}`)
    if (typeof mount.name === 'string' && !volumes.has(mount.name))
      lack(judgement, at, `mounts ${mount.name}, but has no volume of that name`)
    if (typeof mount.subPath === 'string' && (mount.subPath.startsWith('/') || mount.subPath.split('/').includes('..')))
      say(judgement, at, `has ${JSON.stringify(mount.subPath)} as a subPath, which must be relative and without ".."`)
  }
  checkUnique(
    judgement,
    mounts,
    [...path, 'volumeMounts'],
    ({ mountPath }) => (typeof mountPath === 'string' ? mountPath : undefined),
    'a mount at',
  )
  checkResources(judgement, mappingOf(container.resources), [...path, 'resources'])
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe'])
    if (isMapping(container[probe])) checkProbe(judgement, container[probe], probe, [...path, probe])
}

function checkPorts(judgement: Judgement, container: Mapping, path: Path): void {
  const ports = mappingsOf(container.ports)
  for (const [index, port] of ports) {
    const at = [...path, 'ports', index]
    checkRange(judgement, port.containerPort, [...at, 'containerPort'], 1, 65535)
    if (port.hostPort !== 0) checkRange(judgement, port.hostPort, [...at, 'hostPort'], 1, 65535)
    if (typeof port.name === 'string' && port.name !== '' && !isPortName(port.name))
      say(judgement, at, `has ${JSON.stringify(port.name)} as ${textOf([...at, 'name'])}, which is no name of a port`, portNameHint)
  }
  checkUnique(judgement, ports, [...path, 'ports'], ({ name }) => (typeof name === 'string' && name !== '' ? name : undefined), 'the port')
  checkUnique(
    judgement,
    ports,
    [...path, 'ports'],
    ({ containerPort, protocol = 'TCP' }) => (containerPort === undefined ? undefined : `${containerPort}/${protocol}`),
    'the port',
  )
}

function checkEnv(judgement: Judgement, container: Mapping, path: Path): void {
  const env = mappingsOf(container.env)
  for (const [index, { name, value, valueFrom }] of env) {
    const at = [...path, 'env', index]
    if (typeof name === 'string' && !/^[\x20-\x3c\x3e-\x7e]+$/.test(name))
      say(judgement, at, `has ${JSON.stringify(name)} as ${textOf([...at, 'name'])}`, 'printable characters other than "=" only')
    if (!isMapping(valueFrom)) continue
    if (value) say(judgement, at, `has both value and valueFrom in ${textOf(at)}`)
    for (const kind of ['secretKeyRef', 'configMapKeyRef'])
      if (isMapping(valueFrom[kind]) && !valueFrom[kind].key)
        lack(judgement, [...at, 'valueFrom', kind], `has no key in ${textOf([...at, 'valueFrom', kind])}`)
    const field = mappingOf(valueFrom.fieldRef).fieldPath
    if (typeof field === 'string' && !fieldPaths.test(field))
      say(
        judgement,
        [...at, 'valueFrom', 'fieldRef', 'fieldPath'],
        `has ${JSON.stringify(field)} as a field of the Pod, which is not known`,
      )
  }
  checkUnique(judgement, env, [...path, 'env'], ({ name }) => (typeof name === 'string' ? name : undefined), 'the variable')
  for (const [index, source] of mappingsOf(container.envFrom))
    if (!isMapping(source.configMapRef) && !isMapping(source.secretRef))
      lack(judgement, [...path, 'envFrom', index], `names neither a ConfigMap nor a Secret in ${textOf([...path, 'envFrom', index])}`)
}

const fieldPaths =
  /^(metadata\.(name|namespace|uid|(labels|annotations)\[.*\])|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?))$/

const volumeFields = new Set(['name'])

function checkVolume(judgement: Judgement, volume: Mapping, path: Path): void {
  checkName(judgement, volume.name, [...path, 'name'], label)
  const sources = Object.keys(volume).filter((key) => !volumeFields.has(key) && volume[key] !== null && volume[key] !== undefined)
  if (sources.length > 1) say(judgement, path, `has several sources for the volume ${volume.name}: ${sources.join(', ')}`)
  if (isMapping(volume.configMap) && !volume.configMap.name)
    lack(judgement, path, `has no name of a ConfigMap for the volume ${volume.name}`)
  if (isMapping(volume.secret) && !volume.secret.secretName) lack(judgement, path, `has no secretName for the volume ${volume.name}`)
}

/** Resources of the node, which may be requested without a limit and in parts. */
const standard = /^(cpu|memory|ephemeral-storage|storage|hugepages-.+)$/

function checkResources(judgement: Judgement, resources: Mapping, path: Path): void {
  const limits = mappingOf(resources.limits)
  for (const field of ['limits', 'requests'])
    for (const [name, value] of Object.entries(mappingOf(resources[field]))) {
      const at = [...path, field, name]
      const amount = checkQuantity(judgement, value, at)
      if (!standard.test(name) && !name.includes('/'))
        say(judgement, at, `has a resource ${name}, which is none`, 'cpu, memory, ephemeral-storage, hugepages-…, or a name with a domain')
      if (amount === undefined) continue
      if (amount < 0) say(judgement, at, `has ${value} as ${textOf(at)}, which must not be negative`)
      if (name.includes('/') && !Number.isInteger(amount)) say(judgement, at, `has ${value} as ${textOf(at)}, which must be a whole number`)
      const limit = quantityOf(limits[name])
      if (field === 'requests' && limit !== undefined && amount > limit)
        say(judgement, at, `requests ${value} of ${name}, which is more than its limit of ${limits[name]}`)
    }
}

/** Gives the amount, or says that it is none. */
export function checkQuantity(judgement: Judgement, value: unknown, path: Path): number | undefined {
  if (typeof value !== 'string' && typeof value !== 'number') return undefined
  const amount = quantityOf(value)
  if (amount === undefined)
    say(judgement, path, `has ${JSON.stringify(value)} as ${textOf(path)}, which is no quantity`, 'for example 500m, 1.5, 128Mi or 2Gi')
  return amount
}

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc']

function checkProbe(judgement: Judgement, probe: Mapping, kind: string, path: Path): void {
  const found = handlers.filter((handler) => isMapping(probe[handler]))
  if (found.length === 0) lack(judgement, path, `has nothing to ask in ${textOf(path)}`)
  if (found.length > 1) say(judgement, path, `has several things to ask in ${textOf(path)}: ${found.join(', ')}`)
  for (const handler of ['httpGet', 'tcpSocket']) checkPortRef(judgement, mappingOf(probe[handler]).port, [...path, handler, 'port'])
  for (const field of ['periodSeconds', 'timeoutSeconds', 'failureThreshold', 'initialDelaySeconds', 'successThreshold'])
    checkRange(judgement, probe[field], [...path, field], 0)
  if (kind !== 'readinessProbe' && typeof probe.successThreshold === 'number' && probe.successThreshold > 1)
    say(
      judgement,
      [...path, 'successThreshold'],
      `has ${probe.successThreshold} as ${textOf([...path, 'successThreshold'])}, which must be 1`,
    )
}

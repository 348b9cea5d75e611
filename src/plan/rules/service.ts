import { checkLabels, checkPortRef, checkRange, checkUnique, type Judgement, label, lack, type Mapping, mappingsOf, say } from './rule.ts'

export function checkService(judgement: Judgement, spec: Mapping): void {
  const ports = mappingsOf(spec.ports)
  const path = ['spec', 'ports']
  const { type = 'ClusterIP' } = spec
  checkLabels(judgement, spec.selector, ['spec', 'selector'])
  if (type === 'ExternalName') {
    if (!spec.externalName) lack(judgement, ['spec'], 'has no externalName')
    return
  }
  if (ports.length === 0 && spec.clusterIP !== 'None') lack(judgement, ['spec'], 'has no ports')
  if (spec.clusterIP === 'None' && (type === 'LoadBalancer' || type === 'NodePort'))
    say(judgement, ['spec', 'clusterIP'], `has None as clusterIP, which a ${type} cannot have`)
  if (typeof spec.clusterIP === 'string' && !/^(|None|[0-9.]+|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*)$/.test(spec.clusterIP))
    say(judgement, ['spec', 'clusterIP'], `has ${JSON.stringify(spec.clusterIP)} as clusterIP, which is no address`)
  for (const [index, port] of ports) {
    const at = [...path, index]
    checkRange(judgement, port.port, [...at, 'port'], 1, 65535)
    if (port.port !== 0 || port.targetPort !== undefined) checkPortRef(judgement, port.targetPort, [...at, 'targetPort'])
    if (ports.length > 1 && !port.name) lack(judgement, at, 'has several ports, and one without a name')
    if (typeof port.name === 'string' && port.name !== '' && !label.test(port.name))
      say(
        judgement,
        [...at, 'name'],
        `has ${JSON.stringify(port.name)} as the name of a port`,
        'at most 63 of a-z, 0-9 and "-", with a letter or digit at both ends',
      )
    if (port.nodePort && type === 'ClusterIP')
      say(judgement, [...at, 'nodePort'], 'has a nodePort, which a ClusterIP cannot have', 'is its type to be NodePort?')
  }
  checkUnique(judgement, ports, path, ({ name }) => (typeof name === 'string' && name !== '' ? name : undefined), 'the port')
  checkUnique(judgement, ports, path, ({ port, protocol = 'TCP' }) => (port === undefined ? undefined : `${port}/${protocol}`), 'the port')
}

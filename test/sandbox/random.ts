import type { Conversation, Step } from './conversation.ts'

/** Writes to one Deployment by several managers, drawn at random: the same for the same seed. */
export function randomConversation(seed: number): Conversation {
  let state = seed
  const random = (): number => {
    state = (state * 1103515245 + 12345) & 0x7fffffff
    return state / 0x7fffffff
  }
  const pick = <T>(of: readonly T[]): T => of[Math.floor(random() * of.length)]!
  const maybe = (chance = 0.5): boolean => random() < chance
  const some = (chance: number, field: () => object): object => (maybe(chance) ? field() : {})

  const env = (): object[] =>
    ['A', 'B', 'C']
      .filter(() => maybe())
      .sort(() => (maybe() ? 1 : -1))
      .map((name) =>
        maybe(0.8) ? { name, value: pick(['1', '2', '']) } : { name, valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
      )
  const ports = (): object[] =>
    [80, 81, 82]
      .filter(() => maybe(0.4))
      .map((containerPort) => ({
        containerPort,
        ...some(0.5, () => ({ name: `p${containerPort}` })),
        ...some(0.3, () => ({ protocol: 'UDP' })),
      }))
  const container = (name: string): object => ({
    name,
    image: `registry.invalid/${name}:${pick(['1', '2'])}`,
    ...some(0.5, () => ({ env: env() })),
    ...some(0.5, () => ({ ports: ports() })),
    ...some(0.3, () => ({ args: pick<string[]>([['x'], ['y', 'z'], []]) })),
    ...some(0.3, () => ({ resources: { limits: { cpu: pick(['0.5', '500m', '1']) } } })),
    ...some(0.3, () => ({ livenessProbe: { httpGet: { port: pick([80, 'http']) } } })),
    ...some(0.2, () => ({ securityContext: { capabilities: { add: [pick(['A', 'B'])] } } })),
  })
  const deployment = (): any => ({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: {
      name: 'web',
      ...some(0.5, () => ({ labels: Object.fromEntries(['l', 'm'].filter(() => maybe()).map((key) => [key, pick(['1', '2'])])) })),
      ...some(0.3, () => ({ annotations: { n: pick(['1', '2']) } })),
      ...some(0.2, () => ({ finalizers: [`example.com/${pick(['a', 'b'])}`] })),
    },
    spec: {
      paused: true,
      ...some(0.5, () => ({ replicas: pick([1, 2, 3]) })),
      ...some(0.3, () => ({
        strategy: pick<object>([
          { type: 'Recreate' },
          { rollingUpdate: { maxSurge: 1 } },
          { type: 'RollingUpdate', rollingUpdate: { maxSurge: '50%', maxUnavailable: 0 } },
        ]),
      })),
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web', ...some(0.3, () => ({ v: pick(['1', '2']) })) } },
        spec: {
          containers: ['main', 'side', 'third']
            .filter((_, i) => i === 0 || maybe(0.4))
            .sort(() => (maybe(0.3) ? 1 : -1))
            .map(container),
          ...some(0.3, () => ({ volumes: [{ name: 'v', ...pick<object>([{ emptyDir: {} }, { configMap: { name: 'c' } }]) }] })),
          ...some(0.3, () => ({ tolerations: [{ key: pick(['a', 'b']), operator: 'Exists' }] })),
          ...some(0.3, () => ({ nodeSelector: { [pick(['x', 'y'])]: '1' } })),
          ...some(0.2, () => ({ hostAliases: [{ ip: '1.2.3.4', hostnames: ['h'] }] })),
        },
      },
    },
  })
  const path = '/apis/apps/v1/namespaces/<ns>/deployments/web'
  const step = (): Step => {
    const kind = random()
    const body = deployment()
    const patch = (manager: string, type: string): Step => ({ method: 'PATCH', path: `${path}?fieldManager=${manager}`, type, body })
    if (kind < 0.65) return patch(`${pick(['one', 'two', 'three'])}${maybe(0.7) ? '&force=true' : ''}`, 'application/apply-patch+yaml')
    delete body.spec.selector
    if (maybe()) delete body.spec.template
    if (kind < 0.85) return patch(pick(['edit', 'one']), 'application/strategic-merge-patch+json')
    if (body.spec.template) delete body.spec.template.spec.volumes
    return patch(pick(['edit', 'merge']), 'application/merge-patch+json')
  }
  // Finalizers would hold the namespace.
  const free: Step = { method: 'PATCH', path, type: 'application/merge-patch+json', body: { metadata: { finalizers: null } }, silent: true }
  return { name: `random-${seed}`, steps: [...Array.from({ length: 12 }, step), free] }
}

import type { KubeObject } from '../../resource.ts'
import { type Condition, conditionOf, type KindRules, type Problem, progressing, ready, type StatusContext } from '../rules.ts'
import { shorten } from './containers.ts'

const wantsAddress = (object: KubeObject) => object.spec?.type === 'LoadBalancer' && !object.spec.externalIPs?.length

/** How long a load balancer may take to show that there is one in this cluster. */
const balancerMs = 15_000

/**
 * A Service of type LoadBalancer waits for its address where something is there that gives one: it shows by its finalizer, a class, or an event. In
 * a cluster without, the Service works within it and would wait for ever. Any other Service is ready when it exists.
 */
export const service: KindRules = {
  status(object, context) {
    if (!wantsAddress(object)) return ready(object.spec?.type === 'ExternalName' ? 'external' : 'ready')
    const [ingress] = object.status?.loadBalancer?.ingress ?? []
    if (ingress) return ready(`ready at ${ingress.hostname ?? ingress.ip}`)
    const waitsFor = 'an address from the load balancer'
    if (isTaken(object, context)) return progressing('pending', waitsFor)
    const recheckAt = context.appliedAt + balancerMs
    return context.now < recheckAt ? progressing('pending', waitsFor, { recheckAt }) : ready('ready, no load balancer here')
  },
  static: (object) => !wantsAddress(object),
}

function isTaken(object: KubeObject, context: StatusContext): boolean {
  const { finalizers = [], uid } = object.metadata
  if (finalizers.some((name) => name.includes('load-balancer')) || object.spec?.loadBalancerClass) return true
  return context.events.some((event) => event.about.uid === uid)
}

/** Many controllers never write an Ingress's status, so it is ready when it exists. */
export const ingress: KindRules = {
  status(object) {
    const [address] = object.status?.loadBalancer?.ingress ?? []
    return ready(address ? `ready at ${address.hostname ?? address.ip}` : 'ready')
  },
  static: () => true,
}

/** A Gateway or GatewayClass: accepted, and programmed where the kind has that. */
export const gateway: KindRules = {
  status(object) {
    const types = object.kind === 'GatewayClass' ? ['Accepted'] : ['Accepted', 'Programmed']
    const missing = types.map((type) => [type, conditionOf(object, type)] as const).find(([, condition]) => !holds(object, condition))
    if (!missing) return ready(object.kind === 'GatewayClass' ? 'accepted' : 'programmed')
    return progressing('pending', missing[1]?.message ? shorten(missing[1].message) : `to be ${missing[0].toLowerCase()}`)
  },
  problems: (object) => refusals(object, [conditionOf(object, 'Accepted'), conditionOf(object, 'Programmed')]),
}

/** A route is ready when every parent that has looked at it accepts it and finds what it refers to. */
export const route: KindRules = {
  status(object) {
    const parents: { conditions?: Condition[] }[] = object.status?.parents ?? []
    if (parents.length === 0) return progressing('pending', 'a Gateway to look at it')
    for (const parent of parents) {
      for (const type of ['Accepted', 'ResolvedRefs']) {
        const condition = parent.conditions?.find((candidate) => candidate.type === type)
        if (!holds(object, condition))
          return progressing('pending', condition?.message ? shorten(condition.message) : `${type} of its Gateway`)
      }
    }
    return ready('accepted')
  },
  problems: (object) =>
    refusals(
      object,
      (object.status?.parents ?? []).flatMap((parent: { conditions?: Condition[] }) =>
        (parent.conditions ?? []).filter(({ type }) => type === 'Accepted' || type === 'ResolvedRefs'),
      ),
    ),
}

function holds(object: KubeObject, condition: Condition | undefined): boolean {
  return condition?.status === 'True' && isCurrent(object, condition)
}

function isCurrent(object: KubeObject, condition: Condition): boolean {
  return (condition.observedGeneration ?? Number.MAX_SAFE_INTEGER) >= (object.metadata.generation ?? 0)
}

/** Refusals of a controller; they heal when what is referred to is made ready, so they have a grace. */
function refusals(object: KubeObject, conditions: (Condition | undefined)[]): Problem[] {
  return conditions
    .filter((condition): condition is Condition => condition?.status === 'False' && isCurrent(object, condition))
    .filter(({ reason }) => reason !== 'Pending' && reason !== 'AddressNotAssigned')
    .map(({ type, reason = type, message }) => ({
      key: `${object.metadata.uid}/${type}/${reason}`,
      reason,
      message: shorten(message ?? `not ${type}`),
      graceMs: 30_000,
      fatal: true,
      suppliable: true,
    }))
}

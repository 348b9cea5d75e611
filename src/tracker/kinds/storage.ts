import { failed, type KindRules, progressing, ready } from '../rules.ts'
import { shorten } from './containers.ts'

/** Reasons of events about a claim that gets no volume. */
export const bindingFailures = new Set(['FailedBinding', 'ProvisioningFailed', 'VolumeMismatch'])

/** A PersistentVolumeClaim is ready when bound, or when only a Pod that uses it is missing for that. */
export const persistentVolumeClaim: KindRules = {
  status(object, context) {
    const { phase, capacity } = object.status ?? {}
    if (phase === 'Bound') return ready(capacity?.storage ? `bound, ${capacity.storage}` : 'bound')
    if (phase === 'Lost') return failed('Lost')
    const newest = newestEvent(object.metadata.uid, context.events)
    if (newest?.reason === 'WaitForFirstConsumer') return ready('waits for its first Pod')
    return progressing('pending', newest ? shorten(newest.message) : 'a volume')
  },
  problems(object, context) {
    const { phase } = object.status ?? {}
    if (phase === 'Bound') return []
    const base = { key: `${object.metadata.uid}/${phase}`, fatal: true }
    if (phase === 'Lost') return [{ ...base, reason: 'Lost', message: 'its volume is gone', graceMs: 0 }]
    const newest = newestEvent(object.metadata.uid, context.events)
    if (!newest || !bindingFailures.has(newest.reason)) return []
    return [{ ...base, reason: newest.reason, message: shorten(newest.message), graceMs: 15_000 }]
  },
}

function newestEvent(uid: string | undefined, events: Parameters<KindRules['status']>[1]['events']) {
  return events.filter((event) => event.about.uid === uid).sort((a, b) => b.lastAt - a.lastAt || Number(b.warning) - Number(a.warning))[0]
}

export const persistentVolume: KindRules = {
  status(object) {
    const { phase } = object.status ?? {}
    if (phase === 'Failed') return failed('Failed')
    return phase === 'Pending' || !phase ? progressing('pending') : ready(phase.toLowerCase())
  },
}

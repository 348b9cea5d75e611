import { conditionOf, failed, type KindRules, progressing, ready } from '../rules.ts'
import { shorten } from './containers.ts'

/** A definition is served when it is established; a name that another one has can never be. */
export const customResourceDefinition: KindRules = {
  status(object) {
    const names = conditionOf(object, 'NamesAccepted')
    if (names?.status === 'False') return failed(names.reason ?? 'NamesNotAccepted')
    return conditionOf(object, 'Established')?.status === 'True' ? ready('established') : progressing('starting', 'to be established')
  },
  problems(object) {
    const names = conditionOf(object, 'NamesAccepted')
    if (names?.status !== 'False') return []
    const reason = names.reason ?? 'NamesNotAccepted'
    return [
      {
        key: `${object.metadata.uid}/${reason}`,
        reason,
        message: shorten(names.message ?? 'its names are taken'),
        graceMs: 5_000,
        fatal: true,
      },
    ]
  },
}

export const apiService: KindRules = {
  status(object) {
    const available = conditionOf(object, 'Available')
    if (available?.status === 'True') return ready('available')
    return progressing('starting', available?.message ? shorten(available.message) : 'to be available')
  },
  problems(object) {
    const available = conditionOf(object, 'Available')
    // That its Service has no Pods yet heals when they start; a Service that is not there does not.
    if (available?.status !== 'False' || !/^(ServiceNotFound|ServicePortError)$/.test(available.reason ?? '')) return []
    const reason = available.reason!
    const message = shorten(available.message ?? reason)
    return [{ key: `${object.metadata.uid}/${reason}`, reason, message, graceMs: 30_000, fatal: true }]
  },
}

export const namespace: KindRules = {
  status(object) {
    if (object.status?.phase === 'Terminating' || object.metadata.deletionTimestamp) return progressing('terminating', 'its end')
    return ready('active')
  },
}

import { dismiss } from '../../pipeline/dismiss.ts'
import { type RunFlags, runSession } from '../session.ts'
import { requireRelease } from '../target.ts'

/** `converge dismiss` */
export async function runDismiss(
  release: string | undefined,
  flags: RunFlags & { keepHistory?: boolean; withNamespace?: boolean; ignoreNotFound?: boolean },
): Promise<void> {
  await runSession({ ...flags, release: release ?? flags.release }, (session) =>
    dismiss({
      cluster: session.cluster,
      release: requireRelease(session.target),
      namespace: session.namespace,
      environment: session.target.environment,
      settings: session.settings,
      keepHistory: flags.keepHistory,
      withNamespace: flags.withNamespace,
      ignoreNotFound: flags.ignoreNotFound,
      debug: session.debug,
      signal: session.signal,
    }),
  )
}

import { testRelease } from '../../pipeline/test.ts'
import { type RunFlags, runSession } from '../session.ts'
import { requireRelease } from '../target.ts'

/** `converge test` */
export async function runTest(release: string | undefined, flags: RunFlags & { filter: string[] }): Promise<void> {
  await runSession({ ...flags, release: release ?? flags.release }, (session) =>
    testRelease({
      cluster: session.cluster,
      release: requireRelease(session.target),
      namespace: session.namespace,
      environment: session.target.environment,
      settings: session.settings,
      filters: flags.filter,
      debug: session.debug,
      signal: session.signal,
    }),
  )
}

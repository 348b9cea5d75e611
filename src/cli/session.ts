import type { Cluster } from '../cluster/cluster.ts'
import { isConvergeError } from '../errors.ts'
import { converge } from '../pipeline/converge.ts'
import type { Event, FinishedEvent } from '../pipeline/events.ts'
import { type ConvergeOptions, defaultSettings, type RunSettings } from '../pipeline/options.ts'
import { createScope } from '../pipeline/scope.ts'
import type { Report } from '../report/report.ts'
import { openConnection } from './connection.ts'
import { listenForInterruption } from './interruption.ts'
import { createLeftBehind } from './left-behind.ts'
import type { DeployFlags } from './options/deploy-options.ts'
import type { KubeFlags } from './options/kube-options.ts'
import type { ReportFlags } from './options/report-options.ts'
import { isConfigMapStorage } from './options/storage-option.ts'
import type { TargetFlags } from './options/target-options.ts'
import { createReports } from './reports.ts'
import { readTarget, type Target } from './target.ts'
import { boundYoungGeneration } from './young-generation.ts'

export type RunFlags = TargetFlags & KubeFlags & DeployFlags & ReportFlags & { debug?: boolean }

/** What a command that runs the pipeline has at hand. */
export interface Session {
  cluster: Cluster
  target: Target
  namespace: string
  signal: AbortSignal
  settings: Partial<RunSettings>
  /** Whether stacks of defects are wanted. */
  debug: boolean
}

/**
 * Runs events through the reports that the flags ask for: connects, listens for Ctrl-C, closes everything whatever happens, and sets the exit code: 0, 1, or 130, 143 and 129 after
 * a signal. Gives the last event.
 */
export async function runSession(
  flags: RunFlags,
  start: (session: Session) => AsyncIterable<Event> | Promise<AsyncIterable<Event>>,
): Promise<FinishedEvent | undefined> {
  const target = await readTarget(flags, process.cwd())
  const reports: Report[] = []
  const stopLooking = boundYoungGeneration()
  const leftBehind = createLeftBehind()
  const interruption = listenForInterruption(() => {
    for (const report of reports) void report.close()
    for (const line of leftBehind.lines()) process.stderr.write(`! ${line}\n`)
  })
  // A credential plugin may hang before there is a run.
  const connecting = createScope(interruption.signal, flags.timeout ?? defaultSettings.timeoutMs)
  try {
    const connection = await openConnection(flags, target.settings, (message) => process.stderr.write(`! ${message}\n`), connecting.signal)
    connecting.dispose()
    try {
      const session: Session = {
        cluster: connection.cluster,
        target,
        namespace: target.namespace ?? connection.cluster.namespace,
        signal: interruption.signal,
        settings: settingsOf(flags),
        debug: flags.debug === true || /^(1|true|yes)$/i.test(process.env.CONVERGE_DEBUG ?? ''),
      }
      // The reports first: a run is under way as soon as it is there, and a file that cannot be opened must stop it before that.
      reports.push(...(await createReports(flags)))
      return await consume(() => start(session), [{ onEvent: leftBehind.onEvent, close() {} }, ...reports])
    } finally {
      await connection.close()
    }
  } catch (error) {
    if (interruption.signal.aborted && isConvergeError(error)) return undefined
    throw error
  } finally {
    stopLooking()
    connecting.dispose()
    interruption.dispose()
    const code = interruption.exitCode()
    if (code !== undefined) process.exitCode = code
  }
}

async function consume(
  start: () => AsyncIterable<Event> | Promise<AsyncIterable<Event>>,
  reports: readonly Report[],
): Promise<FinishedEvent | undefined> {
  let finished: FinishedEvent | undefined
  try {
    for await (const event of await start()) {
      for (const report of reports) {
        const taken = report.onEvent(event)
        if (taken) await taken
      }
      if (event.type === 'finished') finished = event
    }
    if (finished?.outcome === 'failed') process.exitCode = 1
  } catch (error) {
    await closeAll(reports).catch(() => {})
    throw error
  }
  await closeAll(reports)
  return finished
}

/** Closes every report, also after one that cannot be finished; throws the first error then. */
async function closeAll(reports: readonly Report[]): Promise<void> {
  const closed = await Promise.allSettled(reports.map(async (report) => report.close()))
  for (const result of closed) if (result.status === 'rejected') throw result.reason
}

/** One run of the pipeline for a command. */
export function runPipelineCommand(
  flags: RunFlags,
  action: ConvergeOptions['action'],
  make: (
    session: Session,
  ) => Promise<Pick<ConvergeOptions, 'release' | 'chart' | 'content' | 'savedPlan' | 'onPlan' | 'secrets'> & { namespace?: string }>,
): Promise<FinishedEvent | undefined> {
  return runSession(flags, async (session) => {
    const { namespace = session.namespace, ...rest } = await make(session)
    return converge({
      ...rest,
      cluster: session.cluster,
      namespace,
      action,
      environment: session.target.environment,
      debug: session.debug,
      settings: session.settings,
      signal: session.signal,
    })
  })
}

/** What the flags say; a command that lacks an option leaves its setting at the default. */
function settingsOf(flags: RunFlags): Partial<RunSettings> {
  const settings: Partial<RunSettings> = {
    createNamespace: flags.createNamespace,
    timeoutMs: flags.timeout,
    lockTimeoutMs: flags.lockTimeout,
    historyMax: flags.historyMax,
    onFailure: flags.onFailure,
    takeOwnership: flags.takeOwnership,
    hooks: flags.hooks,
    skipCrds: flags.skipCrds,
    forceRevision: flags.forceRevision,
    logs: flags.logs,
    settleMs: flags.settle,
    description: flags.description,
    storage: isConfigMapStorage(flags) ? 'configmap' : 'secret',
  }
  return Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
}

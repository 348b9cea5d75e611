import { isMainThread, Worker } from 'node:worker_threads'

/** Megabytes of stack; only what is used of it takes memory. 100,000 templates within each other take half of it. */
const stackSizeMb = 256

/**
 * Runs this command line once more, from its beginning, in a thread whose stack is 256 times larger, with its exit code.
 * @throws `error`, for which the first run ended, where this is that thread already
 */
export function runInDeepThread(error: unknown): Promise<void> {
  const [, script, ...argv] = process.argv
  if (!isMainThread || script === undefined) throw error
  const thread = new Worker(script, { argv, resourceLimits: { stackSizeMb } })
  return new Promise((resolve, reject) => {
    thread.once('error', reject)
    thread.once('exit', (code) => {
      process.exitCode = code
      resolve()
    })
  })
}

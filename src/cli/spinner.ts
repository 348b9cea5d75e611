/** Answers slower than this, in milliseconds, are announced. */
const patience = 400

/** Shows on a terminal that something is being waited for, on standard error, where it takes longer than a moment. */
export async function withSpinner<T>(text: string, work: () => Promise<T>): Promise<T> {
  if (!process.stderr.isTTY) return work()
  let spinner: { stop(): unknown } | undefined
  const timer = setTimeout(async () => {
    const { default: ora } = await import('ora')
    if (timer.hasRef()) spinner = ora({ text, stream: process.stderr }).start()
  }, patience)
  try {
    return await work()
  } finally {
    clearTimeout(timer)
    timer.unref()
    spinner?.stop()
  }
}

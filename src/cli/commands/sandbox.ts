import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { listenForInterruption } from '../interruption.ts'

/** `converge sandbox`: an embedded cluster on loopback, with a kubeconfig, until Ctrl-C. */
export async function runSandbox(flags: { port?: number; writeKubeconfig?: string }): Promise<void> {
  // From the start, as whoever reads where it runs may stop it at once.
  const interruption = listenForInterruption(() => {})
  const interrupted = new Promise<void>((resolve) => interruption.signal.addEventListener('abort', () => resolve(), { once: true }))
  const sandbox = await startSandbox({ port: flags.port })
  const file = flags.writeKubeconfig ?? path.join(tmpdir(), `converge-sandbox-${process.pid}.kubeconfig`)
  await writeFile(file, sandbox.kubeconfig(), { mode: 0o600 })
  process.stdout.write(`A sandbox runs at ${sandbox.url} until Ctrl-C.\n\n  export KUBECONFIG=${file}\n  converge CHART\n`)
  await interrupted
  interruption.dispose()
  await sandbox.stop()
  if (flags.writeKubeconfig === undefined) await rm(file, { force: true })
}

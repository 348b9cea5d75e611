import { writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startSandbox } from '../../sandbox/sandbox.ts'
import { listenForInterruption } from '../interruption.ts'

/** `converge sandbox`: an embedded cluster on loopback, with a kubeconfig, until Ctrl-C. */
export async function runSandbox(flags: { port?: number; writeKubeconfig?: string }): Promise<void> {
  const sandbox = await startSandbox({ port: flags.port })
  const file = flags.writeKubeconfig ?? path.join(tmpdir(), `converge-sandbox-${process.pid}.kubeconfig`)
  await writeFile(file, sandbox.kubeconfig(), { mode: 0o600 })
  process.stdout.write(`A sandbox runs at ${sandbox.url} until Ctrl-C.\n\n  export KUBECONFIG=${file}\n  converge CHART\n`)
  const interruption = listenForInterruption(() => {})
  await new Promise<void>((resolve) => interruption.signal.addEventListener('abort', () => resolve(), { once: true }))
  interruption.dispose()
  await sandbox.stop()
}

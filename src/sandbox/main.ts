import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { startSandbox } from './sandbox.ts'

// node src/sandbox/main.ts [PORT]: a sandbox for developers. Prints the path of its kubeconfig and runs until Ctrl-C.
const port = process.argv[2] === undefined ? undefined : Number(process.argv[2])
const sandbox = await startSandbox({ port })
const directory = mkdtempSync(path.join(tmpdir(), 'converge-sandbox-'))
const file = path.join(directory, 'kubeconfig')
writeFileSync(file, sandbox.kubeconfig(), { mode: 0o600 })
process.stdout.write(`export KUBECONFIG=${file}\n`)
const stop = (): void => {
  rmSync(directory, { recursive: true, force: true })
  void sandbox.stop().then(() => process.exit(0))
}
process.once('SIGINT', stop)
process.once('SIGTERM', stop)

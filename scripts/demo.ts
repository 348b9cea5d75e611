import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '../src/sandbox/sandbox.ts'

// The story of one release on an embedded cluster: a first deploy, an upgrade, an upgrade that crashes, and what is left of it.
const root = fileURLToPath(new URL('..', import.meta.url))
const directory = await mkdtemp(path.join(tmpdir(), 'converge-demo-'))
const sandbox = await startSandbox()
const kubeconfig = path.join(directory, 'kubeconfig')
writeFileSync(kubeconfig, sandbox.kubeconfig(), { mode: 0o600 })

/** Runs converge as a user would, and gives its exit code. */
function converge(...args: string[]): Promise<number> {
  process.stdout.write(`\n\u001b[1m$ converge ${args.join(' ')}\u001b[0m\n`)
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path.join(root, 'bin/converge.js'), ...args], {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, KUBECONFIG: kubeconfig },
    })
    child.on('error', reject)
    child.on('exit', (code) => resolve(code ?? 1))
  })
}

const chart = ['charts-fixtures/shop', '--release=shop', '--namespace=shop']
try {
  const codes = [
    await converge(...chart),
    await converge(...chart, '--set=image.tag=1.6.0', '--set=config.GREETING=Welcome back'),
    await converge(
      ...chart,
      '--set=image.tag=1.7.0',
      '--set=worker.enabled=true',
      '--set-literal=worker.script=echo "connecting to $QUEUE_URL"; echo "Error: REDIS_PASSWORD is not set" >&2; exit 1',
    ),
    await converge('history', '--release=shop', '--namespace=shop'),
  ]
  // The third deploy has to fail; anything else is a defect of the demo.
  if (codes.join() !== '0,0,1,0') {
    process.stderr.write(`the demo went wrong: exit codes ${codes.join()}\n`)
    process.exitCode = 1
  }
} finally {
  await sandbox.stop()
  await rm(directory, { recursive: true })
}

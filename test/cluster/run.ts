import { spawn } from 'node:child_process'
import { existsSync, openSync } from 'node:fs'
import { cp, glob, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, cacheDirectory } from './build.ts'
import { eventually } from './component.ts'
import { type Cluster, startCluster } from './start.ts'

const usage = `node test/cluster/run.ts [COMMAND]
  (none)  build, start a cluster, run test/e2e and every other test that asks for one on it, stop it; further arguments go to vitest
  build   build only
  up      start a cluster that stays, with its kubeconfig at ${current('kubeconfig')}
  down    stop it
  status  say whether it runs`

const root = fileURLToPath(new URL('../../', import.meta.url))
const log = (line: string) => console.error(line)

switch (process.argv[2]) {
  case 'build':
    console.log(await build(log))
    break
  case 'up':
    await up()
    break
  case 'serve':
    await serve()
    break
  case 'down':
    await down()
    break
  case 'status':
    process.exitCode = (await running()) ? 0 : 1
    console.log((await running()) ? `running, kubeconfig ${current('kubeconfig')}` : 'not running')
    break
  case 'help':
  case '--help':
    console.log(usage)
    break
  default:
    process.exitCode = await test(process.argv.slice(2))
}

/** The test files that do more where a cluster is there: those that ask for it, or import a file beside them that does. */
async function suites(): Promise<string[]> {
  const chosen: string[] = []
  for await (const file of glob('test/**/*.test.ts', { cwd: root })) {
    const text = await readFile(path.join(root, file), 'utf8')
    const beside = [...text.matchAll(/from '(\.\/[^']+\.ts)'/g)].map(([, name = '']) => path.join(root, path.dirname(file), name))
    const texts = [text, ...(await Promise.all(beside.map((name) => readFile(name, 'utf8').catch(() => ''))))]
    if (texts.some((content) => content.includes('CONVERGE_TEST_CLUSTER'))) chosen.push(file)
  }
  return chosen.sort()
}

/** One run of the end-to-end suite on a cluster of its own. Gives vitest's exit status, whose last line says how many passed. */
async function test(args: string[]): Promise<number> {
  const cluster = await startCluster({ log })
  if (cluster.noRealNode) log(`SKIPPED: tests that need a real node: ${cluster.noRealNode}`)
  const vitest = spawn(
    process.execPath,
    [path.join(root, 'node_modules/vitest/vitest.mjs'), 'run', ...(args.length > 0 ? args : await suites())],
    {
      cwd: root,
      stdio: 'inherit',
      env: { ...process.env, CONVERGE_TEST_CLUSTER: cluster.kubeconfig },
    },
  )
  const interrupt = () => {}
  process.on('SIGINT', interrupt).on('SIGTERM', () => vitest.kill('SIGTERM'))
  const status = await Promise.race([
    new Promise<number>((resolve) => vitest.on('exit', (code) => resolve(code ?? 1))),
    cluster.failed,
  ]).catch((error) => {
    log(String(error))
    vitest.kill('SIGTERM')
    return 1
  })
  await cluster.stop({ keepLogs: status !== 0 })
  if (status !== 0) log(`the cluster's logs are in ${path.join(cluster.data, 'logs')}`)
  return status
}

/** Where a cluster that stays keeps its files. */
function current(file: string): string {
  return path.join(cacheDirectory(), 'current', file)
}

/** Whether the process that holds the cluster is there. */
async function running(): Promise<number | undefined> {
  const pid = Number(await readFile(current('pid'), 'utf8').catch(() => '0'))
  if (!pid) return undefined
  try {
    process.kill(pid, 0)
    return pid
  } catch {
    return undefined
  }
}

async function up(): Promise<void> {
  if (await running()) {
    console.log(`runs already, kubeconfig ${current('kubeconfig')}`)
    return
  }
  await build(log)
  await rm(current('data'), { recursive: true, force: true })
  await rm(current('kubeconfig'), { force: true })
  await mkdir(current(''), { recursive: true })
  const out = openSync(current('log'), 'w')
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), 'serve'], { detached: true, stdio: ['ignore', out, out] })
  child.unref()
  let ended = false
  child.on('exit', () => (ended = true))
  await eventually('the cluster is up', 180, async () => (ended || existsSync(current('kubeconfig')) ? true : undefined))
  process.stdout.write(await readFile(current('log'), 'utf8'))
  if (ended) process.exitCode = 1
}

/** Holds a cluster until SIGTERM. */
async function serve(): Promise<void> {
  await writeFile(current('pid'), `${process.pid}\n`)
  let cluster: Cluster | undefined
  try {
    cluster = await startCluster({ data: current('data'), log })
    await cp(cluster.weakKubeconfig, current('weak.kubeconfig'))
    await cp(cluster.kubeconfig, current('kubeconfig.partial'))
    await rename(current('kubeconfig.partial'), current('kubeconfig'))
    log(`running at ${cluster.server}, kubeconfig ${current('kubeconfig')}`)
    log(cluster.noRealNode ? `no real node: ${cluster.noRealNode}` : 'nodes: kwok, and localhost (real)')
    const stopped = new Promise<void>((resolve) => process.once('SIGTERM', resolve).once('SIGINT', resolve))
    await Promise.race([stopped, cluster.failed])
    await cluster.stop()
  } catch (error) {
    log(String(error))
    await cluster?.stop({ keepLogs: true })
    process.exitCode = 1
  } finally {
    for (const file of ['kubeconfig', 'weak.kubeconfig', 'pid']) await rm(current(file), { force: true })
  }
}

async function down(): Promise<void> {
  const pid = await running()
  if (!pid) return console.log('not running')
  process.kill(pid, 'SIGTERM')
  await eventually('the cluster is down', 60, async () => ((await running()) ? undefined : true))
  console.log('stopped')
}

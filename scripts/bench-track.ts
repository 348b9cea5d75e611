import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Cluster } from '../src/cluster/cluster.ts'
import { connect } from '../src/cluster/connection.ts'
import { helmBinary } from '../test/oracle/helm.ts'

// How long after the last Deployment has become ready each program exits, as a watcher of its own sees it.
// Needs a cluster with simulated nodes: KUBECONFIG=… npm run bench:track [-- COUNT …]. Both programs run alternately, as whole processes.
const root = fileURLToPath(new URL('..', import.meta.url))
const counts = process.argv.length > 2 ? process.argv.slice(2).map(Number) : [1, 50, 500]
const rounds = 3
if (!counts.every((count) => Number.isInteger(count) && count > 0)) throw new Error('give counts of Deployments')
const kubeconfig = process.env.KUBECONFIG
if (!kubeconfig) throw new Error('set KUBECONFIG to a cluster that may be filled with Deployments')
const helm = await helmBinary()
const directory = mkdtempSync(path.join(tmpdir(), 'converge-bench-'))
const cluster = await connect({ kubeconfig })

interface Measured {
  /** Seconds from the last ready Deployment to the exit; negative where the program left before. */
  late: number
  wall: number
  megabytes: number
  /** Seconds of processor time, the program's own and the kernel's for it. */
  cpu: number
  code: number
}

function writeChart(count: number): string {
  const chart = path.join(directory, `c${count}`)
  mkdirSync(path.join(chart, 'templates'), { recursive: true })
  writeFileSync(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: bench\nversion: 0.1.0\n')
  writeFileSync(
    path.join(chart, 'templates/deployments.yaml'),
    `{{- range $i := until ${count} }}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: d{{ $i }}
spec:
  replicas: 2
  selector: {matchLabels: {app: d{{ $i }}}}
  template:
    metadata: {labels: {app: d{{ $i }}}}
    spec:
      containers: [{name: c, image: "bench:1"}]
{{- end }}
`,
  )
  return chart
}

/** Resolves with the moment at which the last of the Deployments in the namespace was seen ready. */
async function lastReady(watched: Cluster, namespace: string, count: number, signal: AbortSignal): Promise<number> {
  const ready = new Set<string>()
  for await (const event of watched.watch({ apiVersion: 'apps/v1', kind: 'Deployment', namespace, signal })) {
    if (event.type !== 'added' && event.type !== 'modified') continue
    const { metadata, spec, status } = event.object
    const done =
      status?.observedGeneration >= (metadata.generation ?? 0) &&
      status?.availableReplicas === spec.replicas &&
      status?.updatedReplicas === spec.replicas
    if (done) ready.add(metadata.name)
    else ready.delete(metadata.name)
    if (ready.size === count) return performance.now()
  }
  return Number.NaN
}

async function measure(command: string, args: string[], namespace: string, count: number): Promise<Measured> {
  await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } })
  const stop = new AbortController()
  const ready = lastReady(cluster, namespace, count, stop.signal)
  const from = performance.now()
  const child = spawn('/usr/bin/time', ['-f', '%M %U %S', command, ...args], {
    cwd: root,
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let errors = ''
  child.stderr.on('data', (chunk) => (errors += chunk))
  const code = await new Promise<number>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (status) => resolve(status ?? 1))
  })
  const until = performance.now()
  const seen = await Promise.race([ready, new Promise<number>((resolve) => setTimeout(resolve, 2000, Number.NaN))])
  stop.abort()
  const [kilobytes = 0, user = 0, system = 0] = (errors.trim().split('\n').at(-1) ?? '').split(' ').map(Number)
  await removeNamespace(namespace)
  if (code !== 0) process.stderr.write(errors)
  return { late: (until - seen) / 1000, wall: (until - from) / 1000, megabytes: kilobytes / 1024, cpu: user + system, code }
}

/** Deletes a namespace and waits until it is gone, so that the next run does not share the machine with what is left of this one. */
async function removeNamespace(namespace: string): Promise<void> {
  const signal = AbortSignal.timeout(300_000)
  const watch = cluster.watch({ apiVersion: 'v1', kind: 'Namespace', fieldSelector: `metadata.name=${namespace}`, signal })
  await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name: namespace })
  for await (const event of watch) if (event.type === 'deleted') return
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const show = (runs: Measured[]) =>
  `exits ${median(runs.map((run) => run.late)).toFixed(2)} s after the last is ready, wall ${median(runs.map((run) => run.wall)).toFixed(2)} s, peak ${median(runs.map((run) => run.megabytes)).toFixed(0)} MB, ${median(runs.map((run) => run.cpu)).toFixed(2)} s of processor time${runs.some((run) => run.code !== 0) ? ', FAILED' : ''}`

try {
  for (const count of counts) {
    const chart = writeChart(count)
    const ours: Measured[] = []
    const theirs: Measured[] = []
    for (let round = 0; round < rounds; round++) {
      const name = `bench-${process.pid}-${count}-${round}`
      ours.push(await measure('bin/converge.js', [chart, '--release=bench', `--namespace=${name}-a`, '--timeout=10m'], `${name}-a`, count))
      if (helm && count <= 50)
        theirs.push(
          await measure(helm, ['upgrade', '--install', 'bench', chart, '-n', `${name}-b`, '--wait', '--timeout=10m'], `${name}-b`, count),
        )
    }
    process.stdout.write(`${count} Deployments of 2 Pods\n  converge  ${show(ours)}\n`)
    if (theirs.length > 0)
      process.stdout.write(
        `  helm      ${show(theirs)}\n  ratio     wall ${(median(ours.map((run) => run.wall)) / median(theirs.map((run) => run.wall))).toFixed(2)}\n`,
      )
  }
} finally {
  await cluster.close()
  rmSync(directory, { recursive: true })
}

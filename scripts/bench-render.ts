/**
 * Time and memory of `converge render` against `helm template` (Helm 4.2.3), as whole processes in turn, after a build (`npm run build`).
 * converge is started as from a shell, as `bin/converge.js`, on the Node that runs this.
 *
 *   npm run bench:render [-- CORPUS_DIR] [--runs N] [--skip-generated] [--charts N] [--seconds N]
 *
 * Generated charts: small (`helm create`), medium (60 resources), large (2,000) and huge (20,000). CORPUS_DIR holds a chart in each directory,
 * of which --charts (60) are taken, spread evenly, always the same; after --seconds (120) no further one is begun. What was left out is said.
 * Wall times are medians in milliseconds; peak memory is the high-water mark that Linux keeps of a process, from runs of their own.
 */
import { spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { templateOutput } from '../src/chart/output.ts'
import { renderChart } from '../src/chart/render.ts'
import { helmBinary } from '../test/oracle/helm.ts'

const kubeVersion = '1.35.0'
/** A chart of a corpus that takes one of the programs longer (milliseconds) is named instead of measured. */
const slowest = 5_000
const program = fileURLToPath(new URL('../bin/converge.js', import.meta.url))
const env = { ...process.env, PATH: [path.dirname(process.execPath), process.env.PATH].join(path.delimiter) }
const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: 'string' },
    'skip-generated': { type: 'boolean', default: false },
    charts: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '120' },
  },
})
const helm = await helmBinary()
if (!helm || !existsSync(fileURLToPath(new URL('../dist/cli/main.js', import.meta.url)))) {
  console.error(helm ? 'Build first: npm run build' : 'The Helm binary is not there for this platform.')
  process.exit(2)
}

interface Command {
  file: string
  args: string[]
}

interface Comparison {
  converge: number
  helm: number
  ratio: number
}

const ours = (chart: string): Command => ({
  file: program,
  args: ['render', chart, '--release', 'rel', '-n', 'ns', '--kube-version', kubeVersion],
})
const theirs = (chart: string): Command => ({
  file: helm,
  args: ['template', 'rel', chart, '-n', 'ns', '--kube-version', kubeVersion],
})

const scratch = mkdtempSync(path.join(tmpdir(), 'converge-bench-'))
try {
  const load = loadavg()[0]!
  console.log(`Node ${process.versions.node}, ${availableParallelism()} processors, load ${load.toFixed(1)}`)
  if (load > availableParallelism() / 2)
    console.log('Other programs are running; ratios hold better than times, and quiet machines better than both.')
  if (!flags['skip-generated']) await benchGenerated()
  const [corpus] = positionals
  if (corpus) benchCorpus(corpus)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

async function benchGenerated(): Promise<void> {
  run({ file: helm!, args: ['create', path.join(scratch, 'small')] })
  const charts: [string, string, number][] = [
    ['small', path.join(scratch, 'small'), 15],
    ['medium', generateChart('medium', 60), 15],
    ['large', generateChart('large', 2000), 5],
    ['huge', generateChart('huge', 20_000), 2],
  ]
  const warm: { chart: string; helm: number }[] = []
  console.log('\nchart    converge ms   helm ms   ratio   converge MiB   helm MiB   ratio')
  for (const [name, chart, runs] of charts) {
    const time = compare(chart, Number(flags.runs ?? runs))
    if (typeof time === 'string') throw new Error(`${name}: the programs ${time}`)
    if (warm.length < 2) warm.push({ chart, helm: time.helm })
    const memory = { converge: await peakMemory(ours(chart)), helm: await peakMemory(theirs(chart)) }
    const times = `${cell(time.converge.toFixed(1), 11)}   ${cell(time.helm.toFixed(1), 7)}   ${cell(time.ratio.toFixed(2), 5)}`
    const sizes = `${cell(memory.converge.toFixed(0), 12)}   ${cell(memory.helm.toFixed(0), 8)}   ${cell((memory.converge / memory.helm).toFixed(2), 5)}`
    console.log(`${name.padEnd(6)}   ${times}   ${sizes}`)
  }
  printWarm(warm)
}

function benchCorpus(directory: string): void {
  const charts = readdirSync(directory)
    .sort()
    .map((name) => path.join(directory, name))
    .filter((chart) => existsSync(path.join(chart, 'Chart.yaml')))
  const count = Math.min(charts.length, Number(flags.charts))
  const sample = Array.from({ length: count }, (_, i) => charts[Math.floor(((i + 0.5) * charts.length) / count)]!)
  const deadline = performance.now() + Number(flags.seconds) * 1000
  const results: (Comparison & { chart: string })[] = []
  const left = new Map<Unmeasured | 'not begun in time', string[]>()
  for (const chart of sample) {
    const result = performance.now() > deadline ? 'not begun in time' : compare(chart, Number(flags.runs ?? 5), slowest)
    if (typeof result === 'object') results.push({ ...result, chart })
    else left.set(result, [...(left.get(result) ?? []), path.basename(chart)])
  }
  console.log(`\n${results.length} charts measured, of a sample of ${sample.length} of ${charts.length}, in at most ${flags.seconds} s`)
  for (const [why, names] of left) console.log(`  ${names.length} ${why}: ${names.join(', ')}`)
  if (results.length === 0) return
  results.sort((one, other) => one.ratio - other.ratio)
  const ratios = results.map((result) => result.ratio)
  const at = (place: number) => ratios[Math.min(ratios.length - 1, Math.floor(ratios.length * place))]!.toFixed(2)
  console.log(`ratio of wall times: median ${at(0.5)}, 90th percentile ${at(0.9)}, largest ${at(1)}`)
  console.log(
    `median: converge ${median(results.map((result) => result.converge)).toFixed(1)} ms, helm ${median(results.map((result) => result.helm)).toFixed(1)} ms`,
  )
  for (const result of results.slice(-8).reverse()) {
    console.log(
      `  ${result.ratio.toFixed(2)}  ${result.converge.toFixed(1)} / ${result.helm.toFixed(1)} ms  ${path.basename(result.chart)}`,
    )
  }
  printWarm(results)
}

/** Why a chart has no times. */
type Unmeasured = 'fail' | 'differ' | 'take too long'

/** Wall times in milliseconds of both programs in turn, after one run of each that is not counted. */
function compare(chart: string, runs: number, limit = Number.POSITIVE_INFINITY): Comparison | Unmeasured {
  const [one, other] = [run(ours(chart)), run(theirs(chart))]
  if (Math.max(one.time, other.time) > limit) return 'take too long'
  if (one.output === undefined || other.output === undefined) return one.output === other.output ? 'fail' : 'differ'
  // Random values differ by their nature, and those of certificates in length, so that lines are counted.
  if (one.output.split('\n').length !== other.output.split('\n').length) return 'differ'
  const times = Array.from({ length: runs }, () => [run(ours(chart)).time, run(theirs(chart)).time] as const)
  return {
    converge: median(times.map(([time]) => time)),
    helm: median(times.map(([, time]) => time)),
    ratio: median(times.map(([time, helmTime]) => time / helmTime)),
  }
}

function run(command: Command): { time: number; output?: string } {
  const start = performance.now()
  const { status, stdout } = spawnSync(command.file, command.args, { env, encoding: 'latin1', maxBuffer: 2 ** 30, timeout: 60_000 })
  return { time: performance.now() - start, output: status === 0 ? stdout : undefined }
}

/** The median over three runs of the most memory that a process had, in MiB, as read until it ends. */
async function peakMemory(command: Command): Promise<number> {
  const peaks: number[] = []
  for (let i = 0; i < 3; i++) {
    const child = spawn(command.file, command.args, { env, stdio: ['ignore', 'ignore', 'ignore'] })
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
    let running = true
    void ended.then(() => (running = false))
    let peak = 0
    while (running) {
      peak = Math.max(peak, highWaterMark(child.pid!))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    peaks.push(peak)
  }
  return median(peaks)
}

function highWaterMark(pid: number): number {
  try {
    return Number(/^VmHWM:\s*(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}

/**
 * Charts a second in this process, once it is warm, against starting Helm for each: of all together in rounds for about three seconds, and of
 * each chart alone. Together, one chart that makes RSA keys outweighs fifty others in both programs.
 */
function printWarm(timed: readonly { chart: string; helm: number }[]): void {
  const charts = timed.map(({ chart }) => chart)
  const render = (chart: string) => void templateOutput(renderChart({ chart, releaseName: 'rel', namespace: 'ns', kubeVersion }), {})
  rate(charts, render)
  const ours = rate(charts, render)
  const helms = rate(charts, (chart) => void run(theirs(chart)))
  const times = median(timed.map(({ chart, helm }) => helm / timeOf(chart, render)))
  console.log(
    `\none warm process: ${ours.toFixed(0)} charts a second; starting Helm for each: ${helms.toFixed(0)}; ${(ours / helms).toFixed(1)} times as many, chart by chart ${times.toFixed(1)} at the median`,
  )
}

/** How many a second, in whole rounds for about three seconds. */
function rate(charts: readonly string[], render: (chart: string) => void): number {
  const start = performance.now()
  let count = 0
  do {
    for (const chart of charts) render(chart)
    count += charts.length
  } while (performance.now() - start < 3000)
  return (count * 1000) / (performance.now() - start)
}

/** The median of five times in milliseconds. */
function timeOf(chart: string, render: (chart: string) => void): number {
  return median(
    Array.from({ length: 5 }, () => {
      const start = performance.now()
      render(chart)
      return performance.now() - start
    }),
  )
}

/** A chart of Deployments, Services, ConfigMaps and ServiceAccounts, a quarter of `resources` each, with the helpers that charts have. */
function generateChart(name: string, resources: number): string {
  const chart = path.join(scratch, name)
  mkdirSync(path.join(chart, 'templates'), { recursive: true })
  const write = (file: string, text: string) => writeFileSync(path.join(chart, file), text)
  write('Chart.yaml', `apiVersion: v2\nname: ${name}\nversion: 1.0.0\nappVersion: "2.0"\n`)
  write(
    'values.yaml',
    `count: ${resources / 4}\nimage: {repository: nginx, tag: ""}\nreplicas: 2\nlabels: {team: shop, tier: web}\nresources:\n  limits: {cpu: 100m, memory: 128Mi}\n  requests: {cpu: 50m, memory: 64Mi}\n`,
  )
  write(
    'templates/_helpers.tpl',
    `{{- define "labels" -}}
app.kubernetes.io/name: {{ .root.Chart.Name }}
app.kubernetes.io/instance: {{ .root.Release.Name }}-{{ .index }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{ toYaml .root.Values.labels }}
{{- end }}
`,
  )
  const each = (kind: string, apiVersion: string, rest: string) =>
    write(
      `templates/${kind.toLowerCase()}.yaml`,
      `{{- range $index := until (int .Values.count) }}
{{- $context := dict "root" $ "index" $index }}
---
apiVersion: ${apiVersion}
kind: ${kind}
metadata:
  name: {{ printf "%s-%d" $.Release.Name $index | trunc 63 | trimSuffix "-" }}
  labels: {{- include "labels" $context | nindent 4 }}
${rest}{{- end }}
`,
    )
  each('ServiceAccount', 'v1', 'automountServiceAccountToken: false\n')
  each('ConfigMap', 'v1', 'data:\n  index: {{ $index | quote }}\n  settings: |\n    {{- $.Values.resources | toYaml | nindent 4 }}\n')
  each('Service', 'v1', 'spec:\n  selector: {{- include "labels" $context | nindent 4 }}\n  ports:\n    - name: http\n      port: 80\n')
  each(
    'Deployment',
    'apps/v1',
    `spec:
  replicas: {{ $.Values.replicas }}
  selector:
    matchLabels: {{- include "labels" $context | nindent 6 }}
  template:
    metadata:
      labels: {{- include "labels" $context | nindent 8 }}
    spec:
      containers:
        - name: web
          image: "{{ $.Values.image.repository }}:{{ $.Values.image.tag | default $.Chart.AppVersion }}"
          {{- with $.Values.resources }}
          resources: {{- toYaml . | nindent 12 }}
          {{- end }}
`,
  )
  return chart
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function cell(text: string, width: number): string {
  return text.padStart(width)
}

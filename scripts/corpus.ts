/**
 * Renders every chart below a directory with converge and with Helm 4.2.3 and compares the bytes.
 *
 *   npm run corpus -- DIR [--flip | --enable-all | --ci | --kinds] [--process] [--only TEXT] [--keep DIR]
 *
 * --flip turns every boolean of values.yaml around, --enable-all turns every `enabled: false` on, --ci takes each chart's own
 * ci/*-values.yaml, --kinds gives some values another kind (a text for a number, a list for a map, null), three times, the same in each run;
 * --process starts converge as a process instead of rendering in this one; --keep writes what differs into a directory.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { templateOutput } from '../src/chart/output.ts'
import { render } from '../src/chart/render.ts'
import { fetchSchema } from '../src/cluster/remote-schema.ts'
import { isConvergeError, messageOf } from '../src/errors.ts'
import { type Json, parseManifest } from '../src/yaml/read.ts'
import { helmBinary } from '../test/oracle/helm.ts'

const kubeVersion = '1.35.0'
const timeLimit = 120_000
/** Of Helm for a chart that differs, after the first. */
const mostRuns = 8

interface Outcome {
  ok: boolean
  /** Standard output, or the message. */
  text: string
}

interface Case {
  name: string
  chart: string
  files: string[]
}

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    flip: { type: 'boolean' },
    'enable-all': { type: 'boolean' },
    ci: { type: 'boolean' },
    kinds: { type: 'boolean' },
    process: { type: 'boolean' },
    only: { type: 'string' },
    keep: { type: 'string' },
  },
})
const [directory] = positionals
const helm = await helmBinary()
if (!directory || !helm) {
  console.error(
    directory ? 'the Helm binary is not there for this platform' : 'usage: npm run corpus -- DIR [--flip|--enable-all|--ci|--kinds]',
  )
  process.exit(2)
}
const scratch = mkdtempSync(path.join(tmpdir(), 'converge-corpus-'))
const counts = { equal: 0, differ: 0, bothFail: 0, otherMessage: 0, onlyOne: 0 }
try {
  const cases = charts(directory).flatMap(variants)
  const queue = cases.values()
  await Promise.all(Array.from({ length: Math.max(1, availableParallelism()) }, () => work(queue)))
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
const messages = counts.otherMessage > 0 ? ` (${counts.otherMessage} with another message)` : ''
console.log(`${counts.equal} equal, ${counts.differ} differ, ${counts.bothFail} both fail${messages}, ${counts.onlyOne} only one fails`)
process.exitCode = counts.differ + counts.onlyOne + counts.otherMessage > 0 ? 1 : 0

async function work(queue: Iterator<Case> & Iterable<Case>): Promise<void> {
  for (const item of queue) {
    const [theirs, ours] = await Promise.all([runHelm(item), flags.process ? runProcess(item) : runHere(item)])
    await judge(item, ours, theirs)
  }
}

async function judge(item: Case, ours: Outcome, theirs: Outcome): Promise<void> {
  if (ours.ok !== theirs.ok) {
    counts.onlyOne++
    const failed = ours.ok ? theirs : ours
    report(
      item,
      `only ${ours.ok ? 'helm' : 'converge'} fails: ${failed.text.split('\n').slice(0, 6).join(' | ').slice(0, 500)}`,
      ours,
      theirs,
    )
  } else if (!ours.ok) {
    counts.bothFail++
    const message = comparableMessage(theirs.text)
    if (comparableMessage(flags.process ? messageOfProcess(ours.text, message) : ours.text) === message) return
    counts.otherMessage++
    report(item, `another message:\n    helm     ${oneLine(theirs.text)}\n    converge ${oneLine(ours.text)}`, ours, theirs)
  } else if (ours.text === theirs.text) counts.equal++
  else {
    // Charts print the time in seconds: the second run has to fall into another one.
    await setTimeout(1100)
    const others: string[] = []
    let difference: string | undefined
    // A line in the middle of a certificate is one of two, by the length of its serial number, and may be the same in some runs.
    do {
      others.push((await runHelm(item)).text)
      difference = firstDifference(ours.text, theirs.text, others)
    } while (difference !== undefined && others.length < mostRuns)
    if (difference === undefined) counts.equal++
    else {
      counts.differ++
      report(item, difference, ours, theirs)
    }
  }
}

function report(item: Case, text: string, ours: Outcome, theirs: Outcome): void {
  console.log(`${item.name}: ${text}`)
  if (!flags.keep) return
  mkdirSync(flags.keep, { recursive: true })
  const base = path.join(flags.keep, item.name.replaceAll('/', '_'))
  writeFileSync(`${base}.converge`, ours.text)
  writeFileSync(`${base}.helm`, theirs.text)
}

/** The first line that differs, with its template; lines that differ between runs of Helm need only have the same shape. */
function firstDifference(ours: string, theirs: string, others: readonly string[]): string | undefined {
  const [a, b] = [ours.split('\n'), theirs.split('\n')]
  const again = others.map((text) => text.split('\n')).filter((lines) => lines.length === b.length)
  let source = ''
  for (let i = 0; i < Math.max(a.length, b.length); i++) {
    if (b[i]?.startsWith('# Source: ')) source = b[i]!.slice('# Source: '.length)
    if (a[i] === b[i]) continue
    if (again.some((lines) => lines[i] !== b[i]) && a[i] !== undefined && shape(a[i]!) === shape(b[i]!)) continue
    return `${source} line ${i + 1}\n    helm     ${JSON.stringify(b[i] ?? '(end)')}\n    converge ${JSON.stringify(a[i] ?? '(end)')}`
  }
  return undefined
}

/** A line with its runs of letters and digits taken for one another. */
function shape(line: string): string {
  return line.replace(/[A-Za-z0-9+/=_.:-]+/g, 'x')
}

/** Messages of which only Go's order of maps may differ, and the advice at their end. */
function comparableMessage(text: string): string {
  return (
    text
      .replace(/^Error: /, '')
      // Why a server cannot be reached is told in other words.
      .replace(/(HTTP request failed for \S+): .*/g, '$1')
      .replace(/\n*Use --debug flag to render out invalid YAML\s*$/, '')
      .trim()
      .split('\n')
      .map((line) => line.replace(/additional properties (.*) not allowed/, (_, list: string) => list.split(', ').sort().join(', ')))
      .sort()
      .join('\n')
  )
}

/** What a process printed of an error, without what stands below its message: place, hint, the lines around. */
function messageOfProcess(text: string, message: string): string {
  return text.replace(/^✗ /, '').split('\n').slice(0, message.split('\n').length).join('\n')
}

function oneLine(text: string): string {
  return text.trim().split('\n').join(' | ').slice(0, 700)
}

async function runHere(item: Case): Promise<Outcome> {
  try {
    const values = { files: item.files }
    const rendered = await render({ chart: item.chart, releaseName: 'rel', namespace: 'ns', kubeVersion, values, fetchSchema })
    return { ok: true, text: templateOutput(rendered) }
  } catch (error) {
    if (isConvergeError(error)) return { ok: false, text: error.message }
    return { ok: false, text: `BUG ${error instanceof Error ? error.stack : messageOf(error)}` }
  }
}

function runProcess(item: Case): Promise<Outcome> {
  const script = fileURLToPath(new URL('../bin/converge.js', import.meta.url))
  return run(script, ['render', item.chart, '--release', 'rel', ...commonArguments(item)])
}

function runHelm(item: Case): Promise<Outcome> {
  return run(helm!, ['template', 'rel', item.chart, ...commonArguments(item)])
}

function commonArguments(item: Case): string[] {
  return ['-n', 'ns', '--kube-version', kubeVersion, ...item.files.flatMap((file) => ['-f', file])]
}

function run(command: string, args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { maxBuffer: 1024 ** 3, timeout: timeLimit, env: { ...process.env, KUBECONFIG: '/dev/null' } }
    execFile(command, args, options, (error, stdout, stderr) => {
      resolve(error ? { ok: false, text: stderr.slice(Math.max(stderr.indexOf('Error: '), 0)) } : { ok: true, text: stdout })
    })
  })
}

/** The charts below a directory: what has a Chart.yaml and does not lie in another one, and archives. */
function charts(directory: string): string[] {
  if (existsSync(path.join(directory, 'Chart.yaml'))) return [directory]
  const entries = readdirSync(directory, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))
  return entries
    .flatMap((entry) => {
      const file = path.join(directory, entry.name)
      if (entry.isDirectory()) return charts(file)
      return entry.name.endsWith('.tgz') ? [file] : []
    })
    .filter((chart) => !flags.only || chart.includes(flags.only))
}

function variants(chart: string): Case[] {
  const name = path.relative(directory!, chart) || path.basename(chart)
  if (flags.ci) {
    const folder = path.join(chart, 'ci')
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => /\.ya?ml$/.test(file)) : []
    return files.map((file) => ({ name: `${name} -f ci/${file}`, chart, files: [path.join(folder, file)] }))
  }
  if (flags.kinds)
    return [1, 2, 3].map((round) =>
      overridden(`${name} --kinds ${round}`, chart, (values) => otherKinds(values, numbersFrom(`${name} ${round}`))),
    )
  if (!flags.flip && !flags['enable-all']) return [{ name, chart, files: [] }]
  const change = flags.flip ? flipped : enabled
  return [overridden(name, chart, change)]
}

/** A case with a values file of what `change` makes of the chart's own; what cannot be read changes nothing. */
function overridden(name: string, chart: string, change: (values: Json) => Json | undefined): Case {
  const file = path.join(scratch, `${name.replaceAll(/[/ ]/g, '_')}.json`)
  let overrides: Json | undefined
  try {
    overrides = change(parseManifest(readFileSync(path.join(chart, 'values.yaml'), 'utf8')))
  } catch {}
  writeFileSync(file, JSON.stringify(overrides ?? {}))
  return { name, chart, files: [file] }
}

/** Numbers from 0 to 1 that a text decides. */
function numbersFrom(text: string): () => number {
  let state = 2166136261
  for (const char of text) state = Math.imul(state ^ char.charCodeAt(0), 16777619)
  return () => {
    state = Math.imul(state ^ (state >>> 15), 2246822519) + 0x9e3779b9
    return ((state ^ (state >>> 13)) >>> 0) / 2 ** 32
  }
}

/** One value in thirty in another kind. */
function otherKinds(value: Json, next: () => number): Json | undefined {
  return below(value, (item) => {
    if (next() > 1 / 30) return otherKinds(item, next)
    const others: Json[] = ['text', '', 7, 1.5, true, false, null, [], ['a', 1], {}, { a: { b: 'c' } }, String(item)]
    return others[Math.floor(next() * others.length)]!
  })
}

/** Every boolean that can be reached through maps, turned around. */
function flipped(value: Json): Json | undefined {
  return typeof value === 'boolean' ? !value : below(value, flipped)
}

/** Every `enabled: false`, turned on. */
function enabled(value: Json): Json | undefined {
  return below(value, (item, key) => (key === 'enabled' && item === false ? true : enabled(item)))
}

function below(value: Json, change: (item: Json, key: string) => Json | undefined): Json | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const changed = Object.entries(value).flatMap(([key, item]) => {
    const result = change(item, key)
    return result === undefined ? [] : [[key, result] as const]
  })
  return changed.length > 0 ? Object.fromEntries(changed) : undefined
}

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, request, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setImmediate as immediate, setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { startSandbox } from '../src/sandbox/sandbox.ts'

/**
 * How many lines of logs converge takes in a second of its processor time, as a whole process, and how many of them it shows. Jobs run in the sandbox; their logs come from a
 * server that writes them as fast as they are read. `npm run bench:logs [-- LINES [PODS]]`.
 */
const root = fileURLToPath(new URL('..', import.meta.url))
const [lines = 1_000_000, pods = 4] = process.argv.slice(2).map(Number)
/** How long the containers run. */
const seconds = 2
const directory = mkdtempSync(path.join(tmpdir(), 'converge-bench-'))
const sandbox = await startSandbox()
const target = new URL(sandbox.url)

/** Blocks of lines as a kubelet writes them, with the time of this moment; half of them short, half long, some with colours. */
function block(from: number, count: number): string {
  const stamp = new Date().toISOString().slice(0, 20)
  let text = ''
  for (let line = from; line < from + count; line++) {
    const words = line % 2 ? '' : ' GET /api/v1/things/12345?page=2 200 12ms user=alice request=7f9c24e8-3b1a'
    const word = line % 10 ? 'INFO' : '\u001b[32mINFO\u001b[0m'
    text += `${stamp}${String(line % 1_000_000_000).padStart(9, '0')}Z ${word} line ${line}${words}\n`
  }
  return text
}

/** When each Pod's log was asked for first; it ends, as the container does, some time after. */
const begun = new Map<string, number>()

async function writeLog(pod: string, answer: ServerResponse): Promise<void> {
  const again = begun.has(pod)
  const from = begun.get(pod) ?? Date.now()
  begun.set(pod, from)
  answer.writeHead(200, { 'content-type': 'text/plain' })
  answer.flushHeaders()
  const stop = new AbortController()
  answer.once('close', () => stop.abort())
  const each = again ? 0 : Math.floor(lines / pods)
  for (let line = 0; line < each && !stop.signal.aborted; line += 500) {
    if (!answer.write(block(line, Math.min(500, each - line)))) await once(answer, 'drain', stop).catch(() => {})
    // A turn for the other Pods: a reader that keeps up never makes this one wait.
    await immediate()
  }
  await pause(Math.max(0, from + seconds * 1000 - Date.now()))
  answer.end()
}

const server = createServer(async (incoming, answer) => {
  const log = /\/pods\/([^/]+)\/log\?.*follow=true/.exec(incoming.url ?? '')
  if (log) return writeLog(log[1]!, answer)
  const onward = request(
    { host: target.hostname, port: target.port, path: incoming.url, method: incoming.method, headers: incoming.headers },
    (got) => {
      answer.writeHead(got.statusCode ?? 502, got.headers)
      answer.flushHeaders()
      got.pipe(answer)
    },
  )
  answer.on('close', () => onward.destroy())
  onward.on('error', () => answer.destroy())
  incoming.pipe(onward)
})
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
const kubeconfig = path.join(directory, 'kubeconfig')
const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
writeFileSync(kubeconfig, sandbox.kubeconfig().replaceAll(sandbox.url, address), { mode: 0o600 })

const chart = path.join(directory, 'chart')
mkdirSync(path.join(chart, 'templates'), { recursive: true })
writeFileSync(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: bench\nversion: 0.1.0\n')
writeFileSync(
  path.join(chart, 'templates/jobs.yaml'),
  `{{- range $i := until ${pods} }}
---
apiVersion: batch/v1
kind: Job
metadata: {name: flood-{{ $i }}}
spec:
  template:
    spec:
      restartPolicy: Never
      containers: [{name: main, image: busybox, command: [sleep, "${seconds}"]}]
{{- end }}
`,
)

async function run(name: string, tail: string, extra: string[] = []): Promise<void> {
  const shown = path.join(directory, 'shown')
  const command = `/usr/bin/time -o ${directory}/time -f '%U %S %M' bin/converge.js ${chart} --release=bench -n ${name} --create-namespace ${extra.join(' ')} ${tail.replaceAll('SHOWN', shown)}`
  const from = performance.now()
  const child = spawn('sh', ['-c', command], {
    cwd: root,
    env: { ...process.env, KUBECONFIG: kubeconfig },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  const wall = (performance.now() - from) / 1000
  const [user = 0, system = 0, kilobytes = 0] = readFileSync(path.join(directory, 'time'), 'utf8')
    .trim()
    .split('\n')
    .at(-1)!
    .split(' ')
    .map(Number)
  const cpu = user + system
  console.log(
    `${name.padEnd(9)} ${lines.toLocaleString('en')} lines of ${pods} Pods: ${wall.toFixed(1)} s, ${cpu.toFixed(1)} s of processor time (${Math.round(lines / cpu).toLocaleString('en')} lines a second), peak ${Math.round(kilobytes / 1024)} MB${code === 0 ? '' : `, exit ${code}`}`,
  )
  await pause(100)
}

try {
  await run('null', '> /dev/null')
  await run(
    'pipe',
    `| awk '/ lines skipped/ { gsub(",", "", $(NF - 2)); skipped += $(NF - 2); next } / \\| / { shown += 1 } END { print "          " shown " shown, " skipped + 0 " said to be skipped" }'`,
  )
  await run('ndjson', '> /dev/null', ['--report=ndjson'])
} finally {
  server.closeAllConnections()
  server.close()
  await sandbox.stop()
  rmSync(directory, { recursive: true })
}

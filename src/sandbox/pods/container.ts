import type { Api } from '../api/api.ts'
import type { KubeObject } from '../object.ts'
import type { Behaviour } from './behaviour.ts'
import { ConfigProblem, environmentOf, expand } from './environment.ts'
import { createFiles } from './files.ts'
import { split } from './image.ts'
import type { LogBuffer } from './logs.ts'
import { reach } from './network.ts'
import { type Process, startProcess } from './shell.ts'
import { type Exit, program, type World } from './shell-state.ts'
import { type Disks, mountsOf } from './volumes.ts'

/** One run of a container. */
export interface Run {
  /** How it ended; `reason` where the kubelet would not derive it from the exit code. */
  done: Promise<Exit & { reason?: string; message?: string }>
  kill: Process['kill']
  /** Whether something in it answers HTTP and TCP probes. */
  serves(): boolean
  /** Runs a command inside, as exec probes do. */
  exec(command: string[], timeout: number): Promise<{ code: number; output: string }>
}

/** Images of which the simulation knows the programs. */
export const SHELL_IMAGES = /(^|\/)(busybox|alpine|ubuntu|debian|bash|centos|fedora|rockylinux|amazonlinux)$/

/** Starts a container of `pod`. Throws ConfigProblem where its environment cannot be made. */
export function startContainer(
  api: Api,
  pod: KubeObject,
  container: any,
  options: { log: LogBuffer; disks: Disks; behaviour: Behaviour; failing: boolean },
): Run {
  const env = environmentOf(api, pod, container)
  const hostname = pod.spec.hostname ?? pod.metadata.name
  const files = createFiles(mountsOf(api, pod, withPaths(container, env), options.disks), hostname)
  const { path, tag } = split(container.image)
  const lenient = !SHELL_IMAGES.test(path)
  const completes = pod.spec.restartPolicy !== 'Always' && container.restartPolicy !== 'Always'
  let serving = false
  const world: World = {
    env,
    files,
    hostname,
    lenient,
    lifetime: completes ? options.behaviour.runTime : Number.POSITIVE_INFINITY,
    serving: () => {
      serving = true
    },
    reach: (address) => reach(api, pod.metadata.namespace!, address),
    sleep: (seconds, signal) => sleep(api, seconds, signal),
  }
  const { behaviour, log } = options
  let partial = ''
  const write = (text: string): void => {
    partial += text
    if (!partial.includes('\n')) return
    const lines = partial.split('\n')
    partial = lines.pop()!
    for (const line of lines) log.write(line)
  }
  const argv = [...(container.command ?? []), ...(container.args ?? [])].map((arg) => expand(arg, env))
  const process = options.failing
    ? crashing(api, behaviour, write)
    : ((container.command || SHELL_IMAGES.test(path) || /^(\/bin\/)?(ba|a|da)?sh$/.test(argv[0] ?? '')
        ? shellOrNothing(argv, path, world, write)
        : undefined) ?? server(api, pod, `${path.replace(/^library\//, '')}:${tag}`, container, behaviour, write))
  const done = process.done.then((exit: Awaited<Run['done']>) => {
    if (partial) log.write(partial)
    partial = ''
    log.close()
    const said = files.read(container.terminationMessagePath ?? '/dev/termination-log')
    return said && !exit.message ? { ...exit, message: said.slice(0, 4096) } : exit
  })
  return {
    done,
    kill: process.kill,
    serves: () => serving || lenient,
    exec: async (command, timeout) => {
      let output = ''
      const run = startProcess(command, world, (text) => {
        if (output.length < 10_000) output += text
      })
      if (!run && lenient) return { code: 0, output: '' }
      if (!run) return { code: 127, output: `exec: "${command[0]}": executable file not found in $PATH` }
      const late = new AbortController()
      const timer = sleep(api, timeout, late.signal).then(
        () => 'late' as const,
        () => 'done' as const,
      )
      const first = await Promise.race([run.done, timer])
      if (first === 'late') {
        run.kill('KILL')
        return { code: -1, output: 'timeout' }
      }
      late.abort()
      return { code: (first as Exit).code, output }
    },
  }
}

/** The container with the variables in its subPathExpr replaced. Throws ConfigProblem where one is not set. */
function withPaths(container: any, env: Record<string, string>): any {
  if (!container.volumeMounts?.some((mount: any) => mount.subPathExpr)) return container
  const volumeMounts = container.volumeMounts.map((mount: any) => {
    if (!mount.subPathExpr) return mount
    const missing = [...mount.subPathExpr.matchAll(/\$\(([^)]+)\)/g)].find((match) => !Object.hasOwn(env, match[1]))
    if (missing) throw new ConfigProblem(`missing value for ${missing[1]}`)
    return { ...mount, subPath: expand(mount.subPathExpr, env) }
  })
  return { ...container, volumeMounts }
}

type Ended = { done: Promise<Exit & { reason?: string; message?: string }>; kill: Process['kill'] }

function shellOrNothing(argv: string[], path: string, world: World, write: (text: string) => void): Ended | undefined {
  // A base image without a command has a shell without input: it ends at once.
  if (argv.length === 0) return startProcess(['true'], world, write)
  const run = startProcess(argv, world, write)
  if (run || !SHELL_IMAGES.test(path)) return run
  const message = `failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: exec: ${JSON.stringify(argv[0])}: ${argv[0]!.includes('/') ? `stat ${argv[0]}: no such file or directory` : 'executable file not found in $PATH'}: unknown`
  if (world.files.read(argv[0]!) !== undefined) return startProcess(['sh', ...argv], world, write)
  return { done: Promise.resolve({ code: 128, reason: 'StartError', message }), kill: () => {} }
}

/** A server: writes that it started, and runs until it is told to stop. In a Job it completes. */
function server(api: Api, pod: KubeObject, name: string, container: any, behaviour: Behaviour, write: (text: string) => void): Ended {
  const job = pod.spec.restartPolicy !== 'Always' && container.restartPolicy !== 'Always'
  const init = (pod.spec.initContainers ?? []).some((c: any) => c.name === container.name && c.restartPolicy !== 'Always')
  const shown = container.command ? program(container.command[0]) : name
  const lifetime = job || init ? behaviour.runTime : Number.POSITIVE_INFINITY
  const stop = new AbortController()
  let code = 0
  const done = (async (): Promise<Exit> => {
    await Promise.resolve()
    write(`${shown} started${container.args?.length ? ` with ${container.args.join(' ')}` : ''}\n`)
    const ports = (container.ports ?? []).map((p: any) => p.containerPort)
    if (ports.length > 0) write(`${shown} listening on ${ports.map((p: number) => `:${p}`).join(', ')}\n`)
    try {
      if (behaviour.logRate > 0) await chatter(api, behaviour.logRate, lifetime, stop.signal, write)
      else await sleep(api, lifetime, stop.signal)
      write(`${shown} completed\n`)
    } catch {
      if (code === 0) write(`${shown} stopped\n`)
    }
    return code === 0 ? { code } : { code, signal: code - 128 }
  })()
  return {
    done,
    kill: (signal) => {
      code = signal === 'KILL' ? 137 : 0
      stop.abort()
    },
  }
}

async function chatter(api: Api, rate: number, lifetime: number, signal: AbortSignal, write: (text: string) => void): Promise<void> {
  const from = Date.now()
  for (let line = 1; (Date.now() - from) / 1000 < lifetime; ) {
    const due = Math.floor(((Date.now() - from) / 1000) * rate)
    for (; line <= due; line++) write(`line ${line}\n`)
    await sleep(api, Math.max(0.02, 1 / rate), signal)
  }
}

function crashing(api: Api, behaviour: Behaviour, write: (text: string) => void): Ended {
  const stop = new AbortController()
  const oom = behaviour.fail === 'oom'
  const done = (async () => {
    await Promise.resolve()
    write('starting\n')
    try {
      await sleep(api, behaviour.failAfter, stop.signal)
    } catch {
      return { code: 137, signal: 9 }
    }
    if (!oom) write('fatal: the sandbox was told to crash this container\n')
    return oom ? { code: 137, signal: 9, reason: 'OOMKilled' } : { code: behaviour.exitCode }
  })()
  return { done, kill: () => stop.abort() }
}

/** Waits on the sandbox's clock; rejects when `signal` aborts. */
export function sleep(api: Api, seconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(new Error('aborted'))
      return
    }
    const cancel = api.clock.after(seconds, () => {
      signal.removeEventListener('abort', aborted)
      resolve()
    })
    const aborted = (): void => {
      cancel()
      reject(new Error('aborted'))
    }
    signal.addEventListener('abort', aborted, { once: true })
  })
}

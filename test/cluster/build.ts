import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { output, stream } from './command.ts'
import { stageFiles } from './kwok.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** The Go modules that the cluster is built from, each a folder beside this file with a go.mod of its own, and the programs of each. */
const modules = {
  etcd: { 'etcd-server': 'go.etcd.io/etcd/server/v3' },
  kubernetes: {
    'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
    'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
    'kube-scheduler': 'k8s.io/kubernetes/cmd/kube-scheduler',
    kubelet: 'k8s.io/kubernetes/cmd/kubelet',
  },
  kwok: { kwok: 'sigs.k8s.io/kwok/cmd/kwok' },
} as const
type Module = keyof typeof modules

/** Where built programs, and the state of a cluster started with `up`, are kept: outside of the checkout, so that clones share them. */
export function cacheDirectory(): string {
  return path.join(process.env.XDG_CACHE_HOME || path.join(os.homedir(), '.cache'), 'converge-test-cluster')
}

/**
 * Builds etcd, the Kubernetes control plane, kubelet and kwok from Go modules, once for each content of their go.mod and go.sum, and
 * gives the directory that holds the programs and `stages.yaml`. Some seven minutes on two idle cores without a Go cache; nothing at
 * all where they are there already. A build that was cut off goes on at the program where it stopped.
 * @throws when Go is missing or a build fails, with the command.
 */
export async function build(log: (line: string) => void): Promise<string> {
  const digest = createHash('sha256').update(`${process.platform} ${process.arch}\n`)
  for (const module of Object.keys(modules) as Module[])
    for (const file of ['go.mod', 'go.sum']) digest.update(await readFile(path.join(here, module, file)))
  const directory = path.join(cacheDirectory(), digest.digest('hex').slice(0, 16))
  await mkdir(directory, { recursive: true })

  for (const module of Object.keys(modules) as Module[]) {
    const missing = Object.entries(modules[module]).filter(([program]) => !existsSync(path.join(directory, program)))
    for (const [program, source] of missing) {
      log(`building ${program}`)
      const partial = path.join(directory, `.${program}.${process.pid}`)
      const flags = ['-p', '2', '-trimpath', '-buildvcs=false', '-ldflags', await linkerFlags(module), '-o', partial, source]
      await stream('nice', ['-n', '5', 'go', 'build', ...flags], { cwd: path.join(here, module), log })
      await rename(partial, path.join(directory, program))
    }
  }
  await writeStages(directory)
  return directory
}

/** Kubernetes learns its own version from the linker; without it `kubectl version` and `.Capabilities` show a placeholder. */
async function linkerFlags(module: Module): Promise<string> {
  const strip = '-s -w'
  if (module !== 'kubernetes') return strip
  const version = /k8s\.io\/kubernetes (v(\d+)\.(\d+)\.\d+)/.exec(await readFile(path.join(here, module, 'go.mod'), 'utf8'))
  if (!version) throw new Error(`${module}/go.mod does not require k8s.io/kubernetes`)
  const set = (name: string, value: string | undefined) => `-X k8s.io/component-base/version.${name}=${value}`
  return [
    strip,
    set('gitVersion', version[1]),
    set('gitMajor', version[2]),
    set('gitMinor', version[3]),
    set('gitTreeState', 'clean'),
  ].join(' ')
}

/** kwok's own stages for nodes and Pods come with its module; they are read from there and not kept in this repository. */
async function writeStages(directory: string): Promise<void> {
  const target = path.join(directory, 'stages.yaml')
  if (existsSync(target)) return
  const source = (await output('go', ['list', '-m', '-f', '{{.Dir}}', 'sigs.k8s.io/kwok'], { cwd: path.join(here, 'kwok') })).trim()
  const stages = await Promise.all(stageFiles.map((file) => readFile(path.join(source, file), 'utf8')))
  const partial = `${target}.${process.pid}`
  await writeFile(partial, stages.join('\n---\n'))
  await rename(partial, target)
}

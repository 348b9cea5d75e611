import { mkdtemp, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { expect } from 'vitest'
import { helmBinary } from '../oracle/helm.ts'
import { type Namespace, newNamespace } from './namespace.ts'
import { converge, type Run, type RunOptions, root, run } from './process.ts'
import type { Target } from './target.ts'

export const charts = path.join(root, 'test/e2e/charts')

/** One release in a namespace of its own. */
export interface Scenario extends Namespace {
  release: string
  /** Deploys a chart (`app` when left out) with these values. */
  deploy(values?: object, options?: DeployOptions): Promise<Run>
  /** Another command of converge on this release. */
  converge(args: readonly string[], options?: RunOptions): Promise<Run>
  /** The answer of the real Helm, as JSON; undefined where its binary is missing. */
  helm(...args: string[]): Promise<any>
  /** The status of each revision, oldest first, from the release records alone. */
  revisions(): Promise<string[]>
}

export interface DeployOptions extends RunOptions {
  chart?: string
  args?: string[]
}

export async function newScenario(target: Target, release = 'app'): Promise<Scenario> {
  const namespace = await newNamespace(target)
  const files = await mkdtemp(path.join(os.tmpdir(), 'converge-e2e-'))
  const connection = ['--kubeconfig', target.kubeconfig, '--kube-context', target.context, '-n', namespace.name]
  let deploys = 0
  return {
    ...namespace,
    release,
    async deploy(values = {}, { chart = 'app', args = [], ...options } = {}) {
      const file = path.join(files, `values-${++deploys}.json`)
      await writeFile(file, JSON.stringify({ placement: target.placement, ...values }))
      return converge(
        [path.isAbsolute(chart) ? chart : path.join(charts, chart), '--release', release, ...connection, '-f', file, ...args],
        options,
      )
    },
    converge: (args, options) => converge([...args, '--release', release, ...connection], options),
    async helm(...args) {
      const binary = await helmBinary()
      if (!binary) return undefined
      const context = ['--kubeconfig', target.kubeconfig, '--kube-context', target.context, '-n', namespace.name]
      const answer = await run(binary, [...args, ...context])
      expect(answer.status, answer.output).toBe(0)
      return answer.stdout.startsWith('{') || answer.stdout.startsWith('[') ? JSON.parse(answer.stdout) : answer.stdout
    },
    async revisions() {
      const { items } = await namespace.get(`v1/secrets?labelSelector=${encodeURIComponent(`owner=helm,name=${release}`)}`)
      const labels: { version: string; status: string }[] = items.map((item: any) => item.metadata.labels)
      return labels.sort((a, b) => Number(a.version) - Number(b.version)).map(({ version, status }) => `${version} ${status}`)
    },
  }
}

/** The run ended well and was quiet about what only its authors want to know. */
export function expectSuccess(result: Run): void {
  expect(result.status, result.output).toBe(0)
  expectPresentable(result)
}

/** The run failed, and the first line that tells of it gives the reason. */
export function expectFailure(result: Run, reason: RegExp): void {
  expect(result.status, result.output).toBe(1)
  expect(firstFailure(result), result.output).toMatch(reason)
  expectPresentable(result)
}

/** The first line that is marked as a failure. */
function firstFailure(result: Run): string {
  return result.output.split('\n').find((line) => line.startsWith('✗')) ?? ''
}

/** No stack trace, nothing that was printed without having been formatted, no secret. */
export function expectPresentable({ output }: Run): void {
  expect(output).not.toMatch(/^\s+at .+(\.[jt]s|node:).*:\d+/m)
  expect(output).not.toMatch(/\[object Object\]|\bundefined\b|\bNaN\b/)
  expect(output).not.toContain('s3cret-')
  expect(output).not.toMatch(/\x1b\[/)
}

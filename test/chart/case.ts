import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { templateOutput } from '../../src/chart/output.ts'
import { type RenderOptions, renderChart } from '../../src/chart/render.ts'
import type { ValueOptions } from '../../src/chart/values.ts'
import { isConvergeError } from '../../src/errors.ts'

/** A chart and how it is rendered. Every file but `Chart.yaml` has its place below the chart; `values/x` are files for `-f values/x`. */
export interface ChartCase {
  name: string
  files: Record<string, string | Uint8Array>
  /** Symbolic links: path to target. */
  links?: Record<string, string>
  values?: ValueOptions
  options?: Partial<RenderOptions>
}

/** What a program made of a case: standard output, or what follows `Error: `. */
export interface Answer {
  ok: boolean
  text: string
}

/** A chart named `c` with the given templates and values; Chart.yaml unless it is among the files. */
export function chart(files: Record<string, string | Uint8Array>): Record<string, string | Uint8Array> {
  return { 'Chart.yaml': 'apiVersion: v2\nname: c\nversion: 0.1.0\n', ...files }
}

/** A template that shows values as JSON in a comment, so that no value can break the YAML. */
export function show(...expressions: string[]): string {
  return expressions.map((expression) => `# {{ ${expression} | toJson }}\n`).join('')
}

/** Runs `use` in a directory that holds the case's chart as `c` and its values files, and removes the directory. */
export async function withChart<T>(test: ChartCase, use: (directory: string) => T | Promise<T>): Promise<T> {
  const directory = mkdtempSync(path.join(tmpdir(), 'converge-chart-'))
  try {
    for (const [name, content] of Object.entries(test.files)) {
      const file = path.join(directory, name.startsWith('values/') ? '' : 'c', name)
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, content)
    }
    for (const [name, target] of Object.entries(test.links ?? {})) symlinkSync(target, path.join(directory, 'c', name))
    return await use(directory)
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
}

/** What converge makes of a case. Anything but a ConvergeError is thrown on. */
export function askConverge(test: ChartCase): Promise<Answer> {
  return withChart(test, (directory) => {
    const inDirectory = (file: string) => path.join(directory, file)
    const values: ValueOptions = {
      ...test.values,
      files: test.values?.files?.map(inDirectory),
      setFile: test.values?.setFile?.map((line) => line.replaceAll('values/', `${directory}/values/`)),
    }
    const options = { chart: inDirectory('c'), releaseName: 'r', namespace: 'ns', ...test.options, values }
    try {
      return { ok: true, text: templateOutput(renderChart(options), options) }
    } catch (error) {
      if (!isConvergeError(error)) throw error
      return { ok: false, text: tidy(error.message, directory) }
    }
  })
}

/** What the real Helm makes of it. */
export function askHelm(binary: string, test: ChartCase): Promise<Answer> {
  return withChart(test, (directory) => {
    const args = [
      'template',
      test.options?.releaseName ?? 'r',
      './c',
      '-n',
      'ns',
      ...valueArguments(test.values ?? {}),
      ...optionArguments(test.options ?? {}),
    ]
    return new Promise<Answer>((resolve) => {
      const env = { ...process.env, KUBECONFIG: '/dev/null' }
      execFile(binary, args, { cwd: directory, env, maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
        if (!error) resolve({ ok: true, text: stdout })
        else resolve({ ok: false, text: tidy(stderr.slice(stderr.indexOf('Error: ') + 'Error: '.length).replace(/\n$/, ''), directory) })
      })
    })
  })
}

function valueArguments(values: ValueOptions): string[] {
  const flags: [string, readonly string[] | undefined][] = [
    ['-f', values.files],
    ['--set', values.set],
    ['--set-string', values.setString],
    ['--set-json', values.setJson],
    ['--set-file', values.setFile],
    ['--set-literal', values.setLiteral],
  ]
  return flags.flatMap(([flag, items]) => (items ?? []).flatMap((item) => [flag, item]))
}

function optionArguments(options: Partial<RenderOptions>): string[] {
  return [
    ...(options.kubeVersion === undefined ? [] : ['--kube-version', options.kubeVersion]),
    ...(options.apiVersions ?? []).flatMap((version) => ['-a', version]),
    ...(options.showOnly ?? []).flatMap((pattern) => ['-s', pattern]),
    ...(options.isUpgrade ? ['--is-upgrade'] : []),
    ...(options.includeCrds ? ['--include-crds'] : []),
    ...(options.skipTests ? ['--skip-tests'] : []),
    ...(options.noHooks ? ['--no-hooks'] : []),
    ...(options.skipSchemaValidation ? ['--skip-schema-validation'] : []),
  ]
}

/** A message without the advice at its end and the directory it arose in. */
function tidy(message: string, directory: string): string {
  return message
    .replaceAll(`${directory}/values/`, 'values/')
    .replaceAll(directory, 'DIR')
    .replace(/\n*Use --debug flag to render out invalid YAML\s*$/, '')
}

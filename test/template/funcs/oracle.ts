import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { type Golden, valuesText } from './snippets.ts'

const run = promisify(execFile)
/** Snippets that change the values have them for themselves. */
const changesValues = /(set|unset|merge\w*) \.Values/i
const chart = 'apiVersion: v2\nname: snippets\nversion: 0.1.0\n'

/**
 * Renders the snippets with the real Helm: all at once, and those that fail one by one for their messages. `failing` are those that are
 * known to fail, which saves finding them one after the other.
 */
export async function askHelm(helm: string, templates: readonly string[], failing: readonly string[] = []): Promise<Golden[]> {
  const results = new Map<string, Golden>()
  for (const template of failing) {
    const golden = await renderOne(helm, template)
    if (golden) results.set(template, golden)
  }
  let pending = [...new Set(templates)].filter((template) => !results.has(template))
  for (const template of pending.filter((snippet) => changesValues.test(snippet))) {
    const alone = await renderBatch(helm, [template])
    const golden = typeof alone === 'number' ? await renderOne(helm, template) : alone[0]
    if (golden) results.set(template, golden)
  }
  pending = pending.filter((template) => !results.has(template))
  while (pending.length > 0) {
    const batch = await renderBatch(helm, pending)
    if (typeof batch !== 'number') {
      for (const golden of batch) results.set(golden.template, golden)
      break
    }
    const template = pending[batch]!
    const golden = await renderOne(helm, template)
    if (!golden) throw new Error(`fails among others and not alone: ${template}`)
    results.set(template, golden)
    pending = pending.filter((_, index) => index !== batch)
  }
  return [...new Set(templates)].map((template) => results.get(template)!)
}

/** The outputs, or the index of the snippet that fails first. Base64 carries every byte through Helm's YAML. */
async function renderBatch(helm: string, templates: readonly string[]): Promise<Golden[] | number> {
  const files: Record<string, string> = {}
  const lines: string[] = []
  for (const [index, template] of templates.entries()) {
    files[`_case${index}.tpl`] = `{{ define "case${index}" }}${template}{{ end }}`
    lines.push(`case${index}: {{ include "case${index}" . | b64enc | quote }}`)
  }
  files['all.yaml'] = lines.join('\n')
  try {
    const { stdout } = await withChart(files, (folder) => helmTemplate(helm, folder))
    const outputs = new Map(Array.from(stdout.matchAll(/^case(\d+): "(.*)"$/gm), (match) => [Number(match[1]), match[2]!]))
    return templates.map((template, index) => ({ template, output: decode(outputs.get(index)!) }))
  } catch (error) {
    const message = (error as { stderr?: string }).stderr ?? String(error)
    // A message of `fail` names nothing but the line that included the snippet.
    const line = /^Error: execution error at \(snippets\/templates\/all\.yaml:(\d+):/.exec(message)
    if (line) return Number(line[1]) - 1
    const failed = [...message.matchAll(/case(\d+)/g)].at(-1)
    if (!failed) throw error
    return Number(failed[1])
  }
}

/** Bytes that are not UTF-8 are kept one character each, with a mark in front. */
function decode(base64: string): string {
  const bytes = Buffer.from(base64, 'base64')
  const text = bytes.toString()
  return Buffer.from(text).equals(bytes) ? text : `bytes:${bytes.toString('latin1')}`
}

/** The error of a snippet by itself; undefined where there is none. */
async function renderOne(helm: string, template: string): Promise<Golden | undefined> {
  try {
    await withChart({ 'case.yaml': template }, (folder) => helmTemplate(helm, folder))
  } catch (error) {
    const stderr = (error as { stderr?: string }).stderr
    if (stderr === undefined) throw error
    const message = stderr.replace(/^Error: /, '').replace(/\n\nUse --debug flag to render out invalid YAML\n$/, '')
    return { template, error: message.replace(/\n$/, '') }
  }
  return undefined
}

function helmTemplate(helm: string, folder: string): Promise<{ stdout: string }> {
  return run(helm, ['template', 'release', folder], { maxBuffer: 64 * 1024 * 1024, env: { ...process.env, TZ: 'UTC' } })
}

async function withChart<T>(templates: Record<string, string>, use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(path.join(tmpdir(), 'snippets-'))
  try {
    await mkdir(path.join(folder, 'templates'))
    await writeFile(path.join(folder, 'Chart.yaml'), chart)
    await writeFile(path.join(folder, 'values.yaml'), valuesText)
    for (const [name, text] of Object.entries(templates)) await writeFile(path.join(folder, 'templates', name), text)
    return await use(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

import { readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'
import { loadChart } from '../chart/load.ts'

/** The archive of a chart: a directory is packed, without what .helmignore names; a .tgz is taken as it is. */
export async function packChart(location: string, name: string): Promise<Buffer> {
  if (statSync(location).isFile()) return readFileSync(location)
  const chart = loadChart(location, () => {})
  const tar = pack()
  const add = (file: string, data: Uint8Array) => tar.entry({ name: `${name}/${file}`, mode: 0o644 }, Buffer.from(data))
  const top = ['Chart.yaml', 'Chart.lock', 'values.yaml', 'values.schema.json', 'requirements.yaml', 'requirements.lock']
  for (const file of top) {
    const data = fileOf(path.join(location, file))
    if (data) add(file, data)
  }
  for (const { name: file, data } of [...chart.templates, ...chart.files]) if (!top.includes(file)) add(file, data)
  for (const sub of chart.dependencies) {
    const directory = path.join(location, 'charts', sub.metadata.name)
    const archive = path.join(location, 'charts', `${sub.metadata.name}-${sub.metadata.version}.tgz`)
    const bytes = await packChart(statSync(directory, { throwIfNoEntry: false }) ? directory : archive, sub.metadata.name)
    add(`charts/${sub.metadata.name}-${sub.metadata.version}.tgz`, bytes)
  }
  tar.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of tar) chunks.push(chunk as Uint8Array)
  return gzipSync(Buffer.concat(chunks))
}

function fileOf(file: string): Buffer | undefined {
  return statSync(file, { throwIfNoEntry: false })?.isFile() ? readFileSync(file) : undefined
}

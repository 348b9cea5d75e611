import { createHash } from 'node:crypto'
import { createWriteStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { finished } from 'node:stream/promises'
import { pack } from 'tar-stream'
import { output } from './command.ts'

/** The images of the real node. `:1` and `:2` hold the same busybox, so that an upgrade can change the tag; any other image cannot be pulled. */
const images = ['converge.test/busybox:1', 'converge.test/busybox:2', 'converge.test/pause:1']

/**
 * Writes a docker-archive tar of one layer, with the machine's static busybox and a link for each of its applets, tagged with `images`.
 * Its command sleeps for ever; Pods name their own.
 */
export async function writeImages(file: string, busybox: string): Promise<void> {
  const applets = (await output(busybox, ['--list'])).trim().split('\n')
  const layer = pack()
  for (const directory of ['bin', 'etc', 'tmp', 'var'])
    layer.entry({ name: `${directory}/`, type: 'directory', mode: directory === 'tmp' ? 0o1777 : 0o755 })
  layer.entry({ name: 'bin/busybox', mode: 0o755 }, await readFile(busybox))
  for (const applet of applets) if (applet !== 'busybox') layer.entry({ name: `bin/${applet}`, type: 'symlink', linkname: 'busybox' })
  layer.entry({ name: 'etc/passwd' }, 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n')
  layer.entry({ name: 'etc/group' }, 'root:x:0:\nnobody:x:65534:\n')
  layer.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of layer) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)

  const config = JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: { Env: ['PATH=/bin'], Cmd: ['/bin/sleep', '2147483647'] },
    rootfs: { type: 'layers', diff_ids: [`sha256:${sha256(bytes)}`] },
    history: [{ created_by: 'test/cluster/image.ts' }],
  })
  const configFile = `${sha256(config)}.json`
  const archive = pack()
  const written = finished(archive.pipe(createWriteStream(file)))
  archive.entry({ name: 'layer.tar' }, bytes)
  archive.entry({ name: configFile }, config)
  archive.entry({ name: 'manifest.json' }, JSON.stringify([{ Config: configFile, RepoTags: images, Layers: ['layer.tar'] }]))
  archive.finalize()
  await written
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex')
}

import { gzipSync } from 'node:zlib'
import { pack } from 'tar-stream'

/** An entry of an archive; a regular file unless `type` says otherwise. */
export interface Entry {
  name: string
  content?: string | Uint8Array
  type?: 'file' | 'directory' | 'symlink' | 'link' | 'fifo'
  linkname?: string
}

/** An uncompressed tar archive, written by a library that knows nothing of ours. */
export async function tar(entries: readonly Entry[]): Promise<Uint8Array> {
  const stream = pack()
  for (const { name, content = '', type = 'file', linkname } of entries) {
    if (type === 'file') stream.entry({ name, type }, Buffer.from(content))
    else stream.entry({ name, type, linkname })
  }
  stream.finalize()
  const chunks: Uint8Array[] = []
  for await (const chunk of stream) chunks.push(chunk as Uint8Array)
  return Buffer.concat(chunks)
}

export async function tgz(entries: readonly Entry[]): Promise<Uint8Array> {
  return gzipSync(await tar(entries))
}

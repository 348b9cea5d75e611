import { createHash } from 'node:crypto'
import { readArchive } from '../chart/archive.ts'
import { isCompatibleRange, isVersion } from '../chart/versions.ts'
import { ConvergeError } from '../errors.ts'
import { compareVersions, parseVersion } from '../template/funcs/version.ts'
import { type Access, maxBytes } from './access.ts'
import { openRegistry, type Registry } from './registry.ts'

/** `oci://host/path/name[:tag][@sha256:…]` */
export interface Reference {
  host: string
  repository: string
  tag?: string
  digest?: string
}

const manifestType = 'application/vnd.oci.image.manifest.v1+json'
const indexType = 'application/vnd.oci.image.index.v1+json'
const configType = 'application/vnd.cncf.helm.config.v1+json'
/** The second is that of Helm before 3.7. */
const chartTypes = ['application/vnd.cncf.helm.chart.content.v1.tar+gzip', 'application/tar+gzip']

/** Reads a reference to a chart in a registry. @throws ConvergeError ERR_USAGE for what is none */
export function parseReference(text: string): Reference {
  const match = /^oci:\/\/([^/@]+)\/([a-z0-9]+(?:[._/-]+[a-z0-9]+)*)(?::([\w][\w.+-]*))?(?:@(sha256:[a-f0-9]{64}))?$/.exec(text)
  if (!match) {
    throw new ConvergeError('ERR_USAGE', `${text} is no reference to a chart`, {
      hint: 'oci://HOST/PATH/NAME, with :VERSION or @sha256:DIGEST behind it.',
    })
  }
  const [, host, repository, tag, digest] = match as unknown as [string, string, string, string?, string?]
  return { host, repository, tag, digest }
}

/**
 * The versions of a chart in a registry, the newest first; tags that are no whole semantic version are no versions. Tags cannot hold a plus sign:
 * Helm writes an underscore.
 */
async function listTags({ host, repository }: Reference, access: Access, env: NodeJS.ProcessEnv): Promise<string[]> {
  const registry = openRegistry(host, repository, access, env)
  const versions: string[] = []
  let next: string | undefined = 'tags/list'
  for (let page = 0; next !== undefined && page < 1000; page++) {
    const { body, headers } = await registry.get(next, 'application/json')
    const { tags } = JSON.parse(body.toString('utf8')) as { tags?: string[] | null }
    versions.push(...(tags ?? []).map((tag) => tag.replaceAll('_', '+')).filter((tag) => /^\d+\.\d+\.\d+/.test(tag) && isVersion(tag)))
    next = nextPage(String(headers.link ?? ''))
  }
  return versions.sort((a, b) => compareVersions(parseVersion(b), parseVersion(a)))
}

/** The path and query that a Link header names as the next page. */
function nextPage(link: string): string | undefined {
  const target = /<([^>]*)>\s*;\s*rel="?next"?/.exec(link)?.[1]
  if (target === undefined) return undefined
  const { pathname, search } = new URL(target, 'http://registry/')
  return pathname + search
}

/**
 * The version that Helm takes for what was asked: a whole version as it is, else the newest that satisfies the range, else the newest stable one.
 * @throws ConvergeError ERR_REPOSITORY where there is none
 */
export async function chooseVersion(reference: Reference, range: string, access: Access, env: NodeJS.ProcessEnv): Promise<string> {
  if (range !== '' && isVersion(range)) return range
  const tags = await listTags(reference, access, env)
  const found = tags.find((tag) => isCompatibleRange(range === '' ? '*' : range, tag))
  if (found !== undefined) return found
  const place = `oci://${reference.host}/${reference.repository}`
  throw new ConvergeError('ERR_REPOSITORY', `no version of ${place} satisfies ${JSON.stringify(range)}`, {
    details: [tags.length === 0 ? 'it has no versions' : `there are ${tags.slice(0, 10).join(', ')}${tags.length > 10 ? ', …' : ''}`],
  })
}

interface Descriptor {
  mediaType: string
  digest: string
  size: number
}

interface Manifest {
  mediaType?: string
  config?: Descriptor
  layers?: Descriptor[]
  manifests?: Descriptor[]
}

/** The archive of a chart in a registry, its digests checked, and it for what no chart may hold. `reference` has a tag or a digest. */
export async function pullChart(reference: Reference, access: Access, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const place = `oci://${reference.host}/${reference.repository}`
  const registry = openRegistry(reference.host, reference.repository, access, env)
  const manifest = await chartManifest(registry, reference.digest ?? reference.tag!.replaceAll('+', '_'), place)
  const layer = manifest.layers?.find(({ mediaType }) => chartTypes.includes(mediaType))
  if (!layer)
    throw new ConvergeError('ERR_REPOSITORY', `${place} holds no chart`, { details: [`it is of type ${manifest.config?.mediaType}`] })
  if (layer.size > maxBytes) throw new ConvergeError('ERR_REPOSITORY', `the chart at ${place} is larger than ${maxBytes} bytes`)
  const { body } = await registry.get(`blobs/${layer.digest}`, '*/*')
  check(body, layer.digest, place)
  readArchive(body)
  return body
}

/** The manifest of a chart; of several below an index, the first that is a chart's. */
async function chartManifest(registry: Registry, name: string, place: string): Promise<Manifest> {
  const manifest = await readManifest(registry, name, place)
  for (const { digest } of manifest.manifests?.slice(0, 20) ?? []) {
    const inner = await readManifest(registry, digest, place)
    if (inner.config?.mediaType === configType) return inner
  }
  return manifest
}

async function readManifest(registry: Registry, name: string, place: string): Promise<Manifest> {
  const { body } = await registry.get(`manifests/${name}`, `${manifestType}, ${indexType}`)
  if (name.startsWith('sha256:')) check(body, name, place)
  return JSON.parse(body.toString('utf8')) as Manifest
}

function check(bytes: Buffer, expected: string, place: string): void {
  const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`
  if (digest === expected) return
  throw new ConvergeError('ERR_REPOSITORY', `what ${place} gives is not what it says`, {
    details: [`digest named: ${expected}`, `digest found: ${digest}`],
  })
}

import type { ClusterCapabilities } from '../chart/capabilities.ts'
import { type Rendered, type RenderOptions, render } from '../chart/render.ts'
import type { Cluster } from '../cluster/cluster.ts'
import { withSignal } from '../concurrency.ts'
import { ConvergeError, isConvergeError } from '../errors.ts'
import type { KubeObject } from '../resource.ts'
import type { GoMap, Value } from '../template/value.ts'

/** `lookup` needs answers while a template runs, requests take time: a chart that looks things up is rendered again with each round of answers. */
const lookupRounds = 20

/** Renders a chart for a cluster: its version, its kinds (`capabilities`, where they have been asked for already), and `lookup` answered by it. */
export async function renderForCluster(
  cluster: Cluster,
  options: RenderOptions,
  signal?: AbortSignal,
  capabilities: Promise<ClusterCapabilities> = readCapabilities(cluster, signal),
): Promise<Rendered> {
  const known = await withSignal(capabilities, signal)
  const answers = new Map<string, Value>()
  for (let round = 0; round < lookupRounds; round++) {
    const questions = new Map<string, [string, string, string, string]>()
    const lookup = (...question: [string, string, string, string]): Value => {
      const key = question.join('\n')
      const answer = answers.get(key)
      if (answer !== undefined) return answer
      questions.set(key, question)
      return new Map()
    }
    let rendered: Rendered | undefined
    try {
      rendered = await render({ ...options, cluster: known, lookup })
    } catch (error) {
      // A template may well fail on the empty answer that it got for now.
      if (questions.size === 0) throw error
    }
    if (rendered && questions.size === 0) return rendered
    await Promise.all([...questions].map(async ([key, question]) => answers.set(key, await lookUp(cluster, question, signal))))
  }
  throw new ConvergeError('ERR_LOOKUP', `the chart's lookups did not come to an end after ${lookupRounds} rounds`, {
    hint: 'Does a lookup depend on a random value?',
  })
}

/** What `.Capabilities` says of a cluster: every `group/version` and every `group/version/Kind` that it serves. */
export async function readCapabilities(cluster: Cluster, signal?: AbortSignal): Promise<ClusterCapabilities> {
  const [version, resources] = await Promise.all([cluster.version({ signal }), cluster.resources({ signal })])
  const apiVersions = new Set<string>()
  for (const resource of resources) {
    const groupVersion = resource.group ? `${resource.group}/${resource.version}` : resource.version
    apiVersions.add(groupVersion)
    apiVersions.add(`${groupVersion}/${resource.kind}`)
  }
  return { kubeVersion: version.gitVersion, apiVersions: [...apiVersions] }
}

async function lookUp(
  cluster: Cluster,
  [apiVersion, kind, namespace, name]: [string, string, string, string],
  signal?: AbortSignal,
): Promise<Value> {
  const resource = await cluster.resourceOf(apiVersion, kind, { signal })
  if (!resource) return new Map()
  const place = resource.namespaced && namespace !== '' ? namespace : undefined
  try {
    if (name === '') {
      const { items } = await cluster.list(apiVersion, kind, place, { signal })
      return new Map<string, Value>([
        ['apiVersion', apiVersion],
        ['kind', `${kind}List`],
        ['items', items.map((item) => toValue({ ...item, apiVersion, kind }))],
      ])
    }
    const object = await cluster.get({ apiVersion, kind, name, namespace: place }, { signal })
    return object ? toValue(object) : new Map()
  } catch (error) {
    if (isConvergeError(error) && error.code === 'ERR_KUBE_NOT_FOUND') return new Map()
    throw error
  }
}

/** JSON of the API as templates see it: whole numbers are int64 there, as in Go's unstructured objects. */
function toValue(json: KubeObject | unknown): Value {
  if (json === null || json === undefined) return null
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json
  if (typeof json === 'string' || typeof json === 'boolean') return json
  if (Array.isArray(json)) return json.map(toValue)
  const map: GoMap = new Map()
  for (const [key, value] of Object.entries(json as object)) map.set(key, toValue(value))
  return map
}

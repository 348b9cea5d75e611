import { formatFloat32 } from './float.ts'
import { type GoYaml, goSyntax } from './gosyntax.ts'
import { ALIAS_NODE, MAPPING_NODE, type Node, SCALAR_NODE, SEQUENCE_NODE } from './nodes.ts'
import { ConversionProblem, YamlProblem } from './problem.ts'
import {
  BINARY_TAG,
  BOOL_TAG,
  FLOAT_TAG,
  INT_TAG,
  isTimestamp,
  MERGE_TAG,
  NULL_TAG,
  resolvePlain,
  type Scalar,
  STR_TAG,
  TIMESTAMP_TAG,
  tagOf,
} from './resolve.ts'

/** How decoded values are to look: the reader's callers want Maps of float64, plain objects, or values that keep Go's types. */
export interface Shape<T> {
  scalar(value: Scalar): T
  sequence(items: T[]): T
  mapping(): T
  /** `original` is the key before it became a string. */
  set(mapping: T, key: string, value: T, original: Scalar): void
}

const shortPrefix = 'tag:yaml.org,2002:'
const shortTag = (tag: string): string => (tag.startsWith(shortPrefix) ? `!!${tag.slice(shortPrefix.length)}` : tag)

/**
 * Decodes a document as go-yaml decodes into `interface {}` and sigs.k8s.io/yaml makes JSON of that: merge keys take effect where they stand,
 * the last of equal keys wins (an error where `strict`), keys become strings. Aliases are decoded anew each time, within Go's limits.
 */
export function decodeDocument<T>(root: Node | undefined, shape: Shape<T>, strict = false): T {
  if (root === undefined) return shape.scalar(null)
  const decoder = new Decoder(shape, strict)
  const value = decoder.decode(root)
  if (decoder.findings.length > 0) {
    const message = `unmarshal errors:\n${decoder.findings.map((finding) => `  ${finding.message}`).join('\n')}`
    throw new YamlProblem(message, 0, decoder.findings[0]!.line)
  }
  // What was found may have been overwritten since.
  return decoder.refused > 0 ? convert(new Decoder(goShape, false).decode(root), shape, decoder.refused) : value
}

/** Makes JSON of what go-yaml decoded, as sigs.k8s.io/yaml does, in the order in which it complains: a key before what is below it. */
function convert<T>(value: GoYaml, shape: Shape<T>, line: number): T {
  if (Array.isArray(value)) return shape.sequence(value.map((item) => convert(item, shape, line)))
  if (value instanceof Map) {
    const mapping = shape.mapping()
    for (const [key, item] of value)
      shape.set(mapping, jsonKey(key as Scalar) ?? refuseKey(key, item, line), convert(item, shape, line), key as Scalar)
    return mapping
  }
  if (typeof value === 'number' && !Number.isFinite(value)) {
    const text = Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
    throw new ConversionProblem(`json: unsupported value: ${text}`, 0, line)
  }
  return shape.scalar(value)
}

function refuseKey(key: GoYaml, value: GoYaml, line: number): never {
  const type = key === null ? '%!s(<nil>)' : 'uint64'
  throw new ConversionProblem(`unsupported map key of type: ${type}, key: ${goSyntax(key)}, value: ${goSyntax(value)}`, 0, line)
}

/** A key as text; undefined for the two kinds that have none: null and what does not fit int64. */
function jsonKey(key: Scalar): string | undefined {
  if (typeof key === 'string') return key
  if (typeof key === 'number') return yamlFloat(formatFloat32(key))
  if (key === null || (typeof key === 'bigint' && key >= 1n << 63n)) return undefined
  return String(key)
}

class Decoder<T> {
  readonly findings: { message: string; line: number }[] = []
  /** The line of the first thing that has no place in JSON, or 0. Go converts after decoding, so that must wait. */
  refused = 0
  private readonly shape: Shape<T>
  private readonly strict: boolean
  private readonly open = new Set<Node>()
  private decoded = 0
  private aliased = 0
  private aliasDepth = 0

  constructor(shape: Shape<T>, strict: boolean) {
    this.shape = shape
    this.strict = strict
  }

  decode(node: Node): T {
    this.count()
    switch (node.kind) {
      case SCALAR_NODE: {
        const value = resolveScalar(node)
        if (typeof value === 'number' && !Number.isFinite(value)) this.refused ||= node.line
        return this.shape.scalar(value)
      }
      case ALIAS_NODE: {
        this.enterAlias(node)
        const value = this.decode(node.alias!)
        this.leaveAlias(node)
        return value
      }
      case MAPPING_NODE: {
        const mapping = this.shape.mapping()
        this.fill(mapping, node, this.strict ? new Set() : undefined)
        return mapping
      }
      default:
        return this.shape.sequence(node.children.map((item) => this.decode(item)))
    }
  }

  private count(): void {
    this.decoded++
    if (this.aliasDepth > 0) this.aliased++
    if (this.aliased > 100 && this.decoded > 1000 && this.aliased / this.decoded > allowedAliasRatio(this.decoded)) {
      throw new YamlProblem('document contains excessive aliasing')
    }
  }

  private enterAlias(node: Node): void {
    if (this.open.has(node)) throw new YamlProblem(`anchor '${node.value}' value contains itself`, 0, node.line)
    this.open.add(node)
    this.aliasDepth++
  }

  private leaveAlias(node: Node): void {
    this.aliasDepth--
    this.open.delete(node)
  }

  private fill(mapping: T, node: Node, seen: Set<string> | undefined): void {
    const { children } = node
    for (let i = 0; i < children.length; i += 2) {
      const keyNode = children[i]!
      const valueNode = children[i + 1]!
      if (isMerge(keyNode)) {
        this.merge(mapping, valueNode, seen)
        continue
      }
      const resolved = this.key(keyNode)
      const key = this.keyText(resolved, keyNode)
      const value = this.decode(valueNode)
      if (seen !== undefined) {
        const identity = `${typeof resolved}:${key}`
        if (seen.has(identity)) {
          const shown = resolved === null ? 'interface {}(nil)' : goSyntax(resolved as GoYaml)
          const line = valueNode.line
          this.findings.push({ message: `line ${line}: key ${shown} already set in map`, line })
          continue
        }
        seen.add(identity)
      }
      this.shape.set(mapping, key, value, resolved)
    }
  }

  private key(node: Node): Scalar {
    this.count()
    if (node.kind === SCALAR_NODE) return resolveScalar(node)
    if (node.kind === ALIAS_NODE) {
      this.enterAlias(node)
      const value = this.key(node.alias!)
      this.leaveAlias(node)
      return value
    }
    const value = new Decoder(goShape, false).decode(node)
    throw new YamlProblem(`invalid map key: ${goSyntax(value)}`, 0, node.line)
  }

  private keyText(key: Scalar, node: Node): string {
    const text = jsonKey(key)
    if (text === undefined) this.refused ||= node.line
    return text ?? ''
  }

  private merge(mapping: T, node: Node, seen: Set<string> | undefined): void {
    if (node.kind === SCALAR_NODE) wantMap(node)
    // From the back, so that earlier ones take precedence.
    const sources = node.kind === SEQUENCE_NODE ? node.children.toReversed() : [node]
    for (const source of sources) this.mergeOne(mapping, source, seen)
  }

  private mergeOne(mapping: T, node: Node, seen: Set<string> | undefined): void {
    this.count()
    if (node.kind === MAPPING_NODE) {
      this.fill(mapping, node, seen)
      return
    }
    if (node.kind !== ALIAS_NODE || node.alias!.kind !== MAPPING_NODE) wantMap(node)
    this.enterAlias(node)
    this.count()
    this.fill(mapping, node.alias!, seen)
    this.leaveAlias(node)
  }
}

function wantMap(node: Node): never {
  throw new YamlProblem('map merge requires map or sequence of maps as the value', 0, node.line)
}

function isMerge(node: Node): boolean {
  return node.kind === SCALAR_NODE && node.value === '<<' && (node.implicit || node.tag === MERGE_TAG)
}

function resolveScalar(node: Node): Scalar {
  if (node.tag === '') return node.implicit ? resolvePlain(node.value) : node.value
  return resolveTagged(node)
}

function resolveTagged(node: Node): Scalar {
  const { tag, value: text } = node
  switch (tag) {
    case STR_TAG:
      return text
    case BINARY_TAG:
      return decodeBase64(node)
    case NULL_TAG:
    case BOOL_TAG:
    case INT_TAG:
    case FLOAT_TAG:
    case TIMESTAMP_TAG:
      break
    default:
      return text
  }
  // Go looks for timestamps only where nothing else was asked for.
  const timestamp = tag === TIMESTAMP_TAG && isTimestamp(text)
  const value = timestamp ? text : resolvePlain(text)
  const found = timestamp ? TIMESTAMP_TAG : typeof value === 'string' ? STR_TAG : tagOf(text)
  if (found === tag) return value
  if (tag === FLOAT_TAG && typeof value === 'bigint' && value < 1n << 63n) return Number(value)
  throw new YamlProblem(`cannot decode ${shortTag(found)} \`${text}\` as a ${shortTag(tag)}`, 0, node.line)
}

function decodeBase64(node: Node): string {
  const text = node.value.replace(/[\r\n]/g, '')
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)) {
    throw new YamlProblem('!!binary value contains invalid base64 data', 0, node.line)
  }
  // The way through JSON replaces what is not UTF-8.
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(text, 'base64'))
}

function yamlFloat(text: string): string {
  return text === '+Inf' ? '.inf' : text === '-Inf' ? '-.inf' : text === 'NaN' ? '.nan' : text
}

/** go-yaml's guard against alias bombs: small documents may consist of aliases nearly altogether, large ones to a tenth. */
function allowedAliasRatio(decoded: number): number {
  if (decoded <= 400_000) return 0.99
  if (decoded >= 4_000_000) return 0.1
  return 0.99 - 0.89 * ((decoded - 400_000) / 3_600_000)
}

const goShape: Shape<GoYaml> = {
  scalar: (value) => value,
  sequence: (items) => items,
  mapping: () => new Map<GoYaml, GoYaml>(),
  set: (mapping, _key, value, original) => (mapping as Map<GoYaml, GoYaml>).set(original, value),
}

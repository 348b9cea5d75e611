import { type Field, structType, type Type } from '../schema/types.ts'
import { badRequest } from '../status.ts'

/** What precedes every object that Kubernetes writes as protobuf. */
const MAGIC = Buffer.from('k8s\0')

/**
 * Decodes a body of `application/vnd.kubernetes.protobuf` to plain JSON: typed clients, also Helm's, send it. `typeOf` gives the type of a kind.
 * Field numbers come from the Go types.
 */
export function decodeProtobuf(body: Buffer, typeOf: (apiVersion: string, kind: string) => Type | undefined): any {
  if (!body.subarray(0, 4).equals(MAGIC))
    throw badRequest('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]')
  const outer = read(body.subarray(4))
  const meta = read(last(outer, 1) as Buffer)
  const apiVersion = text(last(meta, 1))
  const kind = text(last(meta, 2))
  const type = kind === 'DeleteOptions' ? structType('io.k8s.apimachinery.pkg.apis.meta.v1.DeleteOptions') : typeOf(apiVersion, kind)
  if (!type) throw badRequest(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  return { apiVersion, kind, ...(message(type, last(outer, 2) as Buffer) as object) }
}

type Raw = bigint | Buffer
type Message = Map<number, Raw[]>

function last(fields: Message, number: number): Raw {
  return fields.get(number)?.at(-1) ?? Buffer.alloc(0)
}

function text(value: Raw): string {
  return typeof value === 'bigint' ? String(value) : value.toString('utf8')
}

function read(buffer: Buffer): Message {
  const out: Message = new Map()
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const byte = buffer[at++]
      if (byte === undefined || shift > 63n) throw badRequest('unexpected EOF')
      value |= BigInt(byte & 127) << shift
      if (byte < 128) return value
    }
  }
  while (at < buffer.length) {
    const tag = Number(varint())
    let value: Raw
    switch (tag & 7) {
      case 0:
        value = varint()
        break
      case 1:
        value = buffer.subarray(at, (at += 8))
        break
      case 2: {
        const length = Number(varint())
        if (at + length > buffer.length) throw badRequest('unexpected EOF')
        value = buffer.subarray(at, (at += length))
        break
      }
      case 5:
        value = buffer.subarray(at, (at += 4))
        break
      default:
        throw badRequest(`proto: illegal wireType ${tag & 7}`)
    }
    const list = out.get(tag >> 3)
    if (list) list.push(value)
    else out.set(tag >> 3, [value])
  }
  return out
}

function message(type: Type, buffer: Buffer): unknown {
  if (type.t !== 'struct') return undefined
  const fields = read(buffer)
  const embedded = new Map<number, Message>()
  const out: Record<string, unknown> = {}
  for (const [name, field] of Object.entries(type.fields)) {
    if (field.proto === undefined) continue
    let from: Message = fields
    const path = String(field.proto).split('.').map(Number)
    for (const step of path.slice(0, -1)) {
      // Fields of embedded structs lie one message deeper.
      let inner = path.length === 2 ? embedded.get(step) : undefined
      if (!inner) {
        const raw = from.get(step)?.at(-1)
        inner = raw instanceof Buffer ? read(raw) : new Map()
        if (path.length === 2) embedded.set(step, inner)
      }
      from = inner
    }
    const values = from.get(path.at(-1)!)
    if (values) out[name] = fieldValue(field, values)
  }
  return out
}

function fieldValue(field: Field, values: Raw[]): unknown {
  const { type } = field
  if (type.t === 'list') return values.map((v) => single(type.of, v))
  if (type.t === 'map') {
    const out: Record<string, unknown> = {}
    for (const entry of values) {
      const pair = read(entry as Buffer)
      out[text(last(pair, 1))] = single(type.of, last(pair, 2))
    }
    return out
  }
  return single(type, values.at(-1)!)
}

function single(type: Type, value: Raw): unknown {
  if (type.t === 'struct') return message(type, value as Buffer)
  // Lists and maps inside of maps are messages with one field of items.
  if (type.t === 'list') return (read(value as Buffer).get(1) ?? []).map((v) => single(type.of, v))
  if (type.t === 'any') return embeddedJson(read(value as Buffer))
  if (type.t === 'map') return {}
  switch (type.go) {
    case 'string':
      return text(value)
    case 'bytes':
      return (value as Buffer).toString('base64')
    case 'bool':
      return value !== 0n
    case 'int32':
    case 'int64':
      return Number(BigInt.asIntN(64, value as bigint))
    case 'float64':
      return (value as Buffer).readDoubleLE(0)
    case 'Quantity':
      return text(last(read(value as Buffer), 1))
    case 'Time':
    case 'MicroTime': {
      const time = read(value as Buffer)
      const seconds = time.get(1)?.at(-1)
      if (seconds === undefined) return null
      const nanos = Number(time.get(2)?.at(-1) ?? 0n)
      return new Date(Number(BigInt.asIntN(64, seconds as bigint)) * 1000 + nanos / 1e6).toISOString()
    }
    case 'IntOrString': {
      const either = read(value as Buffer)
      return last(either, 1) === 1n ? text(last(either, 3)) : Number(BigInt.asIntN(64, (either.get(2)?.at(-1) as bigint | undefined) ?? 0n))
    }
  }
  return undefined
}

/** FieldsV1, RawExtension and JSON hold JSON text in their first field. */
function embeddedJson(fields: Message): unknown {
  const raw = fields.get(1)?.at(-1)
  if (!(raw instanceof Buffer) || raw.length === 0) return undefined
  try {
    return JSON.parse(raw.toString('utf8'))
  } catch {
    return undefined
  }
}

import { ConvergeError } from '../errors.ts'
import { compareStrings } from '../template/bytes.ts'
import { formatValue } from '../template/fmt.ts'
import { type GoMap, GoObject, type TemplateFunction, TypedMap, TypedSlice, type Value } from '../template/value.ts'
import { writeYaml } from '../yaml/write.ts'
import type { ChartFile } from './chart.ts'
import { compileGlob } from './glob.ts'
import { fileText } from './text.ts'

const noBytes = new Uint8Array()

/** `.Files`: the files of a chart that are neither templates nor values, by path. */
export class Files extends GoObject {
  readonly goType = 'engine.files'
  readonly kind = 'map'
  private readonly files: Map<string, Uint8Array>

  constructor(files: Map<string, Uint8Array>) {
    super()
    this.files = files
  }

  override method(name: string): TemplateFunction | undefined {
    if (name === 'Get') return { params: ['string'], call: ([path]) => fileText(this.bytes(path)) }
    if (name === 'GetBytes') return { params: ['string'], call: ([path]) => this.bytes(path) }
    if (name === 'Glob') return { params: ['string'], call: ([pattern]) => this.glob(pattern) }
    if (name === 'Lines') return { params: ['string'], call: ([path]) => this.lines(path) }
    if (name === 'AsConfig') return { params: [], call: () => this.flat(fileText) }
    if (name === 'AsSecrets') return { params: [], call: () => this.flat(base64) }
    return undefined
  }

  override asMap(): GoMap {
    return this.files
  }

  toGoString(): string {
    return formatValue(this.files)
  }

  toJsonValue(): Value {
    return new Map([...this.files].map(([path, bytes]) => [path, base64(bytes)]))
  }

  private bytes(path: string): Uint8Array {
    return this.files.get(path) ?? noBytes
  }

  private glob(pattern: string): Files {
    const matches = compileGlob(pattern)
    return new Files(new Map([...this.files].filter(([path]) => matches(path))))
  }

  private lines(path: string): Value {
    const bytes = this.files.get(path)
    if (!bytes) return TypedSlice.of_('string', [])
    // Helm 4.2.3 looks at the last byte without asking for the length.
    if (bytes.length === 0) throw new Error('runtime error: index out of range [-1]')
    return TypedSlice.of_('string', fileText(bytes).replace(/\n$/, '').split('\n'))
  }

  /** A YAML map of the files' base names, for the data of a ConfigMap or a Secret. */
  private flat(content: (bytes: Uint8Array) => string): string {
    const data = new TypedMap('map[string]string')
    for (const path of [...this.files.keys()].sort(compareStrings)) {
      data.set(path.slice(path.lastIndexOf('/') + 1), content(this.files.get(path)!))
    }
    try {
      return writeYaml(data).replace(/\n$/, '')
    } catch (error) {
      // As toYaml: text that YAML cannot hold gives nothing.
      if (error instanceof ConvergeError) return ''
      throw error
    }
  }
}

/** `.Files` of a chart. */
export function chartFiles(files: readonly ChartFile[]): Files {
  return new Files(new Map(files.map((file) => [file.name, file.data])))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

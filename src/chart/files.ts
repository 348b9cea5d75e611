import { ConvergeError } from '../errors.ts'
import { sortStrings } from '../template/bytes.ts'
import { formatValue } from '../template/fmt.ts'
import { type GoMap, GoObject, type TemplateFunction, TypedMap, TypedSlice, type Value } from '../template/value.ts'
import { writeYaml } from '../yaml/write.ts'
import type { ChartFile } from './chartfile.ts'
import { compileGlob } from './glob.ts'

const noBytes = new Uint8Array()

/** `.Files`: the files of a chart that are neither templates nor values, by path. */
export class Files extends GoObject {
  readonly goType = 'engine.files'
  readonly kind = 'map'
  private readonly files: ReadonlyMap<string, ChartFile>

  constructor(files: ReadonlyMap<string, ChartFile>) {
    super()
    this.files = files
  }

  override method(name: string): TemplateFunction | undefined {
    if (name === 'Get') return { params: ['string'], call: ([path]) => this.files.get(path)?.text ?? '' }
    if (name === 'GetBytes') return { params: ['string'], call: ([path]) => this.files.get(path)?.data ?? noBytes }
    if (name === 'Glob') return { params: ['string'], call: ([pattern]) => this.glob(pattern) }
    if (name === 'Lines') return { params: ['string'], call: ([path]) => this.lines(path) }
    if (name === 'AsConfig') return { params: [], call: () => this.flat((file) => file.text) }
    if (name === 'AsSecrets') return { params: [], call: () => this.flat((file) => base64(file.data)) }
    return undefined
  }

  override asMap(): GoMap {
    return new Map(Array.from(this.files, ([path, file]) => [path, file.data]))
  }

  toGoString(): string {
    return formatValue(this.asMap())
  }

  toJsonValue(): Value {
    return new Map(Array.from(this.files, ([path, file]) => [path, base64(file.data)]))
  }

  private glob(pattern: string): Files {
    const matches = compileGlob(pattern)
    return new Files(new Map([...this.files].filter(([path]) => matches(path))))
  }

  private lines(path: string): Value {
    const text = this.files.get(path)?.text
    if (text === undefined) return TypedSlice.of_('string', [])
    // Helm 4.2.3 looks at the last byte without asking for the length.
    if (text === '') throw new Error('runtime error: index out of range [-1]')
    return TypedSlice.of_('string', text.replace(/\n$/, '').split('\n'))
  }

  /** A YAML map of the files' base names, for the data of a ConfigMap or a Secret. */
  private flat(content: (file: ChartFile) => string): string {
    const data = new TypedMap('map[string]string')
    for (const path of sortStrings([...this.files.keys()])) {
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
  return new Files(new Map(files.map((file) => [file.name, file])))
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64')
}

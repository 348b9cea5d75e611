import { quote } from './quote.ts'
import { type CallContext, type GoMap, type TemplateFunction, TypedMap, type Value } from './value.ts'
import { ViewMap } from './view-map.ts'

/** The methods of Helm's common.Values that a template can call; they hide keys of the same name. */
export function valuesMethods(values: TypedMap, name: string): TemplateFunction | undefined {
  switch (name) {
    case 'AsMap':
      return { params: [], call: () => new ViewMap(values) }
    case 'Table':
      return { params: ['string'], call: ([path]: [string]) => table(values, path) }
    case 'PathValue':
      return { params: ['string'], call: ([path]: [string]) => pathValue(values, path) }
    case 'YAML':
      return { params: [], call: (_, context: CallContext) => `${context.toYaml?.(values) ?? ''}\n` }
    case 'Encode':
      return { params: ['io.Writer'], call: () => null }
  }
  return undefined
}

function table(values: GoMap, path: string): Value {
  let found: GoMap = values
  for (const name of path.split('.')) {
    const next: Value | undefined = found.get(name)
    if (!(next instanceof Map)) throw new Error(`${quote(name)} is not a table`)
    found = next
  }
  return new TypedMap('common.Values', found)
}

function pathValue(values: GoMap, path: string): Value {
  if (path === '') throw new Error('YAML path cannot be empty')
  const names = path.split('.')
  const last = names.pop()!
  let holder = values
  for (const name of names) {
    const next = holder.get(name)
    if (!(next instanceof Map)) throw new Error(`${quote(last)} is not a value`)
    holder = next
  }
  const value = holder.get(last)
  if (value === undefined || value instanceof Map) throw new Error(`${quote(last)} is not a value`)
  return value
}

import { isTrue } from '../reflect.ts'
import { type FunctionTable, type GoMap, GoObject, type Value } from '../value.ts'
import { isNilMap, mustVariants } from './registry.ts'

/**
 * mergo 1.0.1 on maps: what `target` lacks or has empty ("", 0, false, nil, an empty list or map) is taken from `source`; with `overwrite`
 * what `source` has wins. Maps on both sides are merged; everything else, maps that `target` lacks too, is shared and not copied.
 */
function mergeInto(target: GoMap, source: GoMap, overwrite: boolean): void {
  for (const [key, value] of source) {
    const present = target.get(key)
    if (value === null) {
      if (overwrite) target.set(key, null)
      continue
    }
    if (present instanceof Map && value instanceof Map) {
      mergeInto(present, value, overwrite)
      if (present.size === 0) target.set(key, value)
      continue
    }
    if (overwrite || present === undefined || isEmpty(present)) target.set(key, value)
  }
}

function isEmpty(value: Value): boolean {
  return !(value instanceof GoObject) && !isTrue(value)
}

/** The target after all sources went into it. The nil map becomes a new map with the first source that is not nil. */
function mergeAll([target, ...sources]: (GoMap | null)[], overwrite: boolean): Value {
  let result = target ?? null
  for (const source of sources) {
    if (isNilMap(source!)) continue
    if (isNilMap(result)) result = new Map()
    mergeInto(result!, source!, overwrite)
  }
  return result
}

const plain: FunctionTable = {
  merge: {
    params: ['map[string]interface {}', 'map[string]interface {}'],
    variadic: true,
    call: (maps) => mergeAll(maps, false),
    doc: 'Fills in what the first map lacks or has empty from the other maps, deeply; changes and returns the first map.',
    example: { template: '{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}', output: 'map[a:1 b:3]' },
  },
  mergeOverwrite: {
    params: ['map[string]interface {}', 'map[string]interface {}'],
    variadic: true,
    call: (maps) => mergeAll(maps, true),
    doc: 'Puts what the other maps have over the first map, deeply, later ones last; changes and returns the first map.',
    example: { template: '{{ mergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3) }}', output: 'map[a:2 b:3]' },
  },
}

/** Functions that merge maps. */
export const merging: FunctionTable = { ...plain, ...mustVariants(plain, ['merge', 'mergeOverwrite']) }

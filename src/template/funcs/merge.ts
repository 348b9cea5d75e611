import { passOverflow } from '../../errors.ts'
import { isTrue } from '../reflect.ts'
import { type FunctionTable, type GoMap, GoObject, type Value } from '../value.ts'
import { failure } from './failure.ts'
import { aliasOf, isNilMap } from './registry.ts'

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
    else if (isPointer(present) && !isPointer(value) && (value instanceof Map || value instanceof GoObject)) {
      throw failure('src and dst must be of same type')
    }
  }
}

function isPointer(value: Value): boolean {
  return value instanceof GoObject && value.kind === 'ptr'
}

function isEmpty(value: Value): boolean {
  return value instanceof GoObject ? value.asMap()?.size === 0 : !isTrue(value)
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

/** sprig gives the empty text where a merge fails, except in the `must` variants. */
function quietly(maps: (GoMap | null)[], overwrite: boolean): Value {
  try {
    return mergeAll(maps, overwrite)
  } catch (error) {
    passOverflow(error)
    return ''
  }
}

const plain: FunctionTable = {
  merge: {
    params: ['map[string]interface {}', 'map[string]interface {}'],
    variadic: true,
    call: (maps) => quietly(maps, false),
    doc: 'Fills in what the first map lacks or has empty from the other maps, deeply; changes and returns the first map.',
    example: { template: '{{ merge (dict "a" 1) (dict "a" 2 "b" 3) }}', output: 'map[a:1 b:3]' },
  },
  mergeOverwrite: {
    params: ['map[string]interface {}', 'map[string]interface {}'],
    variadic: true,
    call: (maps) => quietly(maps, true),
    doc: 'Puts what the other maps have over the first map, deeply, later ones last; changes and returns the first map.',
    example: { template: '{{ mergeOverwrite (dict "a" 1) (dict "a" 2 "b" 3) }}', output: 'map[a:2 b:3]' },
  },
}

/** Functions that merge maps. */
export const merging: FunctionTable = {
  ...plain,
  mustMerge: {
    ...aliasOf('merge', plain.merge!, 'mustMerge', 'The same as `merge`, with an error where a merge fails.'),
    call: (maps) => mergeAll(maps, false),
  },
  mustMergeOverwrite: {
    ...aliasOf('mergeOverwrite', plain.mergeOverwrite!, 'mustMergeOverwrite', 'The same as `mergeOverwrite`.'),
    call: (maps) => mergeAll(maps, true),
  },
}

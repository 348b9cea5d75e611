import { failure } from './failure.ts'

/** The longest text that one call of a function may make: 64 MiB. Helm has no such limit and dies of lack of memory instead. */
const maximumText = 64 * 1024 * 1024
/** The longest list that one call of a function may make: 10 million items. */
const maximumItems = 10_000_000

/** Throws where a function is about to make a text of more than `maximumText` characters. */
export function boundText(length: number): void {
  if (length > maximumText) throw failure(`the result would have ${length} characters, the limit is ${maximumText}`)
}

/** Throws where a function is about to make a list of more than `maximumItems` items. */
export function boundItems(count: number): void {
  if (count > maximumItems) throw failure(`the result would have ${count} items, the limit is ${maximumItems}`)
}

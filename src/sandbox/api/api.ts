import type { Clock } from '../clock.ts'
import type { Registry } from '../resources.ts'
import type { Store } from '../store.ts'
import type { Names } from './names.ts'

/** Everything that request handlers and controllers share. */
export interface Api {
  store: Store
  registry: Registry
  clock: Clock
  names: Names
}

/** Who writes, and how. */
export interface WriteOptions {
  manager: string
  dryRun?: boolean
  subresource?: string
  fieldValidation?: string
  /** Filled with what the answer's `Warning` headers say. */
  warnings?: string[]
}

import type { ResourceRef } from '../resource.ts'

/** Why a resource failed, taken before anything is deleted. Texts hold no secrets and no terminal codes. */
export interface Diagnosis {
  ref: ResourceRef
  /** One sentence: `container worker exits with code 1 right after its start`. */
  summary: string
  /** From the resource down to what is broken: Deployment, ReplicaSet, Pod, container. */
  chain: string[]
  /** How many Pods of how many show the same: `2 of 2 Pods`. */
  extent?: string
  /** Labelled facts in order of weight: image, exit, limit, probe, scheduler. */
  facts: { label: string; text: string }[]
  /** The last lines of the failing container, also of the run before the restart. */
  logs?: { container: string; pod: string; lines: string[] }
  events: { reason: string; message: string; count: number; ageSeconds: number }[]
  hint?: string
}

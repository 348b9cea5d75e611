import type { KubeObject, ResourceRef } from '../resource.ts'

export type Operation = 'create' | 'update' | 'recreate' | 'delete' | 'adopt' | 'keep' | 'unchanged'

/** One field that differs. Values are cut and redacted where they are secret. */
export interface FieldChange {
  /** `spec.template.spec.containers[0].image` */
  path: string
  before?: unknown
  after?: unknown
}

/** What one resource is due for, and why. Pure data. */
export interface Change {
  ref: ResourceRef
  operation: Operation
  /** For people, where the operation alone does not say it: `spec.selector is immutable`, `not in the chart any more`. */
  reason?: string
  fields: FieldChange[]
  /** The object to apply, with ownership metadata; absent for delete and keep. */
  desired?: KubeObject
  /** The object as the cluster has it; absent for create. */
  live?: KubeObject
  /** `chart/templates/x.yaml` */
  source?: string
}

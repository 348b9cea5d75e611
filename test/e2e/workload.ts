import type { Target } from './target.ts'

/** The image that the real node has; the sandbox takes any. */
const image = 'converge.test/busybox:1'

export interface ContainerOptions {
  /** A script for `sh -c`. */
  script?: string
  image?: string
  [field: string]: unknown
}

export interface PodOptions extends ContainerOptions {
  /** Fields of the Pod's spec. */
  pod?: Record<string, unknown>
}

/** Writers of objects whose Pods land where containers run. */
export function workloads(target: Target) {
  const podSpec = (name: string, { pod, script, ...container }: PodOptions) => ({
    ...target.placement,
    terminationGracePeriodSeconds: 1,
    containers: [{ name, image, ...(script !== undefined && { command: ['sh', '-c', script] }), ...container }],
    ...pod,
  })
  const controlled = (kind: string) => (name: string, options: PodOptions & { spec?: object }) => {
    const { spec, ...pod } = options
    const labels = { app: name }
    return {
      apiVersion: 'apps/v1',
      kind,
      metadata: { name },
      spec: { selector: { matchLabels: labels }, ...spec, template: { metadata: { labels }, spec: podSpec(name, pod) } },
    }
  }
  return {
    deployment: controlled('Deployment'),
    daemonSet: controlled('DaemonSet'),
    statefulSet: (name: string, options: PodOptions & { spec?: object }) =>
      controlled('StatefulSet')(name, { ...options, spec: { serviceName: name, ...options.spec } }),
    job: (name: string, options: PodOptions & { spec?: object; annotations?: Record<string, string> }) => {
      const { spec, annotations, pod, ...rest } = options
      const template = { spec: podSpec(name, { ...rest, pod: { restartPolicy: 'Never', ...pod } }) }
      return { apiVersion: 'batch/v1', kind: 'Job', metadata: { name, annotations }, spec: { ...spec, template } }
    },
    configMap: (name: string, data: Record<string, string> = {}) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data }),
  }
}

/** What keeps a container up and silent. */
export const idle = 'trap "exit 0" TERM; sleep 3600 & wait'

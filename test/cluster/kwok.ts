import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { ensure } from './api.ts'
import { type Component, eventually, freePorts, startComponent } from './component.ts'
import type { ControlPlane } from './controlplane.ts'

/** The stages in kwok's module that this cluster uses: nodes and Pods become ready at once, the Pods of Jobs complete. */
export const stageFiles = [
  'kustomize/stage/node/fast/node-initialize.yaml',
  'kustomize/stage/pod/fast/pod-ready.yaml',
  'kustomize/stage/pod/fast/pod-complete.yaml',
  'kustomize/stage/pod/fast/pod-delete.yaml',
]

/** Starts kwok and one simulated Node, which takes every Pod that does not choose the real one, and returns when it is ready. */
export async function startKwok(
  programs: string,
  data: string,
  logs: string,
  plane: ControlPlane,
  started: (component: Component) => void,
): Promise<void> {
  const [port = 0] = await freePorts(1)
  const podLog = path.join(data, 'kwok-pod.log')
  const config = path.join(data, 'kwok.yaml')
  await writeFile(podLog, '')
  const stages = await readFile(path.join(programs, 'stages.yaml'), 'utf8')
  const own = await readFile(fileURLToPath(new URL('./kwok/stages.yaml', import.meta.url)), 'utf8')
  await writeFile(config, [stages, own, logsOf(podLog)].join('\n---\n'))
  const component = startComponent(
    'kwok',
    path.join(programs, 'kwok'),
    [
      `--kubeconfig=${plane.kubeconfig}`,
      `--config=${config}`,
      '--manage-nodes-with-annotation-selector=kwok.x-k8s.io/node=fake',
      '--node-ip=127.0.0.1',
      // Without a lease the node controller gives the node up every minute or so, and its Pods are not ready then.
      '--node-lease-duration-seconds=40',
      `--node-port=${port}`,
      `--server-address=127.0.0.1:${port}`,
      `--tls-cert-file=${path.join(plane.certificates, 'apiserver.crt')}`,
      `--tls-private-key-file=${path.join(plane.certificates, 'apiserver.key')}`,
    ],
    { logs },
  )
  started(component)
  const capacity = { cpu: '1k', memory: '1Ti', 'ephemeral-storage': '10Ti', pods: '10k' }
  await ensure(plane.api, '/api/v1/nodes', {
    metadata: {
      name: 'kwok',
      annotations: { 'kwok.x-k8s.io/node': 'fake' },
      labels: {
        'converge.test/node': 'kwok',
        'kubernetes.io/hostname': 'kwok',
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
      },
    },
    status: { capacity, allocatable: capacity, addresses: [{ type: 'ExternalIP', address: '127.0.0.1' }] },
  })
  await eventually('the kwok node is ready', 60, () => nodeReady(plane, 'kwok'), [component.failed])
}

/** True when the Node is Ready and takes Pods, undefined until then. */
export async function nodeReady(plane: ControlPlane, name: string): Promise<true | undefined> {
  const node = await plane.api('GET', `/api/v1/nodes/${name}`)
  const taints: { key: string }[] = node.spec?.taints ?? []
  if (taints.some((taint) => taint.key.startsWith('node.kubernetes.io/'))) return undefined
  return node.status?.conditions?.some((condition: any) => condition.type === 'Ready' && condition.status === 'True') ? true : undefined
}

/** Simulated Pods have no output; an empty log that can be followed is what a silent container gives. */
function logsOf(file: string): string {
  return `apiVersion: kwok.x-k8s.io/v1alpha1
kind: ClusterLogs
metadata:
  name: silent
spec:
  logs:
  - logsFile: ${file}
    follow: true
`
}

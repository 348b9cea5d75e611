import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Api } from './api/api.ts'
import { handle } from './api/handler.ts'
import { createNames } from './api/names.ts'
import type { Server } from './api/respond.ts'
import { createObject } from './api/rest.ts'
import { createClock } from './clock.ts'
import { runDaemonSets } from './controllers/daemonset.ts'
import { runDeployments } from './controllers/deployment.ts'
import { runGarbageCollector } from './controllers/garbage.ts'
import { runJobs } from './controllers/job.ts'
import { runNamespaces } from './controllers/namespace.ts'
import { runReplicaSets } from './controllers/replicaset.ts'
import { runServices } from './controllers/services.ts'
import { runStatefulSets } from './controllers/statefulset.ts'
import { runStatuses } from './controllers/statuses.ts'
import { runVolumes } from './controllers/volumes.ts'
import { startKubelet } from './pods/kubelet.ts'
import { createPodLogs } from './pods/logs.ts'
import { startScheduler } from './pods/scheduler.ts'
import { createRegistry } from './resources.ts'
import { createStore } from './store.ts'

export interface SandboxOptions {
  /** The port on 127.0.0.1; any free one without. */
  port?: number
  /** Makes generated names and uids the same in every run. */
  seed?: number
  /** How much faster than by default everything happens, 1 without. */
  speed?: number
  /** What `/version` says, `1.36.3` without. */
  kubernetesVersion?: string
  /** Further context names of the kubeconfig, beside `sandbox`; all lead here. */
  contexts?: string[]
}

/** A running embedded cluster. */
export interface Sandbox {
  url: string
  /** The text of a kubeconfig (YAML) with the context `sandbox`, the current one, and those that were asked for. */
  kubeconfig(): string
  token: string
  /** Ends every watch, log stream, Pod and timer, and closes the port. */
  stop(): Promise<void>
}

const NODE = 'sandbox'

/** Starts the embedded Kubernetes API on loopback, with its controllers, one node and simulated Pods. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const kubernetesVersion = (options.kubernetesVersion ?? '1.36.3').replace(/^v/, '')
  const clock = createClock(options.speed ?? 1)
  const api: Api = { store: createStore(), registry: createRegistry(), clock, names: createNames(options.seed) }
  const logs = createPodLogs()
  const ends = [
    runGarbageCollector(api),
    runNamespaces(api),
    runStatuses(api),
    runVolumes(api),
    runServices(api),
    runDeployments(api),
    runReplicaSets(api),
    runStatefulSets(api),
    runDaemonSets(api),
    runJobs(api),
    startScheduler(api),
    startKubelet(api, logs),
  ]
  populate(api, kubernetesVersion)

  let address = ''
  const server: Server = { api, logs, kubernetesVersion, address: () => address }
  const http = createServer((request, response) => void handle(server, request, response))
  // Watches stay open as long as their clients want.
  http.requestTimeout = 0
  http.keepAliveTimeout = 60_000
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject)
    http.listen(options.port ?? 0, '127.0.0.1', () => resolve())
  })
  address = `127.0.0.1:${(http.address() as AddressInfo).port}`
  const url = `http://${address}`
  const token = api.names.uid()
  return {
    url,
    token,
    kubeconfig: () => kubeconfig(url, token, ['sandbox', ...(options.contexts ?? []).filter((name) => name !== 'sandbox')]),
    stop: async () => {
      clock.stop()
      for (const end of ends) end()
      logs.closeAll()
      api.store.close()
      await new Promise<void>((resolve) => {
        http.close(() => resolve())
        http.closeAllConnections()
      })
    },
  }
}

/** What a new cluster has: namespaces, a node, a storage class, the API's own Service. */
function populate(api: Api, version: string): void {
  const manager = { manager: 'kube-apiserver', fieldValidation: 'Ignore' }
  const create = (key: string, namespace: string | undefined, body: any): any =>
    createObject(api, api.registry.stored(key)!, namespace, body, manager)
  for (const name of ['default', 'kube-system', 'kube-public', 'kube-node-lease'])
    create('namespaces', undefined, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  create('services', 'default', {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'kubernetes', labels: { component: 'apiserver', provider: 'kubernetes' } },
    spec: { clusterIP: '10.96.0.1', ports: [{ name: 'https', port: 443, targetPort: 6443, protocol: 'TCP' }] },
  })
  create('storageclasses.storage.k8s.io', undefined, {
    apiVersion: 'storage.k8s.io/v1',
    kind: 'StorageClass',
    metadata: { name: 'standard', annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'sandbox.converge.dev/disk',
  })
  for (const [name, value] of [
    ['system-cluster-critical', 2000000000],
    ['system-node-critical', 2000001000],
  ] as const)
    create('priorityclasses.scheduling.k8s.io', undefined, {
      apiVersion: 'scheduling.k8s.io/v1',
      kind: 'PriorityClass',
      metadata: { name },
      value,
    })
  const node = create('nodes', undefined, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name: NODE,
      labels: {
        'beta.kubernetes.io/arch': 'amd64',
        'beta.kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': NODE,
        'kubernetes.io/os': 'linux',
      },
    },
    spec: { podCIDR: '10.244.0.0/16', providerID: 'sandbox://sandbox' },
  })
  const capacity = { cpu: '64', memory: '256Gi', 'ephemeral-storage': '512Gi', pods: '10000' }
  const now = node.metadata.creationTimestamp
  api.store.put('nodes', {
    ...node,
    status: {
      capacity,
      allocatable: capacity,
      conditions: [
        {
          type: 'Ready',
          status: 'True',
          lastHeartbeatTime: now,
          lastTransitionTime: now,
          reason: 'KubeletReady',
          message: 'kubelet is posting ready status',
        },
      ],
      addresses: [
        { type: 'InternalIP', address: '192.168.49.2' },
        { type: 'Hostname', address: NODE },
      ],
      nodeInfo: {
        kubeletVersion: `v${version}`,
        kubeProxyVersion: '',
        architecture: 'amd64',
        operatingSystem: 'linux',
        osImage: 'converge sandbox',
        containerRuntimeVersion: 'sandbox://1.0.0',
        kernelVersion: '',
        machineID: '',
        systemUUID: '',
        bootID: '',
      },
    },
  })
}

function kubeconfig(url: string, token: string, contexts: string[]): string {
  const text = (value: string): string => JSON.stringify(value)
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '- name: sandbox',
    '  cluster:',
    `    server: ${url}`,
    'users:',
    '- name: sandbox',
    '  user:',
    `    token: ${token}`,
    'contexts:',
    ...contexts.flatMap((name) => [
      `- name: ${text(name)}`,
      '  context:',
      '    cluster: sandbox',
      '    user: sandbox',
      '    namespace: default',
    ]),
    `current-context: ${text(contexts[0]!)}`,
    '',
  ].join('\n')
}

import { readdirSync, readFileSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { output } from './command.ts'
import { type Component, eventually, freePorts, startComponent } from './component.ts'
import type { ControlPlane } from './controlplane.ts'
import { writeImages } from './image.ts'
import { nodeReady } from './kwok.ts'
import type { NodePrograms } from './packages.ts'

/** The real node's name. The API server reaches its kubelet by it, on loopback, without a line in /etc/hosts. */
const nodeName = 'localhost'
const realNodeTaint = { key: 'converge.test/node', value: 'real', effect: 'NoSchedule' }

/**
 * Starts containerd with the images of `writeImages`, and a kubelet on it, and returns when the Node is ready. The Node carries the label
 * `converge.test/node=real` and a taint, so that only Pods that ask for it land there.
 * `started` gets each component; stopping containerd also ends the containers and unmounts what they leave behind.
 */
export async function startKubelet(
  programs: string,
  data: string,
  logs: string,
  plane: ControlPlane,
  node: NodePrograms,
  started: (component: Component) => void,
): Promise<void> {
  const socket = path.join(data, 'containerd.sock')
  const file = (name: string) => path.join(data, name)
  await mkdir(file('cni'), { recursive: true })
  await writeFile(file('cni/10-test.conflist'), JSON.stringify(network(data)))
  await writeFile(file('containerd.toml'), containerdConfig(data, socket, node))
  await writeImages(file('images.tar'), node.busybox)

  const containerd = startComponent('containerd', node.containerd, ['--config', file('containerd.toml')], { logs })
  started({
    ...containerd,
    stop: () =>
      stopContainers(node, socket)
        .then(() => containerd.stop())
        .then(() => cleanUp(socket, data)),
  })
  const ctr = (...args: string[]) => output(node.ctr, ['--address', socket, '--namespace', 'k8s.io', ...args])
  await eventually('containerd serves', 30, () => ctr('version'), [containerd.failed])
  await ctr('images', 'import', '--snapshotter', 'native', file('images.tar'))

  const [port = 0] = await freePorts(1)
  await writeFile(file('kubelet.json'), JSON.stringify(kubeletConfig(port, socket, file('pod-logs'))))
  const kubelet = startComponent(
    'kubelet',
    path.join(programs, 'kubelet'),
    [
      `--config=${file('kubelet.json')}`,
      `--kubeconfig=${plane.kubeconfig}`,
      `--root-dir=${file('kubelet')}`,
      `--cert-dir=${file('kubelet-certificates')}`,
      `--hostname-override=${nodeName}`,
      '--node-labels=converge.test/node=real',
    ],
    { logs },
  )
  started(kubelet)
  await eventually('the real node is ready', 60, () => nodeReady(plane, nodeName), [containerd.failed, kubelet.failed])
}

function kubeletConfig(port: number, socket: string, podLogsDir: string): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: '127.0.0.1',
    port,
    healthzPort: 0,
    containerRuntimeEndpoint: `unix://${socket}`,
    podLogsDir,
    registerWithTaints: [realNodeTaint],
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    failSwapOn: false,
    failCgroupV1: false,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    localStorageCapacityIsolation: false,
    resolvConf: '',
    // No DNS serves here, but without an address each Pod gets a warning event.
    clusterDNS: ['10.96.0.10'],
    clusterDomain: 'cluster.local',
    // A full disk of the machine must neither evict the Pods of a test nor remove its images.
    evictionHard: { 'memory.available': '0%', 'nodefs.available': '0%', 'imagefs.available': '0%', 'nodefs.inodesFree': '0%' },
    imageGCHighThresholdPercent: 100,
    // Crashes repeat soon enough for a test.
    crashLoopBackOff: { maxContainerRestartPeriod: '10s' },
    featureGates: { KubeletCrashLoopBackOffMax: true },
    registryPullQPS: 0,
    eventRecordQPS: 0,
    shutdownGracePeriod: '0s',
  }
}

function network(data: string): object {
  const ipam = {
    type: 'host-local',
    ranges: [[{ subnet: '10.88.0.0/16' }]],
    routes: [{ dst: '0.0.0.0/0' }],
    dataDir: path.join(data, 'addresses'),
  }
  return { cniVersion: '0.4.0', name: 'converge-test', plugins: [{ type: 'ptp', ipMasq: false, ipam }] }
}

function containerdConfig(data: string, socket: string, node: NodePrograms): string {
  const cri = 'plugins."io.containerd.grpc.v1.cri"'
  return `version = 2
root = ${JSON.stringify(path.join(data, 'containerd'))}
state = ${JSON.stringify(path.join(data, 'containerd-state'))}

[grpc]
  address = ${JSON.stringify(socket)}

[${cri}]
  sandbox_image = "converge.test/pause:1"
  # Without it no Pod sandbox starts where the machine itself is a container.
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  [${cri}.containerd]
    snapshotter = "native"
    default_runtime_name = "runc"
    [${cri}.containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
  [${cri}.cni]
    bin_dir = ${JSON.stringify(node.cni)}
    conf_dir = ${JSON.stringify(path.join(data, 'cni'))}
`
}

/** Kills every container; containerd itself leaves them running when it ends. */
async function stopContainers(node: NodePrograms, socket: string): Promise<void> {
  const ctr = (...args: string[]) =>
    output(node.ctr, ['--address', socket, '--namespace', 'k8s.io', '--timeout', '5s', ...args]).catch(() => '')
  const tasks = (await ctr('tasks', 'list', '--quiet')).split('\n').filter(Boolean)
  await Promise.all(tasks.map((id) => ctr('tasks', 'delete', '--force', id)))
}

/** Ends the containers' shims that are left and unmounts what they had mounted, so that the data directory can be removed. */
async function cleanUp(socket: string, data: string): Promise<void> {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      if (command[0]?.endsWith('containerd-shim-runc-v2') && command.includes(socket)) process.kill(Number(pid), 'SIGKILL')
    } catch {
      // It ended in the meantime.
    }
  }
  const mounts = readFileSync('/proc/self/mounts', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[1] ?? '')
    .filter((mount) => mount.startsWith(`${data}/`))
  for (const mount of mounts.reverse()) await output('umount', ['-l', mount]).catch(() => {})
}

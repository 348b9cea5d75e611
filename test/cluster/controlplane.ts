import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { type Api, apiClient } from './api.ts'
import { type Component, eventually, freePorts, startComponent } from './component.ts'
import { kubeconfig } from './kubeconfig.ts'

export interface ControlPlane {
  server: string
  ca: Buffer
  /** Where the API server keeps `apiserver.crt` and `apiserver.key`. */
  certificates: string
  api: Api
  tokens: { admin: string; weak: string; nobody: string }
  /** An administrator's kubeconfig for the cluster's own components. */
  kubeconfig: string
}

/**
 * Starts etcd, the API server, the controller manager and the scheduler on free ports of 127.0.0.1 and returns when they serve.
 * Each component is handed to `started` as soon as it runs, so that whoever called can stop it whatever happens after.
 */
export async function startControlPlane(
  programs: string,
  data: string,
  logs: string,
  started: (component: Component) => void,
): Promise<ControlPlane> {
  const [etcdPort = 0, peerPort = 0, apiPort = 0, managerPort = 0, schedulerPort = 0] = await freePorts(5)
  const certificates = path.join(data, 'certificates')
  await mkdir(certificates, { recursive: true })
  const tokens = { admin: token(), weak: token(), nobody: token() }
  const keys = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  })
  const file = (name: string) => path.join(data, name)
  await writeFile(file('sa.key'), keys.privateKey, { mode: 0o600 })
  await writeFile(file('sa.pub'), keys.publicKey)
  const users = [`${tokens.admin},admin,admin,"system:masters"`, `${tokens.weak},weak,weak`, `${tokens.nobody},nobody,nobody`]
  await writeFile(file('tokens.csv'), `${users.join('\n')}\n`, { mode: 0o600 })

  const broken: Promise<never>[] = []
  const start = (name: string, program: string, args: string[]) => {
    const component = startComponent(name, path.join(programs, program), args, { logs })
    broken.push(component.failed)
    started(component)
  }

  const etcd = `http://127.0.0.1:${etcdPort}`
  const peer = `http://127.0.0.1:${peerPort}`
  start('etcd', 'etcd-server', [
    '--name=test',
    `--data-dir=${file('etcd')}`,
    '--unsafe-no-fsync',
    '--log-level=warn',
    `--listen-client-urls=${etcd}`,
    `--advertise-client-urls=${etcd}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=test=${peer}`,
  ])

  const server = `https://127.0.0.1:${apiPort}`
  start('kube-apiserver', 'kube-apiserver', [
    `--etcd-servers=${etcd}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${apiPort}`,
    `--cert-dir=${certificates}`,
    `--service-account-key-file=${file('sa.pub')}`,
    `--service-account-signing-key-file=${file('sa.key')}`,
    '--service-account-issuer=https://kubernetes.default.svc',
    `--token-auth-file=${file('tokens.csv')}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.96.0.0/16',
    '--allow-privileged=true',
    // Pods here have no use for tokens, and without their Secret volumes the real ones start sooner.
    '--disable-admission-plugins=ServiceAccount',
    // The simulated node has an external address for its log server, the real one is reached by its name.
    '--kubelet-preferred-address-types=ExternalIP,Hostname',
  ])
  const certificate = path.join(certificates, 'apiserver.crt')
  const ca = await eventually('the API server writes its certificate', 60, () => readFile(certificate), broken)
  const api = apiClient(server, ca, tokens.admin)
  await eventually('the API server is ready', 60, async () => ((await api('GET', '/readyz')) === 'ok' ? true : undefined), broken)

  const config = file('components.kubeconfig')
  await writeFile(config, kubeconfig(server, ca, [{ context: 'admin', user: 'admin', token: tokens.admin }]), { mode: 0o600 })
  start('kube-controller-manager', 'kube-controller-manager', [
    `--kubeconfig=${config}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${managerPort}`,
    `--cert-dir=${certificates}`,
    `--service-account-private-key-file=${file('sa.key')}`,
    `--root-ca-file=${certificate}`,
    '--use-service-account-credentials=false',
    '--leader-elect=false',
    // A machine that is busy with tests is no dead node.
    '--node-monitor-grace-period=3m',
    // With the defaults the controllers, not the client, are what a timing measures.
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
    '--concurrent-deployment-syncs=20',
    '--concurrent-replicaset-syncs=20',
    '--concurrent-statefulset-syncs=20',
    '--concurrent-job-syncs=20',
  ])
  start('kube-scheduler', 'kube-scheduler', [
    `--kubeconfig=${config}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${schedulerPort}`,
    `--cert-dir=${certificates}`,
    '--leader-elect=false',
    '--kube-api-qps=500',
    '--kube-api-burst=1000',
  ])
  await eventually(
    'the controllers work',
    60,
    async () => (await api('GET', '/api/v1/namespaces/default/configmaps/kube-root-ca.crt')) && true,
    broken,
  )
  return { server, ca, certificates, api, tokens, kubeconfig: config }
}

function token(): string {
  return randomBytes(16).toString('hex')
}

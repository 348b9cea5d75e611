import type { Cluster } from '../cluster/cluster.ts'
import { nearest } from '../cluster/nearest.ts'
import type { KubeObject } from '../resource.ts'
import { previousImage } from './facts.ts'
import type { ContainerView } from './kinds/containers.ts'
import type { Incident } from './status.ts'

export interface HintOptions {
  cluster: Cluster
  namespace: string
  incident: Incident
  object: KubeObject
  container?: ContainerView
  pod?: KubeObject
  previous?: KubeObject
  signal: AbortSignal
}

/** What to do about an incident, one sentence, where that is known. Asks the cluster which ConfigMaps, Secrets and keys there are; never rejects. */
export async function hintFor(options: HintOptions): Promise<string | undefined> {
  const { incident, container, object } = options
  const text = incident.message
  const missing = await missingReference(options).catch(() => undefined)
  if (missing) return missing
  switch (incident.reason) {
    case 'ErrImagePull':
    case 'ImagePullBackOff':
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return imageHint(options)
    case 'OOMKilled': {
      const limit = container?.spec?.resources?.limits?.memory
      return limit
        ? `raise resources.limits.memory of container ${container?.name} above ${limit}, or let it use less`
        : 'give the container a memory request that fits a node'
    }
    case 'Unschedulable':
      return schedulingHint(text)
    case 'FailedCreate':
      return createHint(text)
    case 'FailedBinding':
    case 'ProvisioningFailed':
      return 'name a StorageClass that exists, or create a volume for it: kubectl get storageclass'
    case 'Unhealthy':
      return probeHint(text)
    case 'RunContainerError':
      return startHint(text, container)
    case 'ContainerCreating':
      return missingVolume(options)
    case 'CreateContainerConfigError':
      return configHint(text, container)
    case 'PostStartHookError':
      return `look at lifecycle.postStart of container ${container?.name}`
    case 'StuckRollout':
      return `delete the broken Pod, and the rollout goes on: kubectl -n ${options.namespace} delete pod ${incident.pod}`
    case 'Deleted':
      return 'find out who deletes it: another tool may manage the same object'
    case 'DeadlineExceeded':
      return crashHint(container, object) ?? 'raise activeDeadlineSeconds, or find out why it takes so long'
    case 'NoActivity':
      return 'raise the annotation werf.io/no-activity-timeout if it may take longer; see whether its controller runs'
    default:
      return crashHint(container, object)
  }
}

async function imageHint(options: HintOptions): Promise<string> {
  const { container, previous, incident } = options
  const image: string = container?.spec?.image ?? 'the image'
  const before = container && previousImage(previous, container.name)
  if (before && before !== image) return `the last good revision ran ${before}: check the name and tag of ${image}`
  const refused = /pull access denied|unauthorized|forbidden|denied|authentication required/i.test(incident.message)
  const missing = await missingPullSecret(options).catch(() => undefined)
  if (missing) return `there is no Secret/${missing}, which imagePullSecrets names: create it, or name one that exists`
  if (incident.message.includes('cannot be reached')) return `check the registry's name in ${image}, and whether the node reaches it`
  if (refused) return `let the node pull ${image}: name a Secret with the registry's credentials in imagePullSecrets`
  return `check the name and tag of ${image}, and whether the node may pull it (imagePullSecrets)`
}

/** The first of the Pod's imagePullSecrets that does not exist. The kubelet only warns of it, and pulls without. */
async function missingPullSecret({ cluster, namespace, pod, signal }: HintOptions): Promise<string | undefined> {
  const names: string[] = (pod?.spec?.imagePullSecrets ?? []).map((reference: { name: string }) => reference.name)
  if (names.length === 0) return undefined
  const { items } = await cluster.list('v1', 'Secret', namespace, { metadataOnly: true, signal })
  return names.find((name) => !items.some((item) => item.metadata.name === name))
}

/** The first ConfigMap, Secret or claim of the Pod's volumes that does not exist, where no event tells. */
async function missingVolume({ cluster, namespace, pod, signal }: HintOptions): Promise<string | undefined> {
  for (const volume of pod?.spec?.volumes ?? []) {
    for (const source of [volume, ...(volume.projected?.sources ?? [])]) {
      const { configMap, secret, persistentVolumeClaim: claim } = source
      const [kind, name] = configMap
        ? ['ConfigMap', configMap.name]
        : secret
          ? ['Secret', secret.secretName ?? secret.name]
          : ['PersistentVolumeClaim', claim?.claimName]
      if (!name || (configMap ?? secret)?.optional) continue
      const found = await cluster.get({ apiVersion: 'v1', kind, name, namespace }, { signal })
      if (!found) return `there is no ${kind}/${name}, which its volume ${volume.name} mounts`
    }
  }
  return undefined
}

function startHint(text: string, container: ContainerView | undefined): string | undefined {
  const name = container?.name
  const directory = container?.spec?.workingDir
  if (directory && text.includes(directory)) return `check workingDir of container ${name}: ${directory} is no directory of the image`
  if (/exec: .*(?:no such file|not found)/.test(text)) return `the image has no such program: check command and args of container ${name}`
  if (/exec: .*permission denied/.test(text))
    return `the image has that file, but it is no program that may be run: check command of container ${name}`
  if (/cannot be mounted at .*not a directory/.test(text))
    return 'a directory cannot be mounted onto a file: name the file by subPath, or mount elsewhere'
  return undefined
}

function configHint(text: string, container: ContainerView | undefined): string | undefined {
  const variable = /missing value for (\S+)/.exec(text)?.[1]
  if (variable) return `set ${variable} in env of container ${container?.name}: its subPathExpr asks for it`
  if (/runAsNonRoot/.test(text)) return 'set securityContext.runAsUser to a user other than 0, or use an image that has one'
  return undefined
}

function schedulingHint(text: string): string | undefined {
  if (/storage class is set|storageclass.* not found/.test(text)) return 'name a StorageClass that exists: kubectl get storageclass'
  if (/unbound immediate PersistentVolumeClaims/.test(text)) return 'its volume claim is not bound: kubectl get pvc,storageclass'
  const short = [...text.matchAll(/Insufficient ([\w./-]+)/g)].map((match) => match[1])
  if (short.length > 0) return `ask for less ${[...new Set(short)].join(' and ')}, or add a node`
  if (/node affinity|node selector/.test(text))
    return 'no node has the labels that nodeSelector or affinity ask for: kubectl get nodes --show-labels'
  if (/untolerated taint/.test(text)) return 'tolerate the taint of the nodes, or add one without it'
  return undefined
}

function createHint(text: string): string | undefined {
  if (/exceeded quota/.test(text)) return 'raise the ResourceQuota of the namespace, or ask for less: kubectl describe resourcequota'
  if (/serviceaccount .* not found/i.test(text)) return 'create the service account, or name one that exists'
  if (/no PriorityClass/.test(text)) return 'create the PriorityClass, or name one that exists: kubectl get priorityclass'
  if (/violates PodSecurity/.test(text)) return "set the securityContext that the namespace's Pod security level asks for"
  if (/admission webhook/.test(text)) return 'the admission webhook refuses the Pods: change what it names'
  return undefined
}

function probeHint(text: string): string {
  if (/startup probe/.test(text))
    return 'look at what the probe asks for; raise failureThreshold of the startupProbe if it only starts slowly'
  if (/liveness probe/.test(text)) return 'look at what the probe asks for; a slow start needs a startupProbe before the livenessProbe'
  return 'look at what the probe asks for; a slow start needs a startupProbe'
}

function crashHint(container: ContainerView | undefined, object: KubeObject): string | undefined {
  const code = container?.status?.state?.terminated?.exitCode ?? container?.status?.lastState?.terminated?.exitCode
  if (code === 127) return `its command was not found: check command and args of container ${container?.name}`
  if (code === 126) return `its command may not be run: check its permissions in the image`
  if (code === 0 && object.kind !== 'Job')
    return `container ${container?.name} ends by itself with code 0: a ${object.kind} is for processes that keep running`
  return undefined
}

/** A ConfigMap, a Secret or a key of one that is missing: what there is with a name like it. */
async function missingReference(options: HintOptions): Promise<string | undefined> {
  const { cluster, incident, signal, namespace } = options
  const key = /(?:couldn't find key|references non-existent (?:config|secret) key:?) (\S+?)(?: in (ConfigMap|Secret) (\S+))?$/i.exec(
    incident.message.replace(/[.)]+$/, ''),
  )
  if (key) {
    const [, name = '', kind, place] = key
    const target = place?.split('/').pop() ?? ''
    if (!kind || !target) return `add the key ${name}`
    const holder = await cluster.get({ apiVersion: 'v1', kind, name: target, namespace }, { signal })
    const keys = [...Object.keys(holder?.data ?? {}), ...Object.keys(holder?.binaryData ?? {})]
    const near = nearest(name, keys)
    if (near) return `${kind}/${target} has no key ${name}, but ${near}`
    return keys.length > 0
      ? `${kind}/${target} has no key ${name}; it has ${list(keys)}`
      : `${kind}/${target} is empty: add the key ${name}`
  }
  const object = /\b(configmap|secret|persistentvolumeclaim|serviceaccount) "?([\w.-]+(?:\/[\w.-]+)?)"? not found/i.exec(incident.message)
  if (!object) return undefined
  const kind = {
    configmap: 'ConfigMap',
    secret: 'Secret',
    persistentvolumeclaim: 'PersistentVolumeClaim',
    serviceaccount: 'ServiceAccount',
  }[object[1]!.toLowerCase()]!
  const name = object[2]!.split('/').pop()!
  const { items } = await cluster.list('v1', kind, namespace, { metadataOnly: true, signal })
  const near = nearest(
    name,
    items.map((item) => item.metadata.name).filter((candidate) => candidate !== 'kube-root-ca.crt'),
  )
  return near ? `there is no ${kind}/${name}, but ${kind}/${near}` : `create ${kind}/${name}, or put it into the chart`
}

function list(names: string[]): string {
  return names.length > 5 ? `${names.slice(0, 5).join(', ')} and ${names.length - 5} more` : names.join(', ')
}

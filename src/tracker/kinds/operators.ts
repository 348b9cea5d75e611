import type { KubeObject } from '../../resource.ts'
import { type Condition, failed, isUnobserved, type KindRules, type Problem, progressing, ready } from '../rules.ts'
import { argoApplication } from './argo-application.ts'
import { shorten } from './containers.ts'
import { conditionStatus, currentConditions, generic } from './generic.ts'
import { postgresCluster } from './postgres-cluster.ts'

interface ByCondition {
  /** The condition that means ready. */
  type: string
  /** Reasons with which the condition, when it is False, cannot heal by waiting. */
  fatal?: RegExp
  /** How long such a refusal may last. Default 10 s. */
  graceMs?: number
  /** Another condition by which the controller says that it failed, where that is to be seen now. */
  refusal?: (object: KubeObject) => Condition | undefined
  /** Why the controller does nothing with the object now, as its author asks: nothing is waited for then. */
  resting?: (object: KubeObject) => string | undefined
  /** The controller has not yet looked at this generation, for kinds that do not tell by observedGeneration. */
  unseen?: (object: KubeObject) => boolean
}

/** A kind that is ready by one condition, and waits as long as that is not there. */
function byCondition(options: ByCondition): KindRules {
  const find = (object: KubeObject) => currentConditions(object).find((condition) => condition.type === options.type)
  return {
    status(object) {
      const resting = options.resting?.(object)
      if (resting) return ready(resting)
      if (typeof object.status?.observedGeneration === 'number' && isUnobserved(object)) return progressing('progressing', 'its controller')
      const condition = find(object)
      if (condition?.status === 'True') {
        if (options.unseen?.(object)) return progressing('progressing', 'its controller')
        return conditionStatus(object)?.state === 'progressing' ? conditionStatus(object)! : ready(options.type.toLowerCase())
      }
      const said = condition ?? options.refusal?.(object)
      return progressing(said?.reason || 'progressing', said?.message ? shorten(said.message) : `condition ${options.type}`)
    },
    problems(object) {
      const stalled = generic.problems!(object, undefined as never)
      const condition = find(object)
      const unready = condition?.status === 'False' && options.fatal?.test(condition.reason ?? '') ? condition : undefined
      const refusal = condition?.status === 'True' ? undefined : (options.refusal?.(object) ?? unready)
      if (!refusal || stalled.length > 0) return stalled
      const reason = refusal.reason ?? `not ${options.type}`
      const problem: Problem = {
        key: `${object.metadata.uid}/${reason}`,
        reason,
        message: shorten(refusal.message ?? reason),
        graceMs: options.graceMs ?? 10_000,
        fatal: true,
        suppliable: true,
      }
      return [problem]
    },
  }
}

const conditionWith = (type: string, status: string, reason: (reason: string) => boolean) => (object: KubeObject) =>
  currentConditions(object).find((condition) => condition.type === type && condition.status === status && reason(condition.reason ?? ''))

/** A kind that is ready by a word in its status. Words are compared as written. */
function byField(path: string[], good: string[], bad: string[], graceMs = 10_000): KindRules {
  const read = (object: KubeObject): string => String(path.reduce<any>((value, key) => value?.[key], object) ?? '')
  return {
    status(object) {
      const word = read(object)
      if (good.includes(word)) return ready(word)
      return bad.includes(word) && graceMs === 0 ? failed(word) : progressing(word || 'progressing', path.join('.'))
    },
    problems(object) {
      const word = read(object)
      if (!bad.includes(word)) return []
      const said = object.status?.health?.message ?? object.status?.phaseReason ?? `${path.join('.')} is ${word}`
      return [{ key: `${object.metadata.uid}/${word}`, reason: word, message: shorten(String(said)), graceMs, fatal: true }]
    },
  }
}

const present: KindRules = { status: () => ready('ready'), static: () => true }

const readyCondition = byCondition({ type: 'Ready' })
/** The Prometheus operator says by Reconciled whether it could do what the spec asks, by Available whether the Pods run. */
const availableCondition = byCondition({
  type: 'Available',
  refusal: conditionWith('Reconciled', 'False', () => true),
  graceMs: 30_000,
  resting: (object) => (object.spec?.paused === true ? 'paused' : undefined),
})
/** Flux retries by itself; these reasons of its controllers end an attempt. */
const flux = byCondition({
  type: 'Ready',
  fatal:
    /^(InstallFailed|UpgradeFailed|RollbackFailed|TestFailed|BuildFailed|ReconciliationFailed|HealthCheckFailed|PruneFailed|ArtifactFailed)$/,
  graceMs: 30_000,
  resting: (object) => (object.spec?.suspend === true ? 'suspended' : undefined),
})
const fluxSource = byCondition({
  type: 'Ready',
  fatal:
    /^(AuthenticationFailed|URLInvalid|GitOperationFailed|OCIPullFailed|ChartPullFailed|InvalidChartReference|BucketOperationFailed|FetchFailed|IndexationFailed|VerificationError|Failed)$/,
  graceMs: 30_000,
  // An OCI repository of Helm charts is only looked at by those who use it.
  resting: (object) => (object.spec?.suspend === true ? 'suspended' : object.spec?.type === 'oci' ? 'ready' : undefined),
})
const secretSync = byCondition({
  type: 'Ready',
  fatal: /^(SecretSyncedError|SecretMissing|InvalidStoreRef|InvalidProviderConfig)$/,
  graceMs: 30_000,
  // `2-5c83…`: the generation that was synced. What is fetched only once keeps its first.
  unseen({ spec, status, metadata }) {
    const synced = Number.parseInt(status?.syncedResourceVersion, 10)
    const once = spec?.refreshPolicy === 'CreatedOnce' || /^0[a-z]*$/.test(spec?.refreshInterval ?? '')
    return !once && synced < (metadata.generation ?? 0)
  },
})
/** A request that failed is tried again after an hour, then after two. */
const certificate = byCondition({
  type: 'Ready',
  fatal: /^(InvalidConfiguration|IncorrectIssuer)$/,
  refusal: conditionWith('Issuing', 'False', (reason) => /^(Failed|Denied|InvalidRequest)$/.test(reason)),
})
const issuer = byCondition({ type: 'Ready', fatal: /^(Err|Invalid|VaultError)/, graceMs: 30_000 })
/** Strimzi has a condition NotReady beside Ready. */
const strimzi = byCondition({
  type: 'Ready',
  refusal: conditionWith('NotReady', 'True', (reason) => reason !== 'Creating'),
  graceMs: 30_000,
  resting: (object) => (conditionWith('ReconciliationPaused', 'True', () => true)(object) ? 'paused' : undefined),
})

/** Rules of known operators' kinds by `group/Kind`. */
export const operatorRules: Record<string, KindRules> = {
  'cert-manager.io/Certificate': certificate,
  'cert-manager.io/CertificateRequest': byCondition({ type: 'Ready', fatal: /^(Failed|Denied)$/, graceMs: 0 }),
  'cert-manager.io/Issuer': issuer,
  'cert-manager.io/ClusterIssuer': issuer,
  'helm.toolkit.fluxcd.io/HelmRelease': flux,
  'kustomize.toolkit.fluxcd.io/Kustomization': flux,
  'source.toolkit.fluxcd.io/GitRepository': fluxSource,
  'source.toolkit.fluxcd.io/HelmRepository': fluxSource,
  'source.toolkit.fluxcd.io/HelmChart': fluxSource,
  'source.toolkit.fluxcd.io/OCIRepository': fluxSource,
  'source.toolkit.fluxcd.io/Bucket': fluxSource,
  'argoproj.io/Application': argoApplication,
  'argoproj.io/ApplicationSet': byCondition({ type: 'ResourcesUpToDate' }),
  'argoproj.io/AppProject': present,
  'argoproj.io/Rollout': byField(['status', 'phase'], ['Healthy', 'Paused'], ['Degraded', 'InvalidSpec'], 5_000),
  'argoproj.io/Workflow': byField(['status', 'phase'], ['Succeeded'], ['Failed', 'Error'], 0),
  'argoproj.io/WorkflowTemplate': present,
  'argoproj.io/CronWorkflow': present,
  'monitoring.coreos.com/Prometheus': availableCondition,
  'monitoring.coreos.com/PrometheusAgent': availableCondition,
  'monitoring.coreos.com/Alertmanager': availableCondition,
  'monitoring.coreos.com/ThanosRuler': availableCondition,
  'monitoring.coreos.com/ServiceMonitor': present,
  'monitoring.coreos.com/PodMonitor': present,
  'monitoring.coreos.com/Probe': present,
  'monitoring.coreos.com/ScrapeConfig': present,
  'monitoring.coreos.com/PrometheusRule': present,
  'monitoring.coreos.com/AlertmanagerConfig': present,
  'external-secrets.io/ExternalSecret': secretSync,
  'external-secrets.io/ClusterExternalSecret': readyCondition,
  'external-secrets.io/PushSecret': readyCondition,
  'external-secrets.io/SecretStore': byCondition({ type: 'Ready', fatal: /^Invalid/, graceMs: 30_000 }),
  'external-secrets.io/ClusterSecretStore': byCondition({ type: 'Ready', fatal: /^Invalid/, graceMs: 30_000 }),
  'bitnami.com/SealedSecret': byCondition({ type: 'Synced', fatal: /./, graceMs: 15_000 }),
  'kafka.strimzi.io/Kafka': strimzi,
  'kafka.strimzi.io/KafkaTopic': strimzi,
  'kafka.strimzi.io/KafkaUser': strimzi,
  'kafka.strimzi.io/KafkaConnect': strimzi,
  'kafka.strimzi.io/KafkaConnector': strimzi,
  'kafka.strimzi.io/KafkaBridge': strimzi,
  'kafka.strimzi.io/KafkaMirrorMaker2': strimzi,
  'kafka.strimzi.io/KafkaNodePool': present,
  'postgresql.cnpg.io/Cluster': postgresCluster,
  'postgresql.cnpg.io/ScheduledBackup': present,
  'postgresql.cnpg.io/Backup': byField(['status', 'phase'], ['completed'], ['failed', 'walArchivingFailing'], 0),
  'acid.zalan.do/postgresql': byField(
    ['status', 'PostgresClusterStatus'],
    ['Running'],
    ['CreateFailed', 'UpdateFailed', 'DeleteFailed', 'SyncFailed'],
  ),
  'kyverno.io/Policy': readyCondition,
  'kyverno.io/ClusterPolicy': readyCondition,
  'flagger.app/Canary': byField(['status', 'phase'], ['Initialized', 'Succeeded'], ['Failed'], 0),
  'keda.sh/ScaledObject': readyCondition,
  'keda.sh/ScaledJob': readyCondition,
  'traefik.io/Middleware': present,
  'traefik.io/IngressRoute': present,
  'networking.istio.io/VirtualService': present,
  'networking.istio.io/DestinationRule': present,
  'networking.istio.io/Gateway': present,
}

import type { KubeObject } from '../../resource.ts'
import { failed, isUnobserved, type KindRules, type Problem, progressing, ready } from '../rules.ts'
import { shorten } from './containers.ts'
import { conditionStatus, currentConditions, generic } from './generic.ts'

interface ByCondition {
  /** The condition that means ready. */
  type: string
  /** Reasons with which the condition, when it is False, cannot heal by waiting. */
  fatal?: RegExp
  /** How long such a refusal may last. Default 10 s. */
  graceMs?: number
}

/** A kind that is ready by one condition, and waits as long as that is not there. */
function byCondition(options: ByCondition): KindRules {
  const find = (object: KubeObject) => currentConditions(object).find((condition) => condition.type === options.type)
  return {
    status(object) {
      if (typeof object.status?.observedGeneration === 'number' && isUnobserved(object)) return progressing('progressing', 'its controller')
      const condition = find(object)
      if (condition?.status === 'True')
        return conditionStatus(object)?.state === 'progressing' ? conditionStatus(object)! : ready(options.type.toLowerCase())
      return progressing(condition?.reason || 'progressing', condition?.message ? shorten(condition.message) : `condition ${options.type}`)
    },
    problems(object) {
      const condition = find(object)
      const problems = generic.problems!(object, undefined as never)
      if (condition?.status !== 'False' || !options.fatal?.test(condition.reason ?? '')) return problems
      const reason = condition.reason ?? `not ${options.type}`
      const problem: Problem = {
        key: `${object.metadata.uid}/${reason}`,
        reason,
        message: shorten(condition.message ?? reason),
        graceMs: options.graceMs ?? 10_000,
        fatal: true,
        suppliable: true,
      }
      return [...problems, problem]
    },
  }
}

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
const availableCondition = byCondition({ type: 'Available' })
/** Flux retries by itself; these reasons of its controllers end an attempt. */
const flux = byCondition({
  type: 'Ready',
  fatal: /^(InstallFailed|UpgradeFailed|BuildFailed|ReconciliationFailed|HealthCheckFailed|ArtifactFailed)$/,
  graceMs: 30_000,
})
const secretSync = byCondition({ type: 'Ready', fatal: /^(SecretSyncedError|InvalidStoreRef|InvalidProviderConfig)$/, graceMs: 30_000 })

/** Rules of known operators' kinds by `group/Kind`. */
export const operatorRules: Record<string, KindRules> = {
  'cert-manager.io/Certificate': byCondition({ type: 'Ready', fatal: /^(InvalidConfiguration|IncorrectIssuer)$/ }),
  'cert-manager.io/CertificateRequest': byCondition({ type: 'Ready', fatal: /^(Failed|Denied)$/, graceMs: 0 }),
  'cert-manager.io/Issuer': byCondition({ type: 'Ready', fatal: /^(ErrGetKeyPair|ErrInvalidKeyPair|InvalidConfig)/, graceMs: 30_000 }),
  'cert-manager.io/ClusterIssuer': byCondition({
    type: 'Ready',
    fatal: /^(ErrGetKeyPair|ErrInvalidKeyPair|InvalidConfig)/,
    graceMs: 30_000,
  }),
  'helm.toolkit.fluxcd.io/HelmRelease': flux,
  'kustomize.toolkit.fluxcd.io/Kustomization': flux,
  'source.toolkit.fluxcd.io/GitRepository': flux,
  'source.toolkit.fluxcd.io/HelmRepository': readyCondition,
  'source.toolkit.fluxcd.io/HelmChart': flux,
  'source.toolkit.fluxcd.io/OCIRepository': flux,
  'source.toolkit.fluxcd.io/Bucket': flux,
  'argoproj.io/Application': byField(['status', 'health', 'status'], ['Healthy', 'Suspended'], ['Degraded'], 30_000),
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
  'kafka.strimzi.io/Kafka': byCondition({ type: 'Ready' }),
  'kafka.strimzi.io/KafkaTopic': byCondition({ type: 'Ready' }),
  'kafka.strimzi.io/KafkaUser': byCondition({ type: 'Ready' }),
  'kafka.strimzi.io/KafkaConnect': byCondition({ type: 'Ready' }),
  'kafka.strimzi.io/KafkaConnector': byCondition({ type: 'Ready' }),
  'kafka.strimzi.io/KafkaNodePool': present,
  'postgresql.cnpg.io/Cluster': {
    status(object) {
      const { phase, readyInstances = 0, instances } = object.status ?? {}
      const desired: number = object.spec?.instances ?? instances ?? 1
      const progress = { desired, ready: readyInstances }
      if (phase === 'Cluster in healthy state' && readyInstances >= desired) return ready('healthy', { progress })
      return progressing(phase ? shorten(phase) : 'progressing', 'its instances', { progress })
    },
  },
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

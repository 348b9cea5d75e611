/** API versions that Kubernetes has removed, with what replaces them and the release that removed them (its deprecation guide). */
const removed: Record<string, [replacement: string, since: string]> = {
  'extensions/v1beta1/Deployment': ['apps/v1', '1.16'],
  'extensions/v1beta1/DaemonSet': ['apps/v1', '1.16'],
  'extensions/v1beta1/ReplicaSet': ['apps/v1', '1.16'],
  'extensions/v1beta1/NetworkPolicy': ['networking.k8s.io/v1', '1.16'],
  'extensions/v1beta1/PodSecurityPolicy': ['', '1.16'],
  'extensions/v1beta1/Ingress': ['networking.k8s.io/v1', '1.22'],
  'networking.k8s.io/v1beta1/Ingress': ['networking.k8s.io/v1', '1.22'],
  'networking.k8s.io/v1beta1/IngressClass': ['networking.k8s.io/v1', '1.22'],
  'apps/v1beta1/Deployment': ['apps/v1', '1.16'],
  'apps/v1beta1/StatefulSet': ['apps/v1', '1.16'],
  'apps/v1beta2/Deployment': ['apps/v1', '1.16'],
  'apps/v1beta2/StatefulSet': ['apps/v1', '1.16'],
  'apps/v1beta2/DaemonSet': ['apps/v1', '1.16'],
  'apps/v1beta2/ReplicaSet': ['apps/v1', '1.16'],
  'admissionregistration.k8s.io/v1beta1/MutatingWebhookConfiguration': ['admissionregistration.k8s.io/v1', '1.22'],
  'admissionregistration.k8s.io/v1beta1/ValidatingWebhookConfiguration': ['admissionregistration.k8s.io/v1', '1.22'],
  'admissionregistration.k8s.io/v1beta1/ValidatingAdmissionPolicy': ['admissionregistration.k8s.io/v1', '1.34'],
  'apiextensions.k8s.io/v1beta1/CustomResourceDefinition': ['apiextensions.k8s.io/v1', '1.22'],
  'apiregistration.k8s.io/v1beta1/APIService': ['apiregistration.k8s.io/v1', '1.22'],
  'certificates.k8s.io/v1beta1/CertificateSigningRequest': ['certificates.k8s.io/v1', '1.22'],
  'coordination.k8s.io/v1beta1/Lease': ['coordination.k8s.io/v1', '1.22'],
  'rbac.authorization.k8s.io/v1alpha1/Role': ['rbac.authorization.k8s.io/v1', '1.22'],
  'rbac.authorization.k8s.io/v1beta1/ClusterRole': ['rbac.authorization.k8s.io/v1', '1.22'],
  'rbac.authorization.k8s.io/v1beta1/ClusterRoleBinding': ['rbac.authorization.k8s.io/v1', '1.22'],
  'rbac.authorization.k8s.io/v1beta1/Role': ['rbac.authorization.k8s.io/v1', '1.22'],
  'rbac.authorization.k8s.io/v1beta1/RoleBinding': ['rbac.authorization.k8s.io/v1', '1.22'],
  'scheduling.k8s.io/v1beta1/PriorityClass': ['scheduling.k8s.io/v1', '1.22'],
  'storage.k8s.io/v1beta1/StorageClass': ['storage.k8s.io/v1', '1.22'],
  'storage.k8s.io/v1beta1/CSIDriver': ['storage.k8s.io/v1', '1.22'],
  'storage.k8s.io/v1beta1/CSINode': ['storage.k8s.io/v1', '1.22'],
  'storage.k8s.io/v1beta1/VolumeAttachment': ['storage.k8s.io/v1', '1.22'],
  'storage.k8s.io/v1beta1/CSIStorageCapacity': ['storage.k8s.io/v1', '1.27'],
  'batch/v1beta1/CronJob': ['batch/v1', '1.25'],
  'batch/v2alpha1/CronJob': ['batch/v1', '1.21'],
  'discovery.k8s.io/v1beta1/EndpointSlice': ['discovery.k8s.io/v1', '1.25'],
  'events.k8s.io/v1beta1/Event': ['events.k8s.io/v1', '1.25'],
  'node.k8s.io/v1beta1/RuntimeClass': ['node.k8s.io/v1', '1.25'],
  'policy/v1beta1/PodDisruptionBudget': ['policy/v1', '1.25'],
  'policy/v1beta1/PodSecurityPolicy': ['', '1.25'],
  'autoscaling/v2beta1/HorizontalPodAutoscaler': ['autoscaling/v2', '1.25'],
  'autoscaling/v2beta2/HorizontalPodAutoscaler': ['autoscaling/v2', '1.26'],
  'flowcontrol.apiserver.k8s.io/v1beta1/FlowSchema': ['flowcontrol.apiserver.k8s.io/v1', '1.26'],
  'flowcontrol.apiserver.k8s.io/v1beta1/PriorityLevelConfiguration': ['flowcontrol.apiserver.k8s.io/v1', '1.26'],
  'flowcontrol.apiserver.k8s.io/v1beta2/FlowSchema': ['flowcontrol.apiserver.k8s.io/v1', '1.29'],
  'flowcontrol.apiserver.k8s.io/v1beta2/PriorityLevelConfiguration': ['flowcontrol.apiserver.k8s.io/v1', '1.29'],
  'flowcontrol.apiserver.k8s.io/v1beta3/FlowSchema': ['flowcontrol.apiserver.k8s.io/v1', '1.32'],
  'flowcontrol.apiserver.k8s.io/v1beta3/PriorityLevelConfiguration': ['flowcontrol.apiserver.k8s.io/v1', '1.32'],
}

/** Which Kubernetes first had what is not as old as all others, by kind or by group version (its release notes). */
const introduced: Record<string, string> = {
  'networking.k8s.io/v1/Ingress': '1.19',
  'networking.k8s.io/v1/IngressClass': '1.19',
  'networking.k8s.io/v1/IPAddress': '1.33',
  'networking.k8s.io/v1/ServiceCIDR': '1.33',
  'certificates.k8s.io/v1': '1.19',
  'events.k8s.io/v1': '1.19',
  'node.k8s.io/v1': '1.20',
  'batch/v1/CronJob': '1.21',
  'policy/v1': '1.21',
  'discovery.k8s.io/v1': '1.21',
  'autoscaling/v2': '1.23',
  'storage.k8s.io/v1/CSIStorageCapacity': '1.24',
  'storage.k8s.io/v1/VolumeAttributesClass': '1.34',
  'flowcontrol.apiserver.k8s.io/v1': '1.29',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicy': '1.30',
  'admissionregistration.k8s.io/v1/ValidatingAdmissionPolicyBinding': '1.30',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicy': '1.36',
  'admissionregistration.k8s.io/v1/MutatingAdmissionPolicyBinding': '1.36',
  'resource.k8s.io/v1': '1.34',
}

/** What became of an API version that Kubernetes does not have any more: the version that takes its place (empty: none) and the release that removed it. */
export function removalOf(apiVersion: string, kind: string): { replacement: string; since: string } | undefined {
  const entry = Object.hasOwn(removed, `${apiVersion}/${kind}`) ? removed[`${apiVersion}/${kind}`] : undefined
  return entry && { replacement: entry[0], since: entry[1] }
}

/** The release that first served a kind in this version: `1.21` for CronJob in batch/v1; undefined where every supported release has it. */
export function introductionOf(apiVersion: string, kind: string): string | undefined {
  const key = [`${apiVersion}/${kind}`, apiVersion].find((candidate) => Object.hasOwn(introduced, candidate))
  return key && introduced[key]
}

/** Says what became of an API version that Kubernetes does not have any more: `Kubernetes 1.22 removed it; use networking.k8s.io/v1`. Undefined for all others. */
export function removedApi(apiVersion: string, kind: string): string | undefined {
  const removal = removalOf(apiVersion, kind)
  if (!removal) return undefined
  const { replacement, since } = removal
  return `Kubernetes ${since} removed it; ${replacement ? `use ${replacement}` : 'nothing replaces it'}`
}

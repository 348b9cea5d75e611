import { type Api, ensure } from './api.ts'

/** What a token of the test cluster with few rights may do, as a ClusterRole that tests can bind to user `weak` in namespaces of their own. */
const weakRole = 'converge-test-weak'

/**
 * Makes the rights of the user `weak`: in the namespace `weak` it may read and write workloads, configuration and release Secrets, and
 * nothing else: no events, no leases, no namespaces, nothing cluster-wide. The user `nobody` gets nothing beyond discovery.
 */
export async function grantAccess(api: Api): Promise<void> {
  const all = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection']
  await ensure(api, '/api/v1/namespaces', { metadata: { name: 'weak' } })
  await ensure(api, '/apis/rbac.authorization.k8s.io/v1/clusterroles', {
    metadata: { name: weakRole },
    rules: [
      { apiGroups: [''], resources: ['configmaps', 'secrets', 'services', 'persistentvolumeclaims'], verbs: all },
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets', 'daemonsets'], verbs: all },
      { apiGroups: ['batch'], resources: ['jobs', 'cronjobs'], verbs: all },
      { apiGroups: [''], resources: ['pods', 'pods/log'], verbs: ['get', 'list', 'watch'] },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get', 'list', 'watch'] },
    ],
  })
  await ensure(api, '/apis/rbac.authorization.k8s.io/v1/namespaces/weak/rolebindings', {
    metadata: { name: weakRole },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: weakRole },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'weak' }],
  })
}

export interface KubeconfigEntry {
  context: string
  user: string
  token: string
  namespace?: string
}

/** A kubeconfig with one cluster and a context for each entry; the first one is current. */
export function kubeconfig(server: string, ca: Buffer, entries: readonly KubeconfigEntry[]): string {
  const lines = ['apiVersion: v1', 'kind: Config', `current-context: ${entries[0]?.context}`]
  lines.push('clusters:', '- name: test', '  cluster:', `    server: ${server}`, `    certificate-authority-data: ${ca.toString('base64')}`)
  lines.push('contexts:')
  for (const { context, user, namespace } of entries) {
    lines.push(`- name: ${context}`, '  context:', '    cluster: test', `    user: ${user}`)
    if (namespace) lines.push(`    namespace: ${namespace}`)
  }
  lines.push('users:')
  for (const { user, token } of entries) lines.push(`- name: ${user}`, '  user:', `    token: ${token}`)
  return `${lines.join('\n')}\n`
}

import type { Command } from 'commander'
import { repeatable } from './collect.ts'

export interface KubeFlags {
  kubeconfig?: string
  kubeContext?: string
  kubeApiserver?: string
  kubeToken?: string
  kubeCaFile?: string
  kubeAsUser?: string
  kubeAsGroup: string[]
  kubeTlsServerName?: string
  kubeInsecureSkipTlsVerify?: boolean
  sandbox?: boolean
}

/** How the cluster is reached, with Helm's names. */
export function addKubeOptions(command: Command): Command {
  return command
    .optionsGroup('Cluster:')
    .option('--kube-context <name>', 'the context of the kubeconfig')
    .option('--kubeconfig <file>', 'the kubeconfig (default: $KUBECONFIG, then ~/.kube/config)')
    .option('--kube-apiserver <url>', 'the address of the API server')
    .option('--kube-token <token>', 'the bearer token')
    .option('--kube-ca-file <file>', "the API server's certificate authority")
    .option('--kube-as-user <name>', 'act as this user')
    .addOption(repeatable('--kube-as-group <name>', 'act as a member of this group'))
    .option('--kube-tls-server-name <name>', "the name in the API server's certificate")
    .option('--kube-insecure-skip-tls-verify', "do not check the API server's certificate")
    .option('--sandbox', 'use an embedded cluster that lives as long as this command')
}

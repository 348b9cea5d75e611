import type { Command } from 'commander'
import { repeatable } from './collect.ts'

export interface RenderFlags {
  kubeVersion?: string
  apiVersions: string[]
  enableDns?: boolean
  renderSubchartNotes?: boolean
}

/** Helm's options that steer the templates. */
export function addRenderOptions(command: Command): Command {
  return command
    .optionsGroup('Templates:')
    .option('--kube-version <version>', 'the Kubernetes version that templates see')
    .addOption(repeatable('-a, --api-versions <group/version>', 'a further API version that templates see'))
    .option('--enable-dns', 'let templates look up host names')
    .option('--render-subchart-notes', "print the notes of subcharts beside the chart's own")
}

import { Option } from 'commander'

export interface StorageFlags {
  storage?: 'secret' | 'secrets' | 'configmap' | 'configmaps'
}

/** Where revisions are kept; Helm knows it as HELM_DRIVER alone. */
export function storageOption(): Option {
  return new Option('--storage <driver>', 'where revisions are kept')
    .choices(['secret', 'secrets', 'configmap', 'configmaps'])
    .default('secret')
}

export function isConfigMapStorage(flags: StorageFlags): boolean {
  return flags.storage?.startsWith('configmap') === true
}

/** Where a revision stands, in Helm's words. */
export type ReleaseStatus =
  | 'unknown'
  | 'deployed'
  | 'uninstalled'
  | 'superseded'
  | 'failed'
  | 'uninstalling'
  | 'pending-install'
  | 'pending-upgrade'
  | 'pending-rollback'

/** Helm's descriptions of a revision. */
export const descriptions = {
  installing: 'Initial install underway',
  installed: 'Install complete',
  upgrading: 'Preparing upgrade',
  upgraded: 'Upgrade complete',
  rollingBack: (revision: number) => `Rollback to ${revision}`,
  uninstalling: 'Deletion in progress (or silently failed)',
  uninstalled: 'Uninstallation complete',
  installFailed: (release: string, reason: string) => `Release "${release}" failed: ${reason}`,
  upgradeFailed: (release: string, reason: string) => `Upgrade "${release}" failed: ${reason}`,
  rollbackFailed: (release: string, reason: string) => `Rollback "${release}" failed: ${reason}`,
} as const

/** Whether a run began this revision and did not end it. Only a run that was killed leaves one behind: the lock says whether it still lives. */
export function isPending(status: ReleaseStatus): boolean {
  return status.startsWith('pending-')
}

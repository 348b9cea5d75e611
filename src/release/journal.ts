import type { ResourceRef } from '../resource.ts'
import { packed, unpacked } from './codec.ts'

/** One object that a run creates. */
export interface JournalEntry extends ResourceRef {
  /** Known once it was created. */
  uid?: string
  /** A hook: it does not carry the release's ownership annotations. */
  hook?: boolean
}

/**
 * What a run is about to create that did not exist before it. It lies in the Secret of the pending revision, below a key of its own that Helm does not
 * look at, written with the revision and so before anything is touched; the final state of the revision is written without it. So a revision with
 * a journal is one of a run that was killed, and the next run can remove what that one had newly created.
 */
export interface Journal {
  /** RFC 3339, by the server's clock: what is older existed before. */
  startedAt: string
  /** `ci@runner-7 (pid 12)` */
  holder?: string
  entries: JournalEntry[]
}

/** The key in the Secret's or ConfigMap's data. */
export const journalKey = 'converge-journal'

type Row = [apiVersion: string, kind: string, namespace: string, name: string, uid: string, hook: 0 | 1]

/** Packs a journal. 5,000 entries with uids take about 200 KB, without them about 30. */
export function encodeJournal(journal: Journal, options: { uids?: boolean } = {}): Promise<string> {
  const uids = options.uids ?? true
  const rows = journal.entries.map(
    ({ apiVersion, kind, namespace, name, uid, hook }): Row => [apiVersion, kind, namespace ?? '', name, (uids && uid) || '', hook ? 1 : 0],
  )
  return packed(JSON.stringify({ v: 1, startedAt: journal.startedAt, holder: journal.holder, rows }))
}

/** Unpacks a journal; undefined where it is not one that this version understands, which is then left to people. */
export async function decodeJournal(text: string): Promise<Journal | undefined> {
  try {
    const { v, startedAt, holder, rows } = JSON.parse(await unpacked(text)) as {
      v: number
      startedAt: string
      holder?: string
      rows: Row[]
    }
    if (v !== 1 || !Array.isArray(rows)) return undefined
    const entries = rows.map(([apiVersion, kind, namespace, name, uid, hook]) => ({
      apiVersion,
      kind,
      name,
      ...(namespace ? { namespace } : {}),
      ...(uid ? { uid } : {}),
      ...(hook ? { hook: true } : {}),
    }))
    return { startedAt, holder, entries }
  } catch {
    return undefined
  }
}

/** The last calls on chain: one line a round and kind, in its latest state, whoever told it first. */

import type { SubmissionNotice } from '../../../src/protocol/wire.ts'

export type SubmissionEntry = SubmissionNotice['data']

/** Newest first; the page shows as many. */
export type SubmissionLog = readonly SubmissionEntry[]

/** Lines that the page keeps. */
const maxEntries = 12

/** Within a round, in the order in which they are sent. */
const order: Readonly<Record<SubmissionEntry['kind'], number>> = {
  submit1: 0,
  submit2: 1,
  submitSignatures: 2,
}

/** The log with more told of it: the same told twice, or late, changes nothing. */
export function withSubmissions(
  log: SubmissionLog,
  told: readonly SubmissionEntry[],
): SubmissionLog {
  const byCall = new Map(log.map((entry) => [callOf(entry), entry]))
  for (const entry of told) {
    const known = byCall.get(callOf(entry))
    if (known === undefined) byCall.set(callOf(entry), entry)
    // A later state may not repeat the hash that an earlier one told.
    else if (isLater(entry, known)) byCall.set(callOf(entry), { ...known, ...entry })
  }
  return [...byCall.values()]
    .toSorted((a, b) => b.epoch - a.epoch || order[b.kind] - order[a.kind])
    .slice(0, maxEntries)
}

function callOf({ epoch, kind }: SubmissionEntry): string {
  return `${epoch} ${kind}`
}

function isLater(entry: SubmissionEntry, known: SubmissionEntry): boolean {
  if (entry.timestamp !== known.timestamp) return entry.timestamp > known.timestamp
  return known.status === 'sent' && entry.status !== 'sent'
}

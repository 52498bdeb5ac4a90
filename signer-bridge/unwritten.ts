/**
 * Reveals that were signed when the journal took nothing: a full disk must not cost a reveal that is
 * owed. They are known to this process alone, so that they are looked for and outbid all the same.
 */

import type { Hex } from 'viem'
import { protocolIds } from '../src/protocol/payload.ts'
import { readSubmission, submissionCalldata } from '../src/protocol/submission.ts'
import type { OwnCall } from './call.ts'
import { digestsIn } from './call-digests.ts'
import type { BindingBook } from './journal/bindings.ts'
import { JournalError } from './journal/database.ts'
import type { Attempt } from './journal/rows.ts'
import type { Log } from './log.ts'

/** More transactions of one reveal than its window has time for. */
const maxKept = 32

/** By journal, so that each process of a test has its own; of the newest call only. */
const kept = new WeakMap<object, readonly Attempt[]>()

/** The transactions of a call that could not be written down, oldest first. */
export function unwrittenOf(journal: object, call: OwnCall): readonly Attempt[] {
  return (kept.get(journal) ?? []).filter(
    ({ votingRoundId, kind, part, signer }) =>
      votingRoundId === call.votingRoundId &&
      kind === call.kind &&
      part === call.part &&
      signer === call.signer,
  )
}

/** Keeps one, or what a node has said of it since. */
export function keepUnwritten(journal: object, attempt: Attempt): void {
  const others = unwrittenOf(journal, attempt).filter(({ txHash }) => txHash !== attempt.txHash)
  kept.set(journal, [...others, attempt].slice(-maxKept))
}

/**
 * What a reveal says that may go out though it could not be claimed: our own payload, if it is the one
 * that was bound before the commit. What others add was bound nowhere, and stays out.
 *
 * @returns `undefined` for whatever is no such reveal.
 */
export function boundReveal(
  journal: Pick<BindingBook, 'signingOf'>,
  { kind, part, signer, votingRoundId }: OwnCall,
  calldata: Hex,
): Hex | undefined {
  if (kind !== 'submit2' || part !== 'main') return undefined
  const frames = readSubmission(calldata)?.frames ?? []
  const own = submissionCalldata(
    'submit2',
    frames.filter(({ protocolId }) => protocolId === protocolIds.ftso),
  )
  const name = { signer, kind: 'reveal', protocolId: protocolIds.ftso, votingRoundId } as const
  const bound = journal.signingOf(name)?.digest
  const said = digestsIn(kind, own)
  return said.length === 1 && said[0]?.digest === bound ? own : undefined
}

/**
 * Writes, and says whether that was done. What the journal refuses, and a bug, is thrown as ever.
 *
 * @throws {JournalError}
 */
export function isWritten(
  log: Log,
  { kind, votingRoundId }: Pick<OwnCall, 'kind' | 'votingRoundId'>,
  write: () => void,
): boolean {
  try {
    write()
    return true
  } catch (error) {
    if (error instanceof JournalError) throw error
    if (error instanceof TypeError || error instanceof ReferenceError) throw error
    const reason = String(error).slice(0, 300)
    log({ event: 'journal-failed', voting_round_id: votingRoundId, kind, reason })
    return false
  }
}

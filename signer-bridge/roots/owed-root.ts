/**
 * Which roots are owed: those of rounds in which something of ours is out, or must still follow our
 * commit. The data connector fines a bit vote that counted and that no root follows.
 */

import { protocolIds } from '../../src/protocol/payload.ts'
import { readSubmission } from '../../src/protocol/submission.ts'
import { callOf } from '../endings.ts'
import type { Journal } from '../journal/journal.ts'
import type { RootName } from '../journal/roots.ts'
import { owedReveals } from '../journal/rounds.ts'
import { rootKeysOf } from '../later-keys.ts'
import type { Keyring } from '../roles.ts'

type OwingWorld = {
  readonly journal: Pick<Journal, 'vote' | 'openRounds' | 'statusOf' | 'calldataOf'>
  readonly keyring: Keyring
}

/** Whether a round's root is owed by what the journal knows, and we have the keys for it. */
export function isRootOwed(
  { journal, keyring }: OwingWorld,
  { protocolId, votingRoundId }: RootName,
): boolean {
  const vote = journal.vote(votingRoundId)
  if (vote === undefined || rootKeysOf(keyring, vote.rewardEpochId) === undefined) return false
  const main = callOf(vote, 'submit2')
  const late = { ...main, part: 'late' } as const
  const speaks = (call: typeof main | typeof late) =>
    readSubmission(journal.calldataOf(call) ?? '0x')?.frames.some(
      (frame) => frame.protocolId === protocolId,
    ) === true
  const isOurs = protocolId === protocolIds.ftso
  const owesReveal = owedReveals(journal).some((round) => round.votingRoundId === votingRoundId)
  const isMainOut = owesReveal || journal.statusOf(main) === 'confirmed'
  if (isMainOut && (isOurs || speaks(main))) return true
  const status = journal.statusOf(late)
  return (status === 'planned' || status === 'confirmed') && speaks(late)
}

/**
 * Whose commit stands: the last one of an address in a round counts, and another bridge of the same
 * operator may have sent it. A reveal that does not hash to it is an offence, so it is looked up
 * before the first one; the look is short, and when it fails nothing is different. Before our own
 * commit it is looked up too, so that no second one is made.
 */

import { votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import { callOf } from './endings.ts'
import { payloadsIn } from './payloads.ts'
import type { Vote } from './vote.ts'
import type { World } from './world.ts'

export type LastCommits = {
  /** Whether a commit of ours stands that is not the vote's; one look a round, no longer than a node may take. */
  readonly isOfAnother: (vote: Vote) => Promise<boolean>
}

type Deps = Pick<World, 'chain' | 'journal' | 'network' | 'pace' | 'sleep' | 'log'>

export function lastCommits(deps: Deps): LastCommits {
  const { journal, pace, sleep } = deps
  let looked: { readonly votingRoundId: number; readonly isOfAnother: boolean } | undefined
  return {
    isOfAnother: async (vote) => {
      const { votingRoundId } = vote
      if (looked?.votingRoundId === votingRoundId) return looked.isOfAnother
      // Once a reveal is out it is sent again, whatever stands. One a person has signed beforehand is not.
      const reveals = journal.attempts(callOf(vote, 'submit2'))
      if (reveals.some(({ state }) => state === 'accepted')) return false
      const standing = await Promise.race([
        standingCommit(deps, vote).catch(() => undefined),
        sleep(pace.nodeMs).then(() => undefined),
      ])
      const isOfAnother = isOther(deps, vote, standing)
      looked = { votingRoundId, isOfAnother }
      return isOfAnother
    },
  }
}

/**
 * Whether a commit of ours stands before this bridge has signed one for the round. Every transaction
 * takes a nonce: where the journal knows the key's last one, no block is read.
 *
 * @returns `unseen` if more was sent with the key than the journal knows of, and no node shows what.
 */
export async function earlierCommit(
  deps: Deps,
  vote: Vote,
): Promise<'none' | 'of-another' | 'unseen'> {
  const { chain, journal, pace, sleep, log } = deps
  const { submitAddress, votingRoundId } = vote
  try {
    const count = await chain.pendingCount(submitAddress)
    if (count <= journal.nonceFloor(submitAddress)) return 'none'
    const tooLate = sleep(pace.nodeMs).then(() => Promise.reject(new Error('No answer in time.')))
    const standing = await Promise.race([commitInBlocks(deps, vote), tooLate])
    return isOther(deps, vote, standing) ? 'of-another' : 'none'
  } catch (error) {
    log({ event: 'look-failed', voting_round_id: votingRoundId, reason: String(error) })
    return 'unseen'
  }
}

/** Whether the commit that stands is not the vote's; that is told. */
function isOther({ log }: Deps, vote: Vote, standing: string | undefined): boolean {
  if (standing === undefined || standing === vote.commit) return false
  const found = { ours: vote.commit, on_chain: standing }
  log({ event: 'commit-of-another', voting_round_id: vote.votingRoundId, ...found })
  return true
}

/** The commit that counts; blocks are read only where something may have come after ours. */
async function standingCommit(deps: Deps, vote: Vote): Promise<string | undefined> {
  const { chain, journal } = deps
  const { submitAddress } = vote
  const isConfirmed = journal.statusOf(callOf(vote, 'submit1')) === 'confirmed'
  const count = await chain.pendingCount(submitAddress)
  // Ours is the last transaction of the key: nothing can have come after it.
  if (isConfirmed && count === journal.nonceFloor(submitAddress)) return vote.commit
  return await commitInBlocks(deps, vote)
}

/** The commit that counts by the blocks of its round; `undefined` if none was found there. */
async function commitInBlocks(
  { chain, pace, network: { schedule } }: Deps,
  { submitAddress, votingRoundId }: Vote,
): Promise<string | undefined> {
  const startMs = votingRoundStartMs(schedule, votingRoundId)
  const stretch = {
    // Nobody is given a vector earlier.
    fromSec: Math.floor((startMs + timetableMs(schedule).freezeFromAttended) / 1_000),
    untilSec: votingRoundStartMs(schedule, votingRoundId + 1) / 1_000,
  }
  // All that any node shows, by nonce. A commit that is signed and in no block is told by a liar alone,
  // and is ours: our bridges bind one digest a round, so that it says the same as the one that stands.
  // Less than all, and a node that leaves out another's later commit has us reveal against it.
  const calls = await chain.callsBy([submitAddress], stretch, pace.nodeMs * 0.75)
  return payloadsIn(calls, 'submit1', votingRoundId).at(-1)
}

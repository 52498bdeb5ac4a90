/**
 * Adopting a reveal: another bridge of ours has committed, and its reveal is not there. Whoever holds
 * the vector then reveals it, with or without the lease: the same reveal twice harms nobody, and a
 * missing one costs thirty rounds.
 */

import type { Hex } from 'viem'
import type { FrozenEntry, OrderedFeed } from '../src/protocol/bridge-wire.ts'
import { type EpochSchedule, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { OracleError } from '../src/protocol/errors.ts'
import { decodeFeedValues } from '../src/protocol/feed-values.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import type { Chore } from './chores.ts'
import { doubtsOf, fullestOf, opens, voteCommittedTo } from './committed-vote.ts'
import type { Heads } from './heads.ts'
import { payloadsIn } from './payloads.ts'
import { chainTimeMs, isProvenPast, type Moment } from './timeline.ts'
import type { Vote } from './vote.ts'
import type { World } from './world.ts'

type AdoptionWorld = Pick<
  World,
  'chain' | 'journal' | 'lease' | 'network' | 'pace' | 'guard' | 'sleep' | 'nowMs' | 'log'
> & { readonly heads: Heads }

/** Of the time for a reveal, the acting bridge has a third before another one looks into it. */
const patience = 1 / 3

export function adoptionChore(world: AdoptionWorld): Chore {
  const { chain, heads, journal, lease, network, pace, sleep, nowMs, log } = world
  /** A commit that is of nothing held: it is looked for once. */
  let fruitless: Hex | undefined
  return async () => {
    const votes = journal.heldVotes()
    const newest = votes.at(-1)?.votingRoundId ?? 0
    const held = votes.filter(
      ({ votingRoundId }) =>
        votingRoundId >= newest - 1 && journal.vote(votingRoundId) === undefined,
    )
    if (held.length === 0) return pace.restMs
    await heads.refresh()
    const moment = heads.moment()
    const hasLease = lease.token() !== undefined
    const due = held.filter(({ votingRoundId }) =>
      isDue(network.schedule, votingRoundId, moment, hasLease),
    )
    const [first] = due
    if (first === undefined) return pace.pollMs * 2

    const { submitAddress, votingRoundId } = first
    const fromSec = votingRoundStartMs(network.schedule, votingRoundId) / 1_000
    const window = { fromSec, untilSec: Number.POSITIVE_INFINITY }
    const calls = await Promise.race([
      chain.callsBy([submitAddress], window, pace.nodeMs * 1.5).catch(() => []),
      sleep(pace.nodeMs * 2).then(() => []),
    ])
    const standing = payloadsIn(calls, 'submit1', votingRoundId).at(-1)
    if (standing === undefined || standing === fruitless) return pace.pollMs * 2
    // A reveal that one node alone shows may be in no block: all were handed it by the acting bridge.
    const onChain = calls.filter(({ isAlone }) => isAlone !== true)
    // Another payload reveals nothing of it.
    const reveals = payloadsIn(onChain, 'submit2', votingRoundId)
    if (reveals.some((payload) => opens(payload, first, standing))) return pace.pollMs * 2

    const ofRound = due.filter((vote) => vote.votingRoundId === votingRoundId)
    const ours = await voteOfCommit(world, ofRound, standing)
    if (ours === undefined) {
      fruitless = standing
      log({ event: 'commit-not-held', voting_round_id: votingRoundId, commit: standing })
      return pace.pollMs * 2
    }
    // By now it may be bound here: the search takes its time.
    if (journal.vote(votingRoundId) !== undefined) return 0
    journal.keepHeld([ours], Math.round(nowMs()))
    journal.adopt(ours, Math.round(nowMs()))
    log({ event: 'reveal-adopted', voting_round_id: votingRoundId, commit: ours.commit })
    return 0
  }
}

/** The vote that was committed to, also where the other bridge has left out other prices. */
async function voteOfCommit(
  world: AdoptionWorld,
  held: readonly Vote[],
  commit: Hex,
): Promise<Vote | undefined> {
  const full = fullestOf(held)
  if (full === undefined) return undefined
  const breathe = () => new Promise<void>((done) => void setImmediate(done))
  return await voteCommittedTo({ held, commit, ...judgementOf(world, full), breathe })
}

/** How this bridge judges the frozen prices now, by medians that it may not have known at the freeze. */
function judgementOf({ chain, guard }: AdoptionWorld, full: Vote) {
  try {
    const { feeds } = chain.feedsOf(full.votingRoundId)
    const places = new Map(feeds.map(({ id }, place) => [id.toLowerCase(), place]))
    return doubtsOf(guard(full.votingRoundId, entriesOf(full, feeds)).strayed, places)
  } catch (error) {
    // The feeds of the reward epoch are not known any more: all is tried without a judgement.
    if (error instanceof OracleError) return { doubts: [], leftOut: [] }
    throw error
  }
}

/** A vote's values as the prices that they are of. */
function entriesOf({ feedValues }: Vote, feeds: readonly OrderedFeed[]): readonly FrozenEntry[] {
  const values = decodeFeedValues(
    feedValues,
    feeds.map(({ decimals }) => decimals),
  )
  return feeds.map((feed, place) => {
    const price = values[place]?.price
    return price === undefined ? feed : { ...feed, price }
  })
}

/** Whether a reveal should be on chain by now and can still be. */
export function isDue(
  schedule: EpochSchedule,
  votingRoundId: Vote['votingRoundId'],
  moment: Moment,
  hasLease: boolean,
): boolean {
  const { revealAt, revealDeadline } = timetableMs(schedule)
  const nextMs = votingRoundStartMs(schedule, votingRoundId + 1)
  const waitMs = hasLease ? 0 : (revealDeadline - revealAt) * patience
  const nowMs = chainTimeMs(moment)
  return (
    isProvenPast(moment, nextMs) &&
    nowMs >= nextMs + revealAt + waitMs &&
    nowMs < nextMs + revealDeadline
  )
}

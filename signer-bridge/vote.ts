/**
 * A frozen vector, checked against what was asked and turned into a vote. The Worker gives meanings
 * only: the values are encoded, hashed and framed here.
 */

import { type Address, type Hex, keccak256 } from 'viem'
import { lowerCase } from '../src/protocol/address.ts'
import type { FrozenRound, OrderedFeed } from '../src/protocol/bridge-wire.ts'
import { commitHash, encodeReveal } from '../src/protocol/commit.ts'
import { type EpochSchedule, votingRoundAt, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { OracleError } from '../src/protocol/errors.ts'
import { encodeFeedValues } from '../src/protocol/feed-values.ts'
import { type PayloadFrame, protocolIds } from '../src/protocol/payload.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import { composed } from './companions/calldata.ts'

/** What was asked of the Worker, and by whom. */
export type Asked = {
  readonly schedule: EpochSchedule
  readonly votingRoundId: number
  readonly rewardEpochId: number
  /** Canonical, from chain. */
  readonly feeds: readonly OrderedFeed[]
  readonly submitAddress: Address
  readonly random: Hex
  /** Whether a person signs, or may: then the vector may have been frozen earlier in the round. */
  readonly isAttended: boolean
  /** This machine's clock, Unix milliseconds. */
  readonly nowMs: number
}

/** A Worker's clock may be ahead of ours by so much: ours is trusted to some seconds. */
const clockSlackMs = 5_000

/** All that a round needs to be committed and revealed. Secret until the reveal is on chain. */
export type Vote = {
  readonly votingRoundId: number
  readonly rewardEpochId: number
  /** Whose vote it is, in lower case: the commit holds it. */
  readonly submitAddress: Address
  readonly frozenAtMs: number
  readonly random: Hex
  readonly feedValues: Hex
  readonly commit: Hex
}

/** The calls of a vote. */
export type VoteKind = 'submit1' | 'submit2'

export class VoteError extends OracleError<'round-differs' | 'feeds-differ' | 'frozen-elsewhen'> {}

/**
 * The vote that a frozen vector makes.
 *
 * @throws {VoteError} if the answer is of another round (`round-differs`), of other feeds, decimals
 *   or order (`feeds-differ`), or was frozen earlier than its round allows, after it, or in the future
 *   (`frozen-elsewhen`). The message holds no price.
 * @throws {ProtocolError} `malformed-payload` if there are more feeds than a vector may have.
 */
export function voteOf(frozen: FrozenRound, asked: Asked): Vote {
  refuseOther(frozen, asked)
  const { values } = encodeFeedValues(
    frozen.entries.map(({ price, decimals }) =>
      price === undefined ? { decimals } : { price, decimals },
    ),
  )
  const { votingRoundId, rewardEpochId, submitAddress, random } = asked
  return {
    votingRoundId,
    rewardEpochId,
    submitAddress: lowerCase(submitAddress),
    frozenAtMs: frozen.frozen_at,
    random,
    feedValues: values,
    commit: commitHash({ submitAddress, votingRoundId, random, feedValues: values }),
  }
}

/**
 * The calldata of one of the vote's two calls.
 *
 * @param companions Frames of other protocols; those that do not fit beside ours are left out.
 */
export function calldataOf(
  vote: Vote,
  kind: VoteKind,
  companions: readonly PayloadFrame[] = [],
): Hex {
  const { votingRoundId } = vote
  const payload = payloadOf(vote, kind)
  const own = { protocolId: protocolIds.ftso, votingRoundId, payload }
  return composed(kind, own, companions).calldata
}

/** What a call binds its signer to: the commit itself, or the hash of the reveal. 32 bytes. */
export function digestOf(vote: Vote, kind: VoteKind): Hex {
  return kind === 'submit1' ? vote.commit : keccak256(payloadOf(vote, kind))
}

function payloadOf(vote: Vote, kind: VoteKind): Hex {
  return kind === 'submit1' ? vote.commit : encodeReveal(vote)
}

function refuseOther(frozen: FrozenRound, asked: Asked): void {
  const { votingRoundId, feeds } = asked
  if (frozen.voting_round_id !== votingRoundId) {
    throw new VoteError(
      'round-differs',
      `Round ${frozen.voting_round_id} was answered when ${votingRoundId} was asked for.`,
    )
  }
  const other = feeds.findIndex(({ id, decimals }, place) => {
    const entry = frozen.entries[place]
    return entry?.id !== id || entry.decimals !== decimals
  })
  if (other !== -1 || frozen.entries.length !== feeds.length) {
    const place = other === -1 ? feeds.length : other
    throw new VoteError(
      'feeds-differ',
      `The answer's feeds differ from the chain's at place ${place}.`,
    )
  }
  const elsewhen = elsewhenOf(frozen.frozen_at, asked)
  if (elsewhen === undefined) return
  throw new VoteError(
    'frozen-elsewhen',
    `The vector of round ${votingRoundId} says it was frozen ${elsewhen}.`,
  )
}

/** What is wrong with the instant of a freeze; `undefined` if nothing. */
function elsewhenOf(
  frozenAtMs: number,
  { schedule, votingRoundId, isAttended, nowMs }: Asked,
): string | undefined {
  const { freezeFrom, freezeFromAttended } = timetableMs(schedule)
  const earliestMs = isAttended ? freezeFromAttended : freezeFrom
  const startMs = votingRoundStartMs(schedule, votingRoundId)
  if (frozenAtMs < startMs + earliestMs) return 'before it may be'
  if (votingRoundAt(schedule, frozenAtMs) !== votingRoundId) return 'after the round'
  return frozenAtMs > nowMs + clockSlackMs ? 'in the future' : undefined
}

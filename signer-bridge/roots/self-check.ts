/**
 * The check of ourselves, every round and whether or not we signed: our root against the one that
 * the network made final. A mismatch is an alert, and what our root was made of is kept. Pure.
 */

import type { Hex } from 'viem'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import type { Finalisation, ObservedOutcome, ReadStretch } from '../observer/observer.ts'
import { finalisedMessageOf } from './finalised-message.ts'

/** How our root compares with the network's. */
export type Verdict =
  | 'equal'
  /** Another root was made final than ours, or one where we found none. */
  | 'mismatch'
  /** We have a result, and nothing was relayed until the end of the next round. */
  | 'not-finalised'
  /** No result, and nothing relayed. */
  | 'none'
  /** Too little was read in time to say. */
  | 'unknown'

export type RootCheck = {
  readonly votingRoundId: number
  readonly verdict: Verdict
  /** 38 bytes; absent where we have no result. */
  readonly ours?: Hex
  /** 38 bytes; absent where nothing was relayed. */
  readonly theirs?: Hex
}

export type CheckFacts = {
  readonly votingRoundId: number
  readonly outcome: ObservedOutcome
  readonly finalisation?: Finalisation
  /** Whether two nodes bear out all of that, as far as there are two: one alone alarms nobody. */
  readonly isConfirmed: boolean
  readonly stretch?: ReadStretch
  /** When the root could be relayed, Unix milliseconds: [opens, closes). */
  readonly window: { readonly opensMs: number; readonly closesMs: number }
  /** Whether this is the last look at the round: what is not known now never will be. */
  readonly isLast: boolean
}

/** The verdict on a round; `undefined` while it is too early for one. */
export function rootCheckOf(facts: CheckFacts): RootCheck | undefined {
  const { votingRoundId, outcome, finalisation } = facts
  const ours = outcome.kind === 'result' ? outcome.message : undefined
  const theirs = finalisation === undefined ? undefined : finalisedMessageOf(finalisation)
  const verdict = verdictOf(facts, ours, theirs)
  return verdict === undefined
    ? undefined
    : {
        votingRoundId,
        verdict,
        ...(ours !== undefined && { ours }),
        ...(theirs !== undefined && { theirs }),
      }
}

function verdictOf(
  facts: CheckFacts,
  ours: Hex | undefined,
  theirs: Hex | undefined,
): Verdict | undefined {
  const unsure = facts.isLast ? 'unknown' : undefined
  const { kind } = facts.outcome
  if (kind === 'not-yet' || kind === 'incomplete') return unsure
  if (theirs !== undefined && ours === theirs) return 'equal'
  if (theirs !== undefined) return facts.isConfirmed ? 'mismatch' : unsure
  if (!isReadThrough(facts)) return unsure
  return kind === 'result' ? 'not-finalised' : 'none'
}

/** Whether every block in which the root could have been relayed has been read. */
function isReadThrough({ stretch, window }: CheckFacts): boolean {
  return (
    stretch !== undefined &&
    stretch.fromTimestampSec * 1_000 <= window.opensMs &&
    stretch.toTimestampSec * 1_000 >= window.closesMs
  )
}

/** What our root was made of, to be looked into by a person. */
export type RootEvidence = {
  readonly voting_round_id: number
  readonly verdict: Verdict
  readonly ours?: Hex
  readonly theirs?: Hex
  readonly relayed_in?: { readonly block_number: number; readonly tx_hash: Hex }
  readonly outcome: ObservedOutcome['kind']
  /** Why there is no result. */
  readonly reason?: string
  readonly reward_epoch_id?: number
  readonly random?: {
    readonly value: string
    readonly is_secure: boolean
    readonly proof: string[]
  }
  readonly feeds?: readonly {
    readonly id: Hex
    readonly value: number
    readonly turnout_bips: number
    readonly decimals: number
    readonly participating_weight: string
    readonly leaf: Hex
  }[]
  /** Which blocks had been read. */
  readonly read?: ReadStretch
}

/** A chain lists some 70 feeds: more than this are cut off, so that a row stays below 200 kB. */
const maxFeedsKept = 500

/** Puts together what is known of a mismatch. All of it is public by then: the reveals are out. */
export function evidenceOf(facts: CheckFacts, check: RootCheck): RootEvidence {
  const { outcome, finalisation, stretch } = facts
  return {
    voting_round_id: check.votingRoundId,
    verdict: check.verdict,
    ...(check.ours !== undefined && { ours: check.ours }),
    ...(check.theirs !== undefined && { theirs: check.theirs }),
    ...(finalisation !== undefined && {
      relayed_in: { block_number: finalisation.blockNumber, tx_hash: finalisation.txHash },
    }),
    outcome: outcome.kind,
    ...(outcome.kind === 'no-result' && { reason: outcome.reason }),
    ...(outcome.kind === 'result' && partsOf(outcome)),
    ...(stretch !== undefined && { read: stretch }),
  }
}

function partsOf({ rewardEpochId, random, randomProof, feeds }: RoundResult) {
  return {
    reward_epoch_id: rewardEpochId,
    random: {
      value: `0x${random.value.toString(16).padStart(64, '0')}`,
      is_secure: random.isSecure,
      proof: [...randomProof],
    },
    feeds: feeds.slice(0, maxFeedsKept).map((feed) => ({
      id: feed.id,
      value: feed.value,
      turnout_bips: feed.turnoutBips,
      decimals: feed.decimals,
      participating_weight: String(feed.participatingWeight),
      leaf: feed.leaf,
    })),
  }
}

/** Builders for rounds on chain: what a bridge asks and reports, ordinary but for what a test is about. */

import {
  type OrderedFeed,
  orderedFeedSchema,
  type Reservation,
  type SubmissionReport,
} from '../../src/protocol/bridge-wire.ts'
import { votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { feedId, feedSymbol } from '../../src/protocol/feed.ts'
import { networks } from '../../src/protocol/networks.ts'
import { aUuid } from './history.ts'

/** A round of Flare's in November 2026, and when it starts. */
export const aRound = 1_494_000
export const roundStartMs = votingRoundStartMs(networks.flare.schedule, aRound)

/** A feed as the chain lists it. */
export function anOrderedFeed(base: string, decimals = 5): OrderedFeed {
  return orderedFeedSchema.parse({
    id: feedId({ symbol: feedSymbol(base), category: 1 }),
    decimals,
  })
}

export const someFeeds: readonly OrderedFeed[] = [
  anOrderedFeed('BTC', 2),
  anOrderedFeed('ETH', 3),
  anOrderedFeed('NOPE'),
]

const signer = '0x00000000000000000000000000000000000000aB'
export const aTxHash = `0x${'0123456789abcdef'.repeat(4)}` as const
export const aSignature = `0x${'5'.repeat(130)}` as const

/** A confirmed commit, with all that a report may have but an error. */
export function aReport(differing: Partial<SubmissionReport> = {}): SubmissionReport {
  return {
    id: aUuid(1),
    voting_round_id: aRound,
    kind: 'submit1',
    status: 'confirmed',
    signer,
    at: roundStartMs + 78_000,
    attempts: 1,
    tx_hash: aTxHash,
    signature: aSignature,
    block_number: 51_000_000,
    block_timestamp: roundStartMs / 1_000 + 78,
    gas_used: 23_456,
    fee_wei: '12345678901234567890',
    ...differing,
  }
}

/** A commit to be reserved. */
export function aReservation(differing: Partial<Reservation> = {}): Reservation {
  return {
    fencing_token: 1,
    signer,
    kind: 'commit',
    protocol_id: 100,
    voting_round_id: aRound,
    digest: `0x${'a'.repeat(64)}`,
    ...differing,
  }
}

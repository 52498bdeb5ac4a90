/** What the loop is given: the world, as functions, and the settings that it needs. */

import type { Address, Hex } from 'viem'
import type { Network } from '../src/protocol/networks.ts'
import type { Chain } from './chain/chain.ts'
import type { FeePolicy } from './fees.ts'
import type { Journal } from './journal/journal.ts'
import type { LeaseHolding } from './lease.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Pace } from './pace.ts'
import type { Signer } from './signer.ts'
import type { Worker } from './worker-client.ts'

export type World = {
  /** This machine's clock, Unix milliseconds: may jump. */
  readonly nowMs: () => number
  /** Milliseconds since some instant: never jumps. */
  readonly steadyMs: () => number
  /** Resolves after so long, or sooner if the loop is woken. */
  readonly sleep: (ms: number) => Promise<void>
  readonly chain: Chain
  /** The submit address's, as seen last; none before the first look. */
  readonly balanceWei: () => bigint | undefined
  readonly worker: Worker
  readonly signer: Signer
  readonly journal: Journal
  readonly lease: LeaseHolding
  /** The random of a round: the operator's secret stays behind it. */
  readonly randomOf: (votingRoundId: number) => Hex
  readonly log: Log
  readonly metrics: Metrics
  readonly network: Network
  readonly submitAddress: Address
  readonly feePolicy: FeePolicy
  readonly pace: Pace
}

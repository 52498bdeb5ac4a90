/** What the loops are given: the world, as functions, and the settings that they need. */

import type { Address, Hex } from 'viem'
import type { Network } from '../src/protocol/networks.ts'
import type { FrozenEntry } from '../src/protocol/bridge-wire.ts'
import type { Chain } from './chain/chain.ts'
import type { Companion } from './companions/companion.ts'
import type { FeePolicy } from './fees.ts'
import type { Journal } from './journal/journal.ts'
import type { LeaseHolding } from './lease.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Pace } from './pace.ts'
import type { Breaker } from './policy/breaker.ts'
import type { Guarded } from './policy/price-guard.ts'
import type { Keyring } from './roles.ts'
import type { Worker } from './worker-client.ts'

export type World = {
  /** This machine's clock, Unix milliseconds: may jump. */
  readonly nowMs: () => number
  /** Milliseconds since some instant: never jumps. */
  readonly steadyMs: () => number
  /** Resolves after so long, or sooner if the loop is woken. */
  readonly sleep: (ms: number) => Promise<void>
  readonly chain: Chain
  /** Of one of our keys, as seen last; none before the first look. */
  readonly balanceWei: (address: Address) => bigint | undefined
  readonly worker: Worker
  readonly keyring: Keyring
  readonly journal: Journal
  readonly lease: LeaseHolding
  /** Whether it is known what our keys have said lately: before that nothing new is promised. */
  readonly isArmed: () => boolean
  /** The random of a round for a submit address: the operator's secret stays behind it. */
  readonly randomOf: (submitAddress: Address, votingRoundId: number) => Hex
  /** Holds a frozen vector against the last final medians, as far as they are known. */
  readonly guard: (votingRoundId: number, entries: readonly FrozenEntry[]) => Guarded
  /** What became of the signatures that were asked for lately: asked before a commit only. */
  readonly breaker: Breaker
  /** Other protocols' clients whose frames travel in our calls. */
  readonly companions: readonly Companion[]
  readonly log: Log
  readonly metrics: Metrics
  readonly network: Network
  readonly feePolicy: FeePolicy
  /** What all calls of a day may cost before no new round is begun, wei. */
  readonly dailyBudgetWei: bigint
  readonly pace: Pace
}

/**
 * How stake and delegations become a weight in the signing policy, and how much weight is enough.
 * All divisions round down, on bigints of wei.
 */

import { ProtocolError } from './errors.ts'

export type VoterBacking = {
  /** Sum of what is staked to the voter's nodes on the P-chain. Wei. */
  readonly nodeStake: bigint
  /** Delegated to the voter's delegation address. Wei of WNat vote power. */
  readonly wNat: bigint
  /** All WNat vote power of the network. Wei. */
  readonly totalWNat: bigint
  /** How often stake counts: 5 since FIP.16 (reward epoch 417 on Flare and Songbird), 1 before. */
  readonly stakeFactor: bigint
}

/** Of delegations, a voter may count this share of the network's: 2.5 %. */
const wNatCapPpm = 25_000n
const wholePpm = 1_000_000n

/** The sum of a policy's weights is at most this. */
const largestTotalWeight = 65_535n

/** The weight that is needed once the policy of the next reward epoch is overdue: 1.2 times. */
const overdueThresholdBips = 12_000
const wholeBips = 10_000

/**
 * The weight with which a voter is registered: w^¾, so that size pays less than proportionally.
 *
 * @returns isqrt(w) · isqrt(isqrt(w)) for w = stakeFactor · stake + min(wNat, 2.5 % of all WNat).
 * @throws {ProtocolError} `value-out-of-range` if an amount is negative.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `FlareSystemsCalculator`
 */
export function registrationWeight({
  nodeStake,
  wNat,
  totalWNat,
  stakeFactor,
}: VoterBacking): bigint {
  const cap = (totalWNat * wNatCapPpm) / wholePpm
  const root = isqrt(stakeFactor * nodeStake + (wNat < cap ? wNat : cap))
  return root * isqrt(root)
}

/**
 * The weights of a policy: each voter's share of 65535, rounded down; small voters get 0.
 *
 * @param registered Weights of registration, in the policy's order.
 * @throws {ProtocolError} `value-out-of-range` if there is no weight at all or a negative one.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `VoterRegistry`
 */
export function normalisedWeights(registered: readonly bigint[]): readonly number[] {
  const total = registered.reduce((sum, weight) => sum + weight, 0n)
  if (total <= 0n || registered.some((weight) => weight < 0n)) {
    throw new ProtocolError('value-out-of-range', 'Weights are not negative, and not all 0.')
  }
  return registered.map((weight) => Number((weight * largestTotalWeight) / total))
}

/**
 * The threshold of a policy: half of its normalised weights, rounded up.
 *
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `FlareSystemsManager`, whose
 *   `signingPolicyThresholdPPM` is 500 000
 */
export function policyThreshold(normalised: readonly number[]): number {
  return Math.ceil(normalised.reduce((sum, weight) => sum + weight, 0) / 2)
}

/**
 * The threshold for a round that should belong to the next reward epoch, whose policy is late: the
 * policy's own times 1.2, rounded down, at most 65535.
 *
 * @see https://github.com/flare-foundation/flare-system-client `prolonged_threshold_test.go`
 */
export function overdueThreshold(threshold: number): number {
  const raised = Math.floor((threshold * overdueThresholdBips) / wholeBips)
  return Math.min(raised, Number(largestTotalWeight))
}

/**
 * The integer square root: the largest integer whose square is at most the value.
 *
 * @throws {ProtocolError} `value-out-of-range` if the value is negative.
 */
export function isqrt(value: bigint): bigint {
  if (value < 0n) throw new ProtocolError('value-out-of-range', 'A negative has no square root.')
  if (value < 2n) return value
  // Newton's steps fall from above and double the right digits, so that the length bounds them.
  let root = 1n << BigInt(Math.ceil(value.toString(2).length / 2))
  let next = (root + value / root) / 2n
  while (next < root) {
    root = next
    next = (root + value / root) / 2n
  }
  return root
}

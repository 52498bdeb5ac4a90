/**
 * Who is rewarded for relaying a round's result in its grace period: voters drawn by the policy's
 * seed, until they hold a share of the weight.
 */

import { type Address, encodeAbiParameters, type Hex, hexToBigInt, keccak256 } from 'viem'
import { ProtocolError } from './errors.ts'
import { type SigningPolicy, totalWeightOf } from './signing-policy.ts'

export type Drawing = {
  readonly protocolId: number
  readonly votingRoundId: number
  /** Share of the weight to be drawn, 1 to 5000; 500 on every network. */
  readonly shareBips?: number
}

/** 5 % of the weight is drawn. */
const defaultShareBips = 500
const largestShareBips = 5_000
const wholeBips = 10_000

/**
 * Draws at most. Half of the weight at least is undrawn before each draw, so that a draw finds
 * somebody new as often as not: a policy of 100 voters never comes near.
 */
const maxDraws = 10_000

const seedParameters = [{ type: 'bytes32' }, { type: 'uint256' }, { type: 'uint256' }] as const

/**
 * The finalisers of a round, in the order in which they are drawn.
 *
 * @returns Signing-policy addresses in lower case.
 * @throws {ProtocolError} `value-out-of-range` if the share is not 1 to 5000 bips, the policy has no
 *   weight, or the drawing does not end.
 * @see https://github.com/flare-foundation/FTSO-Scaling `RandomVoterSelector`
 */
export function selectedFinalisers(policy: SigningPolicy, drawing: Drawing): readonly Address[] {
  const { shareBips = defaultShareBips } = drawing
  const total = totalWeightOf(policy.voters)
  if (!Number.isInteger(shareBips) || shareBips < 1 || shareBips > largestShareBips || total <= 0) {
    throw new ProtocolError(
      'value-out-of-range',
      `${shareBips} bips of a weight of ${total} cannot be drawn.`,
    )
  }

  const wanted = Math.floor((total * shareBips) / wholeBips)
  const begins = beginnings(policy)
  const drawn = new Map<Address, number>()
  let weight = 0
  let random = finaliserSeed(policy.seed, drawing.protocolId, drawing.votingRoundId)
  for (let draws = 0; weight < wanted; draws += 1) {
    if (draws === maxDraws) {
      throw new ProtocolError('value-out-of-range', `${maxDraws} draws were not enough.`)
    }
    const voter = policy.voters[placeOf(Number(hexToBigInt(random) % BigInt(total)), begins)]
    if (voter !== undefined && !drawn.has(voter.address)) {
      drawn.set(voter.address, voter.weight)
      weight += voter.weight
    }
    random = keccak256(random)
  }
  return [...drawn.keys()]
}

/**
 * The first random of a drawing; each further one is the hash of the one before.
 *
 * @param policySeed 32 bytes.
 * @returns keccak256(abi.encode(policySeed, protocolId, votingRoundId)).
 */
export function finaliserSeed(policySeed: Hex, protocolId: number, votingRoundId: number): Hex {
  return keccak256(
    encodeAbiParameters(seedParameters, [policySeed, BigInt(protocolId), BigInt(votingRoundId)]),
  )
}

/** For each voter, the weight of those before it. */
function beginnings(policy: SigningPolicy): readonly number[] {
  let before = 0
  return policy.voters.map(({ weight }) => {
    before += weight
    return before - weight
  })
}

/**
 * Whose stretch of the cumulative weights holds the value.
 *
 * Where voters of weight 0 begin at the very value, which of them and their neighbour is found is
 * decided by the way of the search: so this is the reference's bisection, step by step.
 */
function placeOf(value: number, begins: readonly number[]): number {
  let left = 0
  let right = begins.length - 1
  if ((begins[right] ?? 0) <= value) return right
  while (left < right) {
    const middle = Math.floor((left + right) / 2)
    const begin = begins[middle] ?? 0
    if (begin === value) return middle
    if (begin < value) left = middle + 1
    else right = middle
  }
  return left - 1
}

/**
 * The limit of gas of a call: what its bytes cost, what the contract was measured to take, and some
 * margin. Nothing is refunded for a low limit, but the balance must cover the whole of it.
 */

import type { CallKind } from './call.ts'

/** No subsidy above it, on Flare and Coston2. */
export const maxGas = 3_000_000n

/** Nor above so many bytes of calldata: whatever companions add, no call of ours is longer. */
export const maxCalldataBytes = 4_500

const baseGas = 21_000n
const byteGas = 16n

/** EIP-7623: a call of much data and little work is charged for its bytes alone. */
const flooredByteGas = 40n

/**
 * For what the contract itself does: 5 600 were measured, of which this is more than three times.
 *
 * @see https://github.com/flare-foundation/go-flare/issues/57 (a trace of Songbird)
 */
const workGas = 20_000n

/**
 * What was measured raises a limit as far as this. A node that told of all the gas that a call was given
 * would else drive the next limit up, and the balance that a round asks for with it: at the ceiling this
 * is 7.5 FLR for commit and reveal. A call that runs out of gas is read by the protocol all the same.
 */
const mostByMeasure = 250_000n

/** Of calls that landed: half as much again. */
const marginNumerator = 3n
const marginDenominator = 2n

/**
 * @param bytes Of calldata, each taken for one that is not zero.
 * @param measured What such a call took lately, if one has landed: a contract may come to take more.
 */
export function gasLimitOf(bytes: number, measured?: number): bigint {
  const size = BigInt(bytes)
  const byRule = larger(baseGas + size * byteGas + workGas, baseGas + size * flooredByteGas)
  const byMeasure = (BigInt(measured ?? 0) * marginNumerator) / marginDenominator
  const wanted = larger(byRule, smaller(byMeasure, mostByMeasure))
  return smaller(wanted, maxGas)
}

/** The most gas that a round's calls may be given, before anything of them is composed. */
export type RoundGas = {
  readonly commit: bigint
  readonly reveal: bigint
  /** Of what companions have to say once our reveal has gone without them; 0 without companions. */
  readonly late: bigint
  /** Of the calls with the round's signatures, which another key sends; 0 where none does. */
  readonly signatures: bigint
}

export type RoundCalls = {
  /** Whether others may fill up what our own frames leave of a call, and have calls of their own. */
  readonly hasCompanions: boolean
  /** Whether a key of ours sends signatures. */
  readonly signsRoots: boolean
  /** What a call of a kind took lately; `undefined` before the first. */
  readonly measured: (kind: CallKind) => number | undefined
}

/** A commit has 43 bytes; a reveal of as many feeds as a vector can have some 1 070; signatures 77. */
const ownBytes = { submit1: 64, submit2: 1_100, submitSignatures: 128 } as const

/**
 * What a round's calls may need. A companion speaks when our commit is out already and its reveal owed,
 * so that the longest that it may make of each call is reckoned with from the start.
 */
export function roundGasOf({ hasCompanions, signsRoots, measured }: RoundCalls): RoundGas {
  const most = (kind: CallKind) =>
    gasLimitOf(hasCompanions ? maxCalldataBytes : ownBytes[kind], measured(kind))
  const calls = hasCompanions ? 2n : 1n
  return {
    commit: most('submit1'),
    reveal: most('submit2'),
    late: hasCompanions ? most('submit2') : 0n,
    signatures: signsRoots ? calls * most('submitSignatures') : 0n,
  }
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}

function smaller(one: bigint, other: bigint): bigint {
  return one < other ? one : other
}

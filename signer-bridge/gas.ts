/**
 * The limit of gas of a call: what its bytes cost, what the contract was measured to take, and some
 * margin. Nothing is refunded for a low limit, but the balance must cover the whole of it.
 */

/** No subsidy above it, on Flare and Coston2. */
export const maxGas = 3_000_000n

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
  const wanted = larger(byRule, byMeasure)
  return wanted < maxGas ? wanted : maxGas
}

/** The limits of gas of a round's two calls. */
export type RoundGas = { readonly commit: bigint; readonly reveal: bigint }

/** A commit has 43 bytes; a reveal of as many feeds as a vector can have some 1 070. */
const commitBytes = 64
const revealBytes = 1_100

/**
 * What a round's two calls may need, before they are composed.
 *
 * @param measured What such calls took lately.
 */
export function roundGasOf(measured: {
  readonly commit?: number | undefined
  readonly reveal?: number | undefined
}): RoundGas {
  return {
    commit: gasLimitOf(commitBytes, measured.commit),
    reveal: gasLimitOf(revealBytes, measured.reveal),
  }
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}

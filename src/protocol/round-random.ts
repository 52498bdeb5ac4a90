/** A round's random: what all who revealed put into it, so that nobody alone decides it. */

import { type Address, hexToBigInt } from 'viem'
import type { RoundRandom } from './leaves.ts'
import type { JudgedReveals } from './valid-reveals.ts'

/** One alone would choose the random. */
const fewestRevealers = 2

const modulus = 2n ** 256n

/**
 * The sum of the randoms of all voters that revealed validly and are not benched, modulo 2^256. It
 * is secure if at least two went into it, and every voter that withheld its own was benched already.
 *
 * @param judged Of this round, of its voters alone: what strangers reveal or withhold is nothing.
 * @param benched In lower case.
 * @see https://github.com/flare-foundation/FTSO-Scaling `calculateRandom` (`ftso-random.ts`)
 */
export function roundRandomOf(
  { valid, offenders }: JudgedReveals,
  benched: ReadonlySet<Address>,
): RoundRandom {
  const randoms = [...valid].flatMap(([address, { random }]) =>
    benched.has(address) ? [] : [hexToBigInt(random)],
  )
  const isNewOffence = [...offenders].some((address) => !benched.has(address))
  return {
    value: randoms.reduce((sum, random) => sum + random, 0n) % modulus,
    isSecure: randoms.length >= fewestRevealers && !isNewOffence,
  }
}

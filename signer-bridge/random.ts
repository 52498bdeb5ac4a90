/**
 * The random of a round, derived and not drawn: no cloud can know or bias it, a second bridge with
 * the same secret reveals the same commit, and a lost journal loses nothing.
 */

import { createHmac } from 'node:crypto'
import type { Address, Hex } from 'viem'

export type RandomOf = {
  readonly chainId: number
  readonly submitAddress: Address
  readonly votingRoundId: number
}

/** Shortest operator secret that is taken, characters. */
export const minOperatorSecretLength = 32

/**
 * HMAC-SHA256 of the operator's secret over the round's name, 32 bytes. The text's first line is
 * its version: another text would be another random, and no commit could be revealed across it.
 */
export function randomOf(
  operatorSecret: string,
  { chainId, submitAddress, votingRoundId }: RandomOf,
): Hex {
  const text = ['chrono-random-v1', chainId, submitAddress.toLowerCase(), votingRoundId].join('\n')
  return `0x${createHmac('sha256', operatorSecret).update(text).digest('hex')}`
}

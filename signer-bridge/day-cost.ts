/**
 * What a day of rounds costs a key: an estimate for the operator, who has to keep it filled. Pure.
 *
 * @see https://dev.flare.network/network/fsp (seen 2026-11-22): the first call of a kind in a round is
 *   charged as 21 000 gas at a nominal price, if that is less.
 */

import { parseGwei } from 'viem'
import type { Network, NetworkName } from '../src/protocol/networks.ts'
import type { CallKind } from './call.ts'
import { feesAt, type FeePolicy } from './fees.ts'
import type { Role } from './roles.ts'

export type DayCost = {
  /** Each call as the round's first of its kind; absent where no price is known. Wei. */
  readonly subsidisedWei?: bigint
  /** No call subsidised, at a base fee as it is now. Wei. */
  readonly fullWei: bigint
}

const nominalPrices: Readonly<Partial<Record<NetworkName, bigint>>> = {
  flare: parseGwei('25'),
  coston2: parseGwei('25'),
  songbird: parseGwei('225'),
  coston: parseGwei('225'),
}

const subsidisedGas = 21_000n
const daySec = 86_400n

/** As calls of 63 feeds were measured on chain. */
const gasOf: Readonly<Record<CallKind, bigint>> = {
  submit1: 27_300n,
  submit2: 31_100n,
  submitSignatures: 27_800n,
}

const callsOf: Readonly<Partial<Record<Role, readonly CallKind[]>>> = {
  submit: ['submit1', 'submit2'],
  submitSignatures: ['submitSignatures'],
}

/** @returns `undefined` for a role whose calls are not those of each round. */
export function dayCostOf(
  { name, schedule }: Pick<Network, 'name' | 'schedule'>,
  role: Role,
  baseFeeWei: bigint,
  policy: FeePolicy,
): DayCost | undefined {
  const kinds = callsOf[role]
  if (kinds === undefined) return undefined
  const { maxFeePerGas, maxPriorityFeePerGas } = feesAt(baseFeeWei, policy)
  const offered = baseFeeWei + maxPriorityFeePerGas
  const paid = offered < maxFeePerGas ? offered : maxFeePerGas
  const gas = kinds.reduce((sum, kind) => sum + gasOf[kind], 0n)
  const ofDay = (wei: bigint) => (wei * daySec) / BigInt(schedule.roundSec)
  const nominal = nominalPrices[name]
  return {
    fullWei: ofDay(gas * paid),
    ...(nominal !== undefined && {
      subsidisedWei: ofDay(BigInt(kinds.length) * subsidisedGas * nominal),
    }),
  }
}

/**
 * What a call may cost: EIP-1559 fees from the network's base fee, with a ceiling that nothing
 * raises: it bounds what a spike can take.
 *
 * @see https://github.com/flare-foundation/flare-system-client: tip of twice the base fee, cap of
 *   four times the base fee and the tip (seen 2026-11-22)
 */

import { parseGwei } from 'viem'
import type { RoundGas } from './gas.ts'
import type { Role } from './roles.ts'

export type Fees = {
  /** Most that is paid for a unit of gas, tip included. Wei. */
  readonly maxFeePerGas: bigint
  /** Of it, for the block's maker. Wei. */
  readonly maxPriorityFeePerGas: bigint
}

export type FeePolicy = {
  readonly tipMinWei: bigint
  readonly tipMaxWei: bigint
  /** No fee cap is ever above this. Wei for a unit of gas. */
  readonly ceilingWei: bigint
}

export const defaultFeePolicy: FeePolicy = {
  tipMinWei: parseGwei('100'),
  tipMaxWei: parseGwei('5000'),
  ceilingWei: parseGwei('20000'),
}

/** Nodes ask for 10 % more to replace a transaction; 12.5 % is safely above any of them. */
const bumpNumerator = 9n
const bumpDenominator = 8n

const baseFeeHeadroom = 4n

/** Fees that let a call land soon, at most the ceiling. */
export function feesAt(baseFeeWei: bigint, policy: FeePolicy): Fees {
  const tip = tipAt(baseFeeWei, policy)
  return under(
    { maxFeePerGas: baseFeeHeadroom * baseFeeWei + tip, maxPriorityFeePerGas: tip },
    policy.ceilingWei,
  )
}

/**
 * Fees that replace a transaction which pays `paid`: both parts at least an eighth higher.
 *
 * @returns `undefined` where the ceiling leaves no room for it.
 */
export function replacementFees(
  paid: Fees,
  baseFeeWei: bigint,
  policy: FeePolicy,
): Fees | undefined {
  const wanted = feesAt(baseFeeWei, policy)
  const maxFeePerGas = larger(wanted.maxFeePerGas, raised(paid.maxFeePerGas))
  const maxPriorityFeePerGas = larger(
    wanted.maxPriorityFeePerGas,
    raised(paid.maxPriorityFeePerGas),
  )
  if (maxFeePerGas > policy.ceilingWei || maxPriorityFeePerGas > maxFeePerGas) return undefined
  return { maxFeePerGas, maxPriorityFeePerGas }
}

/**
 * Whether the ceiling leaves a reveal room to land even if the base fee grows fourfold meanwhile:
 * a commit is not sent otherwise.
 */
export function leavesRoom(baseFeeWei: bigint, policy: FeePolicy): boolean {
  return baseFeeHeadroom * baseFeeWei + tipAt(baseFeeWei, policy) <= commitPolicy(policy).ceilingWei
}

/**
 * The policy of a commit: half the ceiling. Should it be left waiting at its nonce, the reveal that
 * must replace it can still outbid it, several times.
 */
export function commitPolicy(policy: FeePolicy): FeePolicy {
  return { ...policy, ceilingWei: policy.ceilingWei / 2n }
}

/**
 * The policy of what companions say behind our reveal: a quarter of the ceiling. Should that be left
 * waiting at its nonce, the next commit can still outbid it.
 */
export function latePolicy(policy: FeePolicy): FeePolicy {
  return commitPolicy(commitPolicy(policy))
}

/** What a round can cost the submit key at the very most, with all that companions may add. Wei. */
export function worstCostWei(policy: FeePolicy, gas: Omit<RoundGas, 'signatures'>): bigint {
  const { ceilingWei } = policy
  return (
    gas.commit * commitPolicy(policy).ceilingWei +
    gas.reveal * ceilingWei +
    gas.late * latePolicy(policy).ceilingWei
  )
}

/** What the signatures of a round's result can cost the key that sends them at the very most. Wei. */
export function worstSignaturesWei(
  { ceilingWei }: Pick<FeePolicy, 'ceilingWei'>,
  gas: Pick<RoundGas, 'signatures'>,
): bigint {
  return gas.signatures * ceilingWei
}

/** What a round may need of the key of a role at the most: with less none is begun. Wei. */
export function roundNeedWei(role: Role, policy: FeePolicy, gas: RoundGas): bigint {
  if (role === 'submit') return worstCostWei(policy, gas)
  return role === 'submitSignatures' ? worstSignaturesWei(policy, gas) : 0n
}

/** What a round can cost all keys together at the very most: the signatures of its result, too. Wei. */
export function worstRoundWei(policy: FeePolicy, gas: RoundGas): bigint {
  return worstCostWei(policy, gas) + worstSignaturesWei(policy, gas)
}

function tipAt(baseFeeWei: bigint, { tipMinWei, tipMaxWei }: FeePolicy): bigint {
  const wanted = larger(2n * baseFeeWei, tipMinWei)
  return wanted < tipMaxWei ? wanted : tipMaxWei
}

function under({ maxFeePerGas, maxPriorityFeePerGas }: Fees, ceilingWei: bigint): Fees {
  const cap = maxFeePerGas < ceilingWei ? maxFeePerGas : ceilingWei
  return {
    maxFeePerGas: cap,
    maxPriorityFeePerGas: maxPriorityFeePerGas < cap ? maxPriorityFeePerGas : cap,
  }
}

/** The highest that was offered, part by part: what replaces it must outbid both. */
export function highestFees(offers: readonly { readonly fees: Fees }[]): Fees | undefined {
  const [first, ...others] = offers
  if (first === undefined) return undefined
  return others.reduce(
    (most, { fees }) => ({
      maxFeePerGas: larger(most.maxFeePerGas, fees.maxFeePerGas),
      maxPriorityFeePerGas: larger(most.maxPriorityFeePerGas, fees.maxPriorityFeePerGas),
    }),
    first.fees,
  )
}

/** What replaces a part of a fee. Rounded up: a rise by a hair too little is none. */
export function raised(wei: bigint): bigint {
  return (wei * bumpNumerator + bumpDenominator - 1n) / bumpDenominator
}

function larger(one: bigint, other: bigint): bigint {
  return one > other ? one : other
}

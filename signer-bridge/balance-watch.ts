/**
 * The watch over the balances of the keys that send. The alarm is raised before a round would be refused
 * for want of coins, and says what a day costs, so that whoever is woken knows how much to send where.
 */

import { type Address, formatEther } from 'viem'
import type { Network } from '../src/protocol/networks.ts'
import type { Chain } from './chain/chain.ts'
import { type DayCost, dayCostOf } from './day-cost.ts'
import type { FeePolicy } from './fees.ts'
import type { Log } from './log.ts'
import type { Metrics } from './metrics.ts'
import type { Pace } from './pace.ts'
import type { Role, RoleKey } from './roles.ts'

export type BalanceWorld = {
  readonly chain: Pick<Chain, 'balanceWei' | 'head'>
  readonly metrics: Pick<Metrics, 'balanceSeen'>
  readonly network: Network
  readonly feePolicy: FeePolicy
  readonly pace: Pace
  readonly log: Log
  /** As the operator wants it. */
  readonly balanceAlarmWei: bigint
  /** What a round may need of a key at the most: with less, none is begun. */
  readonly roundNeedWei: (role: Role) => bigint
}

/** Hears a key's balance whenever it was looked at. */
export type OnBalance = (address: Address, wei: bigint) => void

/** A chore that looks at the balance of a key that sends, and raises an alarm when it gets low. */
export function balanceChore(
  world: BalanceWorld,
  { role, address }: Pick<RoleKey, 'role' | 'address'>,
  onBalance: OnBalance,
): () => Promise<number> {
  const { chain, metrics, pace, log } = world
  let wasLow = false
  return async () => {
    const wei = await chain.balanceWei(address)
    onBalance(address, wei)
    const alarmWei = alarmAtWei(world.balanceAlarmWei, world.roundNeedWei(role))
    const isLow = wei < alarmWei
    metrics.balanceSeen({ role, address }, wei, isLow)
    if (isLow !== wasLow) {
      const of = { key: keyWords(role, address), role, address, balance: formatEther(wei) }
      const costs = isLow ? await daySaid(world, role) : {}
      const alarm = { alarm_below: formatEther(alarmWei) }
      log({ event: isLow ? 'balance-low' : 'balance-restored', ...of, ...alarm, ...costs })
    }
    wasLow = isLow
    return pace.restMs * 4
  }
}

/**
 * Below this a key's balance is low. It never is below what a round may need of the key: rounds would go
 * by before anybody was told why.
 */
export function alarmAtWei(balanceAlarmWei: bigint, needWei: bigint): bigint {
  return needWei > balanceAlarmWei ? needWei : balanceAlarmWei
}

export type BalanceFacts = {
  readonly wei: bigint
  /** What a round may need of it. */
  readonly needWei: bigint
  readonly balanceAlarmWei: bigint
  readonly day?: DayCost
}

/**
 * A balance for a person who looks before the start; a note where it is low.
 *
 * @throws {Error} where no round could be begun with it
 */
export function balanceFound(facts: BalanceFacts): string | { readonly note: string } {
  const { wei, needWei, balanceAlarmWei, day } = facts
  const what = [
    formatEther(wei),
    ...(needWei > 0n ? [`a round may need ${formatEther(needWei)}`] : []),
    ...(day === undefined ? [] : [dayWords(day)]),
  ].join('; ')
  if (wei < (needWei > 0n ? needWei : 1n)) throw new Error(what)
  return wei < alarmAtWei(balanceAlarmWei, needWei) ? { note: `${what}; low` } : what
}

/** A key for a person: its role, and enough of its address to tell it from others. */
export function keyWords(role: Role, address: Address): string {
  return `${role} ${address.slice(0, 6)}…${address.slice(-4)}`
}

/** What a day costs, for a person. */
export function dayWords({ subsidisedWei, fullWei }: DayCost): string {
  const full = coinsOf(fullWei)
  return subsidisedWei === undefined
    ? `a day costs some ${full}`
    : `a day costs some ${coinsOf(subsidisedWei)} with the subsidy, ${full} without`
}

/** Of an estimate two places are enough. */
function coinsOf(wei: bigint): string {
  return Number(formatEther(wei)).toFixed(2)
}

/** A chain that cannot say its base fee keeps no alarm back. */
async function daySaid({ chain, network, feePolicy }: BalanceWorld, role: Role) {
  const head = await chain.head().catch(() => undefined)
  const cost = head && dayCostOf(network, role, head.baseFeeWei, feePolicy)
  return cost === undefined ? {} : { day_costs: dayWords(cost) }
}

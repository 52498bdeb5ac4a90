/** Amounts for people: whole coins, with the name of the network's own. Pure. */

import { formatEther } from 'viem'
import type { NetworkName } from '../../src/protocol/networks.ts'

const coins: Readonly<Record<NetworkName, string>> = {
  flare: 'FLR',
  songbird: 'SGB',
  coston2: 'C2FLR',
  coston: 'CFLR',
  local: 'FLR (local)',
}

/** `12.5 FLR`, every digit of it. */
export function inCoins(wei: bigint, network: NetworkName): string {
  return `${formatEther(wei)} ${coins[network]}`
}

/** The end of the year 9999: what is later is no date, whoever says so. Unix seconds. */
export const lastStampSec = 253_402_300_799

/** `2026-11-22 20:00 UTC` of Unix seconds; of what can be no date, that. */
export function dateText(atSec: number): string {
  if (!(atSec >= 0 && atSec <= lastStampSec)) return 'an unknown time'
  return `${new Date(atSec * 1_000).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

/** Which transaction of a call is on chain: by what nodes bear out, or by what some of them show. */

import type { OwnCall } from './call.ts'
import type { Receipt } from './chain/chain.ts'
import type { Attempt } from './journal/rows.ts'
import { canBeOf } from './receipt-check.ts'
import { isInWindow } from './windows.ts'
import type { World } from './world.ts'

export type Landed = { readonly attempt: Attempt; readonly receipt: Receipt }

type Look = Pick<World, 'chain' | 'journal' | 'network'>

/**
 * The transaction of a call that is on chain, if one is: one that counts before all others.
 *
 * @param isLast Whether nothing can be sent any more.
 */
export async function landedOf(
  { chain, journal, network }: Look,
  call: OwnCall,
  isLast = false,
): Promise<Landed | undefined> {
  const attempts = journal.attempts(call)
  if (attempts.length === 0) return undefined
  const isPlausible = (receipt: Receipt) =>
    attempts.some((attempt) => canBeOf(attempt, receipt, network.schedule))
  const hashes = attempts.map(({ txHash }) => txHash)
  const receipts = await chain.receiptsOf(hashes, { isPlausible, isLast })
  const landed = receipts
    .toSorted((one, other) => one.blockNumber - other.blockNumber)
    .flatMap((receipt): Landed[] => {
      const attempt = attempts.find(({ txHash }) => txHash === receipt.txHash)
      return attempt === undefined ? [] : [{ attempt, receipt }]
    })
  const counts = ({ receipt }: Landed) => isInWindow(network.schedule, call, receipt.timestampSec)
  return landed.find(counts) ?? landed[0]
}

/**
 * The transaction of a call that half of the nodes show on chain in its window, whatever the others
 * say. A look that fails shows none.
 */
export async function shownOf(look: Look, call: OwnCall): Promise<Landed | undefined> {
  // By the rule of the last look.
  const shown = await landedOf(look, call, true).catch(() => undefined)
  if (shown === undefined) return undefined
  const { schedule } = look.network
  return isInWindow(schedule, call, shown.receipt.timestampSec) ? shown : undefined
}

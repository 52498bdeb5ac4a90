/** What relays have cost: their receipts are looked up once a round, while nothing is to be relayed. */

import type { Chain } from '../chain/chain.ts'
import { budgetDayMs } from '../day-budget.ts'
import type { RelayBook } from '../journal/relays.ts'
import type { Log } from '../log.ts'

type SettlingWorld = {
  readonly nowMs: () => number
  readonly journal: Pick<RelayBook, 'openRelays' | 'noteRelayCost'>
  readonly chain: Pick<Chain, 'receiptsOf'>
  readonly log: Log
}

/** Of one look: those of the last rounds, and no nonce has many. */
const mostLooked = 20

/** Looks for receipts, once for each round that it is told. A failure is told and left to the next. */
export function settlingOf(world: SettlingWorld): (votingRoundId: number) => Promise<void> {
  let settled: number | undefined
  return async (votingRoundId) => {
    if (settled === votingRoundId) return
    settled = votingRoundId
    const { nowMs, journal, chain, log } = world
    const open = journal.openRelays(Math.round(nowMs()) - budgetDayMs, mostLooked)
    if (open.length === 0) return
    try {
      for (const { txHash, feeWei } of await chain.receiptsOf(open.map((one) => one.txHash))) {
        const relay = open.find((one) => one.txHash === txHash)
        if (relay !== undefined) journal.noteRelayCost(relay, feeWei)
      }
    } catch (error) {
      const reason = String(error).slice(0, 300)
      log({ event: 'relay-cost-unknown', voting_round_id: votingRoundId, reason })
    }
  }
}

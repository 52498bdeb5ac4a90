/** How an errand ended, told to a person and as an exit code. */

import type { NetworkName } from '../../src/protocol/networks.ts'
import { inCoins } from './coins.ts'
import type { Done } from './errand.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'

/** @param landed Told before the rest where it has landed: what has come of it. */
export function concluded(
  done: Done,
  network: NetworkName,
  say: (text: string) => void,
  landed?: string,
): ExitCode {
  switch (done.kind) {
    case 'declined':
    case 'denied':
      say('Nothing was sent.')
      return exitCodes.declined
    case 'pending':
      say('Sent, and not final yet. Give the same command again to follow it.')
      return exitCodes.pending
    case 'replaced':
      say(`Another transaction of ${done.job.sender} has its nonce: this one never lands.`)
      return exitCodes.failed
    case 'reverted': {
      const { txHash, feeWei } = done.receipt
      say(`The contract refused it on chain: ${txHash}. It has cost ${inCoins(feeWei, network)}.`)
      return exitCodes.failed
    }
    case 'landed': {
      const { txHash, feeWei, blockNumber } = done.receipt
      if (landed !== undefined) say(landed)
      say(`Final in block ${blockNumber}: ${txHash}. It has cost ${inCoins(feeWei, network)}.`)
      return exitCodes.done
    }
  }
}

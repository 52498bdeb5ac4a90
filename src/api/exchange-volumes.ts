/**
 * What each exchange has traded of a feed in a short window, by estimate: exchanges say what they
 * traded in 24 hours, and the window is taken for a part of the day like any other.
 */

import type { Provenance } from '../protocol/wire-provenance.ts'
import type { ExchangeVolume } from '../protocol/value-provider-wire.ts'

const daySec = 86_400

/**
 * The volume of each source that agreed in a vote, sorted by source: base units of 24 hours, at its
 * own price, times the window's part of a day. Sources that say no volume are left out.
 *
 * @param windowSec Seconds.
 * @returns In the feed's quote currency, which is what the reference sums over its trades.
 */
export function exchangeVolumes(vote: Provenance, windowSec: number): ExchangeVolume[] {
  return vote.sources.flatMap((said) => {
    const volume = (said.volume * said.quoted_price * windowSec) / daySec
    const isTold = said.verdict === 'accepted' && volume > 0 && Number.isFinite(volume)
    return isTold ? [{ exchange: said.source, volume }] : []
  })
}

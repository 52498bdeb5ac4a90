/**
 * Which reveals of a round hold: those that hash to their sender's commit. Whoever committed and
 * has none that holds is an offender of the round, voter or not.
 */

import type { Address, Hex } from 'viem'
import { commitHash, decodeReveal, type Reveal } from './commit.ts'
import { ProtocolError } from './errors.ts'
import type { RewardEpoch } from './reward-epoch.ts'
import type { RoundSubmissions } from './submissions-of-round.ts'

export type JudgedReveals = {
  /** The reveals that hold, by sender in lower case. */
  readonly valid: ReadonlyMap<Address, Reveal>
  /** Senders in lower case. */
  readonly offenders: ReadonlySet<Address>
}

/** What reading a reveal depends on: the round's own reward epoch, not that of the reveal's block. */
export type RevealRules = Pick<RewardEpoch, 'feeds' | 'beforeFip16'>

/**
 * Holds every commit of a round against the last reveal of its sender that can be read: a later one
 * that cannot be read changes nothing, a later one that is wrong replaces a right one. A reveal
 * without a commit counts for nothing and is no offence.
 *
 * @param rules Of the reward epoch of the round; of 256 feeds at most, as everywhere in Chrono.
 * @throws {ProtocolError} `value-out-of-range` if the round is no uint32.
 * @see https://github.com/flare-foundation/FTSO-Scaling `DataManager.getValidReveals`,
 *   `getRevealOffenders`
 */
export function judgeReveals(
  votingRoundId: number,
  { commits, reveals }: RoundSubmissions,
  rules: RevealRules,
): JudgedReveals {
  const valid = new Map<Address, Reveal>()
  const offenders = new Set<Address>()
  for (const [submitAddress, commit] of commits) {
    const reveal = lastReadable(reveals.get(submitAddress) ?? [], rules)
    const isRight =
      reveal !== undefined && commitHash({ submitAddress, votingRoundId, ...reveal }) === commit
    if (isRight) valid.set(submitAddress, reveal)
    else offenders.add(submitAddress)
  }
  return { valid, offenders }
}

function lastReadable(payloads: readonly Hex[], rules: RevealRules): Reveal | undefined {
  for (const payload of payloads.toReversed()) {
    const reveal = readReveal(payload, rules)
    if (reveal !== undefined) return reveal
  }
  return undefined
}

/** Anybody's reveal; that it cannot be read is a normal day's outcome. */
function readReveal(payload: Hex, { feeds, beforeFip16 }: RevealRules): Reveal | undefined {
  try {
    const reveal = decodeReveal(payload, feeds.length)
    return beforeFip16 && reveal.feedValues === '0x' ? undefined : reveal
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

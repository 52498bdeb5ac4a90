/**
 * Whose prices are put to the vote:
 *
 *     newest of each source ─► heard ─► believable ─► of standing
 *
 * Whoever drops out on the way is silenced, with the reason.
 */

import type { FeedMemory } from './feed-memory.ts'
import { type Hearing, hearingOf, type Hour } from './hearing.ts'
import { newestVotes, type Vote } from './newest-votes.ts'
import type { Rejection, RejectionReason } from './outcome.ts'
import type { ConsensusPolicy } from './policy.ts'
import { sourceMemoryOf } from './source-memory.ts'
import { standingOf } from './standing.ts'
import { tuning } from './tuning.ts'

/** A vote about to be held. */
export type Occasion = {
  /** Unix milliseconds. */
  readonly atMs: number
  readonly policy: ConsensusPolicy
  readonly memory: FeedMemory
  /** Standard deviation of the price's relative change over one second. */
  readonly volatility: number
}

/** A source without a vote. */
export type Silenced = Omit<Rejection, 'residualBps'>

export type Electorate = {
  readonly electors: readonly Hearing[]
  readonly silenced: Silenced[]
  /** Too few have standing, so that newcomers vote as well. */
  readonly isMakeshift: boolean
}

export function electorateOf(quotes: readonly Vote[], occasion: Occasion): Electorate {
  const silenced: Silenced[] = []
  const votes = newestVotes(quotes, occasion.atMs, silenced)
  const heard = believable(hearingsOf(votes, occasion, silenced), occasion, silenced)
  return { ...withStanding(heard, occasion, silenced), silenced }
}

function hearingsOf(
  votes: readonly Vote[],
  { atMs, policy, memory, volatility }: Occasion,
  silenced: Silenced[],
): Hearing[] {
  const { staleAfterMs } = policy
  const hour: Hour = { atMs, volatility, learntVolatility: memory.volatility, staleAfterMs }
  const hearings: Hearing[] = []
  for (const vote of votes) {
    const hearing = hearingOf(vote, sourceMemoryOf(memory.sources, vote.source), hour)
    if (typeof hearing === 'object') hearings.push(hearing)
    else silenced.push({ source: vote.source, reason: hearing, price: vote.price })
  }
  return hearings
}

/**
 * Those whose price can have come about since the last consensus. Where most cannot, it is the last
 * consensus that is beyond belief, and all are heard.
 */
function believable(
  hearings: readonly Hearing[],
  { atMs, memory, volatility }: Occasion,
  silenced: Silenced[],
): readonly Hearing[] {
  const { last } = memory
  if (last === undefined) return hearings
  const { leastMove, moveInSigmas } = tuning.belief
  const sinceSec = Math.max(0, atMs - last.atMs) / 1_000
  const factor = Math.exp(Math.max(leastMove, moveInSigmas * volatility * Math.sqrt(sinceSec)))
  const [least, most] = [last.price / factor, last.price * factor]

  let count = 0
  for (const { price } of hearings) if (price >= least && price <= most) count += 1
  if (count === hearings.length || count * 2 <= hearings.length) return hearings
  return hearings.filter(({ price, vote }) => {
    if (price >= least && price <= most) return true
    silenced.push({ source: vote.source, reason: 'out-of-range', price })
    return false
  })
}

function withStanding(
  heard: readonly Hearing[],
  { atMs, policy, memory }: Occasion,
  silenced: Silenced[],
): Pick<Electorate, 'electors' | 'isMakeshift'> {
  const members: Hearing[] = []
  const newcomers: Hearing[] = []
  const strayed: Hearing[] = []
  for (const hearing of heard) {
    const standing = standingOf(hearing.known, memory, policy, atMs)
    if (standing === 'member') members.push(hearing)
    else if (standing === 'on-probation') newcomers.push(hearing)
    else strayed.push(hearing)
  }
  silence(strayed, 'strayed', silenced)
  const standIns = members.length < policy.minSources ? newcomers.filter(isUnblemished) : []
  silence(
    newcomers.filter((each) => !standIns.includes(each)),
    'on-probation',
    silenced,
  )
  return { electors: [...members, ...standIns], isMakeshift: standIns.length > 0 }
}

/** Whoever has been seen to contradict those with standing does not stand in for them. */
function isUnblemished({ known }: Hearing): boolean {
  return (known?.reputation ?? 1) >= tuning.reputation.leastWorth
}

function silence(
  hearings: readonly Hearing[],
  reason: RejectionReason,
  silenced: Silenced[],
): void {
  for (const { vote, price } of hearings) silenced.push({ source: vote.source, reason, price })
}

/**
 * Agreeing prices carried forward to the instant of the vote, along the path that all of them draw
 * together with the last consensus; and whoever does not fit the path at its own instant.
 */

import type { Occasion } from './electorate.ts'
import type { Gated } from './gate.ts'
import type { Judged } from './merit.ts'
import { byCodeUnit } from './newest-votes.ts'
import { pathThrough, type Sight } from './path.ts'
import { sortBy } from './sort-ascending.ts'
import { tuning } from './tuning.ts'

/** A voter whose price has been carried forward. */
export type Carried = {
  readonly judged: Judged
  /** Its price without its lean as of the instant of the vote: a deviation from the reference price. */
  readonly value: number
  /** What the market has moved since its price was made. */
  readonly moved: number
  /** How far it was from what the others say of its own instant, and the standard deviation of that. */
  readonly surprise: number
  readonly surpriseSigma: number
}

export type Carrying = {
  /** By ascending value. */
  readonly carried: readonly Carried[]
  readonly misfits: readonly Carried[]
  /** Standard deviation of where the path ends. */
  readonly sigma: number
}

/**
 * Carries voters forward. Whoever is farther than `3.5 σ + 3 bps` from what the others say of his own
 * instant is a misfit and left out, unless half of all would be, too few be left, or none whom the
 * gate around the start has let through for its own sake.
 *
 * @param voters Those that the gate let through.
 * @param last The last consensus as one who saw the price at its instant, if there is one.
 * @param gate Its edges, as deviations from the reference price.
 */
export function carriedForward(
  voters: readonly Judged[],
  last: Sight | undefined,
  occasion: Pick<Occasion, 'atMs' | 'volatility' | 'policy'>,
  gate: Pick<Gated, 'least' | 'most'>,
): Carrying {
  const first = carriedBy(voters, last, occasion)
  const misfits = first.carried.filter(isMisfit)
  if (misfits.length === 0) return { ...first, misfits }
  const fitting = first.carried.filter((each) => !isMisfit(each)).map(({ judged }) => judged)
  const isEnough =
    fitting.length > misfits.length &&
    fitting.length >= occasion.policy.minSources &&
    isMet(gate, fitting)
  if (!isEnough) return { ...first, misfits: [] }
  return { ...carriedBy(fitting, last, occasion), misfits }
}

/** Whether prices and gate have anything in common. */
function isMet({ least, most }: Pick<Gated, 'least' | 'most'>, voters: readonly Judged[]): boolean {
  const deviations = voters.map(({ voter }) => voter.deviation)
  return Math.min(...deviations) <= most && Math.max(...deviations) >= least
}

/** A sight, and whose; nobody's is the last consensus. */
type Seen = Sight & { readonly judged: Judged | undefined }

function carriedBy(
  voters: readonly Judged[],
  last: Sight | undefined,
  { atMs, volatility }: Pick<Occasion, 'atMs' | 'volatility'>,
): Pick<Carrying, 'carried' | 'sigma'> {
  const seen = voters.map((judged): Seen => seenBy(judged, atMs))
  if (last !== undefined) seen.push({ ...last, judged: undefined })
  const path = pathThrough(sortBy(seen, byInstant), volatility, atMs)
  const carried: Carried[] = []
  for (let i = 0; i < seen.length; i += 1) {
    const sight = seen[i]
    if (sight?.judged === undefined) continue
    const { judged, value } = sight
    const { ownSigma } = judged.voter
    const moved = path.value - (path.points[i] ?? path.value)
    carried.push({
      judged,
      value: value + moved,
      moved,
      surprise: value - (path.othersPoints[i] ?? value),
      surpriseSigma: Math.sqrt((path.othersVariances[i] ?? 0) + ownSigma * ownSigma),
    })
  }
  return { carried: sortBy(carried, byValue), sigma: Math.sqrt(path.variance) }
}

/** What a source of little merit says of the path counts as if it were noisier. */
function seenBy(judged: Judged, nowMs: number): Seen {
  const { upright, ownSigma, ageMs } = judged.voter
  const variance = (ownSigma * ownSigma) / judged.merit
  return { atMs: nowMs - ageMs, value: upright, variance, judged }
}

function isMisfit({ surprise, surpriseSigma }: Carried): boolean {
  return Math.abs(surprise) > tuning.gate.sigmas * surpriseSigma + tuning.gate.floor
}

/** Of one instant in an order of their own, so that the order they came in does not matter. */
function byInstant(left: Seen, right: Seen): number {
  return (
    left.atMs - right.atMs ||
    byCodeUnit(left.judged?.voter.source ?? '', right.judged?.voter.source ?? '')
  )
}

function byValue(left: Carried, right: Carried): number {
  return left.value - right.value || byCodeUnit(left.judged.voter.source, right.judged.voter.source)
}

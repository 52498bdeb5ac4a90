/**
 * The path that prices of different ages draw. Each was made at an instant of its own, and the market
 * has moved since; read in order of time they tell how, so that an old price can be carried forward
 * to the instant of the vote and does not hold it back.
 *
 * It is the local-level model: a random walk seen with noise, filtered forward and smoothed backward.
 *
 * @see Kalman, R. E. (1960); Rauch, Tung & Striebel (1965); Durbin & Koopman, Time Series Analysis
 *   by State Space Methods (2012), chapter 2.
 */

/** A price as it was seen at an instant. */
export type Sight = {
  /** Unix milliseconds; not later than the instant of the vote. */
  readonly atMs: number
  /** A deviation from whatever prices are measured by. */
  readonly value: number
  /** Of its own error, without what time has added; positive. */
  readonly variance: number
}

export type Path = {
  /** Where it is at the instant of the vote. */
  readonly value: number
  readonly variance: number
  /** Where it was at each sight, in their order, as all tell it. */
  readonly points: readonly number[]
  /** The same as all but the sight itself tell it, with an infinite variance where nobody else does. */
  readonly othersPoints: readonly number[]
  readonly othersVariances: readonly number[]
}

/** Others that know less than this share of what a sight knows itself are rounding errors. */
const leastOthers = 1e-9

/**
 * The path through sights.
 *
 * @param sights In order of time; at least one.
 * @param volatility Standard deviation of the price's relative change over one second.
 * @param nowMs The instant of the vote, Unix milliseconds.
 */
export function pathThrough(sights: readonly Sight[], volatility: number, nowMs: number): Path {
  const perMs = (volatility * volatility) / 1_000
  const means: number[] = []
  const variances: number[] = []
  let mean = 0
  // Before anything is seen every value is as likely: the first sight is believed as it stands.
  let variance = Number.POSITIVE_INFINITY
  let lastMs = sights[0]?.atMs ?? nowMs
  for (const { atMs, value, variance: noise } of sights) {
    const before = variance + perMs * (atMs - lastMs)
    const gain = before === Number.POSITIVE_INFINITY ? 1 : before / (before + noise)
    mean += gain * (value - mean)
    variance = before === Number.POSITIVE_INFINITY ? noise : (1 - gain) * before
    lastMs = atMs
    means.push(mean)
    variances.push(variance)
  }
  const now = variance + perMs * (nowMs - lastMs)
  return { value: mean, variance: now, ...smoothed(sights, { means, variances, perMs }) }
}

type Filtered = {
  readonly means: readonly number[]
  readonly variances: readonly number[]
  readonly perMs: number
}

/** What later sights say of earlier instants, from the last backward. */
function smoothed(
  sights: readonly Sight[],
  { means, variances, perMs }: Filtered,
): Pick<Path, 'points' | 'othersPoints' | 'othersVariances'> {
  const points = [...means]
  const othersPoints = [...means]
  const othersVariances = [...variances]
  let value = 0
  let variance = 0
  let laterMs = Number.NaN
  for (let i = sights.length - 1; i >= 0; i -= 1) {
    const sight = sights[i]
    const mean = means[i]
    const known = variances[i]
    if (sight === undefined || mean === undefined || known === undefined) continue
    const predicted = known + perMs * (laterMs - sight.atMs)
    const pull = i === sights.length - 1 ? 0 : known / predicted
    value = pull === 0 ? mean : mean + pull * (value - mean)
    variance = pull === 0 ? known : known + pull * pull * (variance - predicted)
    laterMs = sight.atMs
    points[i] = value

    // What all say without what the sight itself says: precisions subtract.
    const precision = 1 / variance - 1 / sight.variance
    const isLone = !(precision * sight.variance > leastOthers)
    othersPoints[i] = isLone ? value : (value / variance - sight.value / sight.variance) / precision
    othersVariances[i] = isLone ? Number.POSITIVE_INFINITY : 1 / precision
  }
  return { points, othersPoints, othersVariances }
}

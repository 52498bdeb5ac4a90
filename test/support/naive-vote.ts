/**
 * The vote redone by hand: from a provenance alone, by the plainest reading of what each algorithm is,
 * with none of the engine's code and no care for speed.
 */

import type { Provenance, RoundSourcesResponse } from '../../src/protocol/wire-provenance.ts'

type Consensus = Extract<Provenance, { outcome: 'consensus' }>

/** A source as the algorithms see it: in dollars. */
type Voice = { readonly value: number; readonly sigma: number; readonly share: number }

/** Each algorithm's vote, and the price: their median, or the plain median of a doubtful quorum. */
export function votesByHand(told: Consensus) {
  const voices = told.sources.flatMap((source): Voice[] => {
    if (source.verdict === 'rejected') return []
    const upright = source.price * (1 - source.bias_bps / 10_000)
    return [
      {
        value: upright + (source.carried_bps / 10_000) * told.reference,
        sigma: (source.own_sigma_bps / 10_000) * told.reference,
        share: source.share,
      },
    ]
  })
  const threes = voices.flatMap(({ value, sigma, share }) =>
    [-sigma, 0, sigma].map((side) => ({ value: value + side, share: share / 3 })),
  )
  const votes = {
    weighted_median: weightedMiddle(voices),
    huber: huber(voices),
    trimmed_mean: trimmed(voices),
    three_vote: weightedMiddle(threes),
    median: middle(voices.map(({ value }) => value)),
  }
  const isDoubtful = told.split || told.low_quorum
  const vote = isDoubtful ? votes.median : middle(Object.values(votes))
  return { votes, price: Math.min(Math.max(vote, told.lowest_price), told.highest_price) }
}

/** The averages over a round's window, and the price: their median. Volumes are taken to be alike. */
export function windowByHand({ window, sources_used }: RoundSourcesResponse) {
  if (window === undefined) throw new Error('The window is not kept.')
  const quotes = window.ticks.flatMap(({ accepted }) =>
    accepted.filter(({ source }) => sources_used.includes(source)),
  )
  let money = 0
  let volume = 0
  for (const quote of quotes) {
    money += quote.price * quote.volume
    volume += quote.volume
  }
  let area = 0
  window.ticks.forEach(({ tick_at, price = 0 }, i) => {
    area += price * ((window.ticks[i + 1]?.tick_at ?? window.to) - tick_at)
  })
  const vwap = money / volume
  const twap = area / (window.to - (window.ticks[0]?.tick_at ?? 0))
  const weighted_median = weightedMiddle(
    quotes.map(({ source, price }) => {
      const own = quotes.filter((quote) => quote.source === source).length
      return { value: price, share: 1 / sources_used.length / own }
    }),
  )
  return { vwap, twap, weighted_median, price: middle([vwap, twap, weighted_median]) }
}

function middle(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const half = sorted.length / 2
  return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2
}

function weightedMiddle(values: readonly Pick<Voice, 'value' | 'share'>[]): number {
  const sorted = values.toSorted((left, right) => left.value - right.value)
  let below = 0
  for (const [i, { value, share }] of sorted.entries()) {
    below += share
    // Of exactly half, the middle to the next.
    if (Math.abs(below - 0.5) < 1e-9) return (value + (sorted[i + 1]?.value ?? value)) / 2
    if (below > 0.5) return value
  }
  return Number.NaN
}

/** Where the pulls of all, each clipped at 1.345 standard deviations, are in balance: by halving. */
function huber(voices: readonly Voice[]): number {
  const pullAt = (place: number) =>
    voices.reduce((sum, { value, sigma, share }) => {
      const reach = 1.345 * sigma
      return sum + share * Math.min(Math.max(value - place, -reach), reach)
    }, 0)
  let low = Math.min(...voices.map(({ value }) => value))
  let high = Math.max(...voices.map(({ value }) => value))
  for (let step = 0; step < 100; step += 1) {
    const place = (low + high) / 2
    if (pullAt(place) > 0) low = place
    else high = place
  }
  return (low + high) / 2
}

/** The mean of the middle half of the weight, cut into slices. */
function trimmed(voices: readonly Voice[]): number {
  const sorted = voices.toSorted((left, right) => left.value - right.value)
  const slices = 200_000
  let sum = 0
  let count = 0
  for (let slice = 0; slice < slices; slice += 1) {
    const place = (slice + 0.5) / slices
    if (place < 0.25 || place > 0.75) continue
    let below = 0
    const voice = sorted.find(({ share }) => (below += share) >= place) ?? sorted.at(-1)
    sum += voice?.value ?? 0
    count += 1
  }
  return sum / count
}

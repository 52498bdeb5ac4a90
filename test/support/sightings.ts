/** Builders for the detectors: sources that wander about one centre, and one odd sighting among them. */

import type { Scene, Sighting } from '../../src/core/source-trail.ts'
import { seededRandom } from '../../src/core/seeded-random.ts'

/** An ordinary sighting: 100 at `t = 0` by a source with a book. */
export function aSighting(differing: Partial<Sighting> = {}): Sighting {
  return {
    source: 's0',
    price: 100,
    volume: 1_000,
    bid: 99.99,
    ask: 100.01,
    observedAtMs: 0,
    sigma: 0.000_2,
    ...differing,
  }
}

export type SightedTick = { readonly sightings: readonly Sighting[]; readonly scene: Scene }

/** Ticks every 30 s of sources that follow a random walk, each with an error of its own. */
export function wanderingTicks(seed: number, count: number, sources = 10): SightedTick[] {
  const random = seededRandom(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  let centre = 100
  return Array.from({ length: count }, (_, tick): SightedTick => {
    centre *= Math.exp(0.001 * normal())
    const atMs = tick * 30_000
    const sightings = Array.from({ length: sources }, (__, source) => {
      const price = centre * Math.exp(0.000_2 * normal())
      const half = price * 0.000_05 * (1 + 0.2 * random())
      return aSighting({
        source: `s${source}`,
        price,
        bid: price - half,
        ask: price + half,
        volume: 1_000 * (source + 1) * Math.exp(0.01 * normal()),
        observedAtMs: atMs - Math.floor(3_000 * random()),
      })
    })
    return { sightings, scene: { centre, atMs } }
  })
}

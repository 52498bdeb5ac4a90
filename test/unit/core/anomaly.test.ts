import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type Anomaly,
  anomaliesOf,
  type AnomalyMemory,
  anomalyMemoryAfter,
  maxTrails,
  newAnomalyMemory,
} from '../../../src/core/anomaly.ts'
import { anomalyBytes, anomalyMemoryOf } from '../../../src/core/anomaly-bytes.ts'
import { featureNames, featuresOf } from '../../../src/core/anomaly-features.ts'
import { type Sighting, trailAfter } from '../../../src/core/source-trail.ts'
import { aSighting, type SightedTick, wanderingTicks } from '../../support/sightings.ts'

function afterTicks(ticks: readonly SightedTick[], memory = newAnomalyMemory(1)): AnomalyMemory {
  return ticks.reduce(
    (known, { sightings, scene }) =>
      anomalyMemoryAfter(known, sightings, {
        ...scene,
        accepted: new Set(sightings.map(({ source }) => source)),
      }),
    memory,
  )
}

const ticks = wanderingTicks(1, 400)
const learnt = afterTicks(ticks.slice(0, 399))
const [nextTick] = ticks.slice(399)
if (nextTick === undefined) throw new Error('There is a next tick.')
const next = nextTick

/** The last tick, with one source behaving otherwise. */
function withOdd(change: (sighting: Sighting) => Sighting): readonly Sighting[] {
  return next.sightings.map((sighting) => (sighting.source === 's3' ? change(sighting) : sighting))
}

/** What is thought of each source of a tick. */
function thoughtOf(
  memory: AnomalyMemory,
  sightings: readonly Sighting[],
  scene: SightedTick['scene'],
): ReadonlyMap<string, Anomaly | undefined> {
  const anomalies = anomaliesOf(memory, sightings, scene)
  return new Map(sightings.map(({ source }, i) => [source, anomalies[i]]))
}

describe('anomaliesOf', () => {
  test('ordinary ticks raise no alert and cost no weight', () => {
    const anomalies = anomaliesOf(learnt, next.sightings, next.scene)
    expect(anomalies).toHaveLength(10)
    for (const { score, isAlert, weightFactor } of anomalies) {
      expect(score).toBeGreaterThan(0)
      expect({ isAlert, weightFactor }).toEqual({ isAlert: false, weightFactor: 1 })
    }
  })

  test.each([
    { name: 'a price far off', change: (odd: Sighting) => ({ ...odd, price: odd.price * 1.02 }) },
    {
      name: 'a volume a thousandfold',
      change: (odd: Sighting) => ({ ...odd, volume: odd.volume * 1_000 }),
    },
    {
      name: 'a price of ten minutes ago',
      change: (odd: Sighting) => ({ ...odd, observedAtMs: odd.observedAtMs - 600_000 }),
    },
    {
      name: 'a book ten times as wide',
      change: (odd: Sighting) => ({ ...odd, bid: odd.price * 0.999, ask: odd.price * 1.001 }),
    },
  ])('$name scores above all ordinary ones, and is an alert of less weight', ({ change }) => {
    const anomalies = thoughtOf(learnt, withOdd(change), next.scene)
    const odd = anomalies.get('s3')
    const others = [...anomalies].filter(([source]) => source !== 's3')
    expect(odd?.isAlert).toBe(true)
    expect(odd?.weightFactor).toBeLessThan(1)
    expect(odd?.weightFactor).toBeGreaterThanOrEqual(0.25)
    expect(others).toHaveLength(9)
    for (const [, other] of others) expect(odd?.score).toBeGreaterThan(other?.score ?? 1)
  })

  test('a source that stands still while the others move becomes an alert', () => {
    let memory = learnt
    const alerts: boolean[] = []
    const frozen = learnt.trails.get('s3')?.price ?? 0
    for (const { sightings, scene } of wanderingTicks(1, 430).slice(399)) {
      const said = sightings.map((sighting) =>
        sighting.source === 's3' ? { ...sighting, price: frozen } : sighting,
      )
      alerts.push(thoughtOf(memory, said, scene).get('s3')?.isAlert ?? false)
      const accepted = new Set(said.map(({ source }) => source).filter((source) => source !== 's3'))
      memory = anomalyMemoryAfter(memory, said, { ...scene, accepted })
    }
    expect(alerts.slice(-10)).toEqual(Array.from({ length: 10 }, () => true))
  })

  test('over thousands of ordinary quotes there is hardly an alert', () => {
    let memory = newAnomalyMemory(1)
    let alerts = 0
    for (const { sightings, scene } of wanderingTicks(77, 3_000)) {
      for (const { isAlert } of anomaliesOf(memory, sightings, scene)) alerts += +isAlert
      memory = anomalyMemoryAfter(memory, sightings, {
        ...scene,
        accepted: new Set(sightings.map(({ source }) => source)),
      })
    }
    // 30 000 quotes at one in 100 000.
    expect(alerts).toBeLessThanOrEqual(3)
  })

  test('who was never seen, and who knows nothing yet, find nothing odd', () => {
    const wild = withOdd((odd) => ({ ...odd, source: 'new', price: 1 }))
    expect(thoughtOf(learnt, wild, next.scene).get('new')).toEqual({
      score: 0,
      isAlert: false,
      weightFactor: 1,
    })
    const young = afterTicks(ticks.slice(0, 5))
    const scores = anomaliesOf(young, wild, next.scene)
    for (const { score } of scores) expect(score).toBe(0)
  })
})

describe('anomalyMemoryAfter', () => {
  test('is the same for the same ticks and seed, in whatever order sources come', () => {
    const backwards = ticks.slice(0, 60).map(({ sightings, scene }) => ({
      sightings: sightings.toReversed(),
      scene,
    }))
    expect(afterTicks(ticks.slice(0, 60)).forest).toEqual(afterTicks(ticks.slice(0, 60)).forest)
    expect(afterTicks(backwards).forest).toEqual(afterTicks(ticks.slice(0, 60)).forest)
  })

  test('a source that did not agree teaches nothing of what is usual', () => {
    const wild = withOdd((odd) => ({ ...odd, price: odd.price * 2 }))
    const accepted = new Set(next.sightings.map(({ source }) => source))
    accepted.delete('s3')
    const without = next.sightings.filter(({ source }) => source !== 's3')
    const scene = { ...next.scene, accepted }
    const { forest, tally, trails } = anomalyMemoryAfter(learnt, wild, scene)
    const reference = anomalyMemoryAfter(learnt, without, scene)
    expect({ forest, tally }).toEqual({ forest: reference.forest, tally: reference.tally })
    expect(trails.get('s3')?.seenAtMs).toBe(next.scene.atMs)
  })

  test('remembers the sources seen last, and no more than its limit', () => {
    let memory = newAnomalyMemory(1)
    for (let i = 0; i <= maxTrails; i += 1) {
      const atMs = i * 1_000
      const sightings = [aSighting({ source: `x${i}`, observedAtMs: atMs })]
      memory = anomalyMemoryAfter(memory, sightings, { centre: 100, atMs, accepted: new Set() })
    }
    expect(memory.trails.size).toBe(maxTrails)
    expect(memory.trails.has('x0')).toBe(false)
    expect(memory.trails.has('x1')).toBe(true)
  })
})

describe('anomalyBytes', () => {
  test('are undone by anomalyMemoryOf: what is restored scores the same', () => {
    const bytes = anomalyBytes(learnt)
    expect(bytes.length).toBeLessThan(16_384)
    const restored = anomalyMemoryOf(bytes)
    expect(restored).toEqual(learnt)
    expect(restored && anomaliesOf(restored, next.sightings, next.scene)).toEqual(
      anomaliesOf(learnt, next.sightings, next.scene),
    )
  })

  test('stay below 52 KB with the most and longest names', () => {
    let memory = learnt
    const many = Array.from({ length: maxTrails }, (_, i) =>
      aSighting({ source: `${i}`.padEnd(255, 'é') }),
    )
    memory = anomalyMemoryAfter(memory, many, { ...next.scene, atMs: 1e12, accepted: new Set() })
    const bytes = anomalyBytes(memory)
    expect(bytes.length).toBeLessThan(52_000)
    expect(anomalyMemoryOf(bytes)).toEqual(memory)
  })

  test('a name that is longer than a byte can say is forgotten', () => {
    const scene = { ...next.scene, accepted: new Set<string>() }
    const memory = anomalyMemoryAfter(learnt, [aSighting({ source: 'x'.repeat(256) })], scene)
    expect(anomalyMemoryOf(anomalyBytes(memory))).toEqual(learnt)
  })

  test('property: bytes that were changed or cut stand for a memory or for none, and never throw', () => {
    const bytes = anomalyBytes(learnt)
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255), fc.nat(bytes.length))
    fc.assert(
      fc.property(change, ([at, value, length]) => {
        const read = anomalyMemoryOf(bytes.with(at, value).subarray(0, length))
        if (read === undefined) return
        for (const { score } of anomaliesOf(read, next.sightings, next.scene)) {
          expect(score).toBeGreaterThanOrEqual(0)
          expect(score).toBeLessThanOrEqual(1)
        }
      }),
    )
    expect(anomalyMemoryOf(new Uint8Array())).toBeUndefined()
    expect(anomalyMemoryOf(bytes.with(0, 9))).toBeUndefined()
  })
})

test('property: no input whatever makes a feature that is no number in [0, 1]', () => {
  const number = fc.double()
  const sighting = fc.record(
    {
      source: fc.constant('s0'),
      price: number,
      volume: number,
      bid: number,
      ask: number,
      observedAtMs: number,
      sigma: number,
    },
    { requiredKeys: ['source', 'price', 'volume', 'observedAtMs', 'sigma'] },
  )
  const scene = fc.record({ centre: number, atMs: number })
  fc.assert(
    fc.property(fc.array(fc.tuple(sighting, scene), { minLength: 1, maxLength: 6 }), (seen) => {
      let trail = trailAfter(undefined, aSighting(), { centre: 100, atMs: 0 })
      for (const [said, where] of seen) {
        const features = featuresOf(trail, said, where)
        expect(features).toHaveLength(featureNames.length)
        for (const feature of features) {
          expect(feature).toBeGreaterThanOrEqual(0)
          expect(feature).toBeLessThanOrEqual(1)
        }
        trail = trailAfter(trail, said, where)
      }
    }),
    { numRuns: 500 },
  )
})

describe('featuresOf', () => {
  const scene = { centre: 100, atMs: 30_000 }
  const before = trailAfter(undefined, aSighting(), { centre: 100, atMs: 0 })
  const feature = (name: (typeof featureNames)[number], differing: Partial<Sighting>) =>
    featuresOf(before, aSighting({ observedAtMs: 30_000, ...differing }), scene)[
      featureNames.indexOf(name)
    ]

  test.each([
    { name: 'residual', differing: { price: 100 }, is: 0 },
    { name: 'residual', differing: { price: 100 * Math.exp(6 * 0.000_2) }, is: 0.5 },
    {
      name: 'residual-change',
      differing: { price: 100 * Math.exp(6 * Math.SQRT2 * 0.000_2) },
      is: 0.5,
    },
    { name: 'age', differing: { observedAtMs: 30_000 }, is: 0.2 },
    { name: 'age', differing: { observedAtMs: 27_000 }, is: 0.5 },
    { name: 'spread', differing: { bid: 99.98, ask: 100.02 }, is: 0.625 },
    { name: 'spread', differing: { bid: 0 }, is: 0.5 },
    { name: 'volume', differing: { volume: 8_000 }, is: 0.8 },
    { name: 'volume', differing: { volume: 0 }, is: 0.5 },
    { name: 'run', differing: {}, is: 0.25 },
    { name: 'run', differing: { price: 101 }, is: 0 },
    { name: 'discord', differing: {}, is: 0.5 },
  ] as const)('$name of $differing is $is', ({ name, differing, is }) => {
    expect(feature(name, differing)).toBeCloseTo(is, 6)
  })

  test('a single odd sighting hardly changes what is usual', () => {
    const after = trailAfter(before, aSighting({ volume: 1e9, ask: 150 }), scene)
    expect(Math.abs(after.usualVolume - before.usualVolume)).toBeLessThanOrEqual(0.02 + 1e-12)
    expect(Math.abs(after.usualSpread - before.usualSpread)).toBeLessThanOrEqual(0.02 + 1e-12)
  })

  test('a price that is none says nothing of the direction it moved to', () => {
    const moved = { centre: 110, atMs: 30_000 }
    for (const price of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const after = trailAfter({ ...before, price }, aSighting({ price }), moved)
      expect(after.accord).toBe(0)
    }
  })

  test('discord falls while a source goes along with the others, and rises against them', () => {
    let along = before
    let against = before
    for (let i = 1; i <= 30; i += 1) {
      const centre = 100 * 1.01 ** i
      const atMs = i * 30_000
      along = trailAfter(along, aSighting({ price: centre }), { centre, atMs })
      against = trailAfter(against, aSighting({ price: 100 / 1.01 ** i }), { centre, atMs })
    }
    expect(along.accord).toBeGreaterThan(0.9)
    expect(against.accord).toBeLessThan(-0.9)
  })
})

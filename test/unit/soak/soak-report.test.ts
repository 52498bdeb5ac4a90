/** What a soak fails on, and what it only tells. */

import { describe, expect, test } from 'vitest'
import { mishapKinds, mishapOf } from '../../soak/plan.ts'
import { failuresOf, reportOf, type Soak } from '../../soak/soak-report.ts'

type Differing = Partial<Omit<Soak, 'options' | 'course' | 'verdict'>> & {
  readonly options?: Partial<Soak['options']>
  readonly course?: Partial<Soak['course']>
  readonly verdict?: Partial<Soak['verdict']>
}

const everyKind = Object.fromEntries(mishapKinds('ledger').map((kind) => [kind, 1]))

/** One that holds. */
function aSoak({ options, course, verdict, ...rest }: Differing = {}): Soak {
  return {
    options: { rounds: 200, roundSec: 20, seed: 'one', signer: 'ledger', write: false, ...options },
    course: {
      firstRound: 1,
      lastRound: 200,
      mishaps: everyKind,
      kills: { 'before prepare': 1 },
      residentBytes: [2 ** 20],
      ...course,
    },
    verdict: {
      rounds: 200,
      committed: 180,
      revealed: 180,
      signed: 170,
      missing: [],
      unrevealed: [],
      doubleSignatures: [],
      outsideTheirWindow: [],
      stuckNonces: [],
      companionBits: 0,
      companionRoots: 0,
      asks: 600,
      ...verdict,
    },
    worker: {},
    takeoversMs: [17_000, 20_000],
    startsMs: [1_000, 3_000],
    residentAtEnd: [100 * 2 ** 20, 150 * 2 ** 20],
    ...rest,
  }
}

test('a soak in which all is as it may be has no failures', () => {
  expect(failuresOf(aSoak())).toEqual([])
  expect(failuresOf(aSoak({ takeoversMs: [] }))).toEqual([])
})

test.each<[string, Differing, string]>([
  [
    'a commit without its reveal',
    { verdict: { unrevealed: [7] } },
    'Round 7 was committed to and not revealed.',
  ],
  ['a double signature', { verdict: { doubleSignatures: ['Two.'] } }, 'Two.'],
  ['a call outside of its window', { verdict: { outsideTheirWindow: ['Late.'] } }, 'Late.'],
  ['a nonce that waits', { verdict: { stuckNonces: ['Stuck.'] } }, 'Stuck.'],
  ['a start above 3 s', { startsMs: [1_000, 3_001] }, 'A start took 3001 ms.'],
  ['a takeover above 20 s', { takeoversMs: [20_001, 17_000] }, 'A takeover took 20001 ms.'],
  ['more than 150 MiB', { residentAtEnd: [151 * 2 ** 20] }, '151 MiB are resident.'],
  [
    'a place that nobody died at',
    { course: { kills: { there: 0 } } },
    'Nobody was killed at: there.',
  ],
  [
    'hardly any commits',
    { verdict: { committed: 99, signed: 99 } },
    'Only 99 of 200 were committed to.',
  ],
  ['hardly any roots', { verdict: { signed: 89 } }, 'Only 89 of 180 were signed.'],
])('fails on %s', (_, differing, says) => {
  expect(failuresOf(aSoak(differing))).toEqual([says])
})

test('a takeover is not judged where a second mishap may fall into it', () => {
  expect(failuresOf(aSoak({ options: { roundSec: 19 }, takeoversMs: [30_000] }))).toEqual([])
})

describe('a kind of mishap that never came about', () => {
  const { 'fee-spike': _, ...others } = everyKind

  test('is told of, and no failure', () => {
    const soak = aSoak({ course: { mishaps: { ...others, 'outage, spared': 1 } } })
    expect(reportOf(soak)).toContain('Never came about: fee-spike, outage.')
    expect(failuresOf(soak)).toEqual([])
  })

  test('is no news in a short run, and there is none where all did', () => {
    const short = aSoak({ options: { rounds: 199 }, course: { mishaps: others } })
    expect(reportOf(short)).not.toContain('Never came about')
    expect(reportOf(aSoak())).not.toContain('Never came about')
  })
})

test.each(['ledger', 'keystore'] as const)(
  'with a %s each kind is drawn in the long run',
  (signer) => {
    const rounds = Array.from({ length: 5_000 }, (_, round) => round)
    const drawn = new Set(rounds.map((round) => mishapOf('one', round, signer)?.kind))
    drawn.delete(undefined)
    expect(drawn).toEqual(new Set(mishapKinds(signer)))
  },
)

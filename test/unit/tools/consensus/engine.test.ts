import { describe, expect, test } from 'vitest'
import { engineAnswers, type Seen } from '../../../../tools/consensus/engine.ts'
import { withFault } from '../../../../tools/consensus/faults.ts'
import { offBps } from '../../../../tools/consensus/scoring.ts'
import {
  at,
  isFreeze,
  sightingsAt,
  sightingsPerEpoch,
  type Tape,
} from '../../../../tools/consensus/tape.ts'
import { tapeOfWorldT } from '../../../../tools/consensus/world-t.ts'

const epochs = 30
const clean = tapeOfWorldT(1, 5, epochs)

const seenOn = (tape: Tape): Seen[] =>
  Array.from(tape.atMs, (atMs, sighting) => ({ atMs, quotes: sightingsAt(tape, sighting) }))

/** The same sightings with each quote of some of them changed. */
const changed = (isMeant: (sighting: number) => boolean, factor: number): Seen[] =>
  seenOn(clean).map((seen, sighting) => ({
    ...seen,
    quotes: seen.quotes.map((quote) => ({
      ...quote,
      price: isMeant(sighting) ? quote.price * factor : quote.price,
    })),
  }))

describe('engineAnswers', () => {
  const answers = engineAnswers(seenOn(clean))

  test('answers once an epoch, near the truth of its freeze, with an interval', () => {
    expect(answers).toHaveLength(epochs)
    answers.forEach(({ price, intervalBps }, epoch) => {
      const truth = at(clean.truth, epoch * sightingsPerEpoch + sightingsPerEpoch - 1)
      expect(offBps(price ?? Number.NaN, truth)).toBeLessThan(20)
      expect(intervalBps).toBeGreaterThan(0)
    })
  })

  test('learns nothing from a freeze: what one shows changes no later answer', () => {
    const odd = 12 * sightingsPerEpoch + sightingsPerEpoch - 1
    const others = engineAnswers(changed((sighting) => sighting === odd, 1.01))
    expect(others[12]?.price).not.toBe(answers[12]?.price)
    expect(others.toSpliced(12, 1)).toEqual(answers.toSpliced(12, 1))
  })

  test('learns from ticks: what they show changes later answers', () => {
    const others = engineAnswers(
      changed((sighting) => !isFreeze(sighting) && sighting < 40, 1.0004),
    )
    expect(others[11]?.price).not.toBe(answers[11]?.price)
  })

  test('calls a source wrong that is far off', () => {
    const tape = withFault(clean, 'offset', 1, 3)
    const wrong = engineAnswers(seenOn(tape))[15]?.rejected
    const faulty = sightingsAt(tape, 63).filter((_, source) => tape.isFaulty[63 * 5 + source] === 1)
    expect(wrong).toEqual(faulty.map(({ source }) => source))
  })

  test('does not call a newcomer wrong, though it has no say yet', () => {
    const late = seenOn(clean).map((seen, sighting) => ({
      ...seen,
      quotes: sighting < 60 ? seen.quotes.slice(1) : seen.quotes,
    }))
    expect(engineAnswers(late)[15]?.rejected).toEqual([])
  })

  test('has no price where there is one source alone', () => {
    const alone = seenOn(clean).map((seen) => ({ ...seen, quotes: seen.quotes.slice(0, 1) }))
    expect(engineAnswers(alone)[0]).toEqual({ price: undefined, rejected: [] })
  })
})

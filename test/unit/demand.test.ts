import { describe, expect, test } from 'vitest'
import { demandOf, demandTeller } from '../../src/demand.ts'

/** Somebody who is asked, and who tells the schedule of it. */
function aTeller(differing: { want?: (untilMs: number) => Promise<void> } = {}) {
  const clock = { ms: 1_000_000 }
  const wanted: number[] = []
  const diary: string[] = []
  const deferred: Promise<void>[] = []
  const tell = demandTeller({
    nowMs: () => clock.ms,
    want: async (untilMs) => {
      wanted.push(untilMs - clock.ms)
      await differing.want?.(untilMs)
    },
    defer: (promise) => {
      deferred.push(promise)
    },
    log: ({ event }) => {
      diary.push(event)
    },
  })
  return { tell, clock, wanted, diary, settled: async () => Promise.all(deferred) }
}

describe('whoever is asked by a value provider', () => {
  test('wants fresh prices for a minute, and says so again after twenty seconds', () => {
    const { tell, clock, wanted } = aTeller()
    for (const afterMs of [0, 1, 19_998, 1, 19_999, 1]) {
      clock.ms += afterMs
      tell()
    }
    expect(wanted).toEqual([60_000, 60_000, 60_000])
  })

  test('says so again at once if nobody heard', async () => {
    const { tell, wanted, diary, settled } = aTeller({
      want: () => Promise.reject(new Error('no schedule')),
    })
    tell()
    await settled()
    tell()
    await settled()
    expect(wanted).toHaveLength(2)
    expect(diary).toEqual(['demand-not-told', 'demand-not-told'])
  })
})

describe('cron', () => {
  test('asks for the demand every ten seconds, and ends it by itself', async () => {
    const asked: number[] = []
    const untils = [12_000, 0, 25_000]
    const isWanted = demandOf({
      wantedUntilMs: async () => {
        asked.push(untils.length)
        return untils.shift() ?? 0
      },
      log: () => {},
    })
    const answers: [number, boolean][] = []
    for (const atMs of [0, 9_999, 10_000, 11_999, 20_000, 24_999, 25_000]) {
      answers.push([atMs, await isWanted(atMs)])
    }
    expect(answers).toEqual([
      [0, true],
      [9_999, true],
      [10_000, false],
      [11_999, false],
      [20_000, true],
      [24_999, true],
      [25_000, false],
    ])
    expect(asked).toHaveLength(3)
  })

  test('goes by what it last heard where it cannot ask', async () => {
    const diary: string[] = []
    const untils = [15_000]
    const isWanted = demandOf({
      wantedUntilMs: async () => {
        const untilMs = untils.pop()
        if (untilMs === undefined) throw new Error('no schedule')
        return untilMs
      },
      log: ({ event }) => {
        diary.push(event)
      },
    })
    expect([await isWanted(0), await isWanted(10_000), await isWanted(15_000)]).toEqual([
      true,
      true,
      false,
    ])
    expect(diary).toEqual(['demand-unknown'])
  })
})

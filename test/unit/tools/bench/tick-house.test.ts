import { expect, test } from 'vitest'
import { replayOf } from '../../../../local/exchanges/replay.ts'
import { loadTape } from '../../../../local/exchanges/tape.ts'
import { venues } from '../../../../local/exchanges.ts'
import { listings, symbols } from '../../../../src/catalogue.ts'
import { houseOf, replayed } from '../../../../tools/bench/tick-house.ts'

const startMs = Date.UTC(2026, 10, 22, 12)

test('a tick of the house is a whole one: every exchange is asked, and nearly every feed priced', async () => {
  const clock = { ms: startMs }
  const replay = replayOf(venues, loadTape(), () => clock.ms)
  const asked = new Set<string>()
  const house = houseOf((url, init) => {
    asked.add(new URL(url).pathname.split('/')[1] ?? '')
    return replayed(replay, url, init)
  })
  const sources = new Set(listings.map(({ source }) => source))
  for (const tickAtMs of [startMs, startMs + 30_000]) {
    clock.ms = tickAtMs
    const { report, rows, bytesRead, bytesWritten, requests, votingMs } = await house.tick(tickAtMs)
    expect(report.acceptedIds).toHaveLength(rows)
    expect(new Set(report.acceptedIds).size).toBe(rows)
    expect(rows).toBeGreaterThan(listings.length * 0.9)
    expect(report.priced).toBeGreaterThan(symbols.length * 0.9)
    expect(requests).toBeGreaterThanOrEqual(sources.size)
    expect(Math.min(bytesRead, bytesWritten, votingMs)).toBeGreaterThan(0)
  }
  expect(new Set([...asked].map((name) => decodeURIComponent(name)))).toEqual(sources)
})

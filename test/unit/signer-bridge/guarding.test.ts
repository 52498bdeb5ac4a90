import { expect, test } from 'vitest'
import { guardedRound, guardOf } from '../../../signer-bridge/guarding.ts'
import { metricsPage } from '../../../signer-bridge/metrics.ts'
import { defaultGuardPolicy, type KnownMedian } from '../../../signer-bridge/policy/price-guard.ts'
import { alerts } from '../../../signer-bridge/alerts.ts'
import { type Event, feeds } from '../../support/bridge-world.ts'
import { Prometheus } from '../../support/prometheus.ts'

const round = 1_000
const known = feeds.map(({ id }) => ({ id, price: 100 }))

/** A guard that knows the medians that it is given, and what it tells of. */
function aGuard() {
  const page = metricsPage()
  const events: Event[] = []
  const log = (event: Event) => {
    events.push(event)
    page.logged(event.event)
  }
  const knows: { medians: readonly KnownMedian[] } = { medians: [] }
  const guard = guardOf({
    mediansBefore: () => knows.medians,
    policy: defaultGuardPolicy,
    log,
    metrics: page,
  })
  const prometheus = new Prometheus()
  const rules = alerts.filter(({ name }) => /Prices|Guard/.test(name))
  /** Holds the vector of a round, with one price of all. @returns The alerts that fire then. */
  const hold = async (votingRoundId: number, price = 100) => {
    const entries = feeds.map((feed) => ({ ...feed, price }))
    const frozen = { voting_round_id: votingRoundId, frozen_at: 0, entries }
    const kept = guardedRound({ guard, log }, frozen)
    const firing = prometheus.read(await page.text(), votingRoundId * 90, rules)
    return { entries: kept.entries, firing }
  }
  return { events, knows, hold }
}

test('a start that knows no median yet is told to nobody', async () => {
  const { events, knows, hold } = aGuard()
  for (const since of [0, 1, 2, 3, 4]) {
    expect((await hold(round + since)).firing).toEqual([])
  }
  knows.medians = known
  await hold(round + 5)
  expect(events).toEqual([])
})

test('a guard that stays blind is told once, and once that it sees again; if it lasts it is a ticket', async () => {
  const { events, knows, hold } = aGuard()
  const fired: number[] = []
  for (let since = 0; since < 30; since += 1) {
    if ((await hold(round + since)).firing.includes('ChronoGuardBlind')) fired.push(since)
  }
  expect(events).toEqual([{ event: 'prices-unguarded', voting_round_id: round + 5 }])
  // Ten minutes after it was told, and for as long as it goes on.
  expect(fired).toEqual(Array.from({ length: 18 }, (_, i) => 12 + i))
  knows.medians = known
  expect((await hold(round + 30)).firing).toEqual([])
  await hold(round + 31)
  expect(events.slice(1)).toEqual([{ event: 'prices-guarded', voting_round_id: round + 30 }])
  knows.medians = []
  for (let since = 32; since < 38; since += 1) await hold(round + since)
  expect(events.slice(2)).toEqual([{ event: 'prices-unguarded', voting_round_id: round + 37 }])
})

test('a price that has strayed is a ticket, and one that was left out wakes somebody', async () => {
  const { events, knows, hold } = aGuard()
  knows.medians = known
  expect((await hold(round)).firing).toEqual([])
  expect((await hold(round + 1, 106)).firing).toEqual(['ChronoPricesStrayed'])
  const { entries, firing } = await hold(round + 2, 131)
  expect(entries.every((entry) => !('price' in entry))).toBe(true)
  expect(firing).toContain('ChronoPricesLeftOut')
  expect(alerts.find(({ name }) => name === 'ChronoPricesLeftOut')?.severity).toBe('page')
  expect(events).toMatchObject([
    { event: 'prices-strayed', voting_round_id: round + 1, count: feeds.length },
    { event: 'prices-left-out', voting_round_id: round + 2, count: feeds.length },
  ])
})

import { describe, expect, test } from 'vitest'
import { parseEther } from 'viem'
import { currentAlerts } from '../../../signer-bridge/current-alerts.ts'
import { nextDeadline, nextStep } from '../../../signer-bridge/deadlines.ts'
import { samplesIn } from '../../../signer-bridge/exposition.ts'
import { metricsPage } from '../../../signer-bridge/metrics.ts'
import { type Reading, readingOf, readMetrics } from '../../../signer-bridge/reading.ts'
import { type ScreenFacts, screenOf } from '../../../signer-bridge/screen.ts'
import type { JournalStatus, RoundSummary } from '../../../signer-bridge/status.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'

const network = networks.songbird
const { schedule } = network
const address = `0x${'ab'.repeat(20)}` as const

/** An instant of round 1000, seconds from its start. */
function second(sec: number): number {
  return votingRoundStartMs(schedule, 1_000) + sec * 1_000
}

function aRound(differing: Partial<RoundSummary> = {}): RoundSummary {
  return {
    voting_round_id: 999,
    reward_epoch_id: 3,
    commit_status: 'confirmed',
    reveal_status: 'planned',
    obligation: 'open',
    signatures_status: 'none',
    root_status: 'none',
    attempts: 1,
    ...differing,
  }
}

function aJournal(differing: Partial<JournalStatus> = {}): JournalStatus {
  return {
    chainId: '19',
    signers: [address],
    owed: 0,
    owedRounds: [],
    reportsWaiting: 0,
    rounds: [],
    ...differing,
  }
}

function aReading(differing: Partial<Reading> = {}): Reading {
  return { isLeaseHeld: true, balances: [], devices: [], events: new Map(), ...differing }
}

function aScreen(differing: Partial<ScreenFacts> = {}, width = 200): readonly string[] {
  const facts = {
    nowMs: second(41.2),
    network,
    duties: { isAttended: false, signsRoots: true },
    journal: aJournal(),
    reading: aReading(),
    ...differing,
  }
  return screenOf(facts, width).split('\n')
}

function lineOf(lines: readonly string[], label: string): string {
  return lines.find((line) => line.startsWith(label)) ?? `no line ${label}`
}

describe('the screen', () => {
  test('tells the time in rounds, and how far the chain is behind', () => {
    const headTimestampSec = second(39) / 1_000
    const reading = aReading({ headBlock: 77, headTimestampSec, driftSec: 0.34 })
    const line = lineOf(aScreen({ reading }), 'Clock')
    expect(line).toContain('round 1000, second 41 of 90')
    expect(line).toContain('block 77, 2.2 s old')
    expect(line).toContain('drift 0.3 s')
  })

  test('tells of rounds with commit, reveal and root, of the lease and the outbox', () => {
    const round = aRound({ root_status: 'equal', signatures_status: 'confirmed' })
    const journal = aJournal({ owed: 1, owedRounds: [999], rounds: [round], reportsWaiting: 4 })
    const lines = aScreen({ journal, reading: aReading({ outboxLength: 4 }) })
    const row = lines.find((line) => line.includes('999  ')) ?? ''
    expect(row.trim().split(/\s+/)).toEqual([
      '999',
      'confirmed',
      'planned',
      'equal',
      'confirmed',
      'open',
      '1',
    ])
    expect(lineOf(lines, 'Bridge')).toContain('lease held   outbox 4')
    expect(lineOf(lines, 'Journal')).toContain('reveals owed 1   reports waiting 4')
  })

  test('has the balance of each key, and what each device waits for', () => {
    const balances = [{ role: 'submit', address, coins: 1.5, isLow: true }]
    const devices = [{ device: 'USB', state: 'locked' }]
    const lines = aScreen({ reading: aReading({ balances, devices }) })
    expect(lineOf(lines, 'Balances')).toContain(`${address}  1.5000  LOW`)
    expect(lineOf(lines, 'Devices')).toContain('USB: locked')
    expect(lineOf(lines, 'Alerts')).toContain('NOW: a key that sends has little left')
  })

  test('says why there is nothing to be seen of a bridge or a journal', () => {
    const lines = aScreen({ journal: 'There is no journal.', reading: 'nothing answers' })
    expect(lineOf(lines, 'Bridge')).toContain('not heard: nothing answers')
    expect(lineOf(lines, 'Journal')).toContain('There is no journal.')
    expect(lineOf(lines, 'Alerts')).toContain('none by the journal alone')
    expect(lineOf(aScreen(), 'Alerts')).toMatch(/none$/)
  })

  test.each([10, 40, 80])('has no line wider than %i', (width) => {
    const lines = aScreen({ journal: aJournal({ rounds: [aRound()] }) }, width)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width)
  })

  test('lets nobody write to the terminal through it', () => {
    const devices = [{ device: '\u001b[2J\u0007evil', state: 'ready' }]
    expect(aScreen({ reading: aReading({ devices }) }).join('')).not.toMatch(/\p{Cc}/u)
  })

  test('keeps the rounds on the screen when there are many alerts', () => {
    const reading = aReading({
      isLeaseHeld: false,
      outboxLength: 21,
      events: new Map(
        ['reveal-missed', 'reveal-late', 'root-mismatch', 'root-conflict', 'commit-refused']
          .concat(['foreign-nonces-found', 'own-calls-found', 'commit-of-another', 'head-ignored'])
          .map((event) => [event, 2]),
      ),
    })
    const lines = aScreen({ reading })
    expect(lines.at(-1)).toContain('and 3 more')
    expect(lines.length).toBeLessThan(24)
  })
})

describe('what comes next', () => {
  const duties = { isAttended: false, signsRoots: true, owed: [999] }
  test.each([
    { at: 5, step: 'reveal of round 999', by: 'reveal of round 999' },
    { at: 12, step: 'root of round 999', by: 'reveal of round 999' },
    { at: 45, step: 'freeze and commit of round 1000', by: 'signature of round 999' },
    { at: 70, step: 'window of reveals of round 1000', by: 'commit of round 1000' },
  ])('at second $at begins the $step; first over is the time for the $by', ({ at, step, by }) => {
    expect(nextStep(schedule, duties, second(at)).what).toBe(step)
    expect(nextDeadline(schedule, duties, second(at)).what).toBe(by)
  })

  test('is no reveal of a round that owes none', () => {
    const none = { ...duties, owed: [] }
    expect(nextDeadline(schedule, none, second(5)).what).toBe('signature of round 999')
    const unknown = { isAttended: false, signsRoots: false }
    expect(nextDeadline(schedule, unknown, second(5)).what).toBe('window of reveals of round 999')
  })

  test('is a reveal as soon as it is owed, and only a window before that', () => {
    const at = second(86)
    const owing = { ...duties, signsRoots: false, owed: [1_000] }
    expect(nextStep(schedule, owing, at).what).toBe('reveal of round 1000')
    expect(nextDeadline(schedule, owing, at).what).toBe('reveal of round 1000')
    const none = { ...owing, owed: [] }
    expect(nextStep(schedule, none, at).what).toBe('window of reveals of round 1000')
    expect(nextDeadline(schedule, none, at).what).toBe('window of reveals of round 1000')
  })

  test('is no root where none is signed', () => {
    const step = nextStep(schedule, { ...duties, signsRoots: false }, second(12))
    expect(step).toEqual({ what: 'freeze and commit of round 1000', atMs: second(70) })
  })

  test('is an early freeze where a person signs', () => {
    const attended = { ...duties, isAttended: true, signsRoots: false }
    expect(nextStep(schedule, attended, second(12)).atMs).toBe(second(35))
  })
})

describe('a metrics page', () => {
  test('is read as what was measured, and what was not is absent', async () => {
    const page = metricsPage()
    page.headSeen({ number: 5, timestampSec: 1_000 }, 1_500)
    page.balanceSeen({ role: 'submit', address }, parseEther('2.5'), true)
    page.balanceSeen({ role: 'submitSignatures', address }, parseEther('7'), false)
    page.leaseSeen(true, false)
    page.outboxSeen(3)
    page.watchDevices(() => [{ device: 'a "b" \\ c', state: 'locked' }])
    page.watchBreaker(() => [{ role: 'submit', address }])
    page.watchNodes(() => 2)
    page.registrationSeen(true)
    page.guardSeen(true)
    page.logged('chain-lost')
    const reading = readingOf(await page.text())
    expect(reading).toMatchObject({
      headBlock: 5,
      headTimestampSec: 1_000,
      driftSec: 1.5,
      isLeaseHeld: true,
      outboxLength: 3,
      brokenKeys: 1,
      nodesSetAside: 2,
      isRegistrationDue: true,
      isGuardBlind: true,
      balances: [
        { role: 'submit', address, coins: 2.5, isLow: true },
        { role: 'submitSignatures', address, coins: 7, isLow: false },
      ],
      devices: [{ device: 'a "b" \\ c', state: 'locked' }],
    })
    expect(reading.events.get('chain-lost')).toBe(1)
    expect(readingOf(await metricsPage().text())).not.toHaveProperty('headTimestampSec')
  })

  test('has a device in one state at a time', async () => {
    const page = metricsPage()
    let state = 'locked'
    page.watchDevices(() => [{ device: 'x', state }])
    await page.text()
    state = 'ready'
    expect(readingOf(await page.text()).devices).toEqual([{ device: 'x', state: 'ready' }])
  })

  test('is asked for on loopback only, and what goes wrong is said', async () => {
    const asked: string[] = []
    const answering =
      (status: number): typeof fetch =>
      async (url) => {
        asked.push(typeof url === 'string' ? url : 'no text')
        return new Response('chrono_bridge_lease_held 1\n', { status })
      }
    expect(await readMetrics(9_100, answering(200))).toMatchObject({ isLeaseHeld: true })
    expect(await readMetrics(9_100, answering(500))).toBe('port 9100 answers with status 500')
    expect(asked[0]).toBe('http://127.0.0.1:9100/metrics')
    const silent = () => Promise.reject(new TypeError('fetch failed'))
    expect(await readMetrics(9_100, silent)).toBe('nothing answers on port 9100')
    expect(await readMetrics(0, silent)).toBe('metrics_port is any free one')
    expect(await readMetrics(undefined, silent)).toBe('metrics_port is not set')
  })

  test('may have comments and lines that are none', () => {
    expect(samplesIn('# HELP a b\n\na 1\nb{c="d"} NaN\nnonsense\ne{f="g,h}"} 2.5')).toEqual([
      { name: 'a', labels: {}, value: 1 },
      { name: 'e', labels: { f: 'g,h}' }, value: 2.5 },
    ])
  })
})

describe('an alert', () => {
  const nowMs = second(0)
  const on = (reading: Partial<Reading>, rounds: readonly RoundSummary[] = []) =>
    currentAlerts({ nowMs, reading: aReading(reading), rounds }).filter((line) =>
      line.startsWith('NOW'),
    )

  test.each([
    { name: 'a lease that is not held', reading: { isLeaseHeld: false }, says: /may not act/ },
    { name: 'a clock behind', reading: { driftSec: -2.1 }, says: /clock/ },
    { name: 'a clock ahead', reading: { driftSec: 3.6 }, says: /clock/ },
    { name: 'an old block', reading: { headTimestampSec: nowMs / 1_000 - 31 }, says: /no block/ },
    { name: 'a full outbox', reading: { outboxLength: 21 }, says: /reports/ },
    { name: 'a breaker', reading: { brokenKeys: 1 }, says: /nothing new is begun/ },
    { name: 'a node', reading: { nodesSetAside: 1 }, says: /a node says/ },
    { name: 'a registration', reading: { isRegistrationDue: true }, says: /not registered/ },
    { name: 'a blind guard', reading: { isGuardBlind: true }, says: /no final median/ },
    { name: 'a device', reading: { devices: [{ device: 'x', state: 'locked' }] }, says: /hand/ },
  ])('is on by what is measured: $name', ({ reading, says }) => {
    expect(on(reading)).toEqual([expect.stringMatching(says)])
  })

  test('is on by what the journal has', () => {
    expect(on({}, [aRound({ obligation: 'missed', root_status: 'mismatch' })])).toEqual([
      expect.stringMatching(/reveal was missed/),
      expect.stringMatching(/root/),
    ])
  })

  test('is off at exactly what is allowed', () => {
    const allowed = { driftSec: 3.5, outboxLength: 20, headTimestampSec: nowMs / 1_000 - 30 }
    expect(on(allowed)).toEqual([])
  })

  test('that only the log tells of says how often', () => {
    const reading = aReading({ events: new Map([['foreign-nonces-found', 2]]) })
    expect(currentAlerts({ nowMs, reading, rounds: [] })).toEqual([
      'since its start: somebody else sends with our keys (foreign-nonces-found, 2 times)',
    ])
  })
})

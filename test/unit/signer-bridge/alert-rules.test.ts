import { describe, expect, test } from 'vitest'
import { alerts } from '../../../signer-bridge/alerts.ts'
import { dueAlarm } from '../../../signer-bridge/housekeeping/automatic.ts'
import { metricsPage } from '../../../signer-bridge/metrics.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'
import { BridgeModel, firstRound } from '../../support/bridge-world.ts'
import { alertsUntil, Prometheus, valueOf } from '../../support/prometheus.ts'

/** A bridge whose page is read every half minute, and whose alerts are those that are shipped. */
function watchedBridge() {
  const bridge = new BridgeModel()
  const page = metricsPage()
  bridge.page = page
  const prometheus = new Prometheus()
  const { time } = bridge
  const watch = {
    text: page.text,
    nowMs: time.nowMs,
    runUntil: (endMs: number) => time.runUntil(endMs),
  }
  return {
    bridge,
    /** Every alert that fires until so long after the start of the first round. */
    firingUntil: (minutes: number) =>
      alertsUntil(prometheus, watch, bridge.startOf(firstRound) + minutes * 60_000, alerts),
  }
}

test('a bridge that does as it should raises no alert in an hour', async () => {
  const { bridge, firingUntil } = watchedBridge()
  bridge.start()
  expect(await firingUntil(60)).toEqual([])
  expect(bridge.stages).toContain('revealed')
})

describe('rounds that go by without a commit', () => {
  test('are nobody’s fault where another bridge has the lease', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.worker.isAnothers = true
    bridge.start()
    expect(await firingUntil(40)).toEqual(['ChronoLeaseRefused'])
  })

  test('page whoever has the lease', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.chain.balanceWei = 1n
    bridge.start()
    expect(await firingUntil(20)).toContain('ChronoCommitsMissed')
    expect(bridge.events).toContainEqual(expect.objectContaining({ event: 'commit-refused' }))
  })

  test('page also where the Worker is away, so that nobody can have the lease', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.start()
    expect(await firingUntil(5)).toEqual([])
    bridge.worker.isDown = true
    expect(await firingUntil(30)).toContain('ChronoCommitsMissed')
  })

  test('page nobody who takes over from another, as long as it then commits', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.worker.isAnothers = true
    bridge.start()
    await firingUntil(20)
    bridge.worker.isAnothers = false
    expect(await firingUntil(45)).not.toContain('ChronoCommitsMissed')
  })

  test('page whoever has taken over from another and then commits to nothing', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.worker.isAnothers = true
    bridge.chain.balanceWei = 1n
    bridge.start()
    await firingUntil(2)
    bridge.worker.isAnothers = false
    expect(await firingUntil(20)).toContain('ChronoCommitsMissed')
  })

  /** The page of `serve-protocol`, in which commits are told to another sender. */
  async function providing(isAsked: boolean) {
    const page = metricsPage()
    page.leaseSeen(true, false)
    let nowMs = 0
    const runUntil = (endMs: number) => {
      nowMs = endMs
      page.headSeen({ number: 1, timestampSec: endMs / 1_000 }, 0)
      if (isAsked && endMs % 90_000 === 0) page.stageReached('handed-over')
      return Promise.resolve()
    }
    const watch = { text: page.text, nowMs: () => nowMs, runUntil }
    return await alertsUntil(new Prometheus(), watch, 3_600_000, alerts)
  }

  test('are none where another sender is told its commits', async () => {
    expect(await providing(true)).toEqual([])
  })

  test('page where no sender asks for them', async () => {
    expect(await providing(false)).toEqual(['ChronoCommitsMissed'])
  })
})

describe('what runs moves what the rules go by', () => {
  test('no block: the stamp of the last one seen stands still', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.start()
    expect(await firingUntil(2)).toEqual([])
    bridge.chain.isDown = true
    expect(await firingUntil(3)).toContain('ChronoChainLost')
  })

  test('a clock that is off: its drift', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.start()
    expect(await firingUntil(2)).toEqual([])
    bridge.clockOffMs = -60_000
    expect(await firingUntil(4)).toContain('ChronoClockDistrusted')
  })

  test('a Worker that takes no reports: the length of the outbox', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.start()
    await firingUntil(2)
    bridge.worker.takesNoReports = true
    expect(await firingUntil(30)).toEqual(['ChronoOutboxGrowing'])
  })

  test('a balance that is low', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.chain.balanceWei = 10n ** 18n
    bridge.start()
    expect(await firingUntil(1)).toContain('ChronoBalanceLow')
  })

  test('a reveal that is owed at half of its time, and then missed', async () => {
    const { bridge, firingUntil } = watchedBridge()
    bridge.start()
    await firingUntil(1.4)
    bridge.chain.takesNothing = true
    expect(await firingUntil(2)).toEqual(['ChronoRevealAtRisk'])
    expect(await firingUntil(3)).toContain('ChronoRevealMissed')
  })

  test('a breaker that is open: as long as it is, and not only when that is told', async () => {
    const { bridge, firingUntil } = watchedBridge()
    let isForged = false
    bridge.signerFor = (signer) => ({
      ...signer,
      signTransaction: (...args) => {
        if (isForged) throw new SigningError('signer-differs', 'Another key signed.')
        return signer.signTransaction(...args)
      },
    })
    bridge.start()
    await firingUntil(3)
    isForged = true
    expect(await firingUntil(6)).toContain('ChronoBreakerOpened')
    await firingUntil(30)
    // Long after the last line of the log about it.
    const said = bridge.diary.findLast((line) => line.includes('breaker-opened')) ?? ''
    expect(Number(said.split('+')[0])).toBeLessThan(firstRound + 4)
    expect(await firingUntil(32)).toContain('ChronoBreakerOpened')
  })

  test('a registration that is due: until nothing is due', async () => {
    const page = metricsPage()
    let atMs = 0
    const log = ({ event }: { readonly event: string }) => page.logged(event)
    const { registrationSeen } = page
    const alarm = dueAlarm({ steadyMs: () => atMs, log, registrationSeen }, 60_000)
    const runUntil = (endMs: number) => {
      atMs = endMs
      page.headSeen({ number: 1, timestampSec: endMs / 1_000 }, 0)
      page.leaseSeen(false, true)
      if (endMs === 3_600_000) alarm.clear()
      else alarm.look('Nobody pays.', 7)
      return Promise.resolve()
    }
    const prometheus = new Prometheus()
    const watch = { text: page.text, nowMs: () => atMs, runUntil }
    await alertsUntil(prometheus, watch, 3_570_000, alerts)
    const due = alerts.filter(({ name }) => name === 'ChronoRegistrationDue')
    const read = async () => prometheus.read(await page.text(), atMs / 1_000, due)
    expect(await read()).toEqual(['ChronoRegistrationDue'])
    await runUntil(3_600_000)
    expect(await read()).toEqual([])
  })

  test('a node that is set aside: until it is taken back', async () => {
    const page = metricsPage()
    let aside = 1
    page.watchNodes(() => aside)
    const rules = alerts.filter(({ name }) => name === 'ChronoNodeDiffers')
    const prometheus = new Prometheus()
    for (const atSec of [0, 3_600, 7_200]) {
      expect(prometheus.read(await page.text(), atSec, rules)).toEqual(['ChronoNodeDiffers'])
    }
    aside = 0
    expect(prometheus.read(await page.text(), 7_300, rules)).toEqual([])
    page.logged('receipt-contradicted')
    expect(prometheus.read(await page.text(), 7_400, rules)).toEqual(['ChronoNodeDiffers'])
  })
})

describe('the rules are read as Prometheus reads them', () => {
  const at = (atSec: number, text: Readonly<Record<string, number>>) => ({
    atSec,
    samples: Object.entries(text).map(([label, value]) => ({
      name: 'rounds',
      labels: { stage: label },
      value,
    })),
  })
  const history = [at(0, { a: 1, b: 5 }), at(60, { a: 3, b: 5 }), at(120, { a: 1, b: 5 })]

  test.each([
    { expression: 'rounds{stage="a"} == 1', found: 1 },
    { expression: 'rounds{stage!="a"} == 1', found: 0 },
    { expression: 'increase(rounds[10m]) > 0', found: 1 },
    { expression: 'increase(rounds{stage="b"}[10m]) == 0', found: 1 },
    // A rise of two, and of one more after a restart.
    { expression: 'increase(rounds{stage="a"}[10m]) == 3', found: 1 },
    { expression: 'increase(rounds{stage="a"}[1m]) == 1', found: 1 },
    { expression: 'sum without (stage) (rounds) == 6', found: 1 },
    { expression: 'time() - rounds{stage="a"} > 118', found: 1 },
    { expression: 'rounds > 4 or rounds < 2', found: 2 },
    { expression: 'rounds > 0 unless rounds{stage="a"} == 1', found: 1 },
  ])('$expression', ({ expression, found }) => {
    expect(valueOf(expression, history)).toHaveLength(found)
  })

  test('but for what it does not know', () => {
    expect(() => valueOf('avg(rounds) > 1', history)).toThrow()
  })
})

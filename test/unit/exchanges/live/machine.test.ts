import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { LiveEvent } from '../../../../src/exchanges/live/event.ts'
import { liveKraken } from '../../../../src/exchanges/live/kraken.ts'
import type { Heard, LiveExchange } from '../../../../src/exchanges/live/live-exchange.ts'
import { step, wakeAtMs } from '../../../../src/exchanges/live/machine.ts'
import { type LiveMachine, newMachine } from '../../../../src/exchanges/live/passage.ts'
import { liveRules as rules, waitMsAfter } from '../../../../src/exchanges/live/rules.ts'

const { ping: _, ...pingless } = liveKraken
const terms = { exchange: liveKraken, rules }

const anOther: Heard = { kind: 'other' }
const aTicker: Heard = {
  kind: 'tickers',
  tickers: [
    { source: 'kraken', market: 'XBTUSD', last: 1, observedAtMs: 0, observedKind: 'received' },
  ],
}

/** A socket's life in events, each some time after the one before. Milliseconds. */
function life(
  events: readonly (readonly [afterMs: number, event: LiveEvent])[],
  exchange: LiveExchange = liveKraken,
) {
  let machine = newMachine
  let nowMs = 0
  let effects: readonly unknown[] = []
  for (const [afterMs, event] of events) {
    nowMs += afterMs
    const next = step(machine, event, { nowMs, chance: 0 }, { exchange, rules })
    machine = next.machine
    effects = next.effects
  }
  return { machine, effects, nowMs }
}

const wanted: LiveEvent = { kind: 'wanted', markets: ['XBTUSD', 'SOLUSD'] }
const woken: LiveEvent = { kind: 'woken' }
const opened: LiveEvent = { kind: 'opened', connection: 1 }
const ended: LiveEvent = { kind: 'ended', connection: 1, message: 'gone' }
const heard = (what: Heard): LiveEvent => ({ kind: 'heard', connection: 1, heard: what })
const openly = [
  [0, wanted],
  [0, opened],
] as const

describe('connecting', () => {
  test('nothing is opened before somebody wants something', () => {
    expect(life([[0, woken]])).toMatchObject({ machine: { phase: { kind: 'idle' } }, effects: [] })
    expect(life([[0, { kind: 'wanted', markets: [] }]]).effects).toEqual([])
    expect(wakeAtMs(newMachine, terms)).toBeUndefined()
  })

  test('what is wanted opens one socket, however often it is wanted', () => {
    expect(life([[0, wanted]]).effects).toEqual([{ kind: 'open', connection: 1 }])
    expect(
      life([
        [0, wanted],
        [10, wanted],
      ]).effects,
    ).toEqual([])
  })

  test('a socket that does not open in time is given up, and so is one that ends first', () => {
    const late = life([
      [0, wanted],
      [rules.openWithinMs - 1, woken],
    ])
    expect(late).toMatchObject({ machine: { phase: { kind: 'connecting' } }, effects: [] })
    const given = life([
      [0, wanted],
      [rules.openWithinMs, woken],
    ])
    expect(given.effects).toEqual([{ kind: 'drop' }])
    expect(given.machine).toMatchObject({ phase: { kind: 'waiting' }, failures: 1 })
    expect(
      life([
        [0, wanted],
        [1, ended],
      ]).machine.lastEnd,
    ).toEqual({
      code: 'unreachable',
      message: 'gone',
      atMs: 1,
    })
  })

  test('a new socket is asked for everything at once', () => {
    expect(life(openly).effects).toEqual([
      { kind: 'say', text: liveKraken.subscribe(['BTC/USD', 'SOL/USD'], { id: 1, nowMs: 0 }) },
    ])
  })

  test('more than one message takes is asked for at a pace, and each message has its number', () => {
    const narrow = { ...liveKraken, maxMarkets: 1 }
    const first = life(openly, narrow)
    expect(first.effects).toHaveLength(1)
    expect(wakeAtMs(first.machine, { ...terms, exchange: narrow })).toBe(rules.paceMs)
    expect(life([...openly, [rules.paceMs - 1, woken]], narrow).effects).toEqual([])
    expect(life([...openly, [rules.paceMs, woken]], narrow).effects).toEqual([
      {
        kind: 'say',
        text: liveKraken.subscribe(['SOL/USD'], { id: 2, nowMs: rules.paceMs }),
      },
    ])
  })
})

describe('liveness', () => {
  const { pingEveryMs, silentAfterMs, tickerlessAfterMs } = rules

  test('the exchange is pinged in time, and its silence ends the socket', () => {
    expect(life([...openly, [pingEveryMs - 1, woken]]).effects).toEqual([])
    expect(life([...openly, [pingEveryMs, woken]]).effects).toEqual([
      { kind: 'say', text: '{"method":"ping","req_id":2}' },
    ])
    const silent = life([...openly, [pingEveryMs, woken], [silentAfterMs - pingEveryMs, woken]])
    expect(silent.effects).toEqual([{ kind: 'drop' }])
    expect(silent.machine).toMatchObject({
      phase: { kind: 'waiting' },
      lastEnd: { code: 'silent', atMs: silentAfterMs },
    })
  })

  test('the silence that is borne is shorter than the pace of ticks, and than a round by far', () => {
    expect(silentAfterMs).toBeLessThan(30_000)
    expect(tickerlessAfterMs).toBeLessThan(30_000)
    expect(pingEveryMs * 2).toBeLessThan(silentAfterMs)
  })

  test('any word puts off the end by silence; only a ticker puts off the one without tickers', () => {
    const words = [
      [10_000, heard(anOther)],
      [10_000, heard(anOther)],
    ] as const
    const speaking = life([...openly, ...words, [tickerlessAfterMs - 20_001, woken]])
    expect(speaking.machine.phase.kind).toBe('open')
    const deaf = life([...openly, ...words, [tickerlessAfterMs - 20_000, woken]])
    expect(deaf.machine.lastEnd?.code).toBe('tickerless')

    const told = life([...openly, [10_000, heard(aTicker)], ...words, [4_999, woken]])
    expect(told.machine.phase.kind).toBe('open')
  })

  test('a socket that is subscribed to nothing owes no tickers', () => {
    const refusal = heard({ kind: 'refused', markets: ['XBTUSD', 'SOLUSD'], message: 'no' })
    const { machine } = life([
      ...openly,
      [1, refusal],
      [10_000, heard(anOther)],
      [10_000, heard(anOther)],
      [10_000, heard(anOther)],
      [0, woken],
    ])
    expect(machine.phase.kind).toBe('open')
  })

  test('an exchange without a ping is judged by its heartbeats', () => {
    const { machine, effects } = life([...openly, [pingEveryMs, woken]], pingless)
    expect(effects).toEqual([])
    expect(wakeAtMs(machine, { ...terms, exchange: pingless })).toBe(silentAfterMs)
  })

  test('tickers are kept; a dropped socket says nothing that counts any more', () => {
    expect(life([...openly, [1, heard(aTicker)]]).effects).toEqual([
      { kind: 'keep', tickers: aTicker.kind === 'tickers' ? aTicker.tickers : [] },
    ])
    expect(life([...openly, [1, ended], [1, heard(aTicker)]]).effects).toEqual([])
    expect(life([...openly, [1, ended], [1, opened]]).effects).toEqual([])
  })
})

describe('after the end', () => {
  test('another socket is opened after a wait, and asked for everything again', () => {
    const waitMs = waitMsAfter(1, 0, rules)
    const killed = [...openly, [1_000, ended]] as const
    expect(life([...killed, [waitMs - 1, woken]]).effects).toEqual([])
    expect(life([...killed, [waitMs, woken]]).effects).toEqual([{ kind: 'open', connection: 3 }])
    const { effects, nowMs } = life([
      ...killed,
      [waitMs, woken],
      [5, { kind: 'opened', connection: 3 }],
    ])
    expect(effects).toEqual([
      { kind: 'say', text: liveKraken.subscribe(['BTC/USD', 'SOL/USD'], { id: 1, nowMs }) },
    ])
  })

  test('the end of a socket that was let go is not the end of the one that followed it', () => {
    const { machine, effects } = life([
      ...openly,
      [1_000, ended],
      [waitMsAfter(1, 0, rules), woken],
      [5, { kind: 'opened', connection: 3 }],
      [5, ended],
    ])
    expect(effects).toEqual([])
    expect(machine).toMatchObject({ phase: { kind: 'open' }, connection: 3 })
  })

  test('each failure in a row doubles the wait up to a bound; half of it is chance', () => {
    const waits = [1, 2, 3, 20].map((failures) => waitMsAfter(failures, 0, rules))
    expect(waits).toEqual([250, 500, 1_000, 60_000])
    expect(waitMsAfter(1, 0.999, rules)).toBeCloseTo(500, 0)
  })

  test('a connection that lasted makes the next failure the first one', () => {
    let machine: LiveMachine = { ...life(openly).machine, failures: 7 }
    for (let nowMs = 10_000; nowMs < rules.lastingMs; nowMs += 10_000) {
      machine = step(machine, heard(aTicker), { nowMs, chance: 0 }, terms).machine
    }
    const moment = { nowMs: rules.lastingMs, chance: 0 }
    expect(step(machine, ended, moment, terms).machine.failures).toBe(1)
    const early = { nowMs: rules.lastingMs - 1, chance: 0 }
    expect(step(machine, ended, early, terms).machine.failures).toBe(8)
  })

  test.each([
    {
      name: 'is refused without a reason to act upon',
      what: { kind: 'refused', markets: [], message: 'no' },
      code: 'refused',
    },
    {
      name: 'is told that it will be closed',
      what: { kind: 'leaving', message: 'soon' },
      code: 'leaving',
    },
  ] as const)('a socket that $name is let go', ({ what, code }) => {
    const { machine, effects } = life([...openly, [1, heard(what)]])
    expect(effects).toEqual([{ kind: 'drop' }])
    expect(machine).toMatchObject({ phase: { kind: 'waiting' }, lastEnd: { code } })
  })

  test('a connection is replaced before the exchange would cut it, without a wait', () => {
    const { machine } = life(openly)
    const phase = machine.phase
    if (phase.kind !== 'open') throw new Error('expected an open socket')
    const { renewAtMs } = phase.liveness
    expect(renewAtMs).toBeLessThan(24 * 3_600_000)
    const old = {
      ...machine,
      wantedAtMs: renewAtMs,
      phase: {
        ...phase,
        liveness: { ...phase.liveness, heardAtMs: renewAtMs, tickerAtMs: renewAtMs },
      },
    }
    const next = step(old, woken, { nowMs: renewAtMs, chance: 0 }, terms)
    expect(next.effects).toEqual([{ kind: 'drop' }, { kind: 'open', connection: 2 }])
    expect(next.machine).toMatchObject({ failures: 0, lastEnd: { code: 'renewed' } })
  })

  test('a socket that nobody wants any more is let go, so that its object may rest', () => {
    let { machine } = life(openly)
    for (let nowMs = 10_000; nowMs < rules.idleAfterMs; nowMs += 10_000) {
      machine = step(machine, heard(aTicker), { nowMs, chance: 0 }, terms).machine
    }
    const next = step(machine, woken, { nowMs: rules.idleAfterMs, chance: 0 }, terms)
    expect(next.effects).toEqual([{ kind: 'drop' }])
    expect(next.machine).toMatchObject({ phase: { kind: 'idle' }, lastEnd: { code: 'idle' } })
    expect(wakeAtMs(next.machine, terms)).toBeUndefined()

    const again = step(next.machine, wanted, { nowMs: rules.idleAfterMs + 1, chance: 0 }, terms)
    expect(again.effects).toMatchObject([{ kind: 'open' }])
  })

  test('nor is one opened for nobody', () => {
    const { machine } = life([...openly, [1_000, ended]])
    const next = step(machine, woken, { nowMs: rules.idleAfterMs, chance: 0 }, terms)
    expect(next.machine.phase.kind).toBe('idle')
  })
})

test('property: whatever happens, one socket at most is open, and there is no waking without end', () => {
  const event = fc.oneof(
    fc.constant(woken),
    fc.constant(wanted),
    fc.record({
      kind: fc.constantFrom('opened' as const, 'ended' as const, 'heard' as const),
      offset: fc.constantFrom(0, 0, 0, 1),
      heard: fc.constantFrom<Heard>(
        aTicker,
        anOther,
        { kind: 'leaving', message: '' },
        { kind: 'refused', markets: ['XBTUSD'], message: '' },
        { kind: 'refused', markets: [], id: 1, message: '' },
        { kind: 'refused', markets: [], message: '' },
      ),
    }),
  )
  const script = fc.array(
    fc.tuple(fc.nat(20_000), event, fc.double({ min: 0, max: 0.99, noNaN: true })),
  )
  fc.assert(
    fc.property(script, (moments) => {
      let machine = newMachine
      let nowMs = 0
      const alive = new Set<number>()
      for (const [afterMs, what, chance] of moments) {
        nowMs += afterMs
        const happened: LiveEvent =
          'offset' in what
            ? { message: '', ...what, connection: machine.connection - what.offset }
            : what
        const next = step(machine, happened, { nowMs, chance }, terms)
        machine = next.machine
        for (const effect of next.effects) {
          if (effect.kind === 'drop') alive.clear()
          if (effect.kind === 'open') alive.add(effect.connection)
        }
        expect(alive.size).toBeLessThanOrEqual(1)

        // What is due now is done by one waking, and the next one is due later.
        const rested = step(machine, woken, { nowMs, chance }, terms).machine
        expect(wakeAtMs(rested, terms) ?? Number.POSITIVE_INFINITY).toBeGreaterThan(nowMs)
      }
    }),
  )
})

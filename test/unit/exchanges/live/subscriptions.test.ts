import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Refusal } from '../../../../src/exchanges/live/live-exchange.ts'
import { maxLiveMarkets } from '../../../../src/exchanges/live/rules.ts'
import {
  afresh,
  asking,
  nextAskAtMs,
  noSubscriptions,
  refusing,
  type Subscriptions,
  wanting,
} from '../../../../src/exchanges/live/subscriptions.ts'

const terms = { maxMarkets: 2, refusesWhole: true, refusedForMs: 1_000 }

function wanted(...markets: string[]): Subscriptions {
  return wanting(noSubscriptions, markets, { atMs: 0, maxMarkets: 2 })
}

/** Every pending group asked for, under the numbers 1, 2, … */
function allAsked(subscriptions: Subscriptions): Subscriptions {
  let asked = subscriptions
  for (let id = 1; asked.pending.length > 0; id += 1) asked = asking(asked, id, 0)
  return asked
}

function refusal(differing: Partial<Refusal>): Refusal {
  return { kind: 'refused', markets: [], message: 'no', ...differing }
}

test('markets are asked for in groups, each once', () => {
  const subscriptions = wanted('A', 'B', 'C', 'A')
  expect(subscriptions.pending).toEqual([['A', 'B'], ['C']])
  const more = wanting(subscriptions, ['A', 'B', 'C', 'D'], { atMs: 0, maxMarkets: 2 })
  expect(more.pending).toEqual([['A', 'B'], ['C'], ['D']])
  const asked = allAsked(more)
  expect([...asked.asked]).toEqual([
    [1, ['A', 'B']],
    [2, ['C']],
    [3, ['D']],
  ])
  expect(wanting(asked, ['A', 'D'], { atMs: 0, maxMarkets: 2 }).pending).toEqual([])
})

test('the next message is due only while there is one', () => {
  expect(nextAskAtMs(noSubscriptions)).toBeUndefined()
  expect(nextAskAtMs(asking(wanted('A', 'B', 'C'), 1, 250))).toBe(250)
  expect(nextAskAtMs(asking(wanted('A'), 1, 250))).toBeUndefined()
  expect(asking(noSubscriptions, 1, 250)).toBe(noSubscriptions)
})

test('a new connection is asked for everything again', () => {
  const again = afresh(allAsked(wanted('A', 'B', 'C')), { atMs: 500, maxMarkets: 2 })
  expect(again).toMatchObject({ pending: [['A', 'B'], ['C']], nextAtMs: 500, refusals: 0 })
  expect(again.asked.size).toBe(0)
})

test('no more markets are listened to than a line may have', () => {
  const many = Array.from({ length: maxLiveMarkets + 1 }, (_, i) => `M${i}`)
  expect(wanted(...many).wanted).toHaveLength(maxLiveMarkets)
})

describe('a refusal', () => {
  test('of a named market leaves it to REST, and asks for the others of its message again', () => {
    const after = refusing(allAsked(wanted('A', 'B', 'C')), refusal({ markets: ['A'] }), 0, terms)
    expect(after).toMatchObject({ pending: [['B']], refusals: 1 })
    expect([...(after?.asked ?? [])]).toEqual([[2, ['C']]])
    expect(after?.refusedUntilMs.get('A')).toBe(1_000)
  })

  test('of one market where each is granted by itself leaves the others as they are', () => {
    const single = { ...terms, refusesWhole: false }
    const after = refusing(allAsked(wanted('A', 'B')), refusal({ markets: ['A'] }), 0, single)
    expect(after?.pending).toEqual([])
    expect([...(after?.asked ?? [])]).toEqual([[1, ['B']]])
  })

  test('that names no market is found by halves', () => {
    const wide = { ...terms, maxMarkets: 4 }
    const four = wanting(noSubscriptions, ['A', 'B', 'C', 'D'], { atMs: 0, maxMarkets: 4 })
    const halved = refusing(asking(four, 1, 0), refusal({ id: 1 }), 0, wide)
    expect(halved?.pending).toEqual([
      ['A', 'B'],
      ['C', 'D'],
    ])
    expect(halved?.asked.size).toBe(0)
  })

  test('of a message of one market is of that market', () => {
    const after = refusing(asking(wanted('A'), 1, 0), refusal({ id: 1 }), 0, terms)
    expect(after?.refusedUntilMs.get('A')).toBe(1_000)
    expect(after?.pending).toEqual([])
  })

  test.each([
    { name: 'nothing', differing: {} },
    { name: 'a message that was never sent', differing: { id: 9 } },
  ])('of $name is a quarrel with the connection', ({ differing }) => {
    expect(refusing(allAsked(wanted('A')), refusal(differing), 0, terms)).toBeUndefined()
  })

  test('the twenty-first on a connection is a quarrel, too', () => {
    const subscriptions = { ...allAsked(wanted('A', 'B')), refusals: 19 }
    const twentieth = refusing(subscriptions, refusal({ markets: ['A'] }), 0, terms)
    if (twentieth === undefined) throw new Error('expected subscriptions')
    expect(refusing(twentieth, refusal({ markets: ['B'] }), 0, terms)).toBeUndefined()
  })

  test('is over after its time: the market is asked for again', () => {
    const after = refusing(allAsked(wanted('A', 'B')), refusal({ markets: ['A'] }), 0, terms)
    if (after === undefined) throw new Error('expected subscriptions')
    const asked = allAsked(after)
    expect(wanting(asked, ['A', 'B'], { atMs: 999, maxMarkets: 2 }).pending).toEqual([])
    expect(wanting(asked, ['A', 'B'], { atMs: 1_000, maxMarkets: 2 }).pending).toEqual([['A']])
    expect(afresh(asked, { atMs: 999, maxMarkets: 2 }).pending).toEqual([['B']])
  })
})

test('property: whatever is refused, no market is lost: each is asked for, pending or refused', () => {
  const names = ['A', 'B', 'C', 'D', 'E', 'F', 'G']
  const aRefusal = fc.record({
    markets: fc.subarray(names),
    id: fc.integer({ min: 0, max: 30 }),
    asks: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.boolean(), fc.array(aRefusal, { maxLength: 20 }), (refusesWhole, refusals) => {
      let subscriptions = wanting(noSubscriptions, names, { atMs: 0, maxMarkets: 3 })
      let id = 1
      for (const { asks, ...said } of refusals) {
        if (asks) subscriptions = asking(subscriptions, id++, 0)
        const after = refusing(subscriptions, refusal(said), 0, { ...terms, refusesWhole })
        subscriptions = after ?? subscriptions
        const { pending, asked, refusedUntilMs } = subscriptions
        const held = [...pending.flat(), ...[...asked.values()].flat(), ...refusedUntilMs.keys()]
        expect([...new Set(held)].toSorted()).toEqual(names)
      }
    }),
  )
})

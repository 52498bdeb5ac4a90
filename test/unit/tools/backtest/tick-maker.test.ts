import { describe, expect, test } from 'vitest'
import { feedSymbol } from '../../../../src/protocol/feed.ts'
import type { Row } from '../../../../tools/backtest/rows.ts'
import { longestHeldMs, type Tick, TickMaker } from '../../../../tools/backtest/tick-maker.ts'

const second = 1_000

function row(atSec: number, source = 'a', differing: Partial<Row> = {}): Row {
  const price = 100 + atSec
  return { atMs: atSec * second, symbol: feedSymbol('BTC'), source, price, volume: 1, ...differing }
}

/** Every tick of the rows, as `instant: source@second …`. */
function ticksOf(rows: readonly Row[], maker = new TickMaker(30 * second)): string[] {
  const ticks: Tick[] = []
  for (const each of rows) ticks.push(...maker.take(each))
  ticks.push(...maker.end())
  return ticks.map(({ atMs, rows: said }) => {
    const names = said.map(({ source, atMs: ownMs }) => `${source}@${ownMs / second}`)
    return `${atMs / second}: ${names.toSorted().join(' ')}`
  })
}

describe('TickMaker', () => {
  test('a tick has the newest row of each source until its instant, the instant included', () => {
    expect(ticksOf([row(1), row(20), row(30, 'b'), row(31), row(60), row(61)])).toEqual([
      '30: a@20 b@30',
      '60: a@60 b@30',
      '90: a@61 b@30',
    ])
  })

  test('rows out of order within the cadence are as good as in order', () => {
    const inOrder = [row(10), row(25, 'b'), row(35), row(50, 'b'), row(70), row(85, 'b')]
    const shuffled = [row(25, 'b'), row(10), row(50, 'b'), row(35), row(85, 'b'), row(70)]
    expect(ticksOf(shuffled)).toEqual(ticksOf(inOrder))
  })

  test('a row that comes later than that is counted, and changes nothing', () => {
    const maker = new TickMaker(30 * second)
    expect(ticksOf([row(10), row(35), row(100), row(29, 'late')], maker)).toEqual([
      '30: a@10',
      '60: a@35',
      '120: a@100',
    ])
    expect(maker.late).toBe(1)
  })

  test('an instant at which nobody said anything new is no tick, however long it lasts', () => {
    expect(ticksOf([row(10), row(1_000_000)])).toEqual(['30: a@10', '1000020: a@1000000'])
  })

  test('a source is repeated until it is exactly as old as allowed, and then it is gone', () => {
    const limit = longestHeldMs / second
    const rows = [row(0, 'old'), row(limit, 'b'), row(limit + 30, 'b')]
    expect(ticksOf(rows)).toEqual(['0: old@0', '600: b@600 old@0', '630: b@630'])
  })

  test('the truth is that of the newest row of the tick that states one', () => {
    const maker = new TickMaker(30 * second)
    const truths: (number | undefined)[] = []
    const rows = [
      row(5, 'a', { truth: 1 }),
      row(20, 'a', { truth: 2 }),
      row(10, 'b', { truth: 3 }),
      row(29, 'b'),
      row(40),
    ]
    for (const each of rows) for (const { truth } of maker.take(each)) truths.push(truth)
    for (const { truth } of maker.end()) truths.push(truth)
    expect(truths).toEqual([2, undefined])
  })

  test('holds a few rows a source, however many come', () => {
    const maker = new TickMaker(30 * second)
    let most = 0
    for (let atSec = 0; atSec < 50_000; atSec += 1) {
      for (const source of ['a', 'b', 'c']) maker.take(row(atSec, source, { truth: 1 }))
      most = Math.max(most, maker.held)
    }
    expect(most).toBeLessThanOrEqual(3 * 4 + 4)
  })
})

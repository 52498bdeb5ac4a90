import { describe, expect, test } from 'vitest'
import { rowReader } from '../../../../tools/backtest/rows.ts'

const header = {
  fields: ['timestamp_ms', 'symbol', 'source', 'price', 'volume', 'bid', 'ask', 'truth'],
  line: 1,
}
const fields = ['1000', 'BTC/USD', 'kraken', '100.5', '12', '100', '101', '100.2']

function read(changed: Readonly<Record<number, string>> = {}) {
  const changedFields = fields.map((field, i) => changed[i] ?? field)
  return rowReader(header).read({ fields: changedFields, line: 7 })
}

describe('rowReader', () => {
  test('reads a row', () => {
    expect(read()).toEqual({
      atMs: 1_000,
      symbol: 'BTC/USD',
      source: 'kraken',
      price: 100.5,
      volume: 12,
      bid: 100,
      ask: 101,
      truth: 100.2,
    })
  })

  test('takes columns in any order and spelling of case, and leaves others alone', () => {
    const reader = rowReader({
      fields: ['note', ' Price', 'SOURCE', 'volume', 'symbol', 'timestamp_ms'],
      line: 1,
    })
    expect(reader.hasTruth).toBe(false)
    expect(reader.read({ fields: ['x', '1e-5', 'a', '', 'shib', '5'], line: 2 })).toEqual({
      atMs: 5,
      symbol: 'SHIB/USD',
      source: 'a',
      price: 1e-5,
      volume: 0,
    })
  })

  test.each(['', 'nan', 'NULL', 'inf'])('a price of "%s" is none', (price) => {
    expect(read({ 3: price }).price).toBeNaN()
  })

  test('what is said of a book or the truth but is no price is not said', () => {
    expect(read({ 5: '', 6: '-1', 7: '0' })).not.toHaveProperty('bid')
    expect(read({ 5: '', 6: '-1', 7: '0' })).not.toHaveProperty('ask')
    expect(read({ 5: '', 6: '-1', 7: '0' })).not.toHaveProperty('truth')
  })

  test.each([
    { at: 0, text: '12.5', says: 'Line 7, column timestamp_ms: "12.5" is no instant' },
    { at: 0, text: '99999999999999999', says: 'Line 7, column timestamp_ms' },
    { at: 1, text: 'BTC/US', says: 'Line 7, column symbol: "BTC/US" is no symbol' },
    { at: 2, text: ' ', says: 'Line 7, column source: "" is no name' },
    { at: 2, text: 'x'.repeat(41), says: 'Line 7, column source' },
    { at: 3, text: '1,5', says: 'Line 7, column price: "1,5" is no number' },
    { at: 4, text: 'many', says: 'Line 7, column volume: "many" is no number' },
    { at: 5, text: '0x10', says: 'Line 7, column bid: "0x10" is no number' },
    { at: 7, text: 'true', says: 'Line 7, column truth: "true" is no number' },
  ])('refuses "$text" and says where', ({ at, text, says }) => {
    const refused = { code: 'row-malformed', message: expect.stringContaining(says) }
    expect(() => read({ [at]: text })).toThrow(expect.objectContaining(refused))
  })

  test('refuses a row of another length than the header', () => {
    const reader = rowReader(header)
    expect(() => reader.read({ fields: fields.slice(1), line: 9 })).toThrow(
      'Line 9: 7 fields stand where the header has 8 columns.',
    )
  })

  test.each([
    {
      name: 'a missing column',
      names: ['symbol', 'source', 'price', 'volume'],
      says: 'Line 1: the header has no column "timestamp_ms"',
    },
    {
      name: 'a column twice',
      names: [...header.fields, 'bid'],
      says: 'Line 1: the header has the column "bid" twice.',
    },
  ])('refuses a header with $name', ({ names, says }) => {
    const refused = { code: 'header-malformed', message: expect.stringContaining(says) }
    expect(() => rowReader({ fields: names, line: 1 })).toThrow(expect.objectContaining(refused))
  })
})

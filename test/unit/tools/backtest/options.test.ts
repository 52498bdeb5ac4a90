import { describe, expect, test } from 'vitest'
import { optionsOf } from '../../../../tools/backtest/options.ts'

describe('optionsOf', () => {
  test('has the cadence of production and leave-one-out where nothing is said', () => {
    expect(optionsOf(['quotes.csv'])).toEqual({
      file: 'quotes.csv',
      cadenceMs: 30_000,
      truth: 'leave-one-out',
    })
  })

  test.each([
    { text: '500ms', cadenceMs: 500 },
    { text: '2s', cadenceMs: 2_000 },
    { text: '1.5m', cadenceMs: 90_000 },
    { text: '24h', cadenceMs: 86_400_000 },
  ])('reads a cadence of $text', ({ text, cadenceMs }) => {
    const args = ['-', '--cadence', text, '--truth', 'column', '--json', 'a', '--plot', 'b']
    expect(optionsOf(args)).toEqual({
      file: '-',
      cadenceMs,
      truth: 'column',
      jsonFile: 'a',
      plotFile: 'b',
    })
  })

  test.each([
    { name: 'no file', args: [], says: 'One file' },
    { name: 'two files', args: ['a', 'b'], says: 'One file' },
    { name: 'an unknown truth', args: ['a', '--truth', 'mine'], says: '--truth is' },
    { name: 'an unknown option', args: ['a', '--fast'], says: '--fast' },
    { name: 'a cadence without a unit', args: ['a', '--cadence', '30'], says: '--cadence is' },
    { name: 'a cadence of nothing', args: ['a', '--cadence', '0s'], says: '--cadence is' },
    {
      name: 'a cadence of parts of a millisecond',
      args: ['a', '--cadence', '100.5ms'],
      says: '--cadence is',
    },
    { name: 'a cadence of days', args: ['a', '--cadence', '25h'], says: '--cadence is' },
  ])('refuses $name, and says how it is done', ({ args, says }) => {
    const refused = { code: 'option-malformed', message: expect.stringContaining(says) }
    expect(() => optionsOf(args)).toThrow(expect.objectContaining(refused))
    expect(() => optionsOf(args)).toThrow('npm run backtest -- quotes.csv')
  })
})

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type SubmissionEntry, withSubmissions } from '../../../pages/src/lib/submission-log.ts'

const hash = `0x${'ab'.repeat(32)}` as const

function anEntry(differing: Partial<SubmissionEntry> = {}): SubmissionEntry {
  return { epoch: 5, kind: 'submit1', status: 'sent', timestamp: 1_000, ...differing }
}

describe('withSubmissions', () => {
  test('one line a call, in its latest state, with all that was ever told of it', () => {
    const log = withSubmissions(
      [],
      [
        anEntry({ tx_hash: hash }),
        anEntry({ status: 'confirmed', gas_used: 31_204, timestamp: 3_000 }),
      ],
    )
    expect(log).toEqual([
      {
        epoch: 5,
        kind: 'submit1',
        status: 'confirmed',
        timestamp: 3_000,
        tx_hash: hash,
        gas_used: 31_204,
      },
    ])
  })

  test('the newest round comes first, and in it the last call', () => {
    const log = withSubmissions(
      [],
      [
        anEntry({ epoch: 4, kind: 'submit2' }),
        anEntry({ kind: 'submit1' }),
        anEntry({ kind: 'submitSignatures' }),
        anEntry({ kind: 'submit2' }),
      ],
    )
    expect(log.map(({ epoch, kind }) => `${epoch} ${kind}`)).toEqual([
      '5 submitSignatures',
      '5 submit2',
      '5 submit1',
      '4 submit2',
    ])
  })

  test('within one instant what is decided comes after what was sent', () => {
    const sent = anEntry()
    const confirmed = anEntry({ status: 'confirmed' })
    for (const told of [
      [sent, confirmed],
      [confirmed, sent],
    ]) {
      expect(withSubmissions([], told)).toMatchObject([{ status: 'confirmed' }])
    }
  })

  test('keeps the last twelve', () => {
    const told = Array.from({ length: 30 }, (_, epoch) => anEntry({ epoch }))
    const log = withSubmissions([], told)
    expect(log).toHaveLength(12)
    expect(log[0]).toMatchObject({ epoch: 29 })
  })

  test('property: told twice, or in another order, it is the same log', () => {
    const entry = fc.record({
      epoch: fc.integer({ min: 1, max: 4 }),
      kind: fc.constantFrom('submit1' as const, 'submit2' as const),
      // A call goes from sent to decided once, at a later instant.
      state: fc.constantFrom(
        { status: 'sent' as const, timestamp: 1 },
        { status: 'confirmed' as const, timestamp: 2 },
      ),
    })
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const told = entries.map(({ state, ...call }) => ({ ...call, ...state }))
        const log = withSubmissions([], told)
        expect(withSubmissions(log, told)).toEqual(log)
        expect(withSubmissions([], told.toReversed())).toEqual(log)
      }),
    )
  })
})

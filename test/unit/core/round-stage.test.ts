import { describe, expect, test } from 'vitest'
import { roundStageOf, transactionOf } from '../../../src/core/round-stage.ts'
import type { SubmissionReport } from '../../../src/protocol/bridge-wire.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { aReport, aRound, roundStartMs } from '../../support/rounds.ts'

const { schedule } = networks.flare

function stageAt(sec: number, isFrozen: boolean, ...reports: readonly SubmissionReport[]) {
  return roundStageOf(
    { votingRoundId: aRound, isFrozen, reports },
    schedule,
    roundStartMs + sec * 1_000,
  )
}

const committed = aReport()
const revealed = aReport({ kind: 'submit2' })

describe('a round', () => {
  test('is open, then frozen, then committed, then revealed', () => {
    expect(stageAt(30, false)).toBe('open')
    expect(stageAt(71, true)).toBe('frozen')
    expect(stageAt(78, true, aReport({ status: 'sent' }))).toBe('frozen')
    expect(stageAt(80, true, committed)).toBe('committed')
    expect(stageAt(102, true, committed, revealed)).toBe('revealed')
    expect(stageAt(9_000, true, committed, revealed)).toBe('revealed')
  })

  test.each([
    { name: 'was frozen only', isFrozen: true, reports: [] },
    {
      name: 'no commit of which came on chain',
      isFrozen: true,
      reports: [aReport({ status: 'failed' })],
    },
  ])('that $name is missed some seconds after its end', ({ isFrozen, reports }) => {
    expect(stageAt(104.999, isFrozen, ...reports)).not.toBe('missed')
    expect(stageAt(105, isFrozen, ...reports)).toBe('missed')
  })

  test('that nobody began is idle, and not missed', () => {
    expect(stageAt(104.999, false)).toBe('open')
    expect(stageAt(105, false)).toBe('idle')
  })

  test('that nobody revealed is missed some seconds after the window', () => {
    const failed = aReport({ kind: 'submit2', status: 'failed' })
    expect(stageAt(149.999, true, committed, failed)).toBe('committed')
    expect(stageAt(150, true, committed, failed)).toBe('missed')
    expect(stageAt(200, true, committed, failed, revealed)).toBe('revealed')
  })

  test.each(['submit1', 'submit2'] as const)(
    'whose %s is told as missed is missed at once',
    (kind) => {
      expect(stageAt(85, true, aReport({ kind, status: 'missed' }))).toBe('missed')
    },
  )

  test('is not moved by signatures', () => {
    expect(stageAt(71, true, aReport({ kind: 'submitSignatures' }))).toBe('frozen')
  })
})

describe('the transaction of a call', () => {
  const [first, second] = [`0x${'1'.repeat(64)}`, `0x${'2'.repeat(64)}`] as const
  const sent = aReport({ status: 'sent', tx_hash: first })
  const { tx_hash: _none, ...unsent } = aReport({ status: 'missed' })

  test('is the one sent last, until one is confirmed', () => {
    const again = aReport({ status: 'sent', tx_hash: second })
    expect(transactionOf([sent, again], 'submit1')).toBe(second)
    const confirmed = aReport({ tx_hash: first })
    expect(transactionOf([sent, confirmed, again], 'submit1')).toBe(first)
  })

  test('is none where nothing was sent', () => {
    expect(transactionOf([unsent], 'submit1')).toBeUndefined()
    expect(transactionOf([sent], 'submit2')).toBeUndefined()
  })
})

import { expect, test } from 'vitest'
import { submissionNoticeOf } from '../../../src/core/submission-notice.ts'
import { streamMessageSchema } from '../../../src/protocol/wire.ts'
import { aReport, aRound, aTxHash } from '../../support/rounds.ts'

test('a report is told in the words of the stream', () => {
  const report = aReport()
  const notice = submissionNoticeOf(report)
  expect(notice).toEqual({
    type: 'ftso_submission',
    data: {
      epoch: aRound,
      kind: 'submit1',
      status: 'confirmed',
      tx_hash: aTxHash,
      gas_used: 23_456,
      timestamp: report.at,
    },
  })
  expect(streamMessageSchema.parse(notice)).toEqual(notice)
})

test('what is not known is absent', () => {
  const { tx_hash: _hash, gas_used: _gas, ...missed } = aReport({ status: 'missed' })
  const notice = submissionNoticeOf(missed)
  expect(Object.keys(notice.data)).toEqual(['epoch', 'kind', 'status', 'timestamp'])
})

/** A report of the bridge in the words of the stream. */

import type { SubmissionReport } from '../protocol/bridge-wire.ts'
import type { SubmissionNotice } from '../protocol/wire.ts'

export function submissionNoticeOf(report: SubmissionReport): SubmissionNotice {
  const { voting_round_id, kind, status, tx_hash, gas_used, at } = report
  return {
    type: 'ftso_submission',
    data: {
      epoch: voting_round_id,
      kind,
      status,
      ...(tx_hash === undefined ? {} : { tx_hash }),
      ...(gas_used === undefined ? {} : { gas_used }),
      timestamp: at,
    },
  }
}

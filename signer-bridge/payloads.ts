/** What calls to Submission say for our own protocol in a round. Pure. */

import type { Hex } from 'viem'
import { protocolIds } from '../src/protocol/payload.ts'
import { readSubmission } from '../src/protocol/submission.ts'
import type { SubmissionCall } from './chain/chain.ts'

/** The payloads of our own protocol in calls of one kind, in the order of the calls. */
export function payloadsIn(
  calls: readonly SubmissionCall[],
  method: 'submit1' | 'submit2',
  votingRoundId: number,
): readonly Hex[] {
  return calls.flatMap(({ calldata }) => {
    const submission = readSubmission(calldata)
    if (submission?.method !== method) return []
    return submission.frames
      .filter((frame) => frame.protocolId === protocolIds.ftso)
      .filter((frame) => frame.votingRoundId === votingRoundId)
      .map(({ payload }) => payload)
  })
}

/** What a call binds its sender to, read off the bytes that will be signed. Pure. */

import { type Hex, keccak256 } from 'viem'
import { protocolIds } from '../src/protocol/payload.ts'
import { readSubmission } from '../src/protocol/submission.ts'
import type { BoundDigest, CallKind } from './call.ts'

/**
 * One digest for each protocol in the call: the commit of prices as it stands, other payloads
 * hashed, and of signatures the whole calldata, since the transaction is what was promised.
 */
export function digestsIn(kind: CallKind, calldata: Hex): readonly BoundDigest[] {
  const frames = readSubmission(calldata)?.frames ?? []
  return frames.map(({ protocolId, payload }) => {
    if (kind === 'submitSignatures') return { protocolId, digest: keccak256(calldata) }
    const isCommit = kind === 'submit1' && protocolId === protocolIds.ftso
    return { protocolId, digest: isCommit ? payload : keccak256(payload) }
  })
}

/**
 * Which frames of companions may go into a call of ours: those that the journal will bind its sender
 * to. One that it would refuse is left out, for it would take our own frame down with it.
 */

import type { PayloadFrame } from '../../src/protocol/payload.ts'
import type { OwnCall } from '../call.ts'
import type { BindingBook } from '../journal/bindings.ts'
import { boundKindOf } from '../journal/calls.ts'

/**
 * The frames whose protocol has said nothing in this kind of call yet, and whose round is not below
 * the watermark: after a journal was lost an owed reveal is bound already, and nothing else is.
 */
export function claimable(
  journal: Pick<BindingBook, 'signingOf' | 'watermarkOf'>,
  { signer, kind, votingRoundId }: OwnCall,
  frames: readonly PayloadFrame[],
): readonly PayloadFrame[] {
  return frames.filter(({ protocolId }) => {
    const name = { signer, kind: boundKindOf[kind], protocolId, votingRoundId }
    return journal.signingOf(name) === undefined && votingRoundId >= journal.watermarkOf(name)
  })
}

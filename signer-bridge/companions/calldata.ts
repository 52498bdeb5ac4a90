/**
 * What one transaction of ours carries: our own frame and those of companions that were there in
 * time. Pure. Ours is never left out for another's sake.
 */

import type { Hex } from 'viem'
import { size } from 'viem'
import type { PayloadFrame } from '../../src/protocol/payload.ts'
import { submissionCalldata } from '../../src/protocol/submission.ts'
import type { CallKind } from '../call.ts'
import { maxCalldataBytes } from '../gas.ts'

export type Composed = {
  readonly calldata: Hex
  /** Those that are in it, in order. */
  readonly frames: readonly PayloadFrame[]
}

/**
 * Puts frames together as far as the subsidy's limit of bytes allows. A second frame of one protocol
 * is left out: readers drop a transaction that holds two.
 *
 * @param first Is in it whatever its length; ours, where we have something to say.
 * @throws {ProtocolError} as `submissionCalldata` does.
 */
export function composed(
  kind: CallKind,
  first: PayloadFrame,
  companions: readonly PayloadFrame[],
): Composed {
  const frames: PayloadFrame[] = [first]
  for (const frame of companions) {
    const isRepeated = frames.some(({ protocolId }) => protocolId === frame.protocolId)
    if (isRepeated || size(submissionCalldata(kind, [...frames, frame])) > maxCalldataBytes)
      continue
    frames.push(frame)
  }
  return { calldata: submissionCalldata(kind, frames), frames }
}

/**
 * What companions have to say in a call of ours, as far as it is there in time: all are asked at once,
 * nobody is waited for longer than the caller can afford, and nobody's silence holds us up.
 */

import type { Address } from 'viem'
import type { PayloadFrame } from '../../src/protocol/payload.ts'
import type { Log } from '../log.ts'
import type { Companion } from './companion.ts'

export type Asking = {
  readonly kind: 'submit1' | 'submit2'
  readonly votingRoundId: number
  readonly submitAddress: Address
  /** From now on, milliseconds. */
  readonly deadlineMs: number
}

/** Frames of companions, in the order of the settings. Never rejects. */
export async function companionFrames(
  companions: readonly Companion[],
  { kind, votingRoundId, submitAddress, deadlineMs }: Asking,
  log: Log,
): Promise<readonly PayloadFrame[]> {
  const answers = await Promise.all(
    companions.map(async (companion) => {
      const { protocolId } = companion
      const answer = await companion.frameFor(kind, votingRoundId, submitAddress, deadlineMs)
      if (answer.kind === 'frame') return [answer.frame]
      if (answer.kind !== 'empty') {
        const event = answer.kind === 'refused' ? 'companion-refused' : 'companion-late'
        const { reason } = answer
        const what = { protocol_id: protocolId, voting_round_id: votingRoundId, kind }
        log({ event, ...what, reason })
      }
      return []
    }),
  )
  return answers.flat()
}

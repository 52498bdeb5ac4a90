/** The 38 bytes that voters signed of a round, rebuilt from what was relayed of it. */

import type { Hex } from 'viem'
import { encodeProtocolMessage } from '../../src/protocol/protocol-message.ts'
import type { Finalisation } from '../observer/observer.ts'

/** @throws {ProtocolError} as `encodeProtocolMessage` does: the event cannot hold such a thing. */
export function finalisedMessageOf(finalisation: Finalisation): Hex {
  const { protocolId, votingRoundId, isSecureRandom, merkleRoot } = finalisation
  return encodeProtocolMessage({ protocolId, votingRoundId, isSecureRandom, merkleRoot })
}

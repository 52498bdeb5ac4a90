/**
 * What the soak's data connector has to say of a round, by the round's number alone: so its judge
 * knows it, too. Imports nothing of the house, for the judge does not either. Pure.
 */

import { concatHex, type Hex, keccak256, numberToHex, stringToHex } from 'viem'

export const companionProtocol = 200

export type CompanionAnswer = {
  readonly status: 'OK' | 'EMPTY'
  readonly data?: Hex
  readonly additionalData?: Hex
}

/** Every so many rounds it has nothing to say. */
const emptyEvery = 7

export function companionAnswer(kind: string, round: number): CompanionAnswer {
  if (kind === 'submit1' || round % emptyEvery === 0) return { status: 'EMPTY' }
  if (kind === 'submit2') return { status: 'OK', data: frameOf(round) }
  return { status: 'OK', data: companionMessage(round), additionalData: bitVector(round) }
}

/** 38 bytes: protocol, round, flag and root. */
export function companionMessage(round: number): Hex {
  const root = keccak256(stringToHex(`root of ${round}`))
  return concatHex([byte(companionProtocol), numberToHex(round, { size: 4 }), '0x00', root])
}

function frameOf(round: number): Hex {
  const payload = bitVector(round)
  const length = numberToHex((payload.length - 2) / 2, { size: 2 })
  return concatHex([byte(companionProtocol), numberToHex(round, { size: 4 }), length, payload])
}

function bitVector(round: number): Hex {
  return keccak256(stringToHex(`bits of ${round}`))
}

function byte(value: number): Hex {
  return numberToHex(value, { size: 1 })
}

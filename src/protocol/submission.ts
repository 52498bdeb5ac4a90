/**
 * The calldata of the Submission contract: a selector, then frames. Its calls take no ABI arguments
 * and emit no event, so what providers said is read from the transactions of full blocks.
 */

import { concatHex, type Hex, sliceHex } from 'viem'
import { wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { decodeFrames, encodeFrame, type PayloadFrame } from './payload.ts'

/** The first four bytes of each call. `submit3` exists on chain and is used by no protocol. */
export const submissionSelectors = {
  submit1: '0x6c532fae',
  submit2: '0x9d00c9fd',
  submit3: '0xe1b157e7',
  submitSignatures: '0x57eed580',
} as const

export type SubmissionMethod = keyof typeof submissionSelectors

export type Submission = {
  readonly method: SubmissionMethod
  /** In the order of the calldata. */
  readonly frames: readonly PayloadFrame[]
}

const selectorBytes = 4

const methodOf: ReadonlyMap<string, SubmissionMethod> = new Map([
  [submissionSelectors.submit1, 'submit1'],
  [submissionSelectors.submit2, 'submit2'],
  [submissionSelectors.submit3, 'submit3'],
  [submissionSelectors.submitSignatures, 'submitSignatures'],
])

/**
 * The calldata of one call. All that an entity's protocols have to say in a round goes into one
 * transaction, one frame each: readers drop a transaction that holds two frames of one protocol.
 *
 * @throws {ProtocolError} `protocol-repeated` if two frames are of one protocol;
 *   `value-out-of-range` if there is no frame or a field does not fit; `malformed-payload` if a
 *   payload is not whole bytes.
 */
export function submissionCalldata(method: SubmissionMethod, frames: readonly PayloadFrame[]): Hex {
  if (frames.length === 0) {
    throw new ProtocolError('value-out-of-range', `A ${method} without a frame says nothing.`)
  }
  if (new Set(frames.map((frame) => frame.protocolId)).size !== frames.length) {
    throw new ProtocolError('protocol-repeated', `A ${method} holds one frame of a protocol.`)
  }
  return concatHex([submissionSelectors[method], ...frames.map(encodeFrame)])
}

/**
 * Reads the calldata of anybody's transaction to the contract. That it is another call or broken
 * is a normal day's outcome: one odd transaction must not keep anyone from reading the others.
 *
 * Frames that repeat a protocol are handed over as they stand; among those of one address and
 * round the last that can be decoded counts.
 *
 * @returns `undefined` if the call is none of the four, or its frames do not end where it does.
 */
export function readSubmission(calldata: Hex): Submission | undefined {
  const method = methodOf.get(calldata.slice(0, 2 + 2 * selectorBytes).toLowerCase())
  if (method === undefined) return undefined
  try {
    const { length } = wholeBytes(calldata, 'calldata')
    const message = length === selectorBytes ? '0x' : sliceHex(calldata, selectorBytes)
    return { method, frames: decodeFrames(message) }
  } catch (error) {
    if (error instanceof ProtocolError) return undefined
    throw error
  }
}

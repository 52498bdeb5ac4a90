/**
 * The two halves of a vote: the commit, a hash sent in the round, and the reveal, sent in the next.
 *
 *     commit = keccak256(abi.encode(address, uint32 votingRoundId, uint256 random, bytes feedValues))
 *     reveal = random (32 bytes)  feedValues (4 bytes a feed)
 *
 * Both are made of the same random and the same bytes of feed values, or the vote is an offence.
 */

import {
  type Address,
  bytesToHex,
  concatHex,
  encodeAbiParameters,
  getAddress,
  type Hex,
  hexToBigInt,
  keccak256,
} from 'viem'
import { maxFeeds } from './bridge-wire.ts'
import { unsignedField, wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'
import { refuseOddVector } from './feed-values.ts'

export type Reveal = {
  /** 32 bytes that blind the commit. Secret until the reveal is on chain. */
  readonly random: Hex
  /** As `encodeFeedValues` makes them: empty slots at the end left out. */
  readonly feedValues: Hex
}

export type Commit = Reveal & {
  /** The address that sends it; in any case of letters. */
  readonly submitAddress: Address
  readonly votingRoundId: number
}

const randomBytes = 32

const commitParameters = [
  { type: 'address' },
  { type: 'uint32' },
  { type: 'uint256' },
  { type: 'bytes' },
] as const

/**
 * The payload of `submit1`: the hash that binds a provider to its random and values, 32 bytes.
 *
 * @throws {ProtocolError} `value-out-of-range` if the round is no uint32; `malformed-payload` if
 *   the random is not 32 bytes or the values are not whole slots.
 * @see https://dev.flare.network/ftso/scaling/anchor-feeds
 */
export function commitHash(commit: Commit): Hex {
  const { submitAddress, votingRoundId, random, feedValues } = commit
  refuseOddReveal(commit)
  unsignedField(votingRoundId, 4, 'voting round')
  return keccak256(
    encodeAbiParameters(commitParameters, [
      getAddress(submitAddress),
      votingRoundId,
      hexToBigInt(random),
      feedValues,
    ]),
  )
}

/**
 * The payload of `submit2`: 32 bytes of random and 4 for each feed.
 *
 * @throws {ProtocolError} `malformed-payload` if the random is not 32 bytes or the values are not
 *   whole slots: such a reveal would count as none.
 */
export function encodeReveal(reveal: Reveal): Hex {
  refuseOddReveal(reveal)
  return concatHex([reveal.random, reveal.feedValues])
}

/**
 * Takes a reveal apart, anybody's. The values stay bytes, as hashed; `decodeFeedValues` reads them.
 *
 * A random alone is a reveal: it adds to the round's random and votes for no feed.
 *
 * @param feedCount Feeds in the canonical order of the round's reward epoch.
 * @throws {ProtocolError} `malformed-payload` if it is too short for a random, ends within a slot
 *   or has more slots than feeds. Such a reveal is invalid, which is an offence of its sender.
 */
export function decodeReveal(payload: Hex, feedCount: number): Reveal {
  const bytes = wholeBytes(payload, 'reveal')
  if (bytes.length < randomBytes) {
    throw new ProtocolError('malformed-payload', `${bytes.length} bytes are too few for a reveal.`)
  }
  const values = bytes.slice(randomBytes)
  refuseOddVector(values, feedCount)
  return { random: bytesToHex(bytes.slice(0, randomBytes)), feedValues: bytesToHex(values) }
}

/** What is committed to must be possible to reveal. */
function refuseOddReveal({ random, feedValues }: Reveal): void {
  if (wholeBytes(random, 'random').length !== randomBytes) {
    throw new ProtocolError('malformed-payload', 'A random is 32 bytes.')
  }
  refuseOddVector(wholeBytes(feedValues, 'vector of feed values'), maxFeeds)
}

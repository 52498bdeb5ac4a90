/** Who may ask, and what a question may look like; everything else is turned away here. */

import type { Context } from 'hono'
import { type Address, isAddress, isAddressEqual } from 'viem'
import { feedIdSchema } from '../../src/protocol/feed.ts'
import { isSame, sha256 } from '../signed-answer.ts'
import { ProviderError } from './problems.ts'

export const apiKeyHeader = 'X-API-KEY'

const maxRoundId = 0xff_ff_ff_ff

/**
 * Lets in who has the key, if there is one. Digests are compared, so that time tells nothing of it.
 *
 * @throws {ProviderError} `key-missing`, `key-unknown`
 */
export function mustHaveKey({ req }: Context, apiKey: string | undefined): void {
  if (apiKey === undefined) return
  const given = req.header(apiKeyHeader)
  if (given === undefined) {
    throw new ProviderError('key-missing', `Send the key in the header ${apiKeyHeader}.`)
  }
  if (!isSame(sha256(given), sha256(apiKey))) {
    throw new ProviderError('key-unknown', 'It is not the key of this provider.')
  }
}

/** @throws {ProviderError} `body-not-allowed` */
export function mustHaveNoBody({ req }: Context): void {
  const length = req.header('Content-Length')
  if ((length === undefined || length === '0') && req.header('Transfer-Encoding') === undefined) {
    return
  }
  throw new ProviderError('body-not-allowed', 'Ask with a bare GET.')
}

/** The round in the path. @throws {ProviderError} `request-malformed` */
export function roundOf({ req }: Context): number {
  const text = req.param('votingRoundId') ?? ''
  const round = Number(text)
  if (/^\d{1,10}$/.test(text) && round <= maxRoundId) return round
  throw new ProviderError('request-malformed', 'A voting round is a whole number of 32 bits.')
}

/** The address in the path, in any case of letters. @throws {ProviderError} `request-malformed` */
export function addressOf({ req }: Context): Address {
  const text = req.param('address') ?? ''
  if (isAddress(text, { strict: false })) return text
  throw new ProviderError('request-malformed', 'An address is 0x and 40 hex digits.')
}

/** @throws {ProviderError} `address-unknown` */
export function mustBeKnown(address: Address, known: readonly Address[]): void {
  if (known.some((one) => isAddressEqual(one, address))) return
  throw new ProviderError(
    'address-unknown',
    `The settings do not name ${address} as a submit address.`,
  )
}

/** The feed in the path, with or without `0x`. @throws {ProviderError} `request-malformed` */
export function feedIdOf({ req }: Context): `0x${string}` {
  const text = (req.param('feedId') ?? '').toLowerCase()
  const parsed = feedIdSchema.safeParse(text.startsWith('0x') ? text : `0x${text}`)
  if (parsed.success) return parsed.data
  throw new ProviderError('request-malformed', 'A feed id is 0x and 42 hex digits.')
}

/** Why a route has no price to tell. */

import type { Feed } from '../protocol/feed.ts'
import type { ApiDeps } from './deps.ts'
import { ApiError } from './problem.ts'

export function unknownFeedError(spelling: string): ApiError {
  return new ApiError(
    'feed-unknown',
    `We price no feed "${spelling.slice(0, 40)}"; GET /api/v1/feeds lists those we do.`,
  )
}

export function noPriceError({ symbol }: Feed, { settings }: Pick<ApiDeps, 'settings'>): ApiError {
  return new ApiError('price-unavailable', `${symbol} has no price that is recent enough.`, {
    headers: { 'Retry-After': String(Math.max(1, Math.ceil(settings.tickMs / 1000))) },
  })
}

/**
 * What a question costs at Binance, in the header of its answer: as if it were the first one of its
 * minute, since the replay remembers no one's questions.
 *
 * @see https://developers.binance.com/docs/binance-spot-api-docs/rest-api/market-data-endpoints
 */

import type { Route } from './venue.ts'

/** A route whose answers tell what they cost, refusals included. */
export function weighed(route: Route): Route {
  return {
    ...route,
    answer(asked, book) {
      const reply = route.answer(asked, book)
      const used = { 'X-MBX-USED-WEIGHT-1M': String(weightOf(asked.query)) }
      return { ...reply, headers: { ...reply.headers, ...used } }
    },
  }
}

/** Of `/api/v3/ticker/24hr`: by the number of symbols that are named, most for none. */
function weightOf(query: URLSearchParams): number {
  if (query.has('symbol')) return 2
  const symbols = query.get('symbols')?.split(',').length ?? Number.POSITIVE_INFINITY
  if (symbols <= 20) return 2
  return symbols <= 100 ? 40 : 80
}

/** How much of a limit is used up, where an exchange writes into its headers what is left of it. */

import { nonNegativeDecimal, positiveDecimal } from './decimal.ts'

/** The names of two headers that count requests. */
type LimitHeaders = { readonly limit: string; readonly remaining: string }

/** The used share of a limit (0 to 1); undefined where a header is missing or no number. */
export function usedShareOf(headers: Headers, names: LimitHeaders): number | undefined {
  const limit = positiveDecimal(headers.get(names.limit))
  const remaining = nonNegativeDecimal(headers.get(names.remaining))
  if (limit === undefined || remaining === undefined) return undefined
  return Math.max(0, 1 - remaining / limit)
}

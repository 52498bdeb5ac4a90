/**
 * Markets that a venue leaves out of its answers without a word, as those do that answer with all
 * they have. Rows are found by the names in them, so that no venue need know of the fault.
 */

import { hash, jitter } from './chance.ts'
import type { Fault } from './faults.ts'
import type { Reply, Venue } from './venue.ts'

/** The names under which the answers of a venue carry the markets that are to be left out. */
export function missingNames(
  { name, markets, answerName = (market) => market.name }: Venue,
  { missing, missingShare }: Pick<Fault, 'missing' | 'missingShare'>,
): ReadonlySet<string> {
  const named = new Set(missing)
  const gone = markets.filter(
    (market) => named.has(market.name) || isInShare(`${name} ${market.name}`, missingShare),
  )
  return new Set([...named, ...gone.flatMap((market) => [market.name, answerName(market)])])
}

/**
 * A reply without the rows of some markets. Where it is about such a market alone, by its path or
 * by itself, the venue does not know what it is asked for.
 */
export function withoutRows(
  reply: Reply,
  names: ReadonlySet<string>,
  { venue, path }: { readonly venue: Venue; readonly path: string },
): Reply {
  if (names.size === 0 || typeof reply.body === 'string') return reply
  if (path.split('/').some((part) => names.has(part))) return venue.notFound
  if (isRowOf(reply.body, names)) return venue.notFound
  return { ...reply, body: pruned(reply.body, names) }
}

function pruned(value: unknown, names: ReadonlySet<string>): unknown {
  if (Array.isArray(value)) {
    return value.filter((row) => !isRowOf(row, names)).map((row) => pruned(row, names))
  }
  if (typeof value !== 'object' || value === null) return value
  const kept = Object.entries(value).filter(([key, row]) => !names.has(key) && !isRowOf(row, names))
  return Object.fromEntries(kept.map(([key, row]) => [key, pruned(row, names)]))
}

/** A row names its market in one of its fields, or, where rows are lists, at their beginning. */
function isRowOf(value: unknown, names: ReadonlySet<string>): boolean {
  const isName = (field: unknown) => typeof field === 'string' && names.has(field)
  if (Array.isArray(value)) return value.length > 1 && isName(value[0])
  return typeof value === 'object' && value !== null && Object.values(value).some(isName)
}

function isInShare(seed: string, share: number): boolean {
  return (jitter(hash(seed), 7) + 1) / 2 < share
}

/**
 * The rows of the asked markets out of an answer that holds every market of an exchange. They are
 * found by name before anything else is read: a schema over thousands of rows would cost more than
 * the rest of a tick.
 */

import { z } from 'zod'

/** A list of whatever; its rows are left unread. */
export const rowsSchema = z.custom<readonly unknown[]>((value) => Array.isArray(value))

/** One row with the market it is of; its fields are as they came. */
export type AskedRow = { readonly market: string; readonly row: Readonly<Record<string, unknown>> }

/**
 * The rows of the asked markets in the order of the answer, one row a market: of several, the first.
 *
 * @param nameKey The field of a row that names its market, spelled as markets are asked for.
 */
export function askedRows(
  rows: readonly unknown[],
  nameKey: string,
  markets: readonly string[],
): readonly AskedRow[] {
  const missing = new Set(markets)
  const found: AskedRow[] = []
  for (const row of rows) {
    if (missing.size === 0) break
    if (!isRecord(row)) continue
    const market = row[nameKey]
    if (typeof market === 'string' && missing.delete(market)) found.push({ market, row })
  }
  return found
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}

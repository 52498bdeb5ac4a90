/**
 * A socket's message as a value: parsed where it is JSON, as it came where it is a bare word
 * (`pong`). Nothing in here throws, since a socket may say anything.
 */

import { said } from '../said.ts'
import type { Hearing, Heard } from './live-exchange.ts'

export type Fields = Readonly<Record<string, unknown>>

/** The largest message that any of the exchanges sends is a few kB; longer ones are not read. */
const maxChars = 262_144

/** What a socket said; undefined where it is nothing that could be read. */
export function messageOf(data: unknown): unknown {
  if (typeof data !== 'string' || data.length > maxChars) return undefined
  try {
    return JSON.parse(data)
  } catch {
    // A bare word is as good as JSON to an exchange that says `pong`.
    return data
  }
}

/** The fields of an object; none where a value is not one. */
export function fieldsOf(value: unknown): Fields {
  return isFields(value) ? value : {}
}

/** The rows of a list; none where a value is not one. */
export function rowsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(fieldsOf) : []
}

/** The wanted market of an exchange's name for it; undefined where nobody wants it. */
export function marketOf(name: unknown, hearing: Hearing): string | undefined {
  return typeof name === 'string' ? hearing.marketOf.get(name) : undefined
}

/**
 * A refusal in the exchange's words. The wanted markets that are among them are the unknown ones.
 *
 * @param words.id The number of the refused message, where the exchange repeats it.
 */
export function refused(
  title: string,
  words: { readonly reason: unknown; readonly id?: unknown; readonly name?: unknown },
  hearing: Hearing,
): Heard {
  const reason = said(words.reason)
  const named = marketOf(words.name, hearing)
  const markets = named === undefined ? marketsNamed(reason, hearing) : [named]
  return {
    kind: 'refused',
    markets,
    ...(typeof words.id === 'number' && { id: words.id }),
    message: `${title} refused with ${reason}`,
  }
}

/** An instant as exchanges print it, `2026-11-22T10:30:00.123456Z`, in Unix milliseconds. */
export function msOf(time: unknown): number | undefined {
  return typeof time === 'string' && instantPattern.test(time) ? Date.parse(time) : undefined
}

const instantPattern = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?Z$/

/** Names stand in a sentence between blanks, commas, colons, quotation marks. */
function marketsNamed(reason: string, { marketOf: markets }: Hearing): readonly string[] {
  return reason
    .split(/[\s,:;'"`()[\]]+/)
    .flatMap((word) => markets.get(word) ?? markets.get(word.replace(/^\w+\./, '')) ?? [])
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null
}

/** What an exchange says for a refusal, as an error whose message fits one line of a log. */

import { ExchangeError, type ExchangeErrorCode } from './exchange.ts'

/** Longer explanations are cut: some exchanges answer with a whole page. */
const maxLength = 200

/** The words of a reason as they came, or that there were none. */
export function said(reason: unknown): string {
  const words = typeof reason === 'number' ? String(reason) : reason
  return typeof words === 'string' && words.trim() !== '' ? words.slice(0, maxLength) : 'no reason'
}

/**
 * A refusal by number or name and, mostly, in words.
 *
 * @param title The exchange's name for people.
 * @param codes What the caller can make something of; everything else is `exchange-refused`.
 */
export function refusal(
  title: string,
  { code, reason }: { readonly code: string | number; readonly reason: unknown },
  codes: ReadonlyMap<string, ExchangeErrorCode>,
): ExchangeError {
  const kind = codes.get(String(code)) ?? 'exchange-refused'
  return new ExchangeError(kind, `${title} refused with ${said(code)}: ${said(reason)}`)
}

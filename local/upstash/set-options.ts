/** The options of `SET`: when to write, how long it lasts, and whether to tell what was there. */

import { argument, syntaxError } from './command.ts'
import { type ExpiryUnit, expiryOf, invalidExpiry, msFromNow, secondsFromNow } from './expiry.ts'

export type SetOptions = {
  readonly when: 'always' | 'absent' | 'present'
  /** Whether the reply is the former value. */
  readonly tellsFormer: boolean
  readonly keepsExpiry: boolean
  /** Unix milliseconds. */
  readonly expiresAtMs?: number
}

const flagNames: ReadonlySet<string> = new Set(['NX', 'XX', 'GET', 'KEEPTTL'])

const expiryUnits: Readonly<Record<string, ExpiryUnit>> = {
  EX: secondsFromNow,
  PX: msFromNow,
  EXAT: { ms: 1_000n, from: 'epoch' },
  PXAT: { ms: 1n, from: 'epoch' },
}

/** An option that ends the key, and the instant or span behind it. */
type Expiry = { readonly option: string; readonly unit: ExpiryUnit; readonly text: string }

/** Options as they were written. */
type Spelled = { readonly flags: ReadonlySet<string>; readonly expiry?: Expiry }

/**
 * Reads what follows the key and the value.
 *
 * @throws {CommandError} if an option is unknown, contradicts another, or names no instant.
 */
export function setOptionsOf(options: readonly string[], nowMs: number): SetOptions {
  const { flags, expiry } = spelledIn(options)
  if (flags.has('NX') && flags.has('XX')) throw syntaxError()
  if (flags.has('KEEPTTL') && expiry) throw syntaxError()

  return {
    when: flags.has('NX') ? 'absent' : flags.has('XX') ? 'present' : 'always',
    tellsFormer: flags.has('GET'),
    keepsExpiry: flags.has('KEEPTTL'),
    ...(expiry && { expiresAtMs: instantOf(expiry, nowMs) }),
  }
}

function spelledIn(options: readonly string[]): Spelled {
  const flags = new Set<string>()
  let expiry: Expiry | undefined
  for (let i = 0; i < options.length; i++) {
    const option = argument(options, i).toUpperCase()
    if (flagNames.has(option)) {
      flags.add(option)
      continue
    }
    const unit = expiryUnits[option]
    const text = options[++i]
    // The same option twice is fine with Redis, and the last one counts; two different are not.
    const contradicts = expiry !== undefined && expiry.option !== option
    if (unit === undefined || text === undefined || contradicts) throw syntaxError()
    expiry = { option, unit, text }
  }
  return { flags, ...(expiry && { expiry }) }
}

function instantOf({ unit, text }: Expiry, nowMs: number): number {
  const expiresAtMs = expiryOf(text, unit, 'set', nowMs)
  const beginsAtMs = unit.from === 'now' ? nowMs : 0
  // Unlike EXPIRE, SET takes no span of zero or less.
  if (expiresAtMs <= beginsAtMs) throw invalidExpiry('set')
  return expiresAtMs
}

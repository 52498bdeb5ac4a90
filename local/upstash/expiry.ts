/** When a key ends: reading the instant out of an option, and the commands that set and tell it. */

import { CommandError } from './command-error.ts'
import { argument, type Command, type CommandTable, type Database } from './command.ts'
import { integerArgument, maxInteger, minInteger } from './integers.ts'
import { endingAt } from './keyspace.ts'

/** How an option or a command writes an instant. */
export type ExpiryUnit = {
  /** 1 000 for seconds, 1 for milliseconds. */
  readonly ms: bigint
  readonly from: 'now' | 'epoch'
}

export const secondsFromNow: ExpiryUnit = { ms: 1_000n, from: 'now' }
export const msFromNow: ExpiryUnit = { ms: 1n, from: 'now' }

/**
 * The instant that an argument names, Unix milliseconds; it may lie in the past.
 *
 * @param name The command that asks, for the refusal.
 * @throws {CommandError} if the argument is no integer or the instant needs more than 64 bits.
 */
export function expiryOf(text: string, unit: ExpiryUnit, name: string, nowMs: number): number {
  const base = unit.from === 'now' ? BigInt(nowMs) : 0n
  const amount = integerArgument(text)
  if (amount > maxInteger / unit.ms || amount < minInteger / unit.ms) throw invalidExpiry(name)
  if (amount * unit.ms > maxInteger - base) throw invalidExpiry(name)
  return Number(amount * unit.ms + base)
}

export function invalidExpiry(name: string): CommandError {
  return new CommandError(`ERR invalid expire time in '${name}' command`)
}

export const expiryCommands: CommandTable = {
  EXPIRE: expire('expire', secondsFromNow),
  PEXPIRE: expire('pexpire', msFromNow),
  TTL: timeToLive((leftMs) => Math.floor((leftMs + 500) / 1_000)),
  PTTL: timeToLive((leftMs) => leftMs),
  PERSIST: {
    arity: 2,
    run: ({ keyspace, nowMs }, args) => {
      const key = argument(args, 0)
      const entry = keyspace.get(key, nowMs)
      if (entry?.expiresAtMs === undefined) return 0
      keyspace.set(key, endingAt(entry, undefined), nowMs)
      return 1
    },
  },
}

function expire(name: string, unit: ExpiryUnit): Command {
  return {
    arity: -3,
    run: ({ keyspace, nowMs }, args) => {
      const key = argument(args, 0)
      const conditions = conditionsOf(args.slice(2))
      const expiresAtMs = expiryOf(argument(args, 1), unit, name, nowMs)

      const entry = keyspace.get(key, nowMs)
      if (entry === undefined || !isMet(conditions, entry.expiresAtMs, expiresAtMs)) return 0
      if (expiresAtMs <= nowMs) keyspace.delete(key, nowMs)
      else keyspace.set(key, endingAt(entry, expiresAtMs), nowMs)
      return 1
    },
  }
}

/** -2 for no such key, -1 for a key without an end. */
function timeToLive(inUnit: (leftMs: number) => number): Command {
  return {
    arity: 2,
    run: ({ keyspace, nowMs }: Database, args) => {
      const entry = keyspace.get(argument(args, 0), nowMs)
      if (entry === undefined) return -2
      return entry.expiresAtMs === undefined ? -1 : inUnit(entry.expiresAtMs - nowMs)
    },
  }
}

type Condition = 'NX' | 'XX' | 'GT' | 'LT'

/** @throws {CommandError} if an option is unknown or two of them contradict each other. */
function conditionsOf(options: readonly string[]): ReadonlySet<Condition> {
  const conditions = new Set<Condition>()
  for (const option of options) {
    const condition = option.toUpperCase()
    if (condition !== 'NX' && condition !== 'XX' && condition !== 'GT' && condition !== 'LT') {
      throw new CommandError(`ERR Unsupported option ${option}`)
    }
    conditions.add(condition)
  }

  if (conditions.has('NX') && conditions.size > 1) {
    throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible')
  }
  if (conditions.has('GT') && conditions.has('LT')) {
    throw new CommandError('ERR GT and LT options at the same time are not compatible')
  }
  return conditions
}

/** Whether a key's end may be replaced by another; a key without one ends later than any. */
function isMet(
  conditions: ReadonlySet<Condition>,
  currentMs: number | undefined,
  nextMs: number,
): boolean {
  const endsAtMs = currentMs ?? Number.POSITIVE_INFINITY
  return (
    !(conditions.has('NX') && currentMs !== undefined) &&
    !(conditions.has('XX') && currentMs === undefined) &&
    !(conditions.has('GT') && nextMs <= endsAtMs) &&
    !(conditions.has('LT') && nextMs >= endsAtMs)
  )
}

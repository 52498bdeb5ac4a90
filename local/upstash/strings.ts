/** Commands on keys that hold a string, counters among them. */

import { CommandError } from './command-error.ts'
import { argument, type CommandTable, wrongNumberOfArguments } from './command.ts'
import type { Database, Reply } from './command.ts'
import { integerArgument, minInteger, sumOf } from './integers.ts'
import { endingAt } from './keyspace.ts'
import { type SetOptions, setOptionsOf } from './set-options.ts'

export const stringCommands: CommandTable = {
  SET: { arity: -3, run: set },
  GET: {
    arity: 2,
    run: ({ keyspace, nowMs }, args) => keyspace.string(argument(args, 0), nowMs)?.value ?? null,
  },
  GETDEL: {
    arity: 2,
    run: ({ keyspace, nowMs }, args) => {
      const key = argument(args, 0)
      const value = keyspace.string(key, nowMs)?.value ?? null
      keyspace.delete(key, nowMs)
      return value
    },
  },
  MGET: {
    arity: -2,
    run: ({ keyspace, nowMs }, keys) =>
      keys.map((key) => {
        const entry = keyspace.get(key, nowMs)
        return entry?.kind === 'string' ? entry.value : null
      }),
  },
  MSET: { arity: -3, run: setMany },
  INCR: { arity: 2, run: (database, args) => add(database, argument(args, 0), 1n) },
  DECR: { arity: 2, run: (database, args) => add(database, argument(args, 0), -1n) },
  INCRBY: {
    arity: 3,
    run: (database, args) => add(database, argument(args, 0), integerArgument(argument(args, 1))),
  },
  DECRBY: {
    arity: 3,
    run: (database, args) => {
      const amount = integerArgument(argument(args, 1))
      // The one integer of 64 bits whose negative is none.
      if (amount === minInteger) throw new CommandError('ERR decrement would overflow')
      return add(database, argument(args, 0), -amount)
    },
  },
}

function set({ keyspace, nowMs }: Database, args: readonly string[]): Reply {
  const key = argument(args, 0)
  const value = argument(args, 1)
  const options = setOptionsOf(args.slice(2), nowMs)

  // Whoever wants to be told the former value can only be told a string.
  const told = options.tellsFormer ? (keyspace.string(key, nowMs)?.value ?? null) : undefined
  const former = keyspace.get(key, nowMs)
  if (!mayWrite(options, former !== undefined)) return told ?? null

  const expiresAtMs = options.keepsExpiry ? former?.expiresAtMs : options.expiresAtMs
  keyspace.set(key, endingAt({ kind: 'string', value }, expiresAtMs), nowMs)
  return told === undefined ? 'OK' : told
}

function mayWrite({ when }: SetOptions, isThere: boolean): boolean {
  return when === 'always' || (when === 'present') === isThere
}

function setMany({ keyspace, nowMs }: Database, args: readonly string[]): Reply {
  if (args.length % 2 === 1) throw wrongNumberOfArguments('mset')
  for (let i = 0; i < args.length; i += 2) {
    keyspace.set(argument(args, i), { kind: 'string', value: argument(args, i + 1) }, nowMs)
  }
  return 'OK'
}

/** Adds to a counter, which keeps its end. */
function add({ keyspace, nowMs }: Database, key: string, amount: bigint): Reply {
  const entry = keyspace.string(key, nowMs)
  const sum = sumOf(integerArgument(entry?.value ?? '0'), amount)
  keyspace.set(key, { kind: 'string', ...entry, value: sum.toString() }, nowMs)
  return sum
}

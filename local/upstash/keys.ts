/** Commands on keys whatever they hold. */

import { CommandError } from './command-error.ts'
import { argument, type CommandTable, syntaxError } from './command.ts'
import type { Database, Reply } from './command.ts'
import { globMatcher } from './glob.ts'
import { integerArgument } from './integers.ts'

export const keyCommands: CommandTable = {
  DEL: {
    arity: -2,
    run: ({ keyspace, nowMs }, keys) => keys.filter((key) => keyspace.delete(key, nowMs)).length,
  },
  EXISTS: {
    arity: -2,
    run: ({ keyspace, nowMs }, keys) =>
      keys.filter((key) => keyspace.get(key, nowMs) !== undefined).length,
  },
  TYPE: {
    arity: 2,
    run: ({ keyspace, nowMs }, args) => keyspace.get(argument(args, 0), nowMs)?.kind ?? 'none',
  },
  KEYS: {
    arity: 2,
    run: ({ keyspace, nowMs }, args) =>
      [...keyspace.entries(nowMs).keys()].filter(globMatcher(argument(args, 0))),
  },
  SCAN: { arity: -2, run: scan },
  DBSIZE: { arity: 1, run: ({ keyspace, nowMs }) => keyspace.entries(nowMs).size },
  FLUSHDB: { arity: -1, run: flush },
  FLUSHALL: { arity: -1, run: flush },
}

/**
 * Hands out everything at once, which is the simplest way to keep what `SCAN` promises: that no key
 * which stays is missed.
 */
function scan({ keyspace, nowMs }: Database, args: readonly string[]): Reply {
  const cursor = argument(args, 0)
  if (!/^\d{1,20}$/.test(cursor)) throw new CommandError('ERR invalid cursor')

  const { pattern, type } = scanOptionsOf(args.slice(1))
  if (BigInt(cursor) !== 0n) return ['0', []]
  const matches = globMatcher(pattern)
  const found = [...keyspace.entries(nowMs)]
    .filter(([key, entry]) => matches(key) && (type === undefined || entry.kind === type))
    .map(([key]) => key)
  return ['0', found]
}

function scanOptionsOf(options: readonly string[]): {
  readonly pattern: string
  readonly type: string | undefined
} {
  let pattern = '*'
  let type: string | undefined
  for (let i = 0; i < options.length; i += 2) {
    const value = options[i + 1]
    if (value === undefined) throw syntaxError()
    switch (argument(options, i).toUpperCase()) {
      case 'COUNT':
        if (integerArgument(value) < 1n) throw syntaxError()
        break
      case 'MATCH':
        pattern = value
        break
      case 'TYPE':
        type = value.toLowerCase()
        break
      default:
        throw syntaxError()
    }
  }
  return { pattern, type }
}

function flush({ keyspace }: Database, args: readonly string[]): Reply {
  const mode = args[0]?.toUpperCase()
  if (args.length > 1 || (mode !== undefined && mode !== 'ASYNC' && mode !== 'SYNC')) {
    throw syntaxError()
  }
  keyspace.clear()
  return 'OK'
}

/** Commands on keys that hold a hash: fields by name. A hash without fields is no key. */

import { argument, type CommandTable, wrongNumberOfArguments } from './command.ts'
import type { Database, Reply } from './command.ts'
import { integerArgument, sumOf } from './integers.ts'
import { outOfMemory } from './keyspace.ts'

/** More fields than this in one hash are refused, as too many keys are. */
export const maxFields = 10_000

export const hashCommands: CommandTable = {
  HSET: { arity: -4, run: set },
  HGET: {
    arity: 3,
    run: ({ keyspace, nowMs }, args) =>
      keyspace.hash(argument(args, 0), nowMs)?.fields.get(argument(args, 1)) ?? null,
  },
  HGETALL: {
    arity: 2,
    run: ({ keyspace, nowMs }, args) =>
      [...(keyspace.hash(argument(args, 0), nowMs)?.fields ?? [])].flat(),
  },
  HLEN: {
    arity: 2,
    run: ({ keyspace, nowMs }, args) => keyspace.hash(argument(args, 0), nowMs)?.fields.size ?? 0,
  },
  HDEL: { arity: -3, run: remove },
  HINCRBY: { arity: 4, run: add },
}

function set(database: Database, args: readonly string[]): Reply {
  if (args.length % 2 === 0) throw wrongNumberOfArguments('hset')
  const fields = fieldsOf(database, argument(args, 0))
  const sizeBefore = fields.size
  for (let i = 1; i < args.length; i += 2) {
    write(fields, argument(args, i), argument(args, i + 1))
  }
  return fields.size - sizeBefore
}

function remove({ keyspace, nowMs }: Database, args: readonly string[]): Reply {
  const key = argument(args, 0)
  const fields = keyspace.hash(key, nowMs)?.fields
  if (fields === undefined) return 0

  const removed = args.slice(1).filter((field) => fields.delete(field)).length
  if (fields.size === 0) keyspace.delete(key, nowMs)
  return removed
}

function add(database: Database, args: readonly string[]): Reply {
  const [key, field] = [argument(args, 0), argument(args, 1)]
  const amount = integerArgument(argument(args, 2))

  const former = database.keyspace.hash(key, database.nowMs)?.fields.get(field) ?? '0'
  const sum = sumOf(integerArgument(former, 'ERR hash value is not an integer'), amount)
  write(fieldsOf(database, key), field, sum.toString())
  return sum
}

/** The fields of a hash, which is made if it is not there. */
function fieldsOf({ keyspace, nowMs }: Database, key: string): Map<string, string> {
  const entry = keyspace.hash(key, nowMs)
  if (entry !== undefined) return entry.fields

  const fields = new Map<string, string>()
  keyspace.set(key, { kind: 'hash', fields }, nowMs)
  return fields
}

function write(fields: Map<string, string>, field: string, value: string): void {
  if (fields.size >= maxFields && !fields.has(field)) throw outOfMemory()
  fields.set(field, value)
}

/** What a command of the stand-in is: its place in a table, what it is given and what it answers. */

import { CommandError } from './command-error.ts'
import type { Channels } from './channels.ts'
import type { Keyspace } from './keyspace.ts'

/** A reply in Redis's own terms; a `bigint` is an integer, which may need all of 64 bits. */
export type Reply = string | number | bigint | null | readonly Reply[]

/** The world of one command. The instant is an argument, so that a transaction has only one. */
export type Database = {
  readonly keyspace: Keyspace
  readonly channels: Channels
  /** Unix milliseconds. */
  readonly nowMs: number
}

export type Command = {
  /** As Redis counts: the name included; negative for "at least". */
  readonly arity: number
  /**
   * @param args All that follows the name; as many as the arity promises.
   * @throws {CommandError} with Redis's own text.
   */
  readonly run: (database: Database, args: readonly string[]) => Reply
}

/** Commands by their names in capitals. */
export type CommandTable = Readonly<Record<string, Command>>

/** The argument at a place that the command's arity vouches for. */
export function argument(args: readonly string[], index: number): string {
  const value = args[index]
  if (value === undefined) throw new Error(`No argument ${index}: the arity in the table is wrong.`)
  return value
}

export function syntaxError(): CommandError {
  return new CommandError('ERR syntax error')
}

/** @param name The command's name; Redis spells it in small letters here. */
export function wrongNumberOfArguments(name: string): CommandError {
  return new CommandError(`ERR wrong number of arguments for '${name.toLowerCase()}' command`)
}

/**
 * All commands in one table, and how one is run.
 *
 * Scripts are refused with an error that says so: this program sends none, and an interpreter for
 * them would be the larger half of the stand-in.
 */

import { CommandError } from './command-error.ts'
import { argument, wrongNumberOfArguments } from './command.ts'
import type { Command, CommandTable, Database, Reply } from './command.ts'
import { expiryCommands } from './expiry.ts'
import { hashCommands } from './hashes.ts'
import { keyCommands } from './keys.ts'
import { stringCommands } from './strings.ts'

const connectionCommands: CommandTable = {
  PING: {
    arity: -1,
    run: (_database, args) => {
      if (args.length > 1) throw wrongNumberOfArguments('ping')
      return args[0] ?? 'PONG'
    },
  },
  ECHO: { arity: 2, run: (_database, args) => argument(args, 0) },
  TIME: {
    arity: 1,
    run: ({ nowMs }) => [`${Math.floor(nowMs / 1_000)}`, `${(nowMs % 1_000) * 1_000}`],
  },
  PUBLISH: {
    arity: 3,
    run: ({ channels }, args) => channels.publish(argument(args, 0), argument(args, 1)),
  },
}

const commands: ReadonlyMap<string, Command> = new Map(
  Object.entries({
    ...connectionCommands,
    ...stringCommands,
    ...hashCommands,
    ...keyCommands,
    ...expiryCommands,
  }),
)

const scriptCommands: ReadonlySet<string> = new Set(
  'EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO FUNCTION SCRIPT'.split(' '),
)

/** Redis shows at most this much of an unknown command. Characters. */
const maxShownLength = 128

/**
 * Runs one command.
 *
 * @param line The command's name and its arguments.
 * @throws {CommandError} with Redis's own text if the command is refused.
 */
export function run(database: Database, line: readonly string[]): Reply {
  return commandOf(line).run(database, line.slice(1))
}

/**
 * The command that a line calls, by as much as can be told before it runs. A transaction asks this
 * of all its lines first.
 *
 * @throws {CommandError} if there is none or the number of its arguments is wrong.
 */
export function commandOf(line: readonly string[]): Command {
  const name = line[0] ?? ''
  const command = commands.get(name) ?? commands.get(name.toUpperCase())
  if (command === undefined) throw unknownCommand(name, line.slice(1))

  const { arity } = command
  if (arity < 0 ? line.length < -arity : line.length !== arity) throw wrongNumberOfArguments(name)
  return command
}

function unknownCommand(name: string, args: readonly string[]): CommandError {
  if (scriptCommands.has(name.toUpperCase())) {
    return new CommandError(
      `ERR Command is not available: '${name.toUpperCase()}'. This local stand-in runs no scripts.`,
    )
  }

  let shown = ''
  for (const arg of args) {
    if (shown.length >= maxShownLength) break
    shown += `'${arg.slice(0, maxShownLength - shown.length)}' `
  }
  const shownName = name.slice(0, maxShownLength)
  return new CommandError(`ERR unknown command '${shownName}', with args beginning with: ${shown}`)
}

/** The commands of `chrono-bridge`: what they are called, which flags they have, and what does them. */

import { readFileSync, writeFileSync } from 'node:fs'
import { Command, Option } from 'commander'
import { isHex } from 'viem'
import { z } from 'zod'
import { OracleError } from '../src/protocol/errors.ts'
import type { Surroundings } from './daemon.ts'
import { addHousekeepingCommands } from './housekeeping/commands.ts'
import type { AccountsOptions } from './ledger/accounts-command.ts'
import { printableLines } from './printable.ts'
import { secretOf, secretSources } from './secrets.ts'
import { type GivenOptions, settingsBy, withSettings, withSettingsFile } from './setting-options.ts'

export type CommandLineDeps = Pick<Surroundings, 'env' | 'log' | 'onEnd'> & {
  /** To standard output: what was asked for. */
  readonly print: (text: string) => void
  /** To standard error: what a person should know beside it. */
  readonly warn: (text: string) => void
  /** What the process ends with once all is done; 0 unless told otherwise. */
  readonly exitWith: (code: number) => void
}

/** After all is written and closed. */
const lingerMs = 1_000

const secretsHelp = `
Secrets are read from files that their owner alone may read, named by environment variables, or
handed over as systemd credentials:
${Object.values(secretSources)
  .map(({ variable, credential }) => `  ${variable.padEnd(32)} or credential ${credential}`)
  .join('\n')}
`

function ownVersion(): string {
  const text = readFileSync(new URL('package.json', import.meta.url), 'utf8')
  return z.object({ version: z.string() }).parse(JSON.parse(text)).version
}

/** Does what the arguments ask for. An error of ours becomes one line with its code, and exit code 1. */
export async function runCommandLine(
  args: readonly string[],
  deps: CommandLineDeps,
): Promise<void> {
  try {
    await commandLine(deps).parseAsync(args, { from: 'user' })
  } catch (error) {
    if (!(error instanceof OracleError)) throw error
    deps.warn(`${error.code}: ${printableLines(error.message)}`)
    deps.exitWith(1)
  }
}

/** All of them. Each loads its own code when it is called, and nothing else. */
export function commandLine(deps: CommandLineDeps): Command {
  const { env, print, log, onEnd, exitWith } = deps
  const program = new Command('chrono-bridge')
    .description(
      "Commits Chrono's prices to Flare's FTSO, reveals them, and signs the roots of rounds.",
    )
    .version(ownVersion(), '-V, --version', 'say the version')
    .showHelpAfterError('See --help.')
    .addHelpText('after', secretsHelp)

  withSettings(program.command('run'))
    .description('run the bridge until SIGINT or SIGTERM; what is owed is finished first')
    .action(async (options: GivenOptions) => {
      const { runBridge } = await import('./daemon.ts')
      await runBridge(settingsBy(options, env), { env, log, onEnd })
      // A review that a person left on a Ledger holds the process open otherwise.
      setTimeout(() => process.exit(), lingerMs).unref()
    })

  withSettings(program.command('serve-protocol'))
    .description("serve Flare's own flare-system-client, which sends; needs no key; until SIGTERM")
    .action(async (options: GivenOptions) => {
      const { serveProtocol } = await import('./protocol-provider/serve.ts')
      await serveProtocol(settingsBy(options, env), { env, log, onEnd })
    })

  withSettings(program.command('doctor'))
    .description(
      'check all that a round needs, with a verdict and the next deadline; exit 1 if bad',
    )
    .addOption(
      new Option('--for <command>', 'what the settings are for; serve-protocol needs no keys')
        .choices(['run', 'serve-protocol'])
        .default('run'),
    )
    .action(async (options: GivenOptions & { readonly for: 'run' | 'serve-protocol' }) => {
      const { examine } = await import('./doctor.ts')
      const { isReady, text } = await examine(settingsBy(options, env), env, options.for)
      print(text)
      if (!isReady) exitWith(1)
    })

  addStatusCommand(program, deps)
  addAccountsCommand(program, deps)
  addKeystoreCommand(program, deps)
  addJournalCommands(program, deps)
  addHousekeepingCommands(program, deps)
  return program
}

type StatusOptions = GivenOptions & {
  readonly json?: boolean
  readonly watch?: boolean
  readonly rounds: string
  readonly interval: string
}

function addStatusCommand(program: Command, { env, print }: CommandLineDeps): void {
  withSettings(program.command('status'))
    .description('what the journal knows; may be asked while the bridge runs')
    .option('--json', 'for programs')
    .option('-n, --rounds <count>', 'rounds to tell of, newest first', '10')
    .addOption(
      // It is drawn for a person, and would not be JSON: a program asks again.
      new Option(
        '-w, --watch',
        'one screen, drawn anew until Ctrl-C: clock, next step, rounds, balances',
      ).conflicts('json'),
    )
    .option('--interval <seconds>', 'between two screens', '1')
    .action(async (options: StatusOptions) => {
      const settings = settingsBy(options, env)
      const rounds = numberIn(options.rounds, '--rounds', { least: 1, most: mostRounds })
      if (options.watch === true) {
        const { watchStatus } = await import('./status-watch.ts')
        const seconds = numberIn(options.interval, '--interval', {
          least: 1,
          most: mostIntervalSec,
        })
        await watchStatus(settings, { rounds, intervalMs: seconds * 1_000 })
        return
      }
      const { journalStatus, statusText } = await import('./status.ts')
      const status = journalStatus(settings.journalFile, rounds)
      print(options.json === true ? JSON.stringify(status) : statusText(status))
    })
}

function addAccountsCommand(program: Command, { env, print, warn }: CommandLineDeps): void {
  withSettingsFile(program.command('accounts'))
    .description('the address of an encrypted keystore, or those of a Ledger, read from their keys')
    .argument('[file]', 'keystore, Web3 secret storage version 3')
    .option('--ledger', 'of the Ledger that is plugged in; nothing is signed')
    .option('--ledger-url <url>', 'of an emulated one, http://127.0.0.1:5000')
    .option('-n, --count <count>', 'how many of its first addresses', '4')
    .option('--path <path>', "the address at this path alone, as 44'/60'/0'/0/7")
    .option('--show', 'have each compared on the screen of the device')
    .action(async (file: string | undefined, options: AccountsOptions & GivenOptions) => {
      if (options.ledger === true || options.ledgerUrl !== undefined) {
        const { ledgerAccountsText } = await import('./ledger/accounts-command.ts')
        const settings = () =>
          settingsBy({ ...(options.settings && { settings: options.settings }) }, env)
        print(await ledgerAccountsText(options, { settings, say: warn }))
        return
      }
      if (file === undefined) throw new UsageError('usage', 'Name a keystore, or say --ledger.')
      const { addressIn, readKeystore } = await import('./keystore.ts')
      const keystore = readKeystore(readFileSync(file, 'utf8'))
      const address = await addressIn(keystore, secretOf('keystorePassword', env))
      print(keystore.chrono_development === true ? `${address} (development)` : address)
    })
}

function addJournalCommands(program: Command, { env, print }: CommandLineDeps): void {
  const journal = program
    .command('journal')
    .description('carry what the journal is bound to elsewhere; forget what is old')
  const commands = () => import('./journal-commands.ts')
  withSettings(journal.command('export'))
    .description('write all bindings and watermarks; no random, no value, no key')
    .argument('<file>', 'where to write them, JSON; must not exist')
    .action(async (file: string, options: GivenOptions) => {
      const { exportJournal } = await commands()
      print(exportJournal(settingsBy(options, env), file))
    })
  withSettings(journal.command('import'))
    .description('add the bindings and watermarks of another journal, while no bridge runs')
    .argument('<file>', 'what was exported')
    .action(async (file: string, options: GivenOptions) => {
      const { importJournal } = await commands()
      print(importJournal(settingsBy(options, env), file, Date.now()))
    })
  withSettings(journal.command('prune'))
    .description('forget what is older than two reward epochs, as a running bridge does')
    .action(async (options: GivenOptions) => {
      const { pruneJournal } = await commands()
      print(pruneJournal(settingsBy(options, env)))
    })
}

function addKeystoreCommand(program: Command, { env, print }: CommandLineDeps): void {
  program
    .command('keystore')
    .description('keystores for development')
    .command('create')
    .description('make an encrypted keystore for development; refused on mainnets by its mark')
    .argument('<file>', 'where to write it; must not exist')
    .option('--private-key-file <file>', 'a key to encrypt, as hex; a new one is drawn otherwise')
    .action(async (file: string, { privateKeyFile }: { readonly privateKeyFile?: string }) => {
      const { developmentKeystore } = await import('./keystore.ts')
      const password = secretOf('keystorePassword', env)
      const key = privateKeyFile === undefined ? undefined : keyIn(privateKeyFile)
      const { address, keystore } = developmentKeystore(password, key)
      writeFileSync(file, `${JSON.stringify(keystore, null, 2)}\n`, { mode: 0o600, flag: 'wx' })
      print(address)
    })
}

function keyIn(file: string): `0x${string}` {
  const text = readFileSync(file, 'utf8').trim()
  const key = text.startsWith('0x') ? text : `0x${text}`
  if (!isHex(key) || key.length !== 66) throw new UsageError('usage', `${file} holds no key.`)
  return key
}

const mostRounds = 10_000
const mostIntervalSec = 3_600

function numberIn(
  text: string,
  flag: string,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const count = Number(text)
  if (Number.isInteger(count) && count >= least && count <= most) return count
  throw new UsageError('usage', `${flag} is ${least} to ${most}.`)
}

class UsageError extends OracleError<'usage'> {}

/** The command line `chrono-bridge`. Real things are joined behind it, in `daemon.ts`. */

import { readFileSync, writeFileSync } from 'node:fs'
import { Command } from 'commander'
import { isHex } from 'viem'
import { OracleError } from '../src/protocol/errors.ts'
import { runBridge } from './daemon.ts'
import { examine, findingsText } from './doctor.ts'
import { exportJournal, importJournal, pruneJournal } from './journal-commands.ts'
import { addressIn, developmentKeystore, readKeystore } from './keystore.ts'
import { type AccountsOptions, ledgerAccountsText } from './ledger/accounts-command.ts'
import { logTo } from './log.ts'
import { serveProtocol } from './protocol-provider/serve.ts'
import { secretOf, secretSources } from './secrets.ts'
import { settingsOf } from './settings.ts'
import { journalStatus, statusText } from './status.ts'

// What the bridge writes is its owner's alone.
process.umask(0o077)

// oxlint-disable-next-line node/no-process-env -- The one place that reads it.
const env = process.env

const print = (text: string) => void process.stdout.write(`${text}\n`)

const log = logTo(
  (line) => void process.stdout.write(line),
  () => Date.now(),
)

/** The second request to end is not argued with: the journal is safe at any instant. */
function onEnd(end: () => void): void {
  let asked = 0
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      asked += 1
      if (asked > 1) process.exit(1)
      log({ event: 'end-requested', signal })
      end()
    })
  }
  // A supervisor that keeps a channel to us is gone: nobody reads the log or stops us any more.
  process.once('disconnect', () => process.exit(1))
}

/** After all is written and closed. */
const lingerMs = 1_000

const settingsOption = [
  '-s, --settings <file>',
  'settings, JSON; all are explained in signer-bridge/README.md',
  'chrono-bridge.json',
] as const

const secretsHelp = `
Secrets are read from files that their owner alone may read, named by environment variables, or
handed over as systemd credentials:
${Object.values(secretSources)
  .map(({ variable, credential }) => `  ${variable.padEnd(32)} or credential ${credential}`)
  .join('\n')}
`

type WithSettings = { readonly settings: string }

function commandLine(): Command {
  const program = new Command('chrono-bridge')
    .description("Commits Chrono's prices to Flare's FTSO, and reveals them.")
    .showHelpAfterError()
    .addHelpText('after', secretsHelp)

  program
    .command('run')
    .description('run the bridge until SIGINT or SIGTERM; what is owed is finished first')
    .option(...settingsOption)
    .action(async ({ settings }: WithSettings) => {
      await runBridge(settingsOf(settings), { env, log, onEnd })
      // A review that a person left on a Ledger holds the process open otherwise.
      setTimeout(() => process.exit(), lingerMs).unref()
    })

  program
    .command('serve-protocol')
    .description("serve Flare's own flare-system-client, which sends; needs no key; until SIGTERM")
    .option(...settingsOption)
    .action(async ({ settings }: WithSettings) => {
      await serveProtocol(settingsOf(settings), { env, log, onEnd })
    })

  program
    .command('doctor')
    .description('check keystore, chain, contracts, clock, balance and lease; exit 1 if one is bad')
    .option(...settingsOption)
    .action(async ({ settings }: WithSettings) => {
      const findings = await examine(settingsOf(settings), env)
      print(findingsText(findings))
      if (findings.some(({ isWell }) => !isWell)) process.exitCode = 1
    })

  program
    .command('status')
    .description('what the journal knows; may be asked while the bridge runs')
    .option(...settingsOption)
    .option('--json', 'for programs')
    .option('-n, --rounds <count>', 'rounds to tell of, newest first', '10')
    .action((options: WithSettings & { readonly json?: boolean; readonly rounds: string }) => {
      const status = journalStatus(
        settingsOf(options.settings).journalFile,
        roundsIn(options.rounds),
      )
      print(options.json === true ? JSON.stringify(status) : statusText(status))
    })

  addAccountsCommand(program)
  addKeystoreCommand(program)
  addJournalCommands(program)
  return program
}

function addAccountsCommand(program: Command): void {
  program
    .command('accounts')
    .description('the address of an encrypted keystore, or those of a Ledger, read from their keys')
    .argument('[file]', 'keystore, Web3 secret storage version 3')
    .option('--ledger', 'of the Ledger that is plugged in; nothing is signed')
    .option('--ledger-url <url>', 'of an emulated one, http://127.0.0.1:5000')
    .option('-n, --count <count>', 'how many of its first addresses', '4')
    .option('--path <path>', "the address at this path alone, as 44'/60'/0'/0/7")
    .option('--show', 'have each compared on the screen of the device')
    .action(async (file: string | undefined, options: AccountsOptions) => {
      if (options.ledger === true || options.ledgerUrl !== undefined) {
        print(await ledgerAccountsText(options))
        return
      }
      if (file === undefined) throw new UsageError('usage', 'Name a keystore, or say --ledger.')
      const keystore = readKeystore(readFileSync(file, 'utf8'))
      const address = await addressIn(keystore, secretOf('keystorePassword', env))
      print(keystore.chrono_development === true ? `${address} (development)` : address)
    })
}

function addJournalCommands(program: Command): void {
  const journal = program
    .command('journal')
    .description('carry what the journal is bound to elsewhere; forget what is old')
  journal
    .command('export')
    .description('write all bindings and watermarks; no random, no value, no key')
    .argument('<file>', 'where to write them, JSON; must not exist')
    .option(...settingsOption)
    .action((file: string, { settings }: WithSettings) => {
      print(exportJournal(settingsOf(settings), file))
    })
  journal
    .command('import')
    .description('add the bindings and watermarks of another journal, while no bridge runs')
    .argument('<file>', 'what was exported')
    .option(...settingsOption)
    .action((file: string, { settings }: WithSettings) => {
      print(importJournal(settingsOf(settings), file, Date.now()))
    })
  journal
    .command('prune')
    .description('forget what is older than two reward epochs, as a running bridge does')
    .option(...settingsOption)
    .action(({ settings }: WithSettings) => {
      print(pruneJournal(settingsOf(settings)))
    })
}

function addKeystoreCommand(program: Command): void {
  program
    .command('keystore')
    .description('keystores for development')
    .command('create')
    .description('make an encrypted keystore for development; refused on mainnets by its mark')
    .argument('<file>', 'where to write it; must not exist')
    .option('--private-key-file <file>', 'a key to encrypt, as hex; a new one is drawn otherwise')
    .action((file: string, { privateKeyFile }: { readonly privateKeyFile?: string }) => {
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

function roundsIn(text: string): number {
  const count = Number(text)
  if (!Number.isInteger(count) || count < 1 || count > mostRounds) {
    throw new UsageError('usage', `--rounds is 1 to ${mostRounds}.`)
  }
  return count
}

class UsageError extends OracleError<'usage'> {}

try {
  await commandLine().parseAsync()
} catch (error) {
  if (!(error instanceof OracleError)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n`)
  process.exitCode = 1
}

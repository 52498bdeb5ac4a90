/** The commands of housekeeping: what they are called and which flags they have. */

import type { Command } from 'commander'
import { OracleError } from '../../src/protocol/errors.ts'
import type { Environment } from '../secrets.ts'
import { type GivenOptions, settingsBy, withSettings } from '../setting-options.ts'

export type CommandDeps = {
  readonly env: Environment
  readonly print: (text: string) => void
  readonly exitWith: (code: number) => void
}

type ShowFlags = GivenOptions & {
  readonly epoch?: string
  readonly owner?: string
  readonly data?: string
  readonly json?: boolean
}

/** Adds `rewards` and `register` to the command line. */
export function addHousekeepingCommands(program: Command, deps: CommandDeps): void {
  const rewards = program
    .command('rewards')
    .description('what can be claimed on chain; claim it. Each looks at the chain itself')
  addShowCommand(rewards, deps)
  addClaimCommand(rewards, deps)
  addRegisterCommand(program, deps)
}

const dataFlag = '--data <place>'
const dataMeaning =
  'published reward data: a file, a directory with <network>/<epoch>/ below it, or its http(s) address'

function addShowCommand(rewards: Command, { env, print }: CommandDeps): void {
  withSettings(rewards.command('show'))
    .description("the operator's rewards by reward epoch: amounts, proofs, expiry; sends nothing")
    .option('--epoch <number>', 'this reward epoch alone')
    .option('--owner <address>', 'of this address, in place of those that the chain knows us by')
    .option(dataFlag, dataMeaning)
    .option('--json', 'for programs')
    .action(async ({ epoch, owner, data, json, ...given }: ShowFlags) => {
      const { showRewards } = await import('./show-rewards.ts')
      const shown = await showRewards(settingsBy(given, env), {
        ...(epoch !== undefined && { epoch: rewardEpochIn(epoch) }),
        ...(owner !== undefined && { owner }),
        ...(data !== undefined && { data }),
        isJson: json === true,
      })
      print(shown)
    })
}

type ClaimFlags = GivenOptions & {
  readonly recipient: string
  readonly owner?: string
  readonly from?: string
  readonly epoch?: string
  readonly data?: string
  readonly wrap: boolean
  readonly yes?: boolean
}

function addClaimCommand(rewards: Command, { env, print, exitWith }: CommandDeps): void {
  withSettings(rewards.command('claim'))
    .description('claim rewards: shows what arrives where, asks, sends once and follows it')
    .requiredOption(
      '--recipient <address>',
      'the owner itself, or one of claim_recipients, which is in the settings file only',
    )
    .option('--owner <address>', 'whose rewards; the identity unless told otherwise')
    .option('--from <address>', 'the key that sends: identity, executor or signingPolicy')
    .option('--epoch <number>', 'up to and including this reward epoch; all unless told otherwise')
    .option(dataFlag, dataMeaning)
    .option('--wrap', 'have wrapped coins arrive', false)
    .option('--no-wrap', 'have plain coins arrive, which is so unless told otherwise')
    .option('-y, --yes', 'do not ask at the terminal')
    .addHelpText('after', exitHelp)
    .action(async ({ recipient, owner, from, epoch, data, wrap, yes, ...given }: ClaimFlags) => {
      const { claimRewards } = await import('./claim-rewards.ts')
      const options = {
        recipient,
        ...(owner !== undefined && { owner }),
        ...(from !== undefined && { from }),
        ...(epoch !== undefined && { epoch: rewardEpochIn(epoch) }),
        ...(data !== undefined && { data }),
        isWrapped: wrap,
        isAgreed: yes === true,
      }
      exitWith(await claimRewards(settingsBy(given, env), options, aroundOf(env, print)))
    })
}

type RegisterFlags = GivenOptions & {
  readonly voter?: string
  readonly from?: string
  readonly yes?: boolean
}

function addRegisterCommand(program: Command, { env, print, exitWith }: CommandDeps): void {
  withSettings(program.command('register'))
    .description('what the chain knows of us as a voter; registers for the next reward epoch')
    .option('--voter <address>', 'the identity, where the settings and the chain do not tell it')
    .option('--from <address>', 'the key that sends and pays: executor, signingPolicy or identity')
    .option('-y, --yes', 'do not ask at the terminal')
    .addHelpText('after', exitHelp)
    .action(async ({ voter, from, yes, ...given }: RegisterFlags) => {
      const { register } = await import('./register.ts')
      const options = {
        ...(voter !== undefined && { voter }),
        ...(from !== undefined && { from }),
        isAgreed: yes === true,
      }
      exitWith(await register(settingsBy(given, env), options, aroundOf(env, print)))
    })
}

const exitHelp = `
Exit codes: 0 final, or nothing has to be done; 1 refused, failed or not known, as it says; 3 sent and not
final yet; 4 a person said no; 5 reverted, or its nonce is another transaction's; 6 nothing can be
done now. After 1 and 3 the same command takes up what may be out before it does anything new.`

/** What is asked goes to standard error: standard output is what is told. */
function aroundOf(env: Environment, print: (text: string) => void) {
  return { env, say: print, terminal: { input: process.stdin, output: process.stderr } }
}

/** uint24 */
const largestEpoch = 2 ** 24 - 1

function rewardEpochIn(text: string): number {
  const epoch = Number(text)
  if (/^\d{1,8}$/.test(text) && epoch <= largestEpoch) return epoch
  throw new UsageError('usage', `--epoch is a reward epoch, 0 to ${largestEpoch}.`)
}

class UsageError extends OracleError<'usage'> {}

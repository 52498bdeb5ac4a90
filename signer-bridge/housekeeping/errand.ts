/**
 * An errand of housekeeping, from a deed to its end on chain: simulated, priced, shown, agreed to,
 * written down, signed, sent and followed. The same for claims and registrations.
 */

import { setTimeout as pause } from 'node:timers/promises'
import { type Address, getAddress, type Hex, isAddressEqual } from 'viem'
import type { Chain } from '../chain/chain.ts'
import { type Fees, feesAt } from '../fees.ts'
import type { HouseBook, HouseJob } from '../journal/housekeeping.ts'
import type { KeySettings } from '../key-settings.ts'
import { type Desk, openDesk } from '../ledger/desk.ts'
import { isLedgerSigner, keyFor } from '../ledger/signer.ts'
import { openKeyring } from '../open-keys.ts'
import { paceOf } from '../pace.ts'
import { askHidden } from '../prompt.ts'
import type { RoleKey } from '../roles.ts'
import type { Environment } from '../secrets.ts'
import type { Settings } from '../settings.ts'
import { openJobOf, type WithBook } from './book-keeping.ts'
import { type HouseDeed, houseCalldata } from './calldata.ts'
import { inCoins } from './coins.ts'
import type { Terminal } from '../prompt.ts'
import { confirmed } from './confirm.ts'
import { HouseError } from './house-error.ts'
import { capitalised, jobWords } from './job-words.ts'
import { deedRefusal, gasLimitOf, maxHouseGas } from './policy.ts'
import { type Pursued, pursueJob } from './pursue.ts'
import type { RewardReads } from './reads.ts'
import { keptFromBridge } from './sender.ts'

export type ErrandDeps = {
  readonly settings: Settings
  readonly house: {
    readonly chain: Pick<
      Chain,
      'head' | 'balanceWei' | 'latestCount' | 'pendingCount' | 'receiptsOf' | 'send'
    >
  }
  readonly withBook: WithBook
  readonly reads: Pick<RewardReads, 'simulate' | 'estimateGas'>
  /** Whether it is agreed to, now that all of it has been told. */
  readonly agree: (question: string) => Promise<boolean>
  readonly say: (text: string) => void
  /** Whether nobody waits for it any more; what is open stays so. */
  readonly isOver?: () => boolean
}

/** What a command is handed. */
export type Around = {
  readonly env: Environment
  readonly terminal: Terminal
  readonly say: (text: string) => void
}

/** Asks the person at the terminal, unless a flag has said yes. */
export function agreeing(
  { terminal }: Around,
  isAgreed: boolean,
): (question: string) => Promise<boolean> {
  return (question) => (isAgreed ? Promise.resolve(true) : confirmed(question, terminal))
}

/** What is to be done, and how it is told. */
export type Errand = {
  readonly deed: HouseDeed
  readonly rewardEpochId: number
  readonly contract: Address
  /** Shown before it is agreed to, by what a simulation returned. */
  readonly lines: (simulated: Hex) => readonly string[]
  /** Why what a simulation returned is not good enough, or less than what was shown before the yes. */
  readonly simulationRefusal: (simulated: Hex, shown?: Hex) => string | undefined
}

export type Done = (Pursued & { readonly job: HouseJob }) | { readonly kind: 'declined' }

/** A replacement on a Ledger needs a person again. */
const ledgerResendMs = 60_000
const resendRounds = 2

/** For a person at a Ledger, who may have to fetch it. */
export const reviewMs = 300_000

/**
 * Opens a sender's key and others beside it, with their devices if they are on one.
 *
 * @param work Is given the sender's, and the others' in their order.
 */
export async function withKeys<T>(
  { settings, around }: { readonly settings: Settings; readonly around: Around },
  sender: KeySettings,
  others: readonly KeySettings[],
  work: (key: RoleKey, others: readonly RoleKey[]) => Promise<T>,
): Promise<T> {
  const wanted = [sender, ...others.filter((key) => key !== sender)]
  const { env, terminal } = around
  const { chainId } = settings.network
  const release = keptFromBridge(settings, wanted)
  let desk: Desk | undefined
  try {
    desk = await openDesk(wanted, { chainId, log: () => {} })
    await desk.check()
    const ask = (question: string) => askHidden(question, terminal)
    const deps = { chainId, env, ask, ledgerSigner: desk.signerOf }
    const [key, ...beside] = (await openKeyring(wanted, deps)).keys()
    if (key === undefined) throw new Error('A keyring has the keys that were opened.')
    return await work(key, beside)
  } finally {
    desk?.end()
    release()
  }
}

/**
 * Does an errand, unless the person says no.
 *
 * @throws {HouseError} `house-refused` if the policy or the contract is against it, or the balance is
 *   too low; `house-pending`, `terminal-missing`
 */
export async function doErrand(deps: ErrandDeps, errand: Errand, key: RoleKey): Promise<Done> {
  const { settings, say } = deps
  const { deed, contract, lines } = errand
  const calldata = houseCalldata(deed)
  const refusal = deedRefusal(key.role, deed, settings)
  if (refusal !== undefined) throw new HouseError('house-refused', refusal)
  const shown = await simulated(deps, errand, key)
  const gas = await gasOf(deps, errand, key)
  const fees = await affordable(deps, key, gas)
  const nonce = await freeNonce(deps, key.address)
  say(
    [
      ...lines(shown),
      `  Sent by ${key.address} (${key.role}) to ${contract} at nonce ${nonce}`,
      `  Costs at most ${inCoins(gas * fees.maxFeePerGas, settings.network.name)} (${gas} gas)`,
    ].join('\n'),
  )
  if (!(await deps.agree('Send it? Type yes: '))) return { kind: 'declined' }
  const { rewardEpochId } = errand
  const planned = { kind: deed.kind, owner: deed.owner, rewardEpochId, sender: key.address }
  return await deps.withBook(async (book) => {
    // A person may have taken minutes, in which others were at work.
    const open = openJobOf(book, planned)
    if (open !== undefined) {
      const words = capitalised(jobWords(open))
      throw new HouseError('house-pending', `${words} has been begun meanwhile. Nothing was sent.`)
    }
    await simulated(deps, errand, key, shown)
    const now = await freeNonce(deps, key.address)
    const job = book.plan({ ...planned, contract, calldata, nonce: now, gas }, Date.now())
    return await followJob({ ...deps, book }, job, key)
  })
}

export type FollowDeps = Pick<ErrandDeps, 'settings' | 'house' | 'say' | 'isOver'> & {
  readonly book: HouseBook
}

/**
 * Takes up a job that is written down, wherever it was left. What a person is told of it is what its
 * calldata says.
 *
 * @throws {HouseError} `house-pending` if it is another key's: its nonce means nothing for this one.
 */
export async function followJob(
  { settings, house, book, say, isOver }: FollowDeps,
  job: HouseJob,
  key: RoleKey,
): Promise<Done> {
  const what = jobWords(job)
  if (!isAddressEqual(job.sender, key.address)) {
    const sentence = `${capitalised(what)} is open, and ${getAddress(job.sender)} has sent it, not ${key.address}.`
    throw new HouseError('house-pending', sentence)
  }
  const { network, feePolicy } = settings
  const resendMs = isLedgerSigner(key.signer)
    ? ledgerResendMs
    : resendRounds * paceOf(network.schedule).resendMs
  const pursued = await pursueJob(
    {
      chain: house.chain,
      book,
      key: keyFor(key, { what, untilMs: Date.now() + reviewMs }),
      chainId: network.chainId,
      feePolicy,
      policy: settings,
      nowMs: () => Date.now(),
      steadyMs: () => performance.now(),
      sleep: (ms) => pause(ms),
      resendMs,
      say,
      ...(isOver && { isOver }),
    },
    job,
  )
  return { ...pursued, job }
}

async function simulated(
  { reads }: ErrandDeps,
  { deed, contract, simulationRefusal }: Errand,
  key: RoleKey,
  shown?: Hex,
): Promise<Hex> {
  const said = await reads.simulate(key.address, contract, houseCalldata(deed))
  if (said.kind === 'refused') {
    throw new HouseError('house-refused', `The contract would refuse it: ${said.reason}`)
  }
  const why = simulationRefusal(said.data, shown)
  if (why === undefined) return said.data
  throw new HouseError('house-refused', why)
}

async function gasOf({ reads }: ErrandDeps, { deed, contract }: Errand, key: RoleKey) {
  const estimated = await reads.estimateGas(key.address, contract, houseCalldata(deed))
  const gas = gasLimitOf(estimated)
  if (gas <= maxHouseGas) return gas
  const way = deed.kind === 'claim' ? ' Claim less at once: say --epoch with an earlier one.' : ''
  throw new HouseError('house-refused', `It would take ${gas} gas, more than ${maxHouseGas}.${way}`)
}

async function affordable(
  { settings, house }: ErrandDeps,
  { address }: RoleKey,
  gas: bigint,
): Promise<Fees> {
  const { baseFeeWei } = await house.chain.head()
  const fees = feesAt(baseFeeWei, settings.feePolicy)
  const balance = await house.chain.balanceWei(address)
  const needed = gas * fees.maxFeePerGas
  if (balance >= needed) return fees
  const { name } = settings.network
  throw new HouseError(
    'house-refused',
    `${address} has ${inCoins(balance, name)}; up to ${inCoins(needed, name)} are needed.`,
  )
}

/** The first that the chain has not used, if nothing waits there that is not ours. */
async function freeNonce({ house }: ErrandDeps, sender: Address): Promise<number> {
  const latest = await house.chain.latestCount(sender)
  const pending = await house.chain.pendingCount(sender)
  if (pending <= latest) return latest
  throw new HouseError(
    'house-pending',
    `Something of ${sender} that was not sent here waits at nonce ${latest}. Let it land first.`,
  )
}

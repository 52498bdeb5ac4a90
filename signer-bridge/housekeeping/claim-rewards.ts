/**
 * `chrono-bridge rewards claim`: builds the claim itself from what the chain and the published data
 * say, shows what arrives, and sends it once. What was begun is taken up before anything new.
 */

import { type Address, getAddress, isAddressEqual } from 'viem'
import type { NetworkName } from '../../src/protocol/networks.ts'
import type { Receipt } from '../chain/chain.ts'
import type { HouseJob } from '../journal/housekeeping.ts'
import type { KeySettings } from '../key-settings.ts'
import type { RoleKey } from '../roles.ts'
import type { Settings } from '../settings.ts'
import { unanimous } from './agreement.ts'
import { bookOf } from './book-keeping.ts'
import { claimPlan, type ClaimPlan, type Planned } from './claim-plan.ts'
import { type ClaimDeed, readHouseCalldata } from './calldata.ts'
import { inCoins } from './coins.ts'
import { concluded } from './conclusion.ts'
import { dataSourceAt } from './data-source.ts'
import {
  agreeing,
  type Around,
  doErrand,
  type Done,
  type Errand,
  type ErrandDeps,
  withKeys,
} from './errand.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { openHouse } from './house.ts'
import { HouseError } from './house-error.ts'
import { identityOf, noIdentity, typedAddress } from './owners.ts'
import { deedRefusal } from './policy.ts'
import {
  paidIn,
  type RewardContracts,
  rewardContracts,
  type RewardReads,
  rewardReads,
} from './reads.ts'
import { isPaidByProof } from './reward-data.ts'
import { typeName, withoutData } from './rewards-text.ts'
import { sendersFor } from './sender.ts'
import { takeUp } from './take-up.ts'
import { rewardsOf } from './view.ts'

export type ClaimOptions = {
  readonly recipient: string
  readonly owner?: string
  readonly from?: string
  /** Up to which; all that can be claimed unless it is given. */
  readonly epoch?: number
  readonly data?: string
  readonly isWrapped: boolean
  readonly isAgreed: boolean
}

type Claim = {
  readonly deps: ErrandDeps
  readonly reads: RewardReads
  readonly contracts: RewardContracts
  readonly owner: Address
  readonly recipient: Address
  readonly options: ClaimOptions
}

/**
 * Claims, unless the person says no.
 *
 * @throws {HouseError} `house-refused`, `sender-unknown`, `house-pending`, `terminal-missing`,
 *   `data-unreadable`, `nodes-differ`
 * @throws {JournalError} `journal-in-use`
 */
export async function claimRewards(
  settings: Settings,
  options: ClaimOptions,
  around: Around,
): Promise<ExitCode> {
  const recipient = typedAddress(options.recipient, '--recipient')
  const house = await openHouse(settings)
  try {
    const { nodes, chain } = house
    const voice = unanimous(nodes)
    const contracts = await rewardContracts(voice)
    const reads = rewardReads({ nodes, chain, voice }, contracts)
    const owner = await ownerOf(settings, options, reads)
    const sender = senderOf(settings, options, owner)
    refuseRecipient(settings, sender, { owner, recipient })
    const agree = agreeing(around, options.isAgreed)
    const withBook = bookOf(settings, chain)
    const deps = { settings, house, withBook, reads, agree, say: around.say }
    const claim = { deps, reads, contracts, owner, recipient, options }
    return await withKeys({ settings, around }, sender, [], (key) => claimBy(claim, key))
  } finally {
    house.end()
  }
}

async function claimBy(claim: Claim, key: RoleKey): Promise<ExitCode> {
  const { deps, owner } = claim
  const earlier = await takeUp(deps, key, { kind: 'claim', owner })
  if (earlier !== undefined) {
    const code = await ended(claim, earlier)
    // Only what has landed leaves room for what was asked for, which may have been something else.
    if (earlier.kind !== 'landed') return code
  }
  const { plan, leftOut, isKnown } = await planOf(claim)
  if (plan !== undefined) {
    return await ended(claim, await doErrand(deps, errandOf(claim, plan, leftOut), key))
  }
  for (const sentence of leftOut) deps.say(sentence)
  if (claim.options.data === undefined && !isKnown) deps.say(withoutData)
  const more = earlier === undefined ? '' : ' more'
  if (isKnown) {
    deps.say(`Nothing${more} can be claimed for ${owner}.`)
    return exitCodes.done
  }
  throw new HouseError(
    'rewards-unknown',
    `Nothing${more} that is known can be claimed for ${owner}, and not all is known.`,
  )
}

async function planOf({ deps, reads, contracts, owner, options }: Claim): Promise<Planned> {
  const { network } = deps.settings
  const { data: place, epoch } = options
  const data =
    place === undefined ? undefined : dataSourceAt(place, { network: network.name, fetch })
  const { rewardManager } = contracts
  const rewards = await rewardsOf({ reads, rewardManager, ...(data && { data }) }, owner)
  for (const { rewardEpochId, note } of rewards.epochs) {
    if (note !== undefined && rewardEpochId <= (epoch ?? rewardEpochId))
      deps.say(`Reward epoch ${rewardEpochId}: ${note}`)
  }
  return claimPlan(rewards, epoch)
}

function errandOf(claim: Claim, plan: ClaimPlan, leftOut: readonly string[]): Errand {
  const { deps, contracts, owner, recipient, options } = claim
  const { name } = deps.settings.network
  const { rewardEpochId, proofs } = plan
  const { isWrapped } = options
  const deed: ClaimDeed = { kind: 'claim', owner, recipient, rewardEpochId, isWrapped, proofs }
  const place = isAddressEqual(owner, recipient) ? 'the owner itself' : 'of claim_recipients'
  return {
    deed,
    rewardEpochId,
    contract: contracts.rewardManager,
    lines: (simulated) => [
      `A claim for ${owner}`,
      `  Arrives: ${inCoins(paidIn(simulated), name)}${isWrapped ? ', wrapped' : ''}`,
      `  At ${recipient} (${place})`,
      ...(plan.isByWeight ? [`  By weight: up to reward epoch ${rewardEpochId}`] : []),
      ...proofs.map(({ body: { claimType, rewardEpochId: epoch, amount } }) => {
        const what = isPaidByProof({ claimType }) ? inCoins(amount, name) : 'initialised on the way'
        return `  By proof: ${typeName(claimType)} of reward epoch ${epoch}, ${what}`
      }),
      ...leftOut.map((sentence) => `  ${sentence}`),
    ],
    simulationRefusal: (simulated, shown) => {
      const wei = paidIn(simulated)
      if (wei === 0n) return 'It would pay nothing.'
      return shown !== undefined && wei < paidIn(shown)
        ? `It would pay ${inCoins(wei, name)} by now, less than was shown.`
        : undefined
    },
  }
}

async function ended({ deps, reads }: Claim, done: Done): Promise<ExitCode> {
  const { name } = deps.settings.network
  const landed = done.kind === 'landed' ? await arrived(reads, done, name) : undefined
  return concluded(done, name, deps.say, landed)
}

type Landed = { readonly job: HouseJob; readonly receipt: Receipt }

/** By the events of the receipt, and not by what was expected. */
async function arrived(
  reads: RewardReads,
  { job, receipt }: Landed,
  network: NetworkName,
): Promise<string | undefined> {
  const deed = readHouseCalldata(job.kind, job.calldata)
  if (deed?.kind !== 'claim') return undefined
  const wei = await reads.paidBy(receipt.txHash, deed.recipient)
  return `${inCoins(wei, network)} have arrived at ${getAddress(deed.recipient)}.`
}

async function ownerOf(
  { keys }: Settings,
  { owner }: ClaimOptions,
  reads: RewardReads,
): Promise<Address> {
  if (owner !== undefined) return typedAddress(owner, '--owner')
  const identity = await identityOf(keys, reads)
  if (identity !== undefined) return identity
  throw new HouseError('sender-unknown', noIdentity)
}

function senderOf({ keys }: Settings, { from }: ClaimOptions, owner: Address): KeySettings {
  const named = from === undefined ? {} : { from: typedAddress(from, '--from') }
  const [sender] = sendersFor(keys, { ...named, first: owner })
  if (sender === undefined) throw new Error('There is a sender, or it was told that there is none.')
  return sender
}

/** Before any key is opened: where money may go is no question of what there is to be claimed. */
function refuseRecipient(
  settings: Settings,
  { role }: KeySettings,
  { owner, recipient }: { readonly owner: Address; readonly recipient: Address },
): void {
  const nothing = { kind: 'claim', rewardEpochId: 0, isWrapped: false, proofs: [] } as const
  const refusal = deedRefusal(role, { ...nothing, owner, recipient }, settings)
  if (refusal !== undefined) throw new HouseError('house-refused', refusal)
}

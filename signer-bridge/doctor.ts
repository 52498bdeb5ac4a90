/**
 * `chrono-bridge doctor`: looks at all that a round needs and says what is wrong. It sends nothing to
 * the chain; from the Worker it asks for the lease, as a running bridge does.
 */

import { votingRoundAt } from '../src/protocol/epoch.ts'
import { balanceFound, keyWords } from './balance-watch.ts'
import { batchOver } from './chain/batch.ts'
import { checkSchedule, resolveContracts } from './chain/contracts.ts'
import { headOf, type Node, nodeAt, type Nodes, nodesOf, patienceOf } from './chain/nodes.ts'
import { registeredIn, registrationRefusal } from './chain/registered.ts'
import { type Roster, rosterOf } from './chain/roster.ts'
import { clockCheck } from './clock.ts'
import { httpCompanion } from './companions/http-companion.ts'
import { dayCostOf } from './day-cost.ts'
import { dutiesOf, nextDeadline } from './deadlines.ts'
import { roundNeedWei } from './fees.ts'
import { type Check, type Finding, findingsOf, findingsText, isReady } from './findings.ts'
import { roundGasOf } from './gas.ts'
import { payerNeeded } from './housekeeping/automatic.ts'
import { JournalError } from './journal/database.ts'
import { holderOf } from './journal/journal.ts'
import { checkSecrets, keyFindings } from './key-findings.ts'
import { nodeCheck, nodeName } from './node-check.ts'
import { paceOf } from './pace.ts'
import { payingKeys } from './paying-keys.ts'
import { type Environment, optionalSecretOf, secretOf } from './secrets.ts'
import type { Settings } from './settings.ts'
import { journalStatus } from './status.ts'
import { type Answer, workerClient } from './worker-client.ts'

/** Which command the settings are for. */
type Purpose = 'run' | 'serve-protocol'

/** What was found: whether that command could run, and all of it for a person. */
export async function examine(
  settings: Settings,
  env: Environment,
  purpose: Purpose,
): Promise<{ readonly isReady: boolean; readonly text: string }> {
  const { network, rpcUrls } = settings
  const { nodeMs } = paceOf(network.schedule)
  const each = rpcUrls.map((url) => nodeAt(url, network.chainId, nodeMs))
  const patienceMs = patienceOf(network.schedule)
  const { chainId } = network
  const roster = rosterOf({ nodes: each, chainId, patienceMs, log: () => {} })
  const nodes = nodesOf(roster.members)
  const findings = [
    ...(await (purpose === 'run' ? keyFindings(settings, env) : providerFindings(env))),
    ...(await nodeFindings(settings, each)),
    ...(await findingsOf([
      ...chainChecks(settings, nodes, roster),
      ...(purpose === 'run' ? balanceChecks(settings, nodes) : []),
      { name: 'lease', look: () => checkLease(settings, env) },
      ...(purpose === 'run' ? companionChecks(settings, env) : []),
    ])),
  ]
  const nowMs = Date.now()
  const owed = owedIn(settings.journalFile)
  const duties = { ...dutiesOf(settings), ...(owed && { owed }) }
  const deadline = nextDeadline(network.schedule, duties, nowMs)
  return { isReady: isReady(findings), text: findingsText(findings, deadline, nowMs) }
}

/** Where another client sends: what it needs itself is not ours to look at. */
async function providerFindings(env: Environment): Promise<readonly Finding[]> {
  const note = 'not looked at, nor balances and companions: flare-system-client has them and sends'
  return await findingsOf([
    { name: 'keys', look: async () => ({ note }) },
    {
      name: 'secrets',
      look: async () => {
        optionalSecretOf('protocolApiKey', env)
        return checkSecrets(env)
      },
    },
  ])
}

/** Each node for itself, and whether one of them is as it must be. */
async function nodeFindings({ network, rpcUrls }: Settings, each: readonly Node[]) {
  const { nodeMs, maxHeadAgeMs } = paceOf(network.schedule)
  const findings = await findingsOf(
    each.map((node, place) => ({
      name: nodeName(rpcUrls[place] ?? node.url, place),
      look: () =>
        nodeCheck(node, {
          batch: batchOver(fetch, nodeMs),
          headStampSec: async () => (await headOf(node)).timestampSec,
          chainId: network.chainId,
          maxHeadAgeMs,
          nowMs: () => Date.now(),
        }),
    })),
  )
  const well = findings.filter(({ kind }) => kind === 'well').length
  const what = `${well} of ${findings.length} are as they must be`
  const kind = well > 0 ? ('well' as const) : ('bad' as const)
  // One that is away is no reason not to start, as long as another is there.
  const softened = findings.map((finding) =>
    finding.kind === 'bad' && well > 0 ? { ...finding, kind: 'note' as const } : finding,
  )
  return [...softened, { name: 'nodes', kind, what }]
}

function chainChecks({ network, keys }: Settings, nodes: Nodes, roster: Roster): readonly Check[] {
  return [
    {
      name: 'chain',
      look: async () => {
        const { genesisHash } = await roster.settle()
        return `id ${network.chainId}, first block ${genesisHash}`
      },
    },
    {
      name: 'contracts',
      look: async () => {
        const contracts = await resolveContracts(nodes)
        await checkSchedule(nodes, contracts, network)
        return `FlareSystemsManager at ${contracts.flareSystemsManager}, its schedule as set`
      },
    },
    {
      name: 'registration',
      look: async () => {
        const registered = await registeredIn(nodes, await resolveContracts(nodes))
        if (registered === undefined)
          return { note: 'VoterRegistry does not tell who is registered' }
        const refusal = registrationRefusal(keys, registered)
        if (refusal !== undefined) throw new Error(refusal)
        const roles = [...new Set(keys.map(({ role }) => role))].join(', ')
        return `one voter of reward epoch ${registered.rewardEpochId}: ${roles}`
      },
    },
    {
      name: 'clock',
      look: async () => {
        const clock = clockCheck()
        clock.note((await nodes.ask(headOf)).timestampSec, Date.now())
        const drift = `${clock.driftMs() ?? '?'} ms ahead of the last block`
        if (!clock.isTrusted()) throw new Error(drift)
        return drift
      },
    },
  ]
}

/** Of each key that pays: those that send must be able to pay their part of a whole round. */
export function balanceChecks(settings: Settings, nodes: Nodes): readonly Check[] {
  const { network, feePolicy, balanceAlarmWei, companions } = settings
  const hasCompanions = companions.length > 0
  const gas = roundGasOf({ hasCompanions, signsRoots: true, measured: () => undefined })
  const payers = payingKeys(settings)
  const balances = payers.map(({ role, address, registers }) => ({
    name: `balance of ${keyWords(role, address)}${registers ? ', which pays for registrations' : ''}`,
    look: async () => {
      const wei = await nodes.ask((node) => node.getBalance({ address }))
      // What a day costs is told if it is known; the balance counts.
      const head = await nodes.ask(headOf).catch(() => undefined)
      const day = head && dayCostOf(network, role, head.baseFeeWei, feePolicy)
      const needWei = roundNeedWei(role, feePolicy, gas)
      return balanceFound({ wei, needWei, balanceAlarmWei, ...(day && { day }) })
    },
  }))
  const isUnpaid = settings.register !== 'off' && !payers.some(({ registers }) => registers)
  return isUnpaid ? [...balances, unpaid] : balances
}

/** Known from the settings alone. */
const unpaid: Check = {
  name: 'registrations',
  look: () => Promise.reject(new Error(`No key pays for them: ${payerNeeded}.`)),
}

/** HTTP's word for "somebody else has it". */
const conflictStatus = 409

async function checkLease(settings: Settings, env: Environment) {
  const secret = secretOf('bridgeSecret', env)
  const worker = workerClient({ url: settings.workerUrl, secret, fetch, nowMs: () => Date.now() })
  const holder = holderIn(settings.journalFile)
  if (holder === undefined) {
    // No reports are a mistake, which the Worker tells only to who has its secret.
    const answer = await worker.report([], doctorPatienceMs)
    if (answer.kind === 'unreachable') throw new Error(answer.reason)
    return { note: 'the Worker answers; the journal, which is to hold the lease, is not there yet' }
  }
  const answer = await worker.lease(holder, doctorPatienceMs)
  if (answer.kind === 'answered') {
    const leftSec = Math.round((answer.value.expires_at - Date.now()) / 1_000)
    return `held, token ${answer.value.fencing_token}, for ${leftSec} s`
  }
  if (isOthers(answer)) return { note: 'another bridge holds it; this one would stand by' }
  throw new Error(answer.kind === 'refused' ? `refused: ${answer.code}` : answer.reason)
}

function isOthers(answer: Answer<unknown>): boolean {
  return answer.kind === 'refused' && answer.status === conflictStatus
}

const doctorPatienceMs = 5_000

function holderIn(file: string): string | undefined {
  try {
    return holderOf(file)
  } catch (error) {
    // Before the first start; any other trouble with it keeps a bridge from starting.
    if (error instanceof JournalError && error.code === 'journal-missing') return undefined
    throw error
  }
}

/** Rounds whose reveal is owed; `undefined` where no journal says so. */
function owedIn(file: string): readonly number[] | undefined {
  try {
    return journalStatus(file, 1).owedRounds
  } catch {
    // The lease is looked at with the same journal, and says what is wrong with it.
    return undefined
  }
}

/** Without what a companion says a round goes on, so that nothing here is bad. */
function companionChecks(settings: Settings, env: Environment): readonly Check[] {
  const { companions, network, submitAddress } = settings
  return companions.map(({ protocolId, url }) => ({
    name: `companion of protocol ${protocolId}`,
    look: async () => {
      const apiKey = optionalSecretOf('companionApiKey', env)
      const companion = httpCompanion({ protocolId, url, fetch, ...(apiKey && { apiKey }) })
      const round = votingRoundAt(network.schedule, Date.now())
      const said = await companion.frameFor('submit1', round, submitAddress, doctorPatienceMs)
      if (said.kind === 'again' || said.kind === 'refused') return { note: said.reason }
      return said.kind === 'empty' ? 'answers; nothing to say now' : 'answers, with a frame'
    },
  }))
}

/**
 * `chrono-bridge doctor`: looks at all that a round needs and says what is wrong. It sends nothing to
 * the chain; from the Worker it asks for the lease, as a running bridge does.
 */

import { formatEther } from 'viem'
import { votingRoundAt, votingRoundStartMs } from '../src/protocol/epoch.ts'
import { timetableMs } from '../src/protocol/timetable.ts'
import { checkChain, checkSchedule, resolveContracts } from './chain/contracts.ts'
import { headOf, type Node, nodeAt, type Nodes, nodesOf } from './chain/nodes.ts'
import { clockCheck } from './clock.ts'
import { worstCostWei } from './fees.ts'
import { roundGasOf } from './gas.ts'
import { holderOf } from './journal/journal.ts'
import { openDesk } from './ledger/desk.ts'
import { openKeyring } from './open-keys.ts'
import { paceOf } from './pace.ts'
import { askHidden } from './prompt.ts'
import { type Environment, secretOf } from './secrets.ts'
import type { Settings } from './settings.ts'
import { workerClient } from './worker-client.ts'

export type Finding = {
  readonly name: string
  readonly isWell: boolean
  /** What was found, in a few words. */
  readonly what: string
}

type Check = readonly [name: string, check: () => Promise<string>]

/** Every check, in order; one that fails does not keep the others from being made. */
export async function examine(settings: Settings, env: Environment): Promise<readonly Finding[]> {
  const { network, rpcUrls } = settings
  const { nodeMs } = paceOf(network.schedule)
  const nodes = rpcUrls.map((url) => nodeAt(url, network.chainId, nodeMs))
  const findings: Finding[] = []
  for (const [name, check] of checksOf(settings, env, nodes)) {
    try {
      findings.push({ name, isWell: true, what: await check() })
    } catch (error) {
      const what = error instanceof Error ? error.message : String(error)
      findings.push({ name, isWell: false, what })
    }
  }
  return findings
}

function checksOf(settings: Settings, env: Environment, each: readonly Node[]): readonly Check[] {
  const { network } = settings
  const nodes = nodesOf(each)
  return [
    ['keys', () => checkKeys(settings, env)],
    [
      'chain',
      async () => `id ${network.chainId}, first block ${await checkChain(nodes, network.chainId)}`,
    ],
    [
      'contracts',
      async () => {
        const contracts = await resolveContracts(nodes)
        await checkSchedule(nodes, contracts, network)
        return `FlareSystemsManager at ${contracts.flareSystemsManager}, its schedule as set`
      },
    ],
    [
      'clock',
      async () => {
        const clock = clockCheck()
        clock.note((await nodes.ask(headOf)).timestampSec, Date.now())
        const drift = `${clock.driftMs() ?? '?'} ms ahead of the last block`
        if (!clock.isTrusted()) throw new Error(drift)
        return drift
      },
    ],
    ...balanceChecks(settings, nodes),
    ['lease', () => checkLease(settings, env)],
    ['next deadline', async () => nextDeadline(settings, Date.now())],
  ]
}

async function checkKeys(settings: Settings, env: Environment): Promise<string> {
  const { chainId } = settings.network
  const terminal = { input: process.stdin, output: process.stderr }
  const ask = (question: string) => askHidden(question, terminal)
  const desk = await openDesk(settings.keys, { chainId, log: () => {} })
  try {
    const deps = { chainId, env, ask, ledgerSigner: desk.signerOf }
    const keyring = await openKeyring(settings.keys, deps)
    secretOf('operatorSecret', env)
    await desk.check()
    return keyring
      .keys()
      .map(({ role, address }) => `${role} ${address}`)
      .join(', ')
  } finally {
    desk.end()
  }
}

/** Of each key that sends: the submit key must be able to pay a whole round. */
function balanceChecks(settings: Settings, nodes: Nodes): readonly Check[] {
  return settings.keys
    .filter(({ role }) => role === 'submit' || role === 'submitSignatures')
    .map(({ role, address }): Check => [
      role === 'submit' ? 'balance' : `balance of ${role}`,
      async () => {
        const wei = await nodes.ask((node) => node.getBalance({ address }))
        const needed = role === 'submit' ? worstCostWei(settings.feePolicy, roundGasOf({})) : 1n
        const what = `${formatEther(wei)}; a round may need ${formatEther(needed)}`
        if (wei < needed) throw new Error(what)
        return wei < settings.balanceAlarmWei ? `${what}; low` : what
      },
    ])
}

async function checkLease(settings: Settings, env: Environment): Promise<string> {
  const secret = secretOf('bridgeSecret', env)
  const holder = holderOf(settings.journalFile)
  if (holder === undefined) throw new Error('The journal does not name this bridge yet.')
  const worker = workerClient({ url: settings.workerUrl, secret, fetch, nowMs: () => Date.now() })
  const answer = await worker.lease(holder, doctorPatienceMs)
  if (answer.kind === 'answered') {
    const leftSec = Math.round((answer.value.expires_at - Date.now()) / 1_000)
    return `held, token ${answer.value.fencing_token}, for ${leftSec} s`
  }
  throw new Error(answer.kind === 'refused' ? `refused: ${answer.code}` : answer.reason)
}

const doctorPatienceMs = 5_000

function nextDeadline({ network: { schedule } }: Settings, nowMs: number): string {
  const round = votingRoundAt(schedule, nowMs)
  const { lastCommit, revealDeadline } = timetableMs(schedule)
  const startMs = votingRoundStartMs(schedule, round)
  const deadlines = [
    { what: `reveal of round ${round - 1}`, atMs: startMs + revealDeadline },
    { what: `commit of round ${round}`, atMs: startMs + lastCommit },
    {
      what: `reveal of round ${round}`,
      atMs: votingRoundStartMs(schedule, round + 1) + revealDeadline,
    },
  ]
  const next = deadlines.find(({ atMs }) => atMs > nowMs)
  return next === undefined ? '?' : `${next.what}, in ${((next.atMs - nowMs) / 1_000).toFixed(1)} s`
}

/** The findings as lines for a person, with a verdict at the end. */
export function findingsText(findings: readonly Finding[]): string {
  const lines = findings.map(
    ({ name, isWell, what }) => `${isWell ? 'ok  ' : 'FAIL'}  ${name}: ${what}`,
  )
  const failed = findings.filter(({ isWell }) => !isWell).map(({ name }) => name)
  const verdict = failed.length === 0 ? 'All is well.' : `Not fit to run: ${failed.join(', ')}.`
  return [...lines, verdict].join('\n')
}

/**
 * What the thirty rounds must come to, by somebody who has nothing but a node's address, T0 and the
 * registry's address: every block read one by one, every event cut out of its hex by hand. It imports
 * nothing of the house but the other oracle, which knows nothing of it either.
 */

import { keccak256 } from 'viem'
import {
  naiveBench,
  naiveOracle,
  type OracleBlock,
  type OracleEpoch,
  type OracleVerdict,
} from '../naive-oracle.ts'

export type BlindOracle = {
  readonly verdictOf: (round: number) => OracleVerdict | undefined
  /** Whose valid reveal did not count for the random of a round. */
  readonly benchedIn: (round: number) => readonly string[]
  /** Ascending. */
  readonly epochs: readonly OracleEpoch[]
  readonly blocks: readonly OracleBlock[]
}

type RpcLog = { readonly topics: string[]; readonly data: string; readonly blockNumber: string }
type RpcBlock = {
  readonly number: string
  readonly timestamp: string
  readonly transactions: {
    readonly from: string
    readonly to: string | null
    readonly input: string
    readonly transactionIndex: string
  }[]
}

/** First topics of the events, as published. */
const topics = {
  policy: '0x91d0280e969157fc6c5b8f952f237b03d934b18534dafcac839075bbc33522f8',
  voter: '0xbfb6cd90b6e2668916d9e034926c84f40bcf94094b0d625ec8eecfdeb2150ae1',
  epochStarted: '0x4abb62ab1e4c42a11b90e4e45b92af1274f74cc634b759518e8c99e000d8be6d',
  randomSought: '0xf9991783e5e480e42d9a54d3f35f4321857f8f0ebeb3742d326dce28b1126708',
  inflation: '0x01070f0e535c0d3077d9ca64b3122869a1897ff5c7711ba33b4db1fb9fd70cfc',
  community: '0x0b348981891869f97551a071f05fba72c5efadafb062152f1ef417a25264d69a',
} as const

const registry = '0xaD67FE66660Fb8dFE9d6b1b4240d8650e30F6019'

/** Reads the whole chain, from its first block on. */
export async function readBlindly(rpcUrl: string, genesisSec: number): Promise<BlindOracle> {
  const blocks: OracleBlock[] = []
  const latest = Number((await ask(rpcUrl, 'eth_blockNumber')) as string)
  for (let number = 0; number <= latest; number += 1) blocks.push(await blockAt(rpcUrl, number))
  const epochs = await epochsOf(rpcUrl, new Map(blocks.map((b) => [b.number, b.timestampSec])))
  const world = { genesisSec, blocks, epochs }
  return { verdictOf: naiveOracle(world), benchedIn: naiveBench(world), epochs, blocks }
}

async function blockAt(rpcUrl: string, number: number): Promise<OracleBlock> {
  const asked = `0x${number.toString(16)}`
  const block = (await ask(rpcUrl, 'eth_getBlockByNumber', asked, true)) as RpcBlock
  return {
    number: Number(block.number),
    timestampSec: Number(block.timestamp),
    transactions: block.transactions.map(({ from, to, input, transactionIndex }) => ({
      from,
      to,
      input,
      transactionIndex: Number(transactionIndex),
    })),
  }
}

/** The reward epochs of which everything is told that a result depends on. */
async function epochsOf(
  rpcUrl: string,
  stamps: ReadonlyMap<number, number>,
): Promise<readonly OracleEpoch[]> {
  const relay = await addressOf(rpcUrl, 'Relay')
  const manager = await addressOf(rpcUrl, 'FlareSystemsManager')
  const offers = await addressOf(rpcUrl, 'FtsoRewardOffersManager')
  const voters = await logs(rpcUrl, await addressOf(rpcUrl, 'VoterRegistry'), topics.voter)
  const inflation = await logs(rpcUrl, offers, topics.inflation)
  const community = await logs(rpcUrl, offers, topics.community)
  const started = await logs(rpcUrl, manager, topics.epochStarted)
  const sought = await logs(rpcUrl, manager, topics.randomSought)
  const stampOf = (log: RpcLog): number => stamps.get(Number(log.blockNumber)) ?? Number.NaN

  const epochs: OracleEpoch[] = []
  for (const policy of await logs(rpcUrl, relay, topics.policy)) {
    const rewardEpochId = Number(policy.topics[1])
    const from = started.find((log) => Number(log.topics[1]) === rewardEpochId - 1)
    const to = sought.find((log) => Number(log.topics[1]) === rewardEpochId)
    if (from === undefined || to === undefined) continue
    const isOfEpoch = (log: RpcLog): boolean =>
      Number(log.topics[1]) === rewardEpochId &&
      stampOf(log) >= stampOf(from) &&
      stampOf(log) <= stampOf(to)
    epochs.push({
      rewardEpochId,
      startVotingRoundId: number(policy, 0),
      beforeFip16: false,
      feeds: feedsOf(inflation.filter(isOfEpoch), community.filter(isOfEpoch)),
      voters: votersOf(
        policy,
        voters.filter((log) => Number(log.topics[2]) === rewardEpochId),
      ),
    })
  }
  return epochs
}

/** By signing-policy address, which is what the policy names; their weights beside them. */
function votersOf(policy: RpcLog, registered: readonly RpcLog[]): OracleEpoch['voters'] {
  const signers = wordsAt(policy, number(policy, 3))
  const weights = wordsAt(policy, number(policy, 4))
  return signers.map((signer, place) => {
    const log = registered.find(({ topics: [, , , signing] }) =>
      signing?.endsWith(signer.slice(24)),
    )
    if (log === undefined) throw new Error(`Nobody registered with ${signer}.`)
    return {
      submitAddress: `0x${word(log, 0).slice(24)}`,
      weight: BigInt(`0x${weights[place] ?? ''}`),
    }
  })
}

/** Inflation's feeds by id; then those that only others pay for, by the sum, then by id. */
function feedsOf(inflation: readonly RpcLog[], community: readonly RpcLog[]): OracleEpoch['feeds'] {
  const decimalsById: Record<string, number> = {}
  const sums: Record<string, bigint> = {}
  for (const log of inflation) {
    const ids = bytesAt(log, number(log, 0))
    const decimals = bytesAt(log, number(log, 1))
    for (let i = 0; 42 * i < ids.length; i += 1) {
      decimalsById[ids.slice(42 * i, 42 * (i + 1))] = signedByte(decimals.slice(2 * i, 2 * i + 2))
    }
  }
  const paidByAll = Object.keys(decimalsById).sort()
  for (const log of community) {
    const id = word(log, 0).slice(0, 42)
    decimalsById[id] = signedByte(word(log, 1).slice(62))
    sums[id] = (sums[id] ?? 0n) + BigInt(`0x${word(log, 2)}`)
  }
  const paidByFew = Object.entries(sums)
    .filter(([id]) => !paidByAll.includes(id))
    .sort(([id, sum], [otherId, other]) =>
      sum === other ? (id < otherId ? -1 : 1) : sum > other ? -1 : 1,
    )
    .map(([id]) => id)
  return [...paidByAll, ...paidByFew].map((id) => ({
    id: `0x${id}`,
    decimals: decimalsById[id] ?? Number.NaN,
  }))
}

function signedByte(digits: string): number {
  const value = Number.parseInt(digits, 16)
  return value > 127 ? value - 256 : value
}

/** The 64 digits of an event's word. */
function word({ data }: RpcLog, place: number): string {
  return data.slice(2 + 64 * place, 2 + 64 * (place + 1))
}

function number(log: RpcLog, place: number): number {
  return Number.parseInt(word(log, place), 16)
}

/** A list of words that begins, with its length, so many bytes into the data. */
function wordsAt(log: RpcLog, offset: number): string[] {
  const first = offset / 32 + 1
  return Array.from({ length: number(log, offset / 32) }, (_, i) => word(log, first + i))
}

/** The digits of a byte string that lies there. */
function bytesAt(log: RpcLog, offset: number): string {
  const start = 2 + 2 * offset + 64
  return log.data.slice(start, start + 2 * number(log, offset / 32))
}

async function logs(rpcUrl: string, address: string, topic: string): Promise<RpcLog[]> {
  const filter = { address, topics: [topic], fromBlock: '0x0', toBlock: 'latest' }
  return (await ask(rpcUrl, 'eth_getLogs', filter)) as RpcLog[]
}

/** What the registry answers for a name: a call encoded by hand. */
async function addressOf(rpcUrl: string, name: string): Promise<string> {
  const selector = keccak256(Buffer.from('getContractAddressByName(string)')).slice(0, 10)
  const text = Buffer.from(name).toString('hex')
  const length = name.length.toString(16).padStart(64, '0')
  const data = `${selector}${'20'.padStart(64, '0')}${length}${text.padEnd(64, '0')}`
  const answer = (await ask(rpcUrl, 'eth_call', { to: registry, data }, 'latest')) as string
  return `0x${answer.slice(-40)}`
}

async function ask(
  rpcUrl: string,
  method: string,
  ...params: readonly unknown[]
): Promise<unknown> {
  const response = await fetch(rpcUrl, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(10_000),
  })
  const { result } = (await response.json()) as { result?: unknown }
  if (result === undefined) throw new Error(`${method} is not answered.`)
  return result
}

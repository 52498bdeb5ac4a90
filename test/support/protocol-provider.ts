/**
 * The protocol data provider over real HTTP, in a world of which everything can be set: the second,
 * the blocks, the Worker, the disk. Its journal is real, and so is the time for which it waits.
 */

import { once } from 'node:events'
import type { Server } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { numberToHex, parseGwei } from 'viem'
import { inMemory } from '../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../signer-bridge/journal/journal.ts'
import type { Confirmation, ObservedOutcome } from '../../signer-bridge/observer/observer.ts'
import { paceOf } from '../../signer-bridge/pace.ts'
import { listen } from '../../signer-bridge/protocol-provider/listen.ts'
import {
  type ProviderDeps,
  protocolProvider,
} from '../../signer-bridge/protocol-provider/provider.ts'
import { providerRoutes } from '../../signer-bridge/protocol-provider/routes.ts'
import { randomOf } from '../../signer-bridge/random.ts'
import type { Moment } from '../../signer-bridge/timeline.ts'
import type { Answer } from '../../signer-bridge/worker-client.ts'
import type { FreezeRequest, FrozenRound } from '../../src/protocol/bridge-wire.ts'
import { votingRoundStartMs } from '../../src/protocol/epoch.ts'
import { feedLeaf, randomLeaf } from '../../src/protocol/leaves.ts'
import { merkleProof, merkleTreeOf } from '../../src/protocol/merkle-tree.ts'
import { networks } from '../../src/protocol/networks.ts'
import { encodeProtocolMessage } from '../../src/protocol/protocol-message.ts'
import type { RoundResult } from '../../src/protocol/round-result.ts'
import { account, type Event, feeds } from './bridge-world.ts'

export const providerKey = 'a key of the protocol data provider'
const network = networks.local
const { chainId, schedule } = network

/** A result of three feeds, the last of which nobody voted for. */
export function aResult(votingRoundId: number, random = 2n ** 255n + 5n): RoundResult {
  const values = [
    { value: 123, turnoutBips: 9_000, participatingWeight: 9n, quartile1: 120, quartile3: 125 },
    { value: -4, turnoutBips: 5_000, participatingWeight: 5n, quartile1: -5, quartile3: -4 },
    { value: 0, turnoutBips: 0, participatingWeight: 0n },
  ]
  const found = values.map((value, i) => {
    const feed = {
      ...value,
      id: `0x01${numberToHex(i + 0x4a).slice(2)}${'0'.repeat(38)}`,
      decimals: i,
    }
    const id: `0x${string}` = `0x${feed.id.slice(2)}`
    return { ...feed, id, leaf: feedLeaf(votingRoundId, { ...feed, id }) }
  })
  const isSecure = true
  const leafOfRandom = randomLeaf(votingRoundId, { value: random, isSecure })
  const tree = merkleTreeOf([leafOfRandom, ...found.map(({ leaf }) => leaf)])
  return {
    kind: 'result',
    votingRoundId,
    rewardEpochId: 1,
    random: { value: random, isSecure },
    feeds: found,
    tree,
    message: encodeProtocolMessage({
      protocolId: 100,
      votingRoundId,
      isSecureRandom: isSecure,
      merkleRoot: tree.root,
    }),
    randomProof: merkleProof(tree, leafOfRandom) ?? [],
  }
}

export type ProviderWorld = {
  /** Seconds since the start of round 1 000. */
  sec: number
  /** Whether blocks are seen as time goes by. */
  hasBlocks: boolean
  worker: 'well' | 'away' | 'lease-lost' | 'reserved-otherwise'
  /** So many times sooner than it should does the provider lose patience. */
  haste: number
  hasLease: boolean
  /** Whether it is known what was said lately with our keys. */
  isArmed: boolean
  /** Whether every price has strayed too far from the last final median. */
  hasStrayed: boolean
  outcome: ObservedOutcome
  /** What other nodes say of the blocks behind it. */
  confirmation: Confirmation
  /** Runs before the journal writes. */
  beforeWrite: () => void
  /** Runs before the observer is asked. */
  beforeOutcome: () => void
  /** Runs while the Worker polls. */
  whileFreezing: () => Promise<void>
  readonly diary: string[]
  readonly stages: string[]
  readonly events: Event[]
}

export const firstProviderRound = 1_000

export function providerWorld(): ProviderWorld {
  return {
    sec: 0,
    hasBlocks: true,
    worker: 'well',
    haste: 1,
    hasLease: true,
    isArmed: true,
    hasStrayed: false,
    outcome: { kind: 'not-yet' },
    confirmation: 'confirmed',
    beforeWrite: () => undefined,
    beforeOutcome: () => undefined,
    whileFreezing: () => Promise.resolve(),
    diary: [],
    stages: [],
    events: [],
  }
}

export type RunningProvider = {
  readonly url: string
  readonly journal: Journal
  readonly stop: () => Promise<void>
}

export type ProviderOptions = {
  readonly journalFile?: string
  readonly withFinalizationData?: boolean
  readonly apiKey?: string | undefined
  readonly basePath?: string
}

/** Starts a provider, as a process would, on whatever a journal file holds. */
export async function startProvider(
  world: ProviderWorld,
  options: ProviderOptions = {},
): Promise<RunningProvider> {
  const { journalFile = inMemory, withFinalizationData = false, basePath = '' } = options
  const apiKey = 'apiKey' in options ? options.apiKey : providerKey
  const submitAddress = account.address
  const journal = openJournal(journalFile, { chainId, signers: [submitAddress] })
  const log = (event: Event) => void world.events.push(event)
  const provider = protocolProvider({
    ...providerDeps(world, careful(journal, world)),
    withFinalizationData,
    log,
  })
  const routes = providerRoutes({
    provider,
    health: () => ({ status: 'ok', reveals_owed: journal.openRounds().length }),
    submitAddresses: [submitAddress],
    apiKey,
    basePath,
    log,
  })
  const port = { host: '127.0.0.1', port: 0 }
  const server = await listen(routes.fetch, port, apiKey !== undefined)
  return {
    url: `http://127.0.0.1:${portOf(server)}`,
    journal,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
      journal.close()
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  return address.port
}

/** The journal, whose writes may fail. */
function careful(journal: Journal, world: ProviderWorld): Journal {
  const guarded = <Args extends readonly unknown[], Done>(write: (...args: Args) => Done) => {
    return (...args: Args): Done => {
      world.beforeWrite()
      return write(...args)
    }
  }
  return {
    ...journal,
    prepare: guarded(journal.prepare),
    handOver: guarded(journal.handOver),
    bindRoot: guarded(journal.bindRoot),
    noteRevealTold: guarded(journal.noteRevealTold),
  }
}

function momentIn({ sec, hasBlocks }: ProviderWorld): Moment {
  const wallMs = votingRoundStartMs(schedule, firstProviderRound) + sec * 1_000
  if (!hasBlocks) return { wallMs, isClockTrusted: false, sinceHeadMs: Number.POSITIVE_INFINITY }
  const timestampSec = Math.floor(wallMs / 1_000)
  const head = { number: 1, timestampSec, baseFeeWei: parseGwei('500') }
  return { wallMs, isClockTrusted: true, sinceHeadMs: 0, head }
}

function providerDeps(
  world: ProviderWorld,
  journal: Journal,
): Omit<ProviderDeps, 'withFinalizationData' | 'log'> {
  const ignore = () => undefined
  return {
    journal,
    network,
    pace: paceOf(schedule),
    nowMs: () => momentIn(world).wallMs,
    steadyMs: () => performance.now() * world.haste,
    sleep: (ms) => pause(ms / world.haste),
    moment: () => momentIn(world),
    refusal: () => (world.hasLease ? undefined : 'This bridge does not hold the lease.'),
    isArmed: () => world.isArmed,
    guard: (_, entries) => {
      if (!world.hasStrayed) return { entries, strayed: [] }
      const strayed = entries.map(({ id }) => ({ id, deviation: 1, isLeftOut: true }))
      return { entries: entries.map(({ id, decimals }) => ({ id, decimals })), strayed }
    },
    chain: { feedsOf: () => ({ rewardEpochId: 1, feeds }) },
    observer: () => ({
      outcomeOf: () => {
        world.beforeOutcome()
        return world.outcome
      },
      epochOf: ignore,
      confirmationOf: () => world.confirmation,
    }),
    worker: workerIn(world),
    lease: {
      token: () => (world.hasLease ? 1 : undefined),
      lose: () => {
        world.diary.push('lose')
        world.hasLease = false
      },
      renew: () => {
        world.diary.push('renew')
        world.hasLease = true
        world.worker = 'well'
        return Promise.resolve(1_000)
      },
      isAnothers: () => false,
    },
    randomOf: (submitAddress, votingRoundId) =>
      randomOf('an operator secret of the test world', { chainId, submitAddress, votingRoundId }),
    metrics: { stageReached: (stage) => void world.stages.push(stage) },
  }
}

/** A Worker that prices by counting its freezes, so that two vectors of a round would differ. */
function workerIn(world: ProviderWorld): ProviderDeps['worker'] {
  let freezes = 0
  const away = { kind: 'unreachable', reason: 'The Worker is away.' } as const
  const refuse = (code: string) => ({ kind: 'refused', status: 409, code }) as const
  return {
    reserve: ({ kind, voting_round_id: round }) => {
      world.diary.push(`reserve ${kind} ${round}`)
      if (world.worker === 'away') return Promise.resolve(away)
      if (world.worker === 'reserved-otherwise') return Promise.resolve(refuse('digest-differs'))
      if (world.worker === 'lease-lost') return Promise.resolve(refuse('lease-lost'))
      return Promise.resolve({ kind: 'answered', value: { reserved: true } })
    },
    freeze: async (round: number, request: FreezeRequest): Promise<Answer<FrozenRound>> => {
      world.diary.push(`freeze ${round}`)
      await world.whileFreezing()
      if (world.worker === 'away') return away
      freezes += 1
      const entries = request.feeds.map((feed, i) => ({ ...feed, price: (i + 1) * freezes }))
      const frozen_at = momentIn(world).wallMs
      return { kind: 'answered', value: { voting_round_id: round, frozen_at, entries } }
    },
  }
}

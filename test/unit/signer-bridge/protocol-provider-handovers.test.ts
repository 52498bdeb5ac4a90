import { parseGwei } from 'viem'
import { afterEach, describe, expect, test } from 'vitest'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { type Journal, openJournal } from '../../../signer-bridge/journal/journal.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { type BeginDeps, handOver } from '../../../signer-bridge/protocol-provider/begin.ts'
import { endingsChore } from '../../../signer-bridge/protocol-provider/chores.ts'
import { signersOf } from '../../../signer-bridge/protocol-provider/signers.ts'
import { type Moment, stepAt } from '../../../signer-bridge/timeline.ts'
import { commitHash } from '../../../src/protocol/commit.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { aResult } from '../../support/protocol-provider.ts'
import { account, type Event } from '../../support/bridge-world.ts'

const network = networks.local
const { schedule, chainId } = network
const submitAddress = account.address
const round = 1_000

let opened: Journal | undefined

afterEach(() => {
  opened?.close()
  opened = undefined
})

function aJournal(): Journal {
  opened = openJournal(inMemory, { chainId, signers: [submitAddress] })
  return opened
}

function aVoteOf(votingRoundId: number) {
  const reveal = { random: `0x${'5a'.repeat(32)}`, feedValues: '0x8000007b' } as const
  const commit = commitHash({ submitAddress, votingRoundId, ...reveal })
  const frozenAtMs = votingRoundStartMs(schedule, votingRoundId) + 70_000
  return { votingRoundId, rewardEpochId: 1, submitAddress, frozenAtMs, ...reveal, commit }
}

/** A block of this second after the start of the round has just been seen. */
function at(sec: number): Moment {
  const wallMs = votingRoundStartMs(schedule, round) + sec * 1_000
  const head = { number: 1, timestampSec: Math.floor(wallMs / 1_000), baseFeeWei: parseGwei('500') }
  return { wallMs, isClockTrusted: true, sinceHeadMs: 0, head }
}

describe('a commit that was handed over', () => {
  test('is owed a reveal, which `run` sends if it is started on the same journal in time', () => {
    const journal = aJournal()
    journal.prepare(aVoteOf(round), 1)
    expect(journal.mayBeOut(round)).toBe(false)
    journal.handOver(round, 2)
    expect(journal.mayBeOut(round)).toBe(true)
    const known = { openRounds: journal.openRounds(), latestRoundId: round, mayBegin: true }
    expect(stepAt(schedule, known, at(101))).toEqual({ kind: 'reveal', votingRoundId: round })
  })

  test('twice is once, and what was told stays told', () => {
    const journal = aJournal()
    journal.prepare(aVoteOf(round), 1)
    journal.handOver(round, 2)
    journal.noteRevealTold(round, 3)
    journal.handOver(round, 4)
    journal.noteRevealTold(round, 5)
    expect(journal.endHandover(round, 6)).toBe('met')
    expect(journal.mayBeOut(round)).toBe(true)
    expect(journal.openRounds()).toEqual([])
  })
})

test('a commit that another sender is told is counted once, and none that could not be noted', async () => {
  const journal = aJournal()
  const stages: string[] = []
  let isFull = true
  const deps: BeginDeps = {
    journal: {
      ...journal,
      handOver: (...args) => {
        if (isFull) throw new Error('disk full')
        journal.handOver(...args)
      },
    },
    network,
    pace: paceOf(schedule),
    nowMs: () => at(75).wallMs,
    moment: () => at(75),
    log: () => undefined,
    metrics: { stageReached: (stage) => void stages.push(stage) },
    randomOf: () => '0x',
    guard: (_, entries) => ({ entries, strayed: [] }),
    chain: { feedsOf: () => ({ rewardEpochId: 1, feeds: [] }) },
    lease: {
      token: () => 1,
      lose: () => undefined,
      renew: () => Promise.resolve(1_000),
      isAnothers: () => false,
    },
    worker: {
      freeze: () => Promise.resolve({ kind: 'unreachable', reason: 'Nobody asks.' }),
      reserve: () => Promise.resolve({ kind: 'answered', value: { reserved: true } }),
    },
  }
  const vote = aVoteOf(round)
  journal.prepare(vote, 1)
  expect(await handOver(deps, vote)).toMatchObject({ kind: 'wait' })
  expect(stages).toEqual([])
  isFull = false
  expect(await handOver(deps, vote)).toEqual({ kind: 'done' })
  expect(stages).toEqual(['handed-over'])
})

describe('endingsChore', () => {
  function aWorld() {
    const journal = aJournal()
    const events: Event[] = []
    const stages: string[] = []
    let moment = at(0)
    const chore = endingsChore({
      journal,
      network,
      nowMs: () => moment.wallMs,
      pace: paceOf(schedule),
      heads: { moment: () => moment },
      log: (event) => void events.push(event),
      metrics: { stageReached: (stage) => void stages.push(stage) },
    })
    const runAt = async (sec: number) => {
      moment = at(sec)
      await chore()
      return events.splice(0).map(({ event, voting_round_id: of }) => `${event} ${String(of)}`)
    }
    return { journal, stages, runAt }
  }

  test('ends each round by what was told of it, once its window is proven to be over', async () => {
    const { journal, stages, runAt } = aWorld()
    for (const votingRoundId of [round - 2, round - 1, round]) {
      journal.prepare(aVoteOf(votingRoundId), 1)
    }
    journal.handOver(round - 1, 2)
    journal.handOver(round, 2)
    journal.noteRevealTold(round, 3)
    expect(await runAt(139.9)).toEqual([
      `round-voided ${round - 2}`,
      `reveal-not-asked-for ${round - 1}`,
    ])
    expect(await runAt(140)).toEqual([`handover-ended ${round}`])
    expect(await runAt(500)).toEqual([])
    expect(stages).toEqual(['reveal-missed'])
  })

  test('closes a root when the round can no longer become final', async () => {
    const { journal, runAt } = aWorld()
    const { message } = aResult(round)
    const root = { protocolId: 100, votingRoundId: round, rewardEpochId: 1, message }
    journal.bindRoot({ ...root, ...signersOf(undefined, submitAddress) }, 1)
    await runAt(179)
    expect(journal.openRoots(100)).toHaveLength(1)
    await runAt(180)
    expect(journal.openRoots(100)).toEqual([])
    expect(journal.rootOf(root)?.message).toBe(message)
  })
})

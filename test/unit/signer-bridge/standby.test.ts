import type { Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { adoptionChore, isDue } from '../../../signer-bridge/adoption.ts'
import type { SubmissionCall } from '../../../signer-bridge/chain/chain.ts'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { keyringOf } from '../../../signer-bridge/keyring.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { standbyChore } from '../../../signer-bridge/standby.ts'
import type { Moment } from '../../../signer-bridge/timeline.ts'
import { calldataOf, voteOf } from '../../../signer-bridge/vote.ts'
import type { FrozenRound, StandbyRequest } from '../../../src/protocol/bridge-wire.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { account, feeds, firstRound } from '../../support/bridge-world.ts'

const network = networks.local
const { schedule } = network
const startMs = votingRoundStartMs(schedule, firstRound)
const random: Hex = `0x${'5a'.repeat(32)}`
const frozen: FrozenRound = {
  voting_round_id: firstRound,
  frozen_at: startMs + 71_000,
  entries: feeds.map((feed, i) => ({ ...feed, price: i + 1 })),
}
const asked = {
  schedule,
  votingRoundId: firstRound,
  rewardEpochId: 1,
  feeds,
  submitAddress: account.address,
  random,
  isAttended: true,
  nowMs: startMs + 72_000,
}
const vote = voteOf(frozen, asked)
const guardedVote = voteOf(
  { ...frozen, entries: frozen.entries.map(({ id, decimals }) => ({ id, decimals })) },
  asked,
)

/** A bridge without the lease, and the diary of what it asked. */
function aStandby({
  hasLease = false,
  isGuarding = false,
  hasKey = true,
  looks = async (calls: readonly SubmissionCall[]) => calls,
} = {}) {
  const diary: string[] = []
  const journal = openJournal(inMemory, {
    chainId: network.chainId,
    signers: [account.address],
  })
  const said: { frozen?: FrozenRound; calls: SubmissionCall[]; moment: Moment; nowMs: number } = {
    calls: [],
    moment: { wallMs: startMs, isClockTrusted: true, sinceHeadMs: 0 },
    nowMs: startMs + 72_000,
  }
  const world = {
    network,
    journal,
    pace: paceOf(schedule),
    nowMs: () => said.nowMs,
    // Long after any answer, and at once after none.
    sleep: () => new Promise((wake) => void setTimeout(wake, 20)),
    log: ({ event }: { readonly event: string }) => void diary.push(event),
    lease: {
      token: () => (hasLease ? 7 : undefined),
      lose: () => undefined,
      renew: async () => 0,
    },
    worker: {
      standby: async ({ held_round: held }: StandbyRequest) => {
        diary.push(`asks with ${held ?? 'none'}`)
        const value = said.frozen === undefined ? {} : { frozen: said.frozen }
        return { kind: 'answered', value } as const
      },
    },
    keyring: keyringOf([
      {
        role: 'submit',
        address: account.address,
        signer: account,
        fromRewardEpoch: hasKey ? 0 : 9,
      },
    ]),
    randomOf: () => random,
    guard: (_: number, entries: FrozenRound['entries']) => ({
      entries: isGuarding ? entries.map(({ id, decimals }) => ({ id, decimals })) : entries,
      strayed: [],
    }),
    chain: {
      feedsOf: () => ({ rewardEpochId: 1, feeds }),
      callsBy: () => looks(said.calls),
    },
    heads: {
      refresh: async () => undefined,
      moment: () => said.moment,
      driftMs: () => 0,
    },
  }
  // Chores are given as much of the world as they use, and this is that much.
  const parts = world as unknown as Parameters<typeof standbyChore>[0] &
    Parameters<typeof adoptionChore>[0]
  return { diary, journal, said, hold: standbyChore(parts), adopt: adoptionChore(parts) }
}

/** A moment of the next round, by its blocks. */
function momentAt(sec: number): Moment {
  const atMs = votingRoundStartMs(schedule, firstRound + 1) + sec * 1_000
  const head = { number: 5, timestampSec: atMs / 1_000, baseFeeWei: 1n }
  return { wallMs: atMs, isClockTrusted: true, sinceHeadMs: 0, head }
}

function aCall(calldata: Hex): SubmissionCall {
  const txHash: Hex = `0x${'77'.repeat(32)}`
  return { sender: account.address, txHash, calldata, timestampSec: 0 }
}

describe('a bridge that stands by', () => {
  test('keeps a frozen vector as the vote that it makes, and says so at once', async () => {
    const { diary, journal, said, hold } = aStandby()
    said.frozen = frozen
    expect(await hold()).toBe(0)
    expect(journal.heldVotes()).toEqual([{ ...vote, submitAddress: account.address.toLowerCase() }])
    await hold()
    expect(diary).toEqual(['asks with none', 'round-held', `asks with ${firstRound}`])
    expect(journal.vote(firstRound)).toBeUndefined()
  })

  test('keeps both votes where its own medians speak against a price', async () => {
    const { journal, said, hold } = aStandby({ isGuarding: true })
    said.frozen = frozen
    await hold()
    const commits = journal.heldVotes().map(({ commit }) => commit)
    expect(commits.toSorted()).toEqual([vote.commit, guardedVote.commit].toSorted())
  })

  test('with no key for the round keeps nothing, and asks no faster for it', async () => {
    const { journal, said, hold } = aStandby({ hasKey: false })
    said.frozen = frozen
    expect(await hold()).toBe(250)
    expect(journal.heldVotes()).toEqual([])
  })

  test('takes the vector of the round before, and of none further away', async () => {
    const { journal, said, hold, diary } = aStandby()
    said.frozen = frozen
    said.nowMs += 2 * 90_000
    await hold()
    expect(journal.heldVotes()).toEqual([])
    expect(diary).toContain('standby-refused')
    said.nowMs -= 90_000
    await hold()
    expect(journal.heldVotes()).toHaveLength(1)
  })

  test('asks several times a second while a vector may come, and at leisure otherwise', async () => {
    const { said, hold } = aStandby()
    expect(await hold()).toBe(250)
    said.nowMs = startMs + 2_000
    expect(await hold()).toBe(5_000)
    said.nowMs = startMs + 33_000
    expect(await hold()).toBe(2_000)
  })

  test('asks once though it has the lease: its journal may be an old copy', async () => {
    const { diary, journal, said, hold } = aStandby({ hasLease: true })
    said.frozen = frozen
    await hold()
    await hold()
    expect(diary).toEqual(['asks with none', 'round-held'])
    expect(journal.heldVotes()).toHaveLength(1)
  })

  test('is not kept busy by a Worker that tells ever other vectors', async () => {
    const { journal, said, hold } = aStandby()
    const pauses: number[] = []
    for (let i = 0; i < 20; i += 1) {
      const round = firstRound - (i % 2)
      const entries = feeds.map((feed) => ({ ...feed, price: i + 1 }))
      const frozenAt = votingRoundStartMs(schedule, round) + 71_000
      said.frozen = { voting_round_id: round, frozen_at: frozenAt, entries }
      pauses.push(await hold())
    }
    expect(pauses).toEqual([0, 0, ...Array.from({ length: 18 }, () => 250)])
    expect(journal.heldVotes()).toHaveLength(2)
  })
})

describe('a reveal', () => {
  const commit = aCall(calldataOf(vote, 'submit1'))

  async function held(options = {}) {
    const standby = aStandby(options)
    standby.said.frozen = frozen
    await standby.hold()
    if (standby.journal.heldVotes().length === 0) standby.journal.keepHeld([vote], 1)
    standby.diary.length = 0
    return standby
  }

  test.each([
    { sec: 9, hasLease: true, due: false },
    { sec: 10, hasLease: true, due: true },
    { sec: 21, hasLease: false, due: false },
    { sec: 22, hasLease: false, due: true },
    { sec: 44, hasLease: false, due: true },
    { sec: 45, hasLease: true, due: false },
  ])('$sec s into the next round, with the lease $hasLease: due is $due', (given) => {
    expect(isDue(schedule, firstRound, momentAt(given.sec), given.hasLease)).toBe(given.due)
  })

  test('is adopted whose commit is on chain and which is not, and is owed from then on', async () => {
    const { diary, journal, said, adopt } = await held()
    said.calls = [commit]
    said.moment = momentAt(25)
    await adopt()
    expect(diary).toEqual(['reveal-adopted'])
    expect(journal.openRounds()).toEqual([
      { votingRoundId: firstRound, owesReveal: true, isCommitSettled: true },
    ])
    expect(journal.vote(firstRound)?.commit).toBe(vote.commit)
    // The commit is the other bridge's to report.
    expect(journal.outbox.length()).toBe(0)
    await adopt()
    expect(diary).toHaveLength(1)
  })

  test.each<[string, (commit: SubmissionCall) => readonly SubmissionCall[]]>([
    ['whose commit is not on chain', () => []],
    ['that is on chain', (commit) => [commit, aCall(calldataOf(vote, 'submit2'))]],
    [
      'whose commit is not the last',
      (commit) => [commit, aCall(calldataOf(guardedVote, 'submit1'))],
    ],
  ])('%s is left alone', async (_, calls) => {
    const { diary, journal, said, adopt } = await held()
    said.calls = [...calls(commit)]
    said.moment = momentAt(25)
    await adopt()
    expect(diary).toEqual([])
    expect(journal.openRounds()).toEqual([])
  })

  test('is adopted in a round that was let go by, and no commit of it is ever signed', async () => {
    const { journal, said, adopt } = await held()
    const mark = { signer: account.address, kind: 'commit', protocolId: 100 } as const
    journal.raiseWatermarks([{ ...mark, minRound: firstRound + 2 }])
    said.calls = [commit]
    said.moment = momentAt(25)
    await adopt()
    expect(journal.openRounds()).toEqual([
      { votingRoundId: firstRound, owesReveal: true, isCommitSettled: true },
    ])
    const call = (kind: 'submit1' | 'submit2') => {
      const calldata = calldataOf(vote, kind)
      const name = { votingRoundId: firstRound, part: 'main', signer: account.address } as const
      const digests = digestsIn(kind, calldata)
      return { ...name, kind, calldata, digests, nonce: 0, atMs: 1 } as const
    }
    expect(journal.statusOf(call('submit1'))).toBe('confirmed')
    expect(() => journal.claimNonce(call('submit1'), () => true)).toThrow(
      expect.objectContaining({ code: 'digest-conflict' }),
    )
    expect(() => journal.prepare(guardedVote, 2)).toThrow()
    journal.claimNonce(call('submit2'), () => true)
  })

  test('is adopted though something else was revealed, which reveals nothing of it', async () => {
    const { diary, said, adopt } = await held()
    said.calls = [commit, aCall(calldataOf(guardedVote, 'submit2'))]
    said.moment = momentAt(25)
    await adopt()
    expect(diary).toEqual(['reveal-adopted'])
  })

  test.each([
    { name: 'hangs', looks: () => new Promise<never>(() => undefined) },
    { name: 'fails', looks: () => Promise.reject(new Error('No node gives full blocks.')) },
  ])('is not adopted for now when the look for it $name', async ({ looks }) => {
    const { diary, said, adopt } = await held({ looks })
    said.moment = momentAt(25)
    await adopt()
    expect(diary).toEqual([])
  })

  test('is adopted of the vote that was committed to, where two were possible', async () => {
    const { journal, said, adopt } = await held({ isGuarding: true })
    said.calls = [aCall(calldataOf(guardedVote, 'submit1'))]
    said.moment = momentAt(30)
    await adopt()
    expect(journal.vote(firstRound)?.commit).toBe(guardedVote.commit)
  })

  test('is not looked for before it is due', async () => {
    const { diary, journal, said, adopt } = await held()
    said.calls = [commit]
    said.moment = momentAt(15)
    await adopt()
    expect(diary).toEqual([])
    expect(journal.openRounds()).toEqual([])
  })
})

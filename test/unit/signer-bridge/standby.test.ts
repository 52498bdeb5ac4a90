import { describe, expect, test } from 'vitest'
import { isDue } from '../../../signer-bridge/adoption.ts'
import type { SubmissionCall } from '../../../signer-bridge/chain/chain.ts'
import { digestsIn } from '../../../signer-bridge/call-digests.ts'
import { calldataOf } from '../../../signer-bridge/vote.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { account, feeds, firstRound } from '../../support/bridge-world.ts'
import {
  aCall,
  anothersVote,
  aStandby,
  frozen,
  guardedVote,
  momentAt,
  schedule,
  startMs,
  vote,
} from '../../support/standby-world.ts'

/** By medians that speak against every price. */
const guard: NonNullable<Parameters<typeof aStandby>[0]>['guard'] = (_, entries) => ({
  entries: entries.map(({ id, decimals }) => ({ id, decimals })),
  strayed: [],
})

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
    const { journal, said, hold } = aStandby({ guard })
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

  test('asks again at once while the feeds of the round are not read yet', async () => {
    const { journal, said, hold } = aStandby()
    said.frozen = frozen
    said.hasReadFeeds = false
    expect(await hold()).toBe(250)
    expect(journal.heldVotes()).toEqual([])
    said.hasReadFeeds = true
    expect(await hold()).toBe(0)
    expect(journal.heldVotes()).toHaveLength(1)
  })

  test('tells once that nobody answers, and again when that comes again', async () => {
    const { said, hold, diary } = aStandby()
    const told = () => diary.filter((event) => event === 'standby-not-heard').length
    said.isSilent = true
    await hold()
    await hold()
    expect(told()).toBe(1)
    said.isSilent = false
    await hold()
    said.isSilent = true
    await hold()
    expect(told()).toBe(2)
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
      (commit) => [commit, aCall(calldataOf(anothersVote, 'submit1'))],
    ],
  ])('%s is left alone', async (_, calls) => {
    const { diary, journal, said, adopt } = await held()
    said.calls = [...calls(commit)]
    said.moment = momentAt(25)
    await adopt()
    await adopt()
    expect(diary.filter((event) => event !== 'commit-not-held')).toEqual([])
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

  test('is adopted though one node alone shows it: it was signed, and need be in no block', async () => {
    const { diary, said, adopt } = await held()
    said.calls = [commit, { ...aCall(calldataOf(vote, 'submit2')), isAlone: true }]
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
    const { journal, said, adopt } = await held({ guard })
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

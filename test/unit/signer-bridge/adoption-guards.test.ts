/** Two bridges that know other medians, and so leave out other prices of the same frozen vector. */

import { describe, expect, test } from 'vitest'
import { guarded, type KnownMedian } from '../../../signer-bridge/policy/price-guard.ts'
import { defaultGuardPolicy } from '../../../signer-bridge/policy/price-guard.ts'
import { calldataOf, digestOf, type Vote, voteOf } from '../../../signer-bridge/vote.ts'
import type { FrozenEntry } from '../../../src/protocol/bridge-wire.ts'
import { feedId, feedSymbol } from '../../../src/protocol/feed.ts'
import { account, firstRound } from '../../support/bridge-world.ts'
import {
  aCall,
  anothersVote,
  asked,
  aStandby,
  frozen,
  momentAt,
  vote as smallVote,
} from '../../support/standby-world.ts'

/** As many as Flare has. */
const feeds = Array.from({ length: 63 }, (_, i) => ({
  id: feedId({ symbol: feedSymbol(`F${i}/USD`), category: 1 }),
  decimals: 5,
}))
const entries = feeds.map((feed, i) => ({ ...feed, price: 1 + i / 100 }))
const vector = { ...frozen, entries }

/** Medians from which the prices of some feeds have strayed, as a fraction; the others' are theirs. */
function medians(strayed: Readonly<Record<number, number>> = {}): readonly KnownMedian[] {
  return entries.map(({ id, price }, i) => ({ id, price: price / (1 + (strayed[i] ?? 0)) }))
}

const guardOf =
  (known: () => readonly KnownMedian[]) => (_: number, given: readonly FrozenEntry[]) =>
    guarded(given, known(), defaultGuardPolicy)

/** What the acting bridge commits to by what it knows. */
function committedBy(known: readonly KnownMedian[]): Vote {
  const kept = [...guarded(entries, known, defaultGuardPolicy).entries]
  return voteOf({ ...vector, entries: kept }, { ...asked, feeds })
}

/** A standby that knew these medians at the freeze, and those by the time for reveals. */
async function adopted(committed: Vote, atFreeze: readonly KnownMedian[], then = atFreeze) {
  let known = atFreeze
  const standby = aStandby({ feeds, guard: guardOf(() => known) })
  standby.said.frozen = vector
  await standby.hold()
  known = then
  standby.said.calls = [aCall(calldataOf(committed, 'submit1'))]
  standby.said.moment = momentAt(25)
  await standby.adopt()
  return standby
}

describe('a standby reveals what the acting bridge has committed to', () => {
  const near = { 3: 0.27, 9: 0.28, 20: 0.29, 40: 0.1 }
  const far = { 3: 0.33, 9: 0.32, 20: 0.31, 40: 0.1 }
  const farOut = { 5: 0.5, 6: 0.6 }
  const six = (deviation: number) =>
    Object.fromEntries([3, 9, 20, 33, 41, 50].map((feed) => [feed, deviation]))
  const twenty = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [2 * i, i % 2 === 0 ? 0.9 : 0.06]),
  )
  test.each<[string, readonly KnownMedian[], readonly KnownMedian[]]>([
    ['which left out six that it kept', medians(six(0.31)), medians(six(0.29))],
    [
      'which kept six that it left out, where twenty others stray without a doubt',
      medians({ ...twenty, ...six(0.29) }),
      medians({ ...twenty, ...six(0.31) }),
    ],
    ['which left out one price that it kept', medians({ ...near, 3: 0.33 }), medians(near)],
    ['which kept one price that it left out', medians(near), medians({ ...near, 3: 0.33 })],
    ['which left out three that it kept', medians(far), medians(near)],
    ['which kept three that it left out', medians(near), medians(far)],
    [
      'which left out three others beside what both leave out',
      medians({ ...farOut, 9: 0.32, 20: 0.31 }),
      medians({ ...farOut, 3: 0.33 }),
    ],
    ['which left out one, where it knows no median', medians({ 62: 0.4 }), []],
    ['which left out three, where it knows no median', medians({ 0: 0.4, 31: 2, 62: -0.5 }), []],
    ['which knew no median, and left out none', [], medians(far)],
    [
      'which left out one that does not stray at all by its own medians',
      medians({ 11: 1 }),
      medians(),
    ],
  ])('%s', async (_, acting, own) => {
    const committed = committedBy(acting)
    const { diary, journal } = await adopted(committed, own)
    expect(diary).toContain('reveal-adopted')
    expect(journal.vote(firstRound)).toMatchObject({
      commit: committed.commit,
      feedValues: committed.feedValues,
    })
    const name = { signer: account.address, kind: 'reveal', protocolId: 100 } as const
    expect(journal.signingOf({ ...name, votingRoundId: firstRound })?.digest).toBe(
      digestOf(committed, 'submit2'),
    )
    // A restart in between finds it without a search.
    expect(journal.heldVotes().map(({ commit }) => commit)).toContain(committed.commit)
  })

  test('which left out all of them, by medians that it has learnt since the freeze', async () => {
    const all = medians(Object.fromEntries(feeds.map((_, i) => [i, 1])))
    const committed = committedBy(all)
    expect(committed.feedValues).toBe('0x00000000')
    const { journal } = await adopted(committed, [], all)
    expect(journal.vote(firstRound)?.commit).toBe(committed.commit)
  })
})

describe('a commit that is of nothing held', () => {
  test('is looked for once, for seconds at the most, and told', async () => {
    const { diary, journal, adopt } = await adopted(anothersVote, medians({ 3: 0.29 }))
    await adopt()
    expect(diary.filter((event) => event === 'commit-not-held')).toHaveLength(1)
    expect(journal.openRounds()).toEqual([])
  }, 30_000)

  test('is not adopted for a row of the journal that only claims to be it', async () => {
    const standby = aStandby()
    standby.journal.keepHeld([{ ...anothersVote, commit: smallVote.commit }], 1)
    standby.said.calls = [aCall(calldataOf(smallVote, 'submit1'))]
    standby.said.moment = momentAt(25)
    await standby.adopt()
    expect(standby.diary).toEqual(['commit-not-held'])
    expect(standby.journal.openRounds()).toEqual([])
  })
})

test('a commit that is revealed already is not searched for', async () => {
  const committed = committedBy(medians({ 3: 0.4, 20: 0.5 }))
  const standby = aStandby({ feeds, guard: guardOf(() => medians({ 9: 0.29 })) })
  standby.said.frozen = vector
  await standby.hold()
  standby.said.calls = [
    aCall(calldataOf(committed, 'submit1')),
    // Somebody's that is no reveal at all says nothing.
    aCall('0x9d00c9fd64000003e8000100'),
    aCall(calldataOf(committed, 'submit2')),
  ]
  standby.said.moment = momentAt(25)
  await standby.adopt()
  expect(standby.diary).toEqual(['asks with none', 'round-held'])
})

import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex } from 'viem'
import { describe, expect, test } from 'vitest'
import { judgeReveals } from '../../../src/protocol/valid-reveals.ts'
import { aRewardEpoch, aVote, providerAt } from '../../support/votes.ts'

const round = 7
const rules = aRewardEpoch()
const vote = aVote(1, round, [100, 200])
const otherVote = aVote(1, round, [100, 201])

/** What becomes of provider 1, who committed to `vote`, by what it sent as reveals. */
function judged(...reveals: readonly Hex[]) {
  const said = {
    commits: new Map([[providerAt(1), vote.commit]]),
    reveals: new Map([[providerAt(1), reveals]]),
  }
  const { valid, offenders } = judgeReveals(round, said, rules)
  expect(valid.size + offenders.size).toBe(1)
  return valid.get(providerAt(1))?.feedValues ?? 'an offence'
}

describe('judgeReveals', () => {
  test.each<{ why: string; reveals: readonly Hex[]; outcome: string }>([
    { why: 'what was committed to', reveals: [vote.reveal], outcome: '0x80000064800000c8' },
    { why: 'nothing', reveals: [], outcome: 'an offence' },
    { why: 'other values', reveals: [otherVote.reveal], outcome: 'an offence' },
    {
      why: 'another random',
      reveals: [aVote(1, round, [100, 200], 2).reveal],
      outcome: 'an offence',
    },
    {
      why: 'first the wrong and then the right',
      reveals: [otherVote.reveal, vote.reveal],
      outcome: '0x80000064800000c8',
    },
    {
      why: 'first the right and then the wrong',
      reveals: [vote.reveal, otherVote.reveal],
      outcome: 'an offence',
    },
    {
      why: 'the right and then what cannot be read',
      reveals: [vote.reveal, '0x', '0xab', `${vote.reveal}80`, `${vote.reveal}80000001`],
      outcome: '0x80000064800000c8',
    },
    { why: 'only what cannot be read', reveals: ['0xab'], outcome: 'an offence' },
  ])('$why', ({ reveals, outcome }) => {
    expect(judged(...reveals)).toBe(outcome)
  })

  test('whoever did not commit neither votes nor offends', () => {
    const reveals = new Map([[providerAt(1), [vote.reveal]]])
    expect(judgeReveals(round, { commits: new Map(), reveals }, rules)).toEqual({
      valid: new Map(),
      offenders: new Set(),
    })
  })

  test("another's commit cannot be revealed, for the address is in it", () => {
    const commits = new Map([[providerAt(2), vote.commit]])
    const reveals = new Map([[providerAt(2), [vote.reveal]]])
    expect(judgeReveals(round, { commits, reveals }, rules).offenders).toEqual(
      new Set([providerAt(2)]),
    )
  })

  test("another round's neither", () => {
    const said = {
      commits: new Map([[providerAt(1), vote.commit]]),
      reveals: new Map([[providerAt(1), [vote.reveal]]]),
    }
    expect(judgeReveals(round + 1, said, rules).offenders.size).toBe(1)
  })

  test.each([
    { beforeFip16: false, holds: true },
    { beforeFip16: true, holds: false },
  ])('a random alone, before FIP.16 $beforeFip16: $holds', ({ beforeFip16, holds }) => {
    const alone = aVote(1, round, [])
    const said = {
      commits: new Map([[providerAt(1), alone.commit]]),
      reveals: new Map([[providerAt(1), [alone.reveal]]]),
    }
    const { valid, offenders } = judgeReveals(round, said, { ...rules, beforeFip16 })
    expect([valid.size, offenders.size]).toEqual(holds ? [1, 0] : [0, 1])
  })

  test('how much can be read depends on the number of feeds', () => {
    const said = {
      commits: new Map([[providerAt(1), vote.commit]]),
      reveals: new Map([[providerAt(1), [vote.reveal]]]),
    }
    const feeds = rules.feeds.slice(0, 1)
    expect(judgeReveals(round, said, { ...rules, feeds }).offenders.size).toBe(1)
    expect(judgeReveals(round, said, rules).valid.size).toBe(1)
  })

  test('property: whatever is sent, who committed reveals validly or offends', () => {
    const junk = fc.uint8Array({ maxLength: 50 }).map((bytes) => bytesToHex(bytes))
    const longer = junk.map((bytes) => concatHex([vote.reveal, bytes]))
    const sent = fc.array(fc.oneof(junk, longer, fc.constant(vote.reveal)), { maxLength: 6 })
    fc.assert(
      fc.property(sent, (reveals) => {
        const readable = reveals.filter((each) => [66, 74, 82].includes(each.length))
        expect(judged(...reveals)).toBe(
          readable.at(-1) === vote.reveal ? '0x80000064800000c8' : 'an offence',
        )
      }),
    )
  })
})

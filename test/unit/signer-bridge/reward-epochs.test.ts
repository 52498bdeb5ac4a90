import { describe, expect, test } from 'vitest'
import {
  type EpochEvent,
  feedsOfRound as feedsIn,
} from '../../../signer-bridge/chain/reward-epochs.ts'

const feedsOfRound = (events: readonly EpochEvent[], round: number) =>
  feedsIn(events, round, 'local')

const id = (letter: string) => `0x01${letter.repeat(20)}` as const
let serial = 0

/** An event at an instant; its place in the chain is that of its writing here. */
function at(timestampSec: number, rewardEpochId: number) {
  serial += 1
  return { blockNumber: serial, logIndex: 0, timestampSec, rewardEpochId }
}
const policy = (sec: number, epoch: number, startVotingRoundId: number): EpochEvent => ({
  kind: 'policy',
  ...at(sec, epoch),
  startVotingRoundId,
})
const started = (sec: number, epoch: number): EpochEvent => ({
  kind: 'epoch-started',
  ...at(sec, epoch),
})
const acquiring = (sec: number, epoch: number): EpochEvent => ({
  kind: 'random-acquisition',
  ...at(sec, epoch),
})
const inflation = (sec: number, epoch: number, ...letters: string[]): EpochEvent => ({
  kind: 'inflation-offer',
  ...at(sec, epoch),
  feedIds: `0x${letters.map((letter) => id(letter).slice(2)).join('')}`,
  decimals: `0x${'02'.repeat(letters.length)}`,
})
const community = (sec: number, epoch: number, letter: string, amount: string): EpochEvent => ({
  kind: 'community-offer',
  ...at(sec, epoch),
  feedId: id(letter),
  decimals: 5,
  amount,
})

/** Epoch 1 begins with round 10 and epoch 2 with round 20. */
function aHistory(): EpochEvent[] {
  return [
    started(0, 0),
    inflation(0, 1, '44', '43'),
    acquiring(70, 1),
    policy(80, 1, 10),
    started(100, 1),
    inflation(100, 2, '42', '41'),
    community(150, 2, '46', '5'),
    community(160, 2, '45', '1000000000000000000000'),
    acquiring(170, 2),
    policy(180, 2, 20),
  ]
}

const letters = ({ feeds }: ReturnType<typeof feedsOfRound>) =>
  feeds.map((feed) => feed.id.slice(4, 6))

test('a round has the feeds of its reward epoch: by inflation by id, then by the amount offered', () => {
  const second = feedsOfRound(aHistory(), 25)
  expect(second.rewardEpochId).toBe(2)
  expect(second.feeds).toEqual([
    { id: id('41'), decimals: 2 },
    { id: id('42'), decimals: 2 },
    { id: id('45'), decimals: 5 },
    { id: id('46'), decimals: 5 },
  ])
  expect(letters(feedsOfRound(aHistory(), 15))).toEqual(['43', '44'])
})

test.each([
  { round: 19, epoch: 1 },
  { round: 20, epoch: 2 },
])('the largest epoch that has begun holds round $round: $epoch', ({ round, epoch }) => {
  expect(feedsOfRound(aHistory(), round).rewardEpochId).toBe(epoch)
})

test('an epoch that begins late leaves its first rounds to the one before', () => {
  const late = aHistory().map((event) =>
    event.kind === 'policy' && event.rewardEpochId === 2
      ? { ...event, startVotingRoundId: 24 }
      : event,
  )
  expect(feedsOfRound(late, 23).rewardEpochId).toBe(1)
  expect(feedsOfRound(late, 24).rewardEpochId).toBe(2)
})

describe('offers count from the start of the epoch before to the acquisition of the random', () => {
  test.each([
    { sec: 99, counts: false },
    { sec: 100, counts: true },
    { sec: 170, counts: true },
    { sec: 171, counts: false },
  ])('at second $sec: $counts', ({ sec, counts }) => {
    const events = [...aHistory(), community(sec, 2, '47', '7')]
    expect(letters(feedsOfRound(events, 20)).includes('47')).toBe(counts)
  })
})

test.each([
  { name: 'before any policy', events: aHistory(), round: 9, code: 'epoch-unknown' },
  {
    name: 'with a boundary missing',
    events: aHistory().filter((event) => event.kind !== 'random-acquisition'),
    round: 20,
    code: 'offers-unknown',
  },
  {
    name: 'without offers',
    events: aHistory().filter((event) => !event.kind.endsWith('offer')),
    round: 20,
    code: 'offers-unknown',
  },
])('refuses $name', ({ events, round, code }) => {
  expect(() => feedsOfRound(events, round)).toThrow(expect.objectContaining({ code }))
})

test('before FIP.16 an offer that is repeated counts what stood there before it twice', () => {
  const events = [
    ...aHistory(),
    ...(['47', '47'] as const).map((letter) => community(165, 2, letter, '2')),
    community(166, 2, '48', '5'),
  ]
  const order = (network: 'coston' | 'local') => letters(feedsIn(events, 20, network)).slice(-3)
  // 2 and 2 more are 4 today and 6 then; 46 and 48 are offered 5 for.
  expect(order('local')).toEqual(['46', '48', '47'])
  expect(order('coston')).toEqual(['47', '46', '48'])
})

/**
 * Data providers as a chain meets them: most do what they should, others miss, stammer, come late,
 * lie or shout from outside. Each behaviour says which calls a provider makes for one round.
 */

import { createHash } from 'node:crypto'
import { type Address, concatHex, type Hex, numberToHex, sliceHex } from 'viem'
import { commitHash } from '../../src/protocol/commit.ts'
import { encodeFrame, protocolIds } from '../../src/protocol/payload.ts'
import { submissionSelectors } from '../../src/protocol/submission.ts'

/** One provider's round. */
export type Turn = {
  readonly address: Address
  readonly votingRoundId: number
  /** Its vector: 4 bytes a feed. */
  readonly values: Hex
  /** Feeds in the round's order. */
  readonly feedCount: number
}

export type Call = {
  /** From the start of the round that it is for; 90 is the next round's start. */
  readonly atSec: number
  readonly calldata: Hex
  /** Sent with gas for its bytes and no more: on a chain that executes, it fails, and counts. */
  readonly isStarved?: true
  /** Sent past the Submission contract, where it says nothing. */
  readonly past?: 'to another address' | 'to make a contract'
}

type Behaviour = (turn: Turn) => readonly Call[]

/** The same bytes for the same words, in every run. */
export function seeded(...words: readonly (string | number)[]): Hex {
  return `0x${createHash('sha256').update(words.join('/')).digest('hex')}`
}

/** 0 up to 1, of the same kind. */
export function chance(...words: readonly (string | number)[]): number {
  return Number(sliceHex(seeded(...words), 0, 4)) / 2 ** 32
}

function randomOf({ address, votingRoundId }: Turn): Hex {
  return seeded('random', address, votingRoundId)
}

function revealOf(turn: Turn): Hex {
  return concatHex([randomOf(turn), turn.values])
}

function frame(turn: Turn, payload: Hex): Hex {
  const { votingRoundId } = turn
  return encodeFrame({ protocolId: protocolIds.ftso, votingRoundId, payload })
}

/** A call with frames behind one another, or with none. */
function submit(method: 'submit1' | 'submit2', atSec: number, ...frames: readonly Hex[]): Call {
  return { atSec, calldata: concatHex([submissionSelectors[method], ...frames]) }
}

function commit(turn: Turn, atSec = 60 + Math.floor(chance('at', turn.address) * 25)): Call {
  const { address, votingRoundId, values } = turn
  const hash = commitHash({
    submitAddress: address,
    votingRoundId,
    random: randomOf(turn),
    feedValues: values,
  })
  return submit('submit1', atSec, frame(turn, hash))
}

function reveal(turn: Turn, atSec = 100 + Math.floor(chance('then', turn.address) * 20)): Call {
  return submit('submit2', atSec, frame(turn, revealOf(turn)))
}

/** Bytes that mean nothing, behind a selector that means something. */
function garble(turn: Turn, method: 'submit1' | 'submit2', atSec: number): Call {
  const { address, votingRoundId } = turn
  const length = Math.floor(chance('length', address, votingRoundId, atSec) * 32)
  return submit(method, atSec, sliceHex(seeded('noise', address, votingRoundId, atSec), length))
}

/** A frame of the data connector, which shares the calldata. */
function connector({ votingRoundId }: Turn): Hex {
  return encodeFrame({ protocolId: protocolIds.fdc, votingRoundId, payload: '0xc0ffee' })
}

/** The vector with other values, empty where it was. */
function ofEachSlot(values: Hex, valueAt: (place: number) => Hex): Hex {
  const slots = values.slice(2).match(/.{8}/g) ?? []
  return concatHex(slots.map((slot, i): Hex => (slot === '00000000' ? `0x${slot}` : valueAt(i))))
}

const otherRandom: Hex = `0x${'5a'.repeat(32)}`

const honest: Behaviour = (turn) => [commit(turn), reveal(turn)]
const withholding: Behaviour = (turn) => [commit(turn)]
const revealingLate: Behaviour = (turn) => [commit(turn), reveal(turn, 135)]

export const behaviours = {
  honest,
  missing: () => [],
  withholding,
  revealingOnly: (turn) => [reveal(turn)],
  onTheLastSecond: (turn) => [commit(turn, 89), reveal(turn, 134)],
  onTheFirstSecond: (turn) => [commit(turn, 0), reveal(turn, 90)],
  committingLate: (turn) => [commit(turn, 90), reveal(turn)],
  revealingLate,
  revealingEarly: (turn) => [commit(turn, 70), reveal(turn, 89)],
  anotherRound: (turn) => {
    const other = { ...turn, votingRoundId: turn.votingRoundId + 1 }
    return [commit(turn), reveal(turn), { ...commit(other), atSec: 88 }, { ...reveal(other) }]
  },
  wrongRandom: (turn) => [
    commit(turn),
    submit('submit2', 110, frame(turn, concatHex([otherRandom, turn.values]))),
  ],
  copying: (turn) => {
    const victim: Turn = { ...turn, address: '0x00000000000000000000000000000000000000c0' }
    return [commit(victim, 80), reveal(victim, 120)]
  },
  correcting: (turn) => [
    submit('submit1', 61, frame(turn, otherRandom)),
    commit(turn, 62),
    submit('submit2', 101, frame(turn, concatHex([otherRandom, turn.values]))),
    reveal(turn, 101),
  ],
  recanting: (turn) => [
    commit(turn),
    reveal(turn, 101),
    submit('submit2', 102, frame(turn, concatHex([otherRandom, turn.values]))),
  ],
  babbling: (turn) => [
    commit(turn, 60),
    submit('submit1', 61, frame(turn, '0xabcd')),
    reveal(turn, 101),
    submit('submit2', 102, frame(turn, '0xabcd')),
    submit('submit2', 103, frame(turn, concatHex([revealOf(turn), '0x80']))),
    submit('submit2', 104, '0x64ff'),
  ],
  brokenFrame: (turn) => [
    commit(turn),
    submit('submit2', 110, frame(turn, revealOf(turn)), '0x64'),
  ],
  /** No commit of its is one: too short, too long, cut off, or no frame at all. */
  garblingCommits: (turn) => {
    const hash = seeded('hash', turn.address, turn.votingRoundId)
    return [
      garble(turn, 'submit1', 60),
      submit('submit1', 62),
      submit('submit1', 63, frame(turn, sliceHex(hash, 1))),
      submit('submit1', 63, frame(turn, concatHex([hash, '0x00']))),
      submit('submit1', 64, sliceHex(frame(turn, hash), 0, 38)),
      submit('submit1', 65, frame(turn, '0x')),
      reveal(turn),
    ]
  },
  /** A commit, and no reveal that can be read. */
  garblingReveals: (turn) => [
    commit(turn),
    garble(turn, 'submit2', 101),
    submit('submit2', 102),
    submit('submit2', 103, frame(turn, sliceHex(randomOf(turn), 1))),
    submit('submit2', 104, frame(turn, concatHex([revealOf(turn), '0x0001']))),
    submit('submit2', 105, sliceHex(frame(turn, revealOf(turn)), 0, 20)),
  ],
  /** Everything twice in one breath; the first commit of each pair is to something else. */
  duplicating: (turn) => {
    const values: Hex = `0x${'80000009'.repeat(turn.feedCount)}`
    return [
      commit({ ...turn, values }, 75),
      commit(turn, 75),
      commit(turn, 75),
      reveal({ ...turn, values }, 112),
      reveal(turn, 112),
      reveal(turn, 112),
    ]
  },
  /** All that it sends fails on chain; three values are as many as its gas does not suffice for. */
  failingOnChain: (turn) => {
    const short = { ...turn, values: sliceHex(turn.values, 0, 4) }
    return [commit(short), reveal(short)].map((call) => ({ ...call, isStarved: true }))
  },
  /** Right in every byte, but told to others. */
  speakingElsewhere: (turn) => [
    { ...commit(turn), past: 'to another address' },
    { ...commit(turn), past: 'to make a contract' },
    { ...reveal(turn), past: 'to another address' },
    { ...reveal(turn), past: 'to make a contract' },
  ],
  /** Commits, and makes a contract of its reveal. */
  revealingElsewhere: (turn) => [commit(turn), { ...reveal(turn), past: 'to make a contract' }],
  /** The ends of what four bytes can say. */
  extreme: (turn) => {
    const values = ofEachSlot(turn.values, (i) => (i % 2 === 0 ? '0x00000001' : '0xffffffff'))
    return [commit({ ...turn, values }), reveal({ ...turn, values })]
  },
  tooManyValues: (turn) => {
    const values: Hex = `0x${'80000001'.repeat(turn.feedCount + 1)}`
    return [commit({ ...turn, values }), reveal({ ...turn, values })]
  },
  /** A value for the last feed too: with the rules of a shorter list it could not be read. */
  fullVector: (turn) => {
    const values: Hex = `0x${turn.values.slice(2, -8).padEnd(8 * turn.feedCount - 8, '0')}80000007`
    return [commit({ ...turn, values }), reveal({ ...turn, values })]
  },
  twoFrames: (turn) => [
    commit(turn),
    submit(
      'submit2',
      110,
      frame(turn, concatHex([otherRandom, turn.values])),
      frame(turn, revealOf(turn)),
    ),
  ],
  besideTheConnector: (turn) =>
    [commit(turn), reveal(turn)].map(({ atSec, calldata }) => ({
      atSec,
      calldata: concatHex([
        sliceHex(calldata, 0, 4),
        connector(turn),
        sliceHex(calldata, 4),
        connector(turn),
      ]),
    })),
  randomAlone: (turn) => [commit({ ...turn, values: '0x' }), reveal({ ...turn, values: '0x' })],
  nothingToSay: (turn) => {
    const values: Hex = '0x00000000'
    return [commit({ ...turn, values }), reveal({ ...turn, values })]
  },
  /** Votes for 0 and below it: no prices, but values. */
  negative: (turn) => {
    const values = ofEachSlot(turn.values, (i) => numberToHex(2 ** 31 - i, { size: 4 }))
    return [commit({ ...turn, values }), reveal({ ...turn, values })]
  },
  /** Honest, but for a round now and then. */
  stumbling: (turn) => {
    if (chance('stumble', turn.address, turn.votingRoundId) > 0.03) return honest(turn)
    return turn.votingRoundId % 2 === 0 ? withholding(turn) : revealingLate(turn)
  },
} as const satisfies Record<string, Behaviour>

export type BehaviourName = keyof typeof behaviours

/** The observer on fifty rounds of a model chain, read from nodes that are not always at their best. */

import type { Address, Hex } from 'viem'
import { beforeEach, describe, expect, test } from 'vitest'
import type { EpochEvent } from '../../../signer-bridge/chain/reward-epochs.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import { observerOf } from '../../../signer-bridge/observer/observe.ts'
import { lowerCase } from '../../../src/protocol/address.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { votingRoundAt } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import type { FullBlock } from '../../../src/protocol/raw-submissions.ts'
import { submissionCalldata } from '../../../src/protocol/submission.ts'
import { batchTo, BlockNode, chained, type ModelBlock } from '../../support/block-nodes.ts'
import { eventsOf, relatedAddress } from '../../support/epoch-events.ts'
import { naiveOracle } from '../../support/naive-oracle.ts'
import { simulatedRounds } from '../../support/simulated-rounds.ts'

const network = networks.flare
const { genesisSec } = network.schedule
const world = simulatedRounds()
const startSec = (round: number) => genesisSec + 90 * round

/** A long time before the first of the simulated rounds there were some blocks, too. */
const quiet = Array.from({ length: 40 }, (_, number): FullBlock => ({
  number,
  timestampSec: startSec(world.firstRound - 200 + number),
  transactions: [],
}))
const blocks = chained([
  ...quiet,
  ...world.blocks.map((block) => ({ ...block, number: block.number + quiet.length })),
])
const events = world.epochs.flatMap(eventsOf)

/** The first block that is stamped at an instant or later. */
const firstAt = (sec: number) => blocks.findIndex(({ timestampSec }) => timestampSec >= sec)
/** The block that first shows a round to be over. */
const proofOf = (round: number) => firstAt(startSec(round + 1) + 45)

const oracle = naiveOracle({ genesisSec, blocks: world.blocks, epochs: world.epochs })

type Situation = {
  readonly nodes: readonly BlockNode[]
  readonly observations?: ReturnType<typeof openObservations>
  readonly events?: readonly EpochEvent[]
  readonly relays?: readonly Address[]
}

function anObserver(situation: Situation) {
  const { nodes } = situation
  const log: Record<string, unknown>[] = []
  const observations = situation.observations ?? openObservations(inMemory, { chainId: 14 })
  const told = { events: situation.events ?? events }
  const observer = observerOf({
    network,
    nodes: nodes.map((node) => node.port()),
    chain: {
      head: async () =>
        only(nodes.map((node) => node.head()).toSorted((one, other) => other.number - one.number)),
      relays: () => situation.relays ?? [],
      epochEventsFor: () => told.events,
      firstChainBoundRound: () => 7,
    },
    observations,
    batch: batchTo(nodes),
    pace: { pollMs: 500 },
    log: (event) => void log.push(event),
  })
  /** Until there is nothing more to read or to judge. */
  const catchUp = async () => {
    for (let turn = 0; turn < 500; turn += 1) {
      if ((await observer.advance()) > 0) return
    }
    throw new Error('The observer does not come to rest.')
  }
  return { observer, observations, log, told, catchUp }
}

/** Nodes that know the chain up to a block. */
function nodesAt(height: number, ...names: readonly string[]): BlockNode[] {
  return (names.length > 0 ? names : ['one']).map((name) => {
    const node = new BlockNode(name, blocks)
    node.height = height
    return node
  })
}

function only<T>(list: readonly T[]): T {
  const [one] = list
  if (one === undefined) throw new Error('Expected one.')
  return one
}

const changeRound = only(world.epochs.slice(1)).startVotingRoundId

describe('the outcome of a round', () => {
  test('is what the other oracle says, before and after the change of reward epoch', async () => {
    const node = only(nodesAt(proofOf(changeRound - 3)))
    const { observer, catchUp } = anObserver({ nodes: [node] })
    await catchUp()
    for (let round = changeRound - 3; round <= changeRound + 3; round += 1) {
      node.height = proofOf(round)
      await catchUp()
      const verdict = oracle(round)
      const outcome = observer.outcomeOf(round)
      expect(outcome).toMatchObject({
        kind: 'result',
        rewardEpochId: round < changeRound ? 416 : 417,
        random: { value: verdict?.random, isSecure: verdict?.isSecure },
        tree: { root: verdict?.root },
      })
      // It is not computed anew.
      expect(observer.outcomeOf(round)).toBe(outcome)
    }
  })

  test('is not there one block too early, and is at once with the block past the deadline', async () => {
    const round = world.lastRound - 2
    const node = only(nodesAt(proofOf(round) - 1))
    const { observer, catchUp } = anObserver({ nodes: [node] })
    await catchUp()
    expect(observer.outcomeOf(round)).toEqual({ kind: 'not-yet' })
    node.height += 1
    await observer.advance()
    expect(observer.outcomeOf(round)).toMatchObject({
      kind: 'result',
      tree: { root: oracle(round)?.root },
    })
  })

  test('is incomplete where the benching window reaches back behind what was read', async () => {
    const round = world.lastRound - 2
    const { observer, catchUp } = anObserver({ nodes: nodesAt(proofOf(round)) })
    await catchUp()
    expect(observer.outcomeOf(round).kind).toBe('result')
    // The window of the round before begins one round earlier than what a start reads.
    expect(observer.outcomeOf(round - 1)).toEqual({
      kind: 'incomplete',
      isRewardEpochMissing: false,
      missingRounds: [round - 21],
    })
    expect(observer.outcomeOf(round - 30)).toEqual({ kind: 'not-yet' })
  })

  test('waits for a fact of its reward epoch, and does without it no longer than it is missing', async () => {
    const round = world.lastRound - 2
    const absentee = events.findIndex(
      (event) => event.kind === 'voter' && event.rewardEpochId === 417,
    )
    const { observer, catchUp, told, log } = anObserver({
      nodes: nodesAt(proofOf(round)),
      events: events.toSpliced(absentee, 1),
    })
    await catchUp()
    expect(observer.epochOf(round)).toBeUndefined()
    expect(observer.outcomeOf(round)).toMatchObject({
      kind: 'incomplete',
      isRewardEpochMissing: true,
    })
    expect(log.map(({ event }) => event)).toContain('epoch-unknown')
    told.events = events
    expect(observer.outcomeOf(round)).toMatchObject({ tree: { root: oracle(round)?.root } })
  })
})

test('rounds before the chain’s first block count as read', async () => {
  const young = chained(world.blocks)
  const node = new BlockNode('young', young)
  const round = world.firstRound + 3
  node.height = young.findIndex(({ timestampSec }) => timestampSec >= startSec(round + 1) + 45)
  const { observer, catchUp } = anObserver({ nodes: [node] })
  await catchUp()
  expect(observer.outcomeOf(round)).toMatchObject({ tree: { root: oracle(round)?.root } })
})

describe('what is read', () => {
  const round = world.lastRound - 2
  const needed = firstAt(startSec(round - 20)) - 1
  const head = firstAt(startSec(round + 1) + 5)

  test('begins with the block before the benching window, in batches without a gap', async () => {
    const node = only(nodesAt(head))
    const { observer, catchUp } = anObserver({ nodes: [node] })
    await catchUp()
    expect(observer.stretch()).toEqual({
      fromBlock: needed,
      toBlock: head,
      fromTimestampSec: blocks[needed]?.timestampSec,
      toTimestampSec: blocks[head]?.timestampSec,
    })
    expect(node.diary.slice(0, 2)).toEqual([
      `${needed}-${needed + 29}`,
      `${needed + 30}-${needed + 59}`,
    ])
    expect(node.diary.at(-1)).toMatch(new RegExp(`-${head}$`))
  })

  test('is asked of another node when one fails, and of that one first from then on', async () => {
    const [one, other] = nodesAt(head, 'one', 'other')
    if (one === undefined || other === undefined) throw new Error('Expected two.')
    one.refuses = () => true
    const { observer, catchUp } = anObserver({ nodes: [one, other] })
    await catchUp()
    expect(observer.stretch()?.toBlock).toBe(head)
    expect(one.diary).toHaveLength(1)
  })

  test('is asked for in smaller pieces where all refuse, and in larger ones again, one by one', async () => {
    const node = only(nodesAt(head))
    node.refuses = (from, to) => from < needed + 30 && to - from > 6
    const { observer, catchUp } = anObserver({ nodes: [node] })
    await catchUp()
    expect(observer.stretch()).toMatchObject({ fromBlock: needed, toBlock: head })
    expect(node.diary.slice(0, 6)).toEqual([
      `${needed}-${needed + 29}`,
      `${needed}-${needed + 14}`,
      `${needed}-${needed + 6}`,
      `${needed + 7}-${needed + 14}`,
      `${needed + 7}-${needed + 10}`,
      `${needed + 11}-${needed + 15}`,
    ])
    const sizes = node.diary.map((range) => {
      const [from = 0, to = 0] = range.split('-').map(Number)
      return to - from + 1
    })
    expect(Math.max(...sizes.slice(6))).toBe(30)
  })

  test('may be large where it is a single block, and together with others must be small', async () => {
    const node = only(nodesAt(head))
    node.refuses = (from, to) => from === needed && to > from
    const { catchUp } = anObserver({ nodes: [node] })
    await catchUp()
    const single = node.diary.indexOf(`${needed}-${needed}`)
    expect(node.mostBytes[0]).toBe(2_097_152)
    expect(node.mostBytes[single]).toBe(16_777_216)
    expect(node.mostBytes[single + 1]).toBe(2_097_152)
  })

  test('is nothing while no node answers, which is said', async () => {
    const node = only(nodesAt(head))
    node.refuses = () => true
    const { observer } = anObserver({ nodes: [node] })
    await expect(observer.advance()).rejects.toMatchObject({ code: 'chain-unreachable' })
    expect(observer.stretch()).toBeUndefined()
    expect(observer.outcomeOf(round)).toEqual({ kind: 'not-yet' })
  })

  test('ends where a node that is behind has no more, and goes on with the node that has', async () => {
    const [one, other] = nodesAt(head, 'one', 'other')
    if (one === undefined || other === undefined) throw new Error('Expected two.')
    one.height = needed + 10
    const { observer, catchUp } = anObserver({ nodes: [one, other] })
    await catchUp()
    expect(observer.stretch()?.toBlock).toBe(head)
    expect(one.diary).toEqual([`${needed}-${needed + 29}`, `${needed + 11}-${needed + 40}`])
    expect(other.diary[0]).toBe(`${needed + 11}-${needed + 40}`)
  })

  test('is never past the head, though a node would have more', async () => {
    const [one, other] = nodesAt(head, 'one', 'other')
    if (one === undefined || other === undefined) throw new Error('Expected two.')
    const { observer, catchUp } = anObserver({ nodes: [one, other] })
    await catchUp()
    expect(observer.stretch()?.toBlock).toBe(head)
    const asked = [...one.diary, ...other.diary].map((range) => Number(range.split('-')[1]))
    expect(Math.max(...asked)).toBe(head)
  })

  test.each([
    {
      name: 'a number out of its place',
      distort: (answers: unknown[]) => answers.toSpliced(1, 1),
    },
    {
      name: 'a stamp later than the head’s',
      distort: (answers: unknown[]) =>
        answers.with(29, { ...Object(answers[29]), timestamp: '0xffffffff' }),
    },
    {
      name: 'a stamp before its parent’s',
      distort: (answers: unknown[]) => answers.with(3, { ...Object(answers[3]), timestamp: '0x1' }),
    },
    {
      name: 'a call of Submission without its calldata',
      distort: (answers: unknown[]) =>
        answers.map((answer) =>
          JSON.parse(JSON.stringify(answer).replaceAll('"input"', '"other"')),
        ),
    },
    { name: 'no list of logs', distort: (answers: unknown[]) => answers.with(-1, null) },
  ])('is not what a node answers with $name', async ({ distort }) => {
    const [odd, sound] = nodesAt(head, 'odd', 'sound')
    if (odd === undefined || sound === undefined) throw new Error('Expected two.')
    odd.distorts = (answers) => (answers.length === 31 ? distort(answers) : answers)
    const { observer, catchUp, log } = anObserver({ nodes: [odd, sound] })
    await catchUp()
    expect(observer.stretch()).toMatchObject({ fromBlock: needed, toBlock: head })
    expect(odd.diary).toHaveLength(1)
    expect(log).toContainEqual(
      expect.objectContaining({
        event: 'blocks-refused',
        code: 'block-malformed',
        host: 'odd.test',
      }),
    )
    expect(JSON.stringify(log)).not.toContain('key')
  })
})

describe('a node on another chain', () => {
  const round = world.lastRound - 2
  const forkAt = proofOf(round - 1)
  const fork = chained([...blocks], 'fork')
  /** The same chain up to a block, and then none that follows it. */
  const forked: readonly ModelBlock[] = blocks.map((block, number) =>
    number <= forkAt ? block : (fork[number] ?? block),
  )

  test('is refused, said, and never mixed with the others', async () => {
    const [one, other] = nodesAt(forkAt, 'one', 'other')
    if (one === undefined || other === undefined) throw new Error('Expected two.')
    const { observer, catchUp, log } = anObserver({ nodes: [one, other] })
    await catchUp()
    one.blocks = forked
    one.height = proofOf(round)
    other.height = proofOf(round)
    await catchUp()
    expect(observer.outcomeOf(round)).toMatchObject({ tree: { root: oracle(round)?.root } })
    expect(log).toContainEqual(
      expect.objectContaining({ code: 'block-of-another-chain', host: 'one.test' }),
    )
  })

  test('is not followed while the others are silent, however long', async () => {
    const [one, other] = nodesAt(forkAt, 'one', 'other')
    if (one === undefined || other === undefined) throw new Error('Expected two.')
    const { observer, catchUp } = anObserver({ nodes: [one, other] })
    await catchUp()
    one.blocks = forked
    one.height = proofOf(round)
    other.refuses = () => true
    for (let turn = 0; turn < 40; turn += 1) {
      await observer.advance().catch((error: unknown) => expect(error).toHaveProperty('code'))
    }
    expect(observer.stretch()?.toBlock).toBe(forkAt)
  })

  test('is followed from the start again once all nodes are there, and nothing of before holds', async () => {
    const node = only(nodesAt(proofOf(round)))
    const { observer, catchUp, log } = anObserver({ nodes: [node] })
    await catchUp()
    const before = observer.outcomeOf(round)
    node.blocks = chained(
      blocks.map((block) => ({ ...block, transactions: [] })),
      'fork',
    )
    node.height += 10
    for (let turn = 0; turn < 9; turn += 1) {
      await expect(observer.advance()).rejects.toMatchObject({ code: 'chain-unreachable' })
    }
    expect(observer.outcomeOf(round)).toBe(before)
    await catchUp()
    expect(log.map(({ event }) => event)).toContain('stretch-abandoned')
    expect(observer.outcomeOf(round)).toEqual({ kind: 'no-result', reason: 'no-valid-reveal' })
  })
})

describe('after a restart', () => {
  const round = world.lastRound - 2
  let observations: ReturnType<typeof openObservations>

  beforeEach(async () => {
    observations = openObservations(inMemory, { chainId: 14 })
    await anObserver({ nodes: nodesAt(proofOf(round - 5)), observations }).catchUp()
  })

  test('reading goes on where it ended', async () => {
    const node = only(nodesAt(proofOf(round)))
    const { observer, catchUp } = anObserver({ nodes: [node], observations })
    await catchUp()
    expect(node.diary[0]).toMatch(new RegExp(`^${proofOf(round - 5) + 1}-`))
    expect(observer.outcomeOf(round)).toMatchObject({ tree: { root: oracle(round)?.root } })
  })

  test('that comes after more than a benching window it begins anew', async () => {
    const late = chained([
      ...blocks,
      ...Array.from({ length: 205 }, (_, i): FullBlock => ({
        number: blocks.length + i,
        timestampSec: startSec(world.lastRound + 30) + 10 * i,
        transactions: [],
      })),
    ])
    const node = new BlockNode('late', late)
    const { observer, catchUp, log } = anObserver({ nodes: [node], observations })
    await catchUp()
    const last = votingRoundAt(network.schedule, (late.at(-1)?.timestampSec ?? 0) * 1_000)
    const from = late.findIndex(({ timestampSec }) => timestampSec >= startSec(last - 21)) - 1
    expect(observer.stretch()).toMatchObject({ fromBlock: from, toBlock: late.length - 1 })
    expect(log).toContainEqual(expect.objectContaining({ event: 'stretch-left', from_block: from }))
    // In rounds in which nobody said anything nobody has offended, and there is no result.
    expect(observer.outcomeOf(last - 1)).toMatchObject({ kind: 'no-result' })
  })
})

test('blocks that no round needs any more are forgotten, and results stay', async () => {
  const last = blocks.at(-1)?.timestampSec ?? 0
  const long = chained([
    ...blocks,
    ...Array.from({ length: 1_000 }, (_, i): FullBlock => ({
      number: blocks.length + i,
      timestampSec: last + 10 * (i + 1),
      transactions: [],
    })),
  ])
  const node = new BlockNode('long', long)
  node.height = proofOf(world.lastRound - 2)
  const { observer, catchUp } = anObserver({ nodes: [node] })
  await catchUp()
  const before = observer.outcomeOf(world.lastRound - 2)
  const first = observer.stretch()?.fromBlock ?? 0
  while (node.height < long.length - 1) {
    node.height = Math.min(node.height + 90, long.length - 1)
    await catchUp()
  }
  const head = votingRoundAt(network.schedule, node.head().timestampSec * 1_000)
  const kept = long.findIndex(({ timestampSec }) => timestampSec >= startSec(head - 60))
  expect(observer.stretch()?.fromBlock).toBe(kept - 1)
  expect(kept).toBeGreaterThan(first)
  expect(observer.outcomeOf(world.lastRound - 2)).toBe(before)
})

test('a root that was relayed is known, whichever generation of Relay says so, and the first', async () => {
  const round = world.lastRound - 2
  const relays = [relatedAddress('relay', '0x01'), relatedAddress('relay', '0x02')] as const
  const stranger = relatedAddress('relay', '0x03')
  const node = only(nodesAt(proofOf(round)))
  const at = proofOf(round) - 3
  const root = (digit: string) => `0x${digit.repeat(64)}` as const
  const relayed = { blockNumber: at, protocolId: 100, votingRoundId: round }
  node.roots = [
    { ...relayed, relay: stranger, blockNumber: at - 2, merkleRoot: root('a') },
    { ...relayed, relay: relays[0], blockNumber: at - 1, protocolId: 200, merkleRoot: root('b') },
    { ...relayed, relay: relays[0], merkleRoot: root('c') },
    { ...relayed, relay: relays[1], blockNumber: at + 1, merkleRoot: root('d') },
    { ...relayed, relay: relays[1], votingRoundId: round - 1, merkleRoot: root('e') },
  ]
  const { observer, catchUp } = anObserver({ nodes: [node], relays })
  await catchUp()
  expect(observer.finalisationOf(100, round)).toEqual({
    protocolId: 100,
    votingRoundId: round,
    isSecureRandom: true,
    merkleRoot: root('c'),
    blockNumber: at,
    timestampSec: blocks[at]?.timestampSec,
    txHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
  })
  expect(observer.finalisationOf(200, round)?.merkleRoot).toBe(root('b'))
  expect(observer.finalisationOf(100, round - 1)?.merkleRoot).toBe(root('e'))
  expect(observer.finalisationOf(100, round + 1)).toBeUndefined()
})

test('signatures for a round are those in calls of the next one, from anybody, in the chain’s order', async () => {
  const round = world.lastRound - 2
  const frame = (votingRoundId: number, payload: Hex, protocolId = 100) => ({
    protocolId,
    votingRoundId,
    payload,
  })
  const from = relatedAddress('signatures', '0x01')
  const callsAt = new Map<number, Hex[]>([
    [startSec(round + 1) - 1, [submissionCalldata('submitSignatures', [frame(round, '0x0a')])]],
    [
      startSec(round + 1) + 50,
      [
        // A frame of the data connector and one of another round beside it.
        submissionCalldata('submitSignatures', [frame(round, '0x0b', 200), frame(round, '0x0c')]),
        submissionCalldata('submitSignatures', [frame(round + 1, '0x0d')]),
        '0x57eed58064ff',
        submissionCalldata('submit2', [frame(round, '0x0e')]),
      ],
    ],
    [startSec(round + 2) - 1, [submissionCalldata('submitSignatures', [frame(round, '0x0f')])]],
    [startSec(round + 2), [submissionCalldata('submitSignatures', [frame(round, '0x10')])]],
  ])
  const signed = [...callsAt].map(([timestampSec, calls], i): FullBlock => ({
    number: 1 + i,
    timestampSec,
    transactions: calls.map((input, transactionIndex) => ({
      from,
      to: submissionAddress,
      input,
      transactionIndex,
    })),
  }))
  const before: FullBlock = { number: 0, timestampSec: startSec(round) - 5, transactions: [] }
  const node = new BlockNode('signed', chained([before, ...signed]))
  const { observer, catchUp } = anObserver({ nodes: [node] })
  await catchUp()
  const call = { sender: from, protocolId: 100, transactionIndex: 0 }
  expect(observer.signaturesFor(100, round)).toEqual([
    { ...call, payload: '0x0c', blockNumber: 2, timestampSec: startSec(round + 1) + 50 },
    { ...call, payload: '0x0f', blockNumber: 3, timestampSec: startSec(round + 2) - 1 },
  ])
  expect(observer.signaturesFor(200, round).map(({ payload }) => payload)).toEqual(['0x0b'])
})

test('an epoch’s voters are known in all their roles, by place in the policy', async () => {
  const { observer, catchUp } = anObserver({ nodes: nodesAt(proofOf(world.lastRound - 2)) })
  await catchUp()
  const [former, present] = world.epochs
  const observed = observer.epochOf(changeRound)
  expect(observed?.epoch).toEqual({
    ...present,
    voters: present?.voters.map(({ submitAddress, weight }) => ({
      submitAddress: lowerCase(submitAddress),
      weight,
    })),
  })
  expect(observed?.voters.map(({ signingPolicyAddress }) => signingPolicyAddress)).toEqual(
    observed?.policy.voters.map(({ address }) => address),
  )
  const third = lowerCase(only(present?.voters.slice(3) ?? []).submitAddress)
  expect(observed?.voters[3]).toEqual({
    submitAddress: third,
    identity: relatedAddress('identity', third),
    submitSignaturesAddress: relatedAddress('signatures', third),
    signingPolicyAddress: relatedAddress('policy', third),
  })
  // Before FIP.16 it is the capped delegation that counts, and not what the policy says.
  expect(observer.epochOf(changeRound - 1)?.epoch.voters.map(({ weight }) => weight)).toEqual(
    former?.voters.map(({ weight }) => weight),
  )
  expect(observer.epochOf(changeRound + 5)).toBe(observed)
})

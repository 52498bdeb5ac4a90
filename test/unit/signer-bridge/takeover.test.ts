/** A bridge dies within a round, and another one with the same keys takes the round over. */

import { describe, expect, test } from 'vitest'
import type { LedgerSigner } from '../../../signer-bridge/ledger/signer.ts'
import type { Signer } from '../../../signer-bridge/roles.ts'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { BridgeModel, firstRound, type Process } from '../../support/bridge-world.ts'

/** By medians that speak against the second price; the first one is beyond its slot in this world. */
const leavesOutOne: BridgeModel['guard'] = (_, entries) => ({
  entries: entries.map(({ price, ...feed }, i) =>
    i === 1 || price === undefined ? feed : { ...feed, price },
  ),
  strayed: [],
})

/** A person who signs whatever is put before them, five seconds later. */
function atDevice(bridge: BridgeModel): BridgeModel['signerFor'] {
  return (signer: Signer): LedgerSigner => ({
    ...signer,
    reviewing: () => ({
      ...signer,
      signTransaction: async (...args) => {
        await bridge.time.sleep(5_000)
        return await signer.signTransaction(...args)
      },
    }),
    show: () => undefined,
    device: bridge,
    unready: () => Promise.resolve(undefined),
  })
}

type Pair = { readonly acting: BridgeModel; readonly other: BridgeModel }

/** Two bridges, each with a journal of its own, and the second one without the lease. */
function aPair(isAttended = false): Pair {
  const acting = new BridgeModel()
  const other = new BridgeModel({ beside: acting })
  other.worker.isAnothers = true
  if (isAttended) {
    acting.signerFor = atDevice(acting)
    other.signerFor = atDevice(other)
  }
  return { acting, other }
}

/** The other bridge gets the lease, and the same Worker's memory of the round as far as it is kept. */
function handOver({ acting, other }: Pair, kept: { frozen?: boolean; reserved?: boolean }): void {
  const { worker } = acting
  if (kept.frozen === true) {
    for (const [round, atMs] of worker.frozen) other.worker.frozen.set(round, atMs)
  }
  if (kept.reserved === true) {
    for (const [round, digest] of worker.reserved) other.worker.reserved.set(round, digest)
  }
  other.worker.isAnothers = false
}

/** The acting bridge commits and dies at once. */
async function committedAndDead(pair: Pair): Promise<void> {
  const { acting } = pair
  const process: Process = acting.start()
  pair.other.start()
  const isCommitted = () => acting.chain.mined.length > 0
  await acting.time.runUntil(acting.startOf(firstRound) + 80_000, isCommitted)
  expect(isCommitted()).toBe(true)
  process.kill()
}

/** To where the second round is revealed, and nobody has begun the third. */
async function toTheEnd({ acting }: Pair): Promise<void> {
  await acting.time.runUntil(acting.startOf(firstRound + 2) + 33_000)
}

const both = {
  committed: [firstRound, firstRound + 1],
  revealed: [firstRound, firstRound + 1],
  offences: [],
}

const isOfFirst = (event: object) =>
  'voting_round_id' in event && event.voting_round_id === firstRound

describe('a round that is taken over after its commit', () => {
  test.each([
    { name: 'that left out none of the prices', by: 'keys in keystores', isAttended: false },
    { name: 'that left out none of the prices', by: 'persons at Ledgers', isAttended: true },
    {
      name: 'that left out another price',
      by: 'keys in keystores',
      isAttended: false,
      isFewer: true,
    },
    {
      name: 'that left out another price',
      by: 'persons at Ledgers',
      isAttended: true,
      isFewer: true,
    },
  ])('by a bridge $name is revealed by it, with $by', async ({ isAttended, isFewer = false }) => {
    const pair = aPair(isAttended)
    const { acting, other } = pair
    if (isFewer) acting.guard = leavesOutOne
    else other.guard = leavesOutOne
    await committedAndDead(pair)
    handOver(pair, { frozen: true, reserved: true })
    await acting.time.runUntil(acting.startOf(firstRound) + 88_000)
    // What is bound for ever can never be adopted.
    expect(other.journal.vote(firstRound)).toBeUndefined()
    expect(other.events).toContainEqual({
      event: 'reservation-refused',
      voting_round_id: firstRound,
      code: 'digest-differs',
    })
    expect(acting.chain.handed).toHaveLength(1)

    await toTheEnd(pair)
    expect(verdictOn(other)).toEqual(both)
    expect(other.events.filter(isOfFirst).map(({ event }) => event)).toContain('reveal-adopted')
    expect(other.journal.vote(firstRound)?.commit).toBe(acting.journal.vote(firstRound)?.commit)
  })

  test('counts as missed for the other bridge, once and with the reason', async () => {
    const pair = aPair()
    pair.other.guard = leavesOutOne
    await committedAndDead(pair)
    handOver(pair, { frozen: true, reserved: true })
    await toTheEnd(pair)
    const { stages, worker, events } = pair.other
    const error = 'Another bridge has reserved another commit for the round.'
    expect(stages.filter((stage) => stage === 'commit-missed')).toHaveLength(1)
    expect([...worker.reports.values()]).toContainEqual(
      expect.objectContaining({
        voting_round_id: firstRound,
        kind: 'submit1',
        status: 'missed',
        error,
      }),
    )
    expect(
      events.filter(({ event, reason }) => event === 'commit-refused' && reason === error),
    ).toHaveLength(1)
    // It asked once: what is given up is not tried again.
    expect(events.filter(({ event }) => event === 'reservation-refused')).toHaveLength(1)
  })

  test('by one whose Worker knows of no reservation is found by the key’s count', async () => {
    const pair = aPair()
    pair.other.guard = leavesOutOne
    await committedAndDead(pair)
    handOver(pair, { frozen: true })
    await toTheEnd(pair)
    expect(verdictOn(pair.other)).toEqual(both)
    expect(pair.other.events).toContainEqual({
      event: 'commit-of-another',
      voting_round_id: firstRound,
      ours: expect.any(String),
      on_chain: pair.acting.journal.vote(firstRound)?.commit,
    })
    expect(pair.other.events).toContainEqual({
      event: 'commit-refused',
      voting_round_id: firstRound,
      reason: 'Another commit of ours for the round is on chain.',
    })
  })

  test('by one that says the same is committed to again, and revealed', async () => {
    const pair = aPair()
    await committedAndDead(pair)
    handOver(pair, { frozen: true, reserved: true })
    await toTheEnd(pair)
    expect(verdictOn(pair.other)).toEqual(both)
  })
})

test('a round that was reserved and never committed to owes nothing, and the next is as ever', async () => {
  const pair = aPair()
  const { acting, other } = pair
  other.guard = leavesOutOne
  const process = acting.start((deed) => deed !== 'after worker.reserve')
  other.start()
  await acting.time.runUntil(acting.startOf(firstRound) + 75_000, process.isDead)
  expect(acting.journal.vote(firstRound)).toBeUndefined()
  handOver(pair, { frozen: true, reserved: true })
  await toTheEnd(pair)
  const next = [firstRound + 1]
  expect(verdictOn(other)).toEqual({ committed: next, revealed: next, offences: [] })
  expect(other.journal.vote(firstRound)).toBeUndefined()
})

test('of two vectors that a Worker gives two bridges one is committed to, and revealed', async () => {
  const pair = aPair()
  const { acting, other } = pair
  await committedAndDead(pair)
  // As a standby it was told of the first one.
  const held = acting.journal.vote(firstRound)
  if (held === undefined) throw new Error('The acting bridge has voted.')
  other.journal.keepHeld([held], 1)
  // It takes whatever is reserved, and shows no call of ours on chain before the reveal.
  handOver(pair, {})
  acting.chain.refusesBlocks = true
  await acting.time.runUntil(acting.startOf(firstRound + 1))
  acting.chain.refusesBlocks = false
  await toTheEnd(pair)
  expect(verdictOn(other)).toEqual(both)
  expect(other.worker.reserved.has(firstRound)).toBe(false)
  expect(other.events).toContainEqual({
    event: 'commit-refused',
    voting_round_id: firstRound,
    reason: 'The Worker has frozen another vector than the one that is held here.',
  })
})

test('what was frozen once is not judged anew when it is reserved again', async () => {
  const bridge = new BridgeModel()
  const { worker } = bridge
  let judged = 0
  bridge.guard = (round, entries) => {
    judged += 1
    return judged === 1 ? { entries, strayed: [] } : leavesOutOne(round, entries)
  }
  const port = worker.port.bind(worker)
  let asked = 0
  worker.port = () => ({
    ...port(),
    // The first answer is that the lease has been lost, after it was reserved.
    reserve: async (...args) => {
      asked += 1
      const answer = await port().reserve(...args)
      return asked === 1 ? { kind: 'refused', status: 409, code: 'lease-lost' } : answer
    },
  })
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 60_000)
  expect(asked).toBe(2)
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound],
    revealed: [firstRound],
    offences: [],
  })
})

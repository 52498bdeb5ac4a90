/**
 * A Worker in the hands of an enemy, with the valid secret, against a real bridge over real HTTP: what
 * it tries is refused by name, and nothing is ever signed but our own two calls of the round.
 */

import { gzipSync } from 'node:zlib'
import { encodeFunctionData, type Hex, isAddressEqual, keccak256, parseAbi } from 'viem'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { leaseMs } from '../../src/protocol/bridge-wire.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { encodeFeedValues } from '../../src/protocol/feed-values.ts'
import { readSubmission } from '../../src/protocol/submission.ts'
import { adoptionChore } from '../../signer-bridge/adoption.ts'
import { reportOf } from '../../signer-bridge/reports.ts'
import { calldataOf } from '../../signer-bridge/vote.ts'
import {
  account,
  aTarget,
  feeds,
  medians,
  network,
  startMs,
  type Target,
  votingRoundId,
} from '../support/hostile-target.ts'
import {
  type Answering,
  type HostileWorker,
  type Said,
  startHostileWorker,
} from '../support/hostile-worker.ts'

const frozenAt = startMs + 71_000
const entries = feeds.map((feed, place) => ({ ...feed, price: medians[place] ?? 0 }))
const honestFreeze = { voting_round_id: votingRoundId, frozen_at: frozenAt, entries }
const honestLease = { fencing_token: 1, expires_at: startMs + 86_000 }

/** Longer than an honest answer takes on a busy machine would be too long for what never comes. */
const shortPatienceMs = 300

let worker: HostileWorker
let target: Target
beforeEach(async () => {
  worker = await startHostileWorker({
    lease: () => ({ body: honestLease }),
    freeze: () => ({ body: honestFreeze }),
    reservations: () => ({ body: { reserved: true } }),
    standby: () => ({ body: {} }),
    reports: ({ body }) => ({
      body: { acknowledged: body.reports.map(({ id }: { readonly id: string }) => id) },
    }),
  })
  target = aTarget(worker)
})

/** Whatever a test does: no message, and no transaction but our own calls of our own round. */
afterEach(() => {
  worker.stop()
  const { signings, messages, journal } = target
  expect(messages).toEqual([])
  const vote = journal.vote(votingRoundId)
  for (const { type, to, value, data, chainId } of signings) {
    expect({ type, value, chainId }).toEqual({
      type: 'eip1559',
      value: 0n,
      chainId: network.chainId,
    })
    expect(isAddressEqual(to ?? account.address, submissionAddress)).toBe(true)
    if (vote === undefined) throw new Error('Something was signed without a vote in the journal.')
    expect([calldataOf(vote, 'submit1'), calldataOf(vote, 'submit2')]).toContain(data)
  }
})

const eventsOf = ({ events }: Target, name: string) => events.filter(({ event }) => event === name)

/** A round with the lease in hand. @returns The code of what the freeze threw. */
async function begun(of: Target = target): Promise<string | undefined> {
  await of.world.lease.renew()
  return await of.freeze()
}

async function expectNothingSigned(): Promise<void> {
  // The loop would come by again for as long as the round is open.
  expect(target.journal.openRounds()).toEqual([])
  expect(target.signings).toEqual([])
  expect(eventsOf(target, 'round-prepared')).toEqual([])
}

test('left alone, it gets its round committed, and reveals it without being asked', async () => {
  expect(await begun()).toBeUndefined()
  target.clock.nowMs = startMs + 102_000
  const { length } = worker.asked
  expect(await target.reveal()).toBeUndefined()
  expect(worker.asked).toHaveLength(length)
  expect(target.signings.map(({ data }) => readSubmission(data ?? '0x')?.method)).toEqual([
    'submit1',
    'submit2',
  ])
})

describe('item 1, an answer that is not provably one to this request, in time and in size:', () => {
  test.each<{ name: string; says: RegExp; freeze: Answering; isSlow?: true }>([
    {
      name: 'without a signature',
      freeze: () => ({ body: honestFreeze, signs: { signature: '' } }),
      says: /not signed by the Worker/,
    },
    {
      name: 'signed with another secret',
      freeze: () => ({ body: honestFreeze, signs: { secret: 'another secret'.repeat(3) } }),
      says: /not signed by the Worker/,
    },
    {
      name: 'signed for another nonce',
      freeze: () => ({ body: honestFreeze, signs: { nonce: '00'.repeat(16) } }),
      says: /not signed by the Worker/,
    },
    {
      name: 'signed for another status',
      freeze: () => ({ body: honestFreeze, signs: { status: 409 } }),
      says: /not signed by the Worker/,
    },
    {
      name: 'that sends us elsewhere',
      freeze: () => ({ body: '', status: 302, headers: { location: `${worker.url}/elsewhere` } }),
      says: /redirect/i,
    },
    {
      name: 'that is too long',
      freeze: () => ({ body: JSON.stringify(honestFreeze) + ' '.repeat(300_000) }),
      says: /too long/,
    },
    {
      name: 'that is short on the way and long when it is unpacked',
      freeze: () => ({
        act: (response) => {
          response.writeHead(200, { 'content-encoding': 'gzip' })
          response.end(gzipSync(Buffer.alloc(50_000_000)))
        },
      }),
      says: /too long/,
    },
    {
      name: 'that never comes',
      freeze: () => ({ act: () => undefined }),
      says: /No answer in time/,
      isSlow: true,
    },
    {
      name: 'that never ends',
      freeze: () => ({ act: dripping }),
      says: /No answer in time|aborted|terminated/i,
      isSlow: true,
    },
    {
      name: 'that breaks off',
      freeze: () => ({ act: (response) => response.destroy() }),
      says: /fetch failed|other side closed|socket/i,
    },
  ])('$name', async ({ freeze, says, isSlow }) => {
    if (isSlow) target = aTarget(worker, { patienceMs: shortPatienceMs })
    worker.says('freeze', freeze)
    expect(await begun()).toBeUndefined()
    expect(eventsOf(target, 'freeze-failed')).toEqual([
      {
        event: 'freeze-failed',
        voting_round_id: votingRoundId,
        reason: expect.stringMatching(says),
      },
    ])
    await expectNothingSigned()
  })

  test('one of an earlier round, byte for byte and with its signature', async () => {
    const nonces: string[] = []
    const earlier = { ...honestFreeze, voting_round_id: votingRoundId - 1 }
    worker.says('freeze', ({ nonce }): Said => {
      nonces.push(nonce)
      return { body: earlier, signs: { nonce: nonces[0] ?? nonce } }
    })
    expect(await begun()).toBe('round-differs')
    expect(await begun()).toBeUndefined()
    expect(eventsOf(target, 'freeze-failed')).toMatchObject([{ reason: /not signed/ }])
    expect(new Set(nonces).size).toBe(2)
    await expectNothingSigned()
  })
})

/** A byte now and then, for ever. */
function dripping(response: Parameters<NonNullable<Said['act']>>[0]): void {
  response.writeHead(200)
  const timer = setInterval(() => response.write(' '), 20)
  response.on('close', () => clearInterval(timer))
}

const transfer = encodeFunctionData({
  abi: parseAbi(['function transfer(address to, uint256 amount)']),
  args: [account.address, 1n],
})
const withText = (text: string) => JSON.stringify(honestFreeze).replace('"price":100', text)

describe('items 2 and 11, anything but the meanings that were agreed on has no way in:', () => {
  test.each<[string, unknown]>([
    ['calldata', { ...honestFreeze, calldata: transfer }],
    ['a hash to sign', { ...honestFreeze, hash: keccak256('0x00') }],
    ['a transaction', { ...honestFreeze, tx: { to: account.address, value: '1', data: transfer } }],
    ['another contract', { ...honestFreeze, to: account.address }],
    ['a value', { ...honestFreeze, value: '1000000000000000000' }],
    ['a nonce, gas and fees', { ...honestFreeze, nonce: 0, gas: 9_000_000, max_fee: '1' }],
    ['a random of its choice', { ...honestFreeze, random: keccak256('0x00') }],
    ['another chain', { ...honestFreeze, chain_id: 14 }],
    ['a key of prototypes', JSON.stringify(honestFreeze).replace('{', '{"__proto__":{"to":"0x"},')],
    [
      'calldata in an entry',
      { ...honestFreeze, entries: entries.map((e) => ({ ...e, hex: 'ff' })) },
    ],
    ['an array', [honestFreeze]],
    ['null', null],
    ['nothing', ''],
    ['no JSON', '<html></html>'],
    ['arrays within arrays', '['.repeat(100_000) + ']'.repeat(100_000)],
  ])('%s', async (_, body) => {
    worker.says('freeze', () => ({ body }))
    expect(await begun()).toBeUndefined()
    expect(eventsOf(target, 'freeze-failed')).toMatchObject([
      { reason: expect.stringMatching(/another shape|JSON/) },
    ])
    await expectNothingSigned()
  })
})

const [first, second, third] = entries
const far = Array.from({ length: 1_200 }, (_, i) => ({
  id: `0x01${i.toString(16).padStart(40, '0')}`,
  decimals: 2,
  price: 1,
}))

describe('item 4, a vector of another round, of other feeds or in another order:', () => {
  test.each<[string, object, string]>([
    ['the round before', { voting_round_id: votingRoundId - 1 }, 'round-differs'],
    ['the round after', { voting_round_id: votingRoundId + 1 }, 'round-differs'],
    ['reordered', { entries: [second, first, third] }, 'feeds-differ'],
    ['one too few', { entries: [first, second] }, 'feeds-differ'],
    ['one too many', { entries: [...entries, first] }, 'feeds-differ'],
    ['one twice', { entries: [first, first, third] }, 'feeds-differ'],
    ['another feed', { entries: [{ ...first, id: far[0]?.id }, second, third] }, 'feeds-differ'],
    ['other decimals', { entries: [{ ...first, decimals: 3 }, second, third] }, 'feeds-differ'],
  ])('%s', async (_, differing, code) => {
    worker.says('freeze', () => ({ body: { ...honestFreeze, ...differing } }))
    expect(await begun()).toBe(code)
    await expectNothingSigned()
  })

  test('so many feeds that no reveal of them is carried for free', async () => {
    worker.says('freeze', () => ({ body: { ...honestFreeze, entries: far } }))
    await begun()
    expect(eventsOf(target, 'freeze-failed')).toMatchObject([{ reason: /another shape/ }])
    await expectNothingSigned()
  })
})

describe('item 5, a vector that was not frozen now:', () => {
  test.each<[string, number]>([
    ['a moment before it may be', startMs + 59_999],
    ['in the round before', frozenAt - 90_000],
    ['a day ago', frozenAt - 86_400_000],
    ['at the dawn of time', 0],
    ['as the round ends', startMs + 90_000],
    ['in the round after', frozenAt + 90_000],
    ['in this round, and still to come', startMs + 76_501],
  ])('%s', async (_, instant) => {
    worker.says('freeze', () => ({ body: { ...honestFreeze, frozen_at: instant } }))
    expect(await begun()).toBe('frozen-elsewhen')
    await expectNothingSigned()
  })

  test.each([-1, 0.5, '1', null, 1e300])('at %s, which is no instant', async (instant) => {
    worker.says('freeze', () => ({ body: { ...honestFreeze, frozen_at: instant } }))
    await begun()
    expect(eventsOf(target, 'freeze-failed')).toMatchObject([{ reason: /another shape/ }])
    await expectNothingSigned()
  })
})

describe('a price that is none', () => {
  test.each(['null', '0', '-1', 'NaN', 'Infinity', '1e999', '"100"', '[100]', '{}'])(
    '%s is refused with all that came with it',
    async (price) => {
      worker.says('freeze', () => ({ body: withText(`"price":${price}`) }))
      expect(await begun()).toBeUndefined()
      expect(eventsOf(target, 'freeze-failed')).toMatchObject([
        { reason: expect.stringMatching(/another shape|JSON/) },
      ])
      await expectNothingSigned()
    },
  )
})

type Price = number | undefined
const priced = (prices: readonly Price[]) => ({
  ...honestFreeze,
  entries: feeds.map((feed, place) => {
    const price = prices[place]
    return price === undefined ? feed : { ...feed, price }
  }),
})

describe('a price that cannot be', () => {
  test.each<{ name: string; prices: readonly Price[]; kept: readonly Price[]; told: object[] }>([
    {
      name: 'further than 30 % from the last final median leaves its slot empty',
      prices: [131, 200, 300],
      kept: [undefined, 200, 300],
      told: [{ event: 'prices-left-out', count: 1, feeds: [feeds[0]?.id] }],
    },
    {
      name: 'of next to nothing leaves its slot empty: no vote for 0',
      prices: [1e-30, 200, 300],
      kept: [undefined, 200, 300],
      told: [{ event: 'prices-left-out', count: 1, feeds: [feeds[0]?.id] }],
    },
    {
      name: 'without measure leaves its slot empty',
      prices: [100, 1e300, 300],
      kept: [100, undefined, 300],
      told: [{ event: 'prices-left-out', count: 1, feeds: [feeds[1]?.id] }],
    },
    {
      name: 'further than 5 % off is told of and kept',
      prices: [106, 200, 300],
      kept: [106, 200, 300],
      told: [{ event: 'prices-strayed', count: 1, feeds: [feeds[0]?.id] }],
    },
    {
      name: 'of every feed leaves an empty vector, which harms nobody',
      prices: [1, 1, 1],
      kept: [],
      told: [{ event: 'prices-left-out', count: 3 }],
    },
    {
      name: 'and one that is absent for want of a quorum stays absent',
      prices: [undefined, 200, 900],
      kept: [undefined, 200],
      told: [{ event: 'prices-left-out', count: 1, feeds: [feeds[2]?.id] }],
    },
  ])('$name', async ({ prices, kept, told }) => {
    worker.says('freeze', () => ({ body: priced(prices) }))
    expect(await begun()).toBeUndefined()
    const slots = feeds.map(({ decimals }, place) => {
      const price = kept[place]
      return price === undefined ? { decimals } : { price, decimals }
    })
    expect(target.journal.vote(votingRoundId)?.feedValues).toBe(encodeFeedValues(slots).values)
    expect(target.signings).toHaveLength(1)
    const said = target.events.filter(({ event }) => event.startsWith('prices-'))
    expect(said).toMatchObject(told)
    expect(Object.keys(said[0] ?? {}).toSorted()).toEqual([
      'count',
      'event',
      'feeds',
      'voting_round_id',
    ])
  })

  test('leaves its slot empty also where no median is known: no vote for 0, none beyond the slot', async () => {
    target = aTarget(worker, { hasMedians: false })
    worker.says('freeze', () => ({ body: priced([1e-30, 1e300, 900]) }))
    expect(await begun()).toBeUndefined()
    const { values } = encodeFeedValues(priced([undefined, undefined, 900]).entries)
    expect(target.journal.vote(votingRoundId)?.feedValues).toBe(values)
  })
})

describe('item 10, a lease', () => {
  test.each<[string, object]>([
    ['with a token that is a text', { fencing_token: '1' }],
    ['with a token below any', { fencing_token: 0 }],
    ['with half a token', { fencing_token: 1.5 }],
    ['without a date', { expires_at: null }],
    ['with a date beyond numbers', { expires_at: 1e300 }],
    ['with more to it than was agreed', { admin: true }],
  ])('%s is none', async (_, differing) => {
    worker.says('lease', () => ({ body: { ...honestLease, ...differing } }))
    await begun()
    expect(target.events).toMatchObject([
      { event: 'lease-not-renewed', reason: /another shape/ },
      { event: 'commit-refused', reason: 'This bridge does not hold the lease.' },
    ])
    await expectNothingSigned()
  })

  test('that is over already is none', async () => {
    worker.says('lease', () => ({ body: { fencing_token: 1, expires_at: startMs } }))
    await begun()
    expect(eventsOf(target, 'commit-refused')).toMatchObject([
      { reason: /does not hold the lease/ },
    ])
    await expectNothingSigned()
  })

  test('without an end ends 16 s after it was asked for, and is renewed as any other', async () => {
    worker.says('lease', () => ({
      body: { fencing_token: 1, expires_at: Number.MAX_SAFE_INTEGER },
    }))
    expect(await target.world.lease.renew()).toBe(leaseMs / 3)
    expect(target.world.lease.token()).toBe(1)
    target.clock.nowMs += 14_000
    expect(target.world.lease.token()).toBeUndefined()
  })

  test('that is taken away between freeze and commit takes the commit with it', async () => {
    worker.says('reservations', () => ({ status: 409, body: { code: 'lease-lost' } }))
    await target.world.lease.renew()
    worker.says('lease', () => ({ status: 409, body: { code: 'lease-taken' } }))
    await target.freeze()
    // Nothing is bound yet: the loop freezes again.
    await target.freeze()
    await expectNothingSigned()
    expect(eventsOf(target, 'reservation-refused')).toMatchObject([{ code: 'lease-lost' }])
    expect(eventsOf(target, 'commit-refused')).toMatchObject([
      { reason: /does not hold the lease/ },
    ])
  })
})

describe('item 9, a reservation', () => {
  test('that is refused as another digest’s is final: the round is told as missed', async () => {
    worker.says('reservations', () => ({ status: 409, body: { code: 'digest-differs' } }))
    await begun()
    worker.says('reservations', () => ({ body: { reserved: true } }))
    await target.freeze()
    await expectNothingSigned()
    expect(eventsOf(target, 'reservation-refused')).toMatchObject([{ code: 'digest-differs' }])
    await target.deliver()
    expect(worker.asked.at(-1)?.body.reports).toMatchObject([{ kind: 'submit1', status: 'missed' }])
  })

  test('that is refused leaves the vector held, and the round open to adoption', async () => {
    worker.says('reservations', () => ({ status: 409, body: { code: 'digest-differs' } }))
    worker.says('freeze', () => ({ body: priced([1_000, 200, 300]) }))
    await begun()
    // One is left out by the medians: the vector is held with it and without.
    expect(target.journal.heldVotes()).toHaveLength(2)
    expect(target.journal.vote(votingRoundId)).toBeUndefined()
  })

  test.each<[string, Said]>([
    ['of another round', { body: { reserved: true, voting_round_id: 1 } }],
    ['with a digest to sign in its place', { body: { reserved: true, digest: keccak256('0x') } }],
    ['that is no yes', { body: { reserved: false } }],
    ['that has a standby wait on its word', { body: { reserved: true, standby_waits: 1 } }],
    ['that fails', { status: 500, body: { code: 'broken' } }],
  ])('%s is no word: the leaseholder signs its own commit and no other', async (_, said) => {
    worker.says('reservations', () => said)
    await begun()
    expect(eventsOf(target, 'reservation-skipped')).toHaveLength(1)
    expect(target.signings.map(({ data }) => data)).toEqual([commitData()])
  })

  test('that has us wait for a standby for ever costs no round: the commit goes by second 76', async () => {
    worker.says('reservations', () => ({ body: { reserved: true, standby_waits: true } }))
    await begun()
    expect(eventsOf(target, 'standby-not-waited-for')).toHaveLength(1)
    expect(target.clock.nowMs).toBeLessThan(startMs + 76_000)
    expect(target.signings.map(({ data }) => data)).toEqual([commitData()])
  })

  test('that never comes is not waited for', async () => {
    target = aTarget(worker, { patienceMs: shortPatienceMs })
    worker.says('reservations', () => ({ act: () => undefined }))
    await begun()
    expect(eventsOf(target, 'reservation-skipped')).toMatchObject([
      { reason: 'No answer in time.' },
    ])
    expect(target.signings.map(({ data }) => data)).toEqual([commitData()])
  })
})

function commitData(): Hex | undefined {
  const vote = target.journal.vote(votingRoundId)
  return vote === undefined ? undefined : calldataOf(vote, 'submit1')
}

describe('items 6 and 9, another vector on second asking:', () => {
  test('the round stays bound to the first, in this life and in the next', async () => {
    // Bound by a life that ended before its signature.
    target.journal.prepare(await votedElsewhere(), 1)
    const bound = target.journal.vote(votingRoundId)
    worker.says('freeze', () => ({ body: priced([101, 201, 301]) }))
    expect(await begun()).toBe('digest-conflict')
    expect(target.signings).toEqual([])

    target = aTarget(worker, { journal: target.journal })
    expect(await begun()).toBe('digest-conflict')
    expect(target.signings).toEqual([])
    await target.commit()
    expect(target.journal.vote(votingRoundId)).toEqual(bound)
    expect(target.signings.map(({ data }) => data)).toEqual([commitData()])
  })
})

test('once the commit is out, nothing that it says or does stops the reveal', async () => {
  await begun()
  for (const door of ['lease', 'freeze', 'reservations', 'standby', 'reports'] as const) {
    worker.says(door, () => ({ status: 409, body: { code: 'lease-taken' } }))
  }
  await target.world.lease.renew()
  await target.deliver()
  expect(target.world.lease.token()).toBeUndefined()
  target.clock.nowMs = startMs + 102_000
  expect(await target.reveal()).toBeUndefined()
  const vote = target.journal.vote(votingRoundId)
  if (vote === undefined) throw new Error('The round was committed.')
  expect(target.signings.at(-1)?.data).toBe(calldataOf(vote, 'submit2'))
})

describe('a standby that is told of', () => {
  const toldOf = (differing: object) =>
    worker.says('standby', () => ({ body: { frozen: { ...honestFreeze, ...differing } } }))

  test.each<[string, number]>([
    ['a round long past', -500],
    ['the round before the last', -2],
    ['the next round', 1],
    ['a round far ahead', 500],
  ])('%s holds none of it, and asks no faster for it', async (_, away) => {
    const round = votingRoundId + away
    toldOf({ voting_round_id: round, frozen_at: frozenAt + away * 90_000 })
    expect(await target.standBy()).toBeGreaterThanOrEqual(250)
    expect(target.journal.heldVotes()).toEqual([])
    expect(eventsOf(target, 'standby-refused')).toMatchObject([{ voting_round_id: round }])
    await expectNothingSigned()
  })

  test.each<[string, object, string]>([
    ['other feeds', { entries: far.slice(0, 3) }, 'feeds-differ'],
    ['a vector of the future', { frozen_at: startMs + 89_000 }, 'frozen-elsewhen'],
    ['a vector too old', { frozen_at: startMs + 34_000 }, 'frozen-elsewhen'],
  ])('%s holds none of it', async (_, differing, code) => {
    toldOf(differing)
    await expect(target.standBy()).rejects.toMatchObject({ code })
    expect(target.journal.heldVotes()).toEqual([])
    await expectNothingSigned()
  })

  test('prices that nobody has committed to reveals nothing of them', async () => {
    toldOf({ entries: priced([101, 201, 301]).entries })
    expect(await target.standBy()).toBe(0)
    expect(target.journal.heldVotes()).toHaveLength(1)
    target.clock.nowMs = startMs + 130_000
    const { world } = target
    const honest = calldataOf(await votedElsewhere(), 'submit1')
    const theirs = { sender: account.address, txHash: keccak256('0x01'), calldata: honest }
    const moment = () => ({
      wallMs: target.clock.nowMs,
      isClockTrusted: true,
      sinceHeadMs: 0,
      head: { number: 1, timestampSec: target.clock.nowMs / 1_000, baseFeeWei: 1n },
    })
    const adopt = adoptionChore({
      ...world,
      chain: {
        ...world.chain,
        callsBy: async () => [{ ...theirs, timestampSec: startMs / 1_000 + 75 }],
      },
      heads: { refresh: async () => undefined, moment, driftMs: () => 0 },
    })
    await adopt()
    expect(eventsOf(target, 'reveal-adopted')).toEqual([])
    await expectNothingSigned()
  })
})

/** The vote of a bridge of ours that was told the truth. */
async function votedElsewhere() {
  const other = aTarget(worker)
  await begun(other)
  const vote = other.journal.vote(votingRoundId)
  if (vote === undefined) throw new Error('The other bridge has voted.')
  return vote
}

describe('reports', () => {
  test.each<[string, Said]>([
    ['refused for ever', { status: 409, body: { code: 'lease-taken' } }],
    ['failed on for ever', { status: 503, body: {} }],
    ['acknowledged under other names', { body: { acknowledged: [aUuid()] } }],
    ['acknowledged without names', { body: { acknowledged: 'all' } }],
  ])('%s wait in the outbox, are sent less often, and hold up no round', async (_, said) => {
    worker.says('reports', () => said)
    target.journal.outbox.queueReport(aReport())
    for (let time = 0; time < 10; time += 1) {
      const pauseMs = await target.deliver()
      expect(pauseMs).toBeGreaterThanOrEqual(500)
      expect(pauseMs).toBeLessThanOrEqual(30_000)
    }
    expect(target.journal.outbox.length()).toBe(1)
    expect(await begun()).toBeUndefined()
    expect(target.signings).toHaveLength(1)
  })

  test('called malformed are let go of one by one, each with a line in the log', async () => {
    worker.says('reports', () => ({ status: 400, body: { code: 'malformed' } }))
    target.journal.outbox.queueReport(aReport())
    await target.deliver()
    await target.deliver()
    expect(eventsOf(target, 'report-refused')).toMatchObject([{ id: aReport().id }])
    expect(target.journal.outbox.length()).toBe(0)
  })
})

function aUuid(): string {
  return '6f3f6c1e-5c0b-5f0a-9d0e-2b1f7a8c4d35'
}

function aReport() {
  const call = { votingRoundId: 7, kind: 'submit1', part: 'main', signer: account.address } as const
  const { chainId } = network
  return reportOf({ chainId, call, status: 'missed', atMs: startMs, attempts: 0 })
}

import { expect, test } from 'vitest'
import type { CallKind, OwnCall } from '../../../signer-bridge/call.ts'
import { randomOf } from '../../../signer-bridge/random.ts'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { lowerCase } from '../../../src/protocol/address.ts'
import { account, BridgeModel, firstRound, nextAccount } from '../../support/bridge-world.ts'

async function through(bridge: BridgeModel, rounds: number): Promise<void> {
  await bridge.time.runUntil(bridge.startOf(firstRound + rounds) + 60_000)
}

const soundly = { offences: [] }

/** A call of the first round. */
function ourCall(kind: CallKind): OwnCall {
  return { votingRoundId: firstRound, kind, part: 'main', signer: account.address }
}

test('a round is frozen, committed, and revealed in the next, each step in its second', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await through(bridge, 1)
  expect(bridge.diary).toEqual([
    '1000+0 nonces-reconciled',
    '1000+0 bridge-ready',
    '1000+0.1 lease-held',
    '1000+70.2 round-prepared',
    '1000+70.3 call-sent submit1',
    '1000+72.1 commit-confirmed',
    '1001+11 call-sent submit2',
    '1001+12.8 reveal-confirmed',
  ])
})

/** A process that dies with its commit out, and another in its place within a second. */
async function restartedOwing(before: (bridge: BridgeModel) => void) {
  const bridge = new BridgeModel()
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 80_000)
  first.kill()
  before(bridge)
  bridge.start()
  const readies = () => bridge.events.filter(({ event }) => event === 'bridge-ready').slice(1)
  await bridge.time.runUntil(bridge.startOf(firstRound) + 81_000)
  return { bridge, readies }
}
const ready = { event: 'bridge-ready', reveals_owed: 1 }
const firstRevealed = { committed: [firstRound], revealed: [firstRound], offences: [] }

test('a restart that owes a reveal is ready with its first block, and not before', async () => {
  const { bridge, readies } = await restartedOwing(({ chain }) => {
    chain.isDown = true
  })
  expect(readies()).toEqual([])
  bridge.chain.isDown = false
  await through(bridge, 1)
  expect(readies()).toEqual([ready])
  expect(verdictOn(bridge)).toEqual(firstRevealed)
})

test('a count that never comes keeps no restart from its reveal', async () => {
  const { bridge, readies } = await restartedOwing(({ chain }) => {
    const portOf = chain.port.bind(chain)
    const pendingCount = () => new Promise<never>(() => undefined)
    chain.port = (latencyMs) => ({ ...portOf(latencyMs), pendingCount })
  })
  expect(readies()).toEqual([ready])
  await through(bridge, 1)
  expect(verdictOn(bridge)).toEqual(firstRevealed)
})

test('round after round: all are committed and revealed, and every end is reported', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await through(bridge, 3)

  const rounds = [firstRound, firstRound + 1, firstRound + 2]
  expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
  const reported = [...bridge.worker.reports.values()].map(
    ({ voting_round_id: round, kind, status }) => `${round} ${kind} ${status}`,
  )
  expect(reported).toEqual(
    rounds.flatMap((round) => [
      `${round} submit1 sent`,
      `${round} submit1 confirmed`,
      `${round} submit2 sent`,
      `${round} submit2 confirmed`,
    ]),
  )
  const confirmed = [...bridge.worker.reports.values()].find(({ status }) => status === 'confirmed')
  expect(confirmed).toMatchObject({ signer: account.address, attempts: 1, block_number: 41 })
})

test.each([10, 20, 45])(
  'rounds of %i seconds work alike, with blocks a second apart',
  async (roundSec) => {
    const bridge = new BridgeModel({ roundSec, blockMs: 1_000 })
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 5))
    const { committed, revealed, offences } = verdictOn(bridge)
    expect(offences).toEqual([])
    expect(committed.length).toBeGreaterThanOrEqual(4)
    expect(revealed).toEqual(expect.arrayContaining(committed.slice(0, 4)))
  },
)

test('a reveal that the nodes drop is sent again, dearer and with the same nonce', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  bridge.chain.drops = 3
  await through(bridge, 1)

  expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], ...soundly })
  const attempts = bridge.journal.attempts(ourCall('submit2'))
  expect(attempts.map(({ nonce }) => nonce)).toEqual([1, 1, 1, 1])
  const caps = attempts.map(({ fees }) => Number(fees.maxFeePerGas))
  for (const [i, cap] of caps.entries()) {
    if (i > 0) expect(cap / (caps[i - 1] ?? cap)).toBeGreaterThanOrEqual(1.125)
  }
})

test('without the Worker after the commit the reveal goes out all the same', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 75_000)
  bridge.worker.isDown = true
  await through(bridge, 1)
  expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], ...soundly })

  bridge.worker.isDown = false
  await bridge.time.runUntil(bridge.time.nowMs() + 40_000)
  expect(bridge.journal.outbox.length()).toBe(0)
})

test('two minutes without any network are survived, and the next round is there', async () => {
  const bridge = new BridgeModel()
  const bridging = bridge.start()
  await through(bridge, 1)
  // From before the freeze of a round to after the one that would have followed it.
  await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 50_000)
  bridge.chain.isDown = true
  bridge.worker.isDown = true
  await bridge.time.runUntil(bridge.time.nowMs() + 120_000)
  bridge.chain.isDown = false
  bridge.worker.isDown = false
  await bridge.time.runUntil(bridge.startOf(firstRound + 6))

  expect(bridging.hasEnded()).toBe(false)
  const { committed, revealed, offences } = verdictOn(bridge)
  expect(committed).toContain(firstRound + 4)
  expect(revealed).toEqual(committed.filter((round) => round < firstRound + 5))
  expect(offences).toEqual([])
})

test('a Worker that cannot be reached for the reservation stops no leaseholder', async () => {
  const bridge = new BridgeModel()
  bridge.start((deed) => {
    if (deed === 'before worker.reserve') bridge.worker.isDown = true
    return true
  })
  await through(bridge, 1)
  expect(bridge.diary).toContain('1000+70.1 reservation-skipped')
  expect(verdictOn(bridge)).toMatchObject({ committed: [firstRound], revealed: [firstRound] })
})

test('a commit that another bridge has reserved otherwise is not sent', async () => {
  const bridge = new BridgeModel()
  bridge.worker.reserved.set(firstRound, '0x00')
  bridge.start()
  await through(bridge, 1)
  expect(verdictOn(bridge)).toEqual({ committed: [], revealed: [], offences: [] })
  expect(bridge.chain.handed).toEqual([])
  expect([...bridge.worker.reports.values()]).toMatchObject(
    [{ kind: 'submit1', status: 'missed', error: /^Another bridge/ }].map((report) => ({
      ...report,
      error: expect.stringMatching(report.error),
    })),
  )
})

test('a Worker that is away at the freeze costs the round, which is reported later', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 60_000)
  bridge.worker.isDown = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  bridge.worker.isDown = false
  await through(bridge, 2)

  expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound + 1], ...soundly })
  const [first] = bridge.worker.reports.values()
  expect(first).toMatchObject({ voting_round_id: firstRound, kind: 'submit1', status: 'missed' })
})

test.each([
  ['another round', (frozen: object) => ({ ...frozen, voting_round_id: firstRound + 1 })],
  ['a time outside of the round', (frozen: object) => ({ ...frozen, frozen_at: 0 })],
  ['fewer feeds', (frozen: object) => ({ ...frozen, entries: [] })],
])('an answer with %s is not committed to', async (_, bend) => {
  const bridge = new BridgeModel()
  // The bent answer is still of the shape that the types know.
  bridge.worker.bend = <T>(frozen: T) => bend(frozen as object) as T
  bridge.start()
  await through(bridge, 1)
  expect(bridge.chain.handed).toEqual([])
  expect(bridge.journal.latestRoundId()).toBeUndefined()
})

test('a commit that does not land is replaced until the last moment, and its nonce freed', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 69_000)
  bridge.chain.isFull = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 5_000)
  bridge.chain.isFull = false
  await through(bridge, 2)

  // It lands in the next round, where it counts for nothing and nothing is owed for it.
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound + 1],
    revealed: [firstRound + 1],
    offences: [],
  })
  expect(bridge.diary.filter((line) => line.includes('commit-late'))).toHaveLength(1)
  const commits = bridge.journal.attempts(ourCall('submit1'))
  expect(commits.length).toBeGreaterThan(1)
  expect(new Set(commits.map(({ nonce }) => nonce))).toEqual(new Set([0]))
})

test('a stuck commit gives its nonce to the reveal, which nobody can say is not owed', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 69_000)
  bridge.chain.isFull = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 12_000)
  bridge.chain.isFull = false
  await through(bridge, 1)

  const [only, ...others] = bridge.chain.mined
  expect(others).toEqual([])
  expect(only).toMatchObject({ kind: 'submit2', nonce: 0, votingRoundId: firstRound })
  expect(verdictOn(bridge).offences).toEqual([])
})

test('with the clock a minute off nothing new begins, and what is owed is revealed', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 80_000)
  bridge.clockOffMs = -60_000
  await through(bridge, 2)
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound],
    revealed: [firstRound],
    offences: [],
  })
  expect(bridge.diary.some((line) => line.includes('clock-distrusted'))).toBe(true)
})

test.each([
  [
    'a balance that does not cover the reveal too',
    (bridge: BridgeModel) => (bridge.chain.balanceWei = 1n),
  ],
  ['a base fee near the ceiling', (bridge: BridgeModel) => (bridge.chain.baseFeeWei *= 10n)],
])('%s stops the commit', async (_, spoil) => {
  const bridge = new BridgeModel()
  spoil(bridge)
  bridge.start()
  await through(bridge, 1)
  expect(bridge.chain.handed).toEqual([])
  expect(bridge.diary.some((line) => line.includes('commit-refused'))).toBe(true)
})

test('a base fee that rises eightfold after the commit does not stop the reveal', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  bridge.chain.baseFeeWei *= 8n
  await through(bridge, 1)
  expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], ...soundly })
})

test('nodes that are away from the commit to second 30 of the window cost no reveal', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 71_000)
  bridge.chain.isDown = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 30_000)
  bridge.chain.isDown = false
  await through(bridge, 1)
  expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], ...soundly })
})

test('nodes that are away for the whole window cost the reveal, which is told as it is', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  bridge.chain.isDown = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 50_000)
  bridge.chain.isDown = false
  await through(bridge, 2)
  expect(verdictOn(bridge)).toMatchObject({
    committed: [firstRound, firstRound + 1],
    revealed: [firstRound + 1],
    ...soundly,
  })
  expect(bridge.stages).toContain('reveal-missed')
})

test('a signature that comes too late for the round is thrown away, and nothing is owed', async () => {
  const bridge = new BridgeModel()
  bridge.signMs = 20_000
  bridge.start()
  await through(bridge, 1)
  expect(bridge.chain.handed).toEqual([])
  expect(bridge.journal.openRounds()).toEqual([])
  expect(bridge.journal.statusOf(ourCall('submit1'))).toBe('missed')
})

test('a reveal that lands when its window is over is told as missed', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 9_000)
  bridge.chain.isFull = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 45_500)
  bridge.chain.isFull = false
  await through(bridge, 1)
  expect(verdictOn(bridge)).toMatchObject({ committed: [firstRound], revealed: [], ...soundly })
  expect(bridge.diary.some((line) => line.includes('reveal-late'))).toBe(true)
  expect(bridge.stages).toEqual(['frozen', 'committed', 'reveal-missed'])
})

/** A commit that counts at nonce 0, unseen at first, and its twin at nonce 1 in the next round. */
async function twoCommits(hides: BridgeModel['chain']['hides']): Promise<BridgeModel> {
  const bridge = new BridgeModel()
  bridge.chain.hides = hides
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 73_000)
  bridge.chain.isFull = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 1_000)
  bridge.chain.isFull = false
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 4_000)
  expect(bridge.chain.mined).toMatchObject([
    { kind: 'submit1', nonce: 0, votingRoundId: firstRound },
    { kind: 'submit1', nonce: 1, votingRoundId: firstRound },
  ])
  return bridge
}

const inTime = { committed: [firstRound], revealed: [firstRound], ...soundly }

function told(bridge: BridgeModel): string[] {
  return [...bridge.worker.reports.values()].map(({ kind, status }) => `${kind} ${status}`)
}

test('of a commit that landed twice, the one in time counts, and is revealed', async () => {
  const bridge = await twoCommits(() => true)
  bridge.chain.hides = () => false
  await through(bridge, 1)
  expect(verdictOn(bridge)).toEqual(inTime)
  const ends = told(bridge).filter((end) => !end.endsWith('sent'))
  expect(ends.toSorted()).toEqual(['submit1 confirmed', 'submit2 confirmed'])
})

test.each([
  { until: 'until the reveal is out', seenAtSec: 30, end: 'submit1 confirmed' },
  { until: 'for ever', seenAtSec: 70, end: 'submit1 failed' },
])('a commit seen too late voids nothing, its twin hidden $until', async ({ seenAtSec, end }) => {
  const bridge = await twoCommits(({ nonce }) => nonce === 0)
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + seenAtSec * 1_000)
  bridge.chain.hides = () => false
  await through(bridge, 1)
  expect(verdictOn(bridge)).toEqual(inTime)
  expect(told(bridge)).toContain(end)
  expect(told(bridge)).toContain('submit2 confirmed')
  expect(bridge.journal.openRounds()).toEqual([])
  expect(bridge.stages).not.toContain('reveal-missed')
})

test('of a reveal that landed twice, the one in time is told', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 9_000)
  bridge.chain.hides = ({ kind }) => kind === 'submit2'
  // The second one waits at its nonce until the window is over.
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 14_000)
  bridge.chain.isFull = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 45_000)
  bridge.chain.isFull = false
  bridge.chain.hides = ({ kind, nonce }) => kind === 'submit2' && nonce === 1
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 48_500)
  bridge.chain.hides = () => false
  await through(bridge, 1)
  expect(bridge.chain.mined.map(({ kind }) => kind)).toEqual(['submit1', 'submit2', 'submit2'])
  expect(told(bridge)).toContain('submit2 confirmed')
  expect(bridge.stages).toEqual(['frozen', 'committed', 'revealed'])
})

test('a nonce count that is too high once does not strand the reveal above a gap', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 9_000)
  bridge.chain.overcount = 1
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 12_000)
  bridge.chain.overcount = 0
  await through(bridge, 1)
  expect(bridge.journal.attempts(ourCall('submit2')).map(({ nonce }) => nonce)).toEqual([2, 1])
  expect(verdictOn(bridge)).toEqual(inTime)
})

test('a clock that jumps a minute ahead delays no reveal', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 9_000)
  bridge.clockOffMs = 60_000
  await through(bridge, 1)
  expect(verdictOn(bridge)).toEqual(inTime)
  const [reveal] = bridge.chain.handed.slice(1)
  expect(reveal?.atMs).toBeLessThan(bridge.startOf(firstRound + 1) + 12_000)
})

test('asked to end while the clock is a minute ahead, it reveals before it does', async () => {
  const bridge = new BridgeModel()
  const process = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 5_000)
  bridge.clockOffMs = 60_000
  process.loop.stop()
  await through(bridge, 1)
  expect(process.hasEnded()).toBe(true)
  expect(verdictOn(bridge)).toEqual(inTime)
})

test('a round that nobody can look for is closed after ten rounds, and new ones begin', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  bridge.chain.refusesReceipts = true
  await bridge.time.runUntil(bridge.startOf(firstRound + 11) - 5_000)
  expect(bridge.journal.openRounds()).toMatchObject([{ votingRoundId: firstRound }])
  expect(bridge.journal.latestRoundId()).toBe(firstRound)
  await bridge.time.runUntil(bridge.startOf(firstRound + 11) + 75_000)
  expect(bridge.journal.latestRoundId()).toBe(firstRound + 11)
  expect(bridge.diary.some((line) => line.includes('look-given-up'))).toBe(true)
})

test('a round prepared before a restart passes the same checks before its first commit', async () => {
  const bridge = new BridgeModel()
  const process = bridge.start((deed) => deed !== 'after journal.prepare')
  await bridge.time.runUntil(bridge.startOf(firstRound) + 75_000, process.isDead)
  expect(bridge.journal.latestRoundId()).toBe(firstRound)
  bridge.chain.baseFeeWei *= 10n
  bridge.start()
  await through(bridge, 1)
  expect(bridge.chain.handed).toEqual([])
  expect(bridge.diary.some((line) => line.includes('commit-refused'))).toBe(true)
  expect(bridge.journal.openRounds()).toEqual([])
})

test('asked to end, it begins nothing and stays until nothing is owed', async () => {
  const bridge = new BridgeModel()
  const process = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 75_000)
  process.loop.stop()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 5_000)
  expect(process.hasEnded()).toBe(false)
  await through(bridge, 2)
  expect(process.hasEnded()).toBe(true)
  expect(verdictOn(bridge)).toMatchObject({ committed: [firstRound], revealed: [firstRound] })
})

test('asked to end between rounds, it ends at once', async () => {
  const bridge = new BridgeModel()
  const process = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 20_000)
  process.loop.stop()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 26_000)
  expect(process.hasEnded()).toBe(true)
})

test('neither the log nor a report holds the random, the values or the reveal', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  await through(bridge, 1)
  const vote = bridge.journal.vote(firstRound)
  const random = randomOf('an operator secret of the test world', {
    chainId: bridge.network.chainId,
    submitAddress: account.address,
    votingRoundId: firstRound,
  })
  expect(vote?.random).toBe(random)
  const said = JSON.stringify([bridge.events, [...bridge.worker.reports.values()]])
  expect(said).not.toContain(random.slice(2))
  expect(said).not.toContain(vote?.feedValues.slice(2))
})

test('the last reveal of a reward epoch is sent with its own key, the next commit with the new one', async () => {
  const bridge = new BridgeModel({ hasNextKey: true })
  bridge.chain.epochOf = (votingRoundId) => (votingRoundId > firstRound ? 2 : 1)
  bridge.start()
  await through(bridge, 2)
  const rounds = [firstRound, firstRound + 1]
  expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
  const sent = bridge.chain.mined.map(({ votingRoundId, kind, sender }) => [
    votingRoundId,
    kind,
    sender === account.address ? 'old key' : 'new key',
  ])
  expect(sent).toEqual([
    [firstRound, 'submit1', 'old key'],
    [firstRound, 'submit2', 'old key'],
    [firstRound + 1, 'submit1', 'new key'],
    [firstRound + 1, 'submit2', 'new key'],
  ])
})

test('a day’s budget that a round may overdraw stops the commit, and never an owed reveal', async () => {
  const bridge = new BridgeModel()
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 80_000)
  first.kill()
  bridge.dailyBudgetWei = 0n
  bridge.start()
  await through(bridge, 2)
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound],
    revealed: [firstRound],
    offences: [],
  })
  expect(JSON.stringify(bridge.events)).toMatch(/ of the day's budget of 0 are spent/)
})

test('what relays cost counts towards the day’s budget, by its receipts where they are known', async () => {
  const bridge = new BridgeModel()
  const relay = {
    votingRoundId: firstRound - 1,
    signer: lowerCase(account.address),
    txHash: '0x01',
    nonce: 1,
    gas: 1_000_000n,
    fees: { maxFeePerGas: bridge.dailyBudgetWei, maxPriorityFeePerGas: 1n },
    raw: '0x',
    signedAtMs: bridge.startOf(firstRound),
  } as const
  bridge.journal.recordRelay(relay)
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 30_000)
  expect(verdictOn(bridge).committed).toEqual([])
  expect(JSON.stringify(bridge.events)).toMatch(/ of the day's budget of .* are spent/)
  bridge.journal.noteRelayCost(relay, 1n)
  await through(bridge, 2)
  expect(verdictOn(bridge)).toMatchObject({ committed: [firstRound + 1], offences: [] })
})

test('a signer that signed what was not asked stops the next commit, and never an owed reveal', async () => {
  const bridge = new BridgeModel()
  let isForging = false
  bridge.signerFor = (signer) => ({
    ...signer,
    signTransaction: async (transaction, ...rest) => {
      const isFirst = isForging
      isForging = false
      return isFirst
        ? await nextAccount.signTransaction(transaction, ...rest)
        : await signer.signTransaction(transaction, ...rest)
    },
  })
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  isForging = true
  await through(bridge, 3)
  expect(bridge.events).toContainEqual({ event: 'breaker-opened', reason: 'signer-differs' })
  expect(verdictOn(bridge)).toEqual({ committed: [firstRound], revealed: [firstRound], ...soundly })
  expect(bridge.events).toContainEqual(
    expect.objectContaining({
      event: 'commit-refused',
      voting_round_id: firstRound + 1,
      reason: expect.stringContaining('signer-differs'),
    }),
  )
})

/** A data connector's bit votes in the rounds' loop: with ours where they are there in time. */

import fc from 'fast-check'
import { parseEther, parseGwei } from 'viem'
import { describe, expect, test } from 'vitest'
import type { Companion, CompanionFrame } from '../../../signer-bridge/companions/companion.ts'
import { patienceMs } from '../../../signer-bridge/companions/patience.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import type { PayloadFrame } from '../../../src/protocol/payload.ts'
import { protocolIds } from '../../../src/protocol/payload.ts'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { account, BridgeModel, firstRound } from '../../support/bridge-world.ts'

const bitVote = (votingRoundId: number): PayloadFrame => ({
  protocolId: protocolIds.fdc,
  votingRoundId,
  payload: '0x0003f1',
})

/** Of a reveal, so many seconds into the round of it. */
type Answer = (second: number, votingRoundId: number) => CompanionFrame | 'silence'

const ready: Answer = (_, round) => ({ kind: 'frame', frame: bitVote(round) })
const again = { kind: 'again', reason: 'Its status is RETRY.' } as const

/** A bridge with a companion that has something for reveals only, as the data connector. */
function aBridge(answer: Answer, { commits = 'empty' }: { commits?: 'empty' | 'silence' } = {}) {
  const bridge = new BridgeModel({ startSec: 60 })
  const late = async (deadlineMs: number) => {
    await bridge.time.sleep(deadlineMs)
    return { kind: 'again', reason: 'It did not answer in time.' } as const
  }
  const companion: Companion = {
    protocolId: protocolIds.fdc,
    frameFor: async (kind, round, _, deadlineMs) => {
      if (kind === 'submit1') return commits === 'empty' ? { kind: 'empty' } : late(deadlineMs)
      const said = answer(bridge.secondOf(bridge.time.nowMs()), round)
      return said === 'silence' ? late(deadlineMs) : said
    },
    messageFor: async () => ({ kind: 'empty' }),
  }
  bridge.companions = [companion]
  return bridge
}

/** What the chain holds: each call with its nonce and protocols. */
function mined(bridge: BridgeModel) {
  return bridge.chain.mined.map(({ kind, votingRoundId, nonce, frames }) => ({
    kind,
    votingRoundId,
    nonce,
    protocols: frames.map(({ protocolId }) => protocolId),
  }))
}

const untilOver = (bridge: BridgeModel) =>
  bridge.time.runUntil(bridge.startOf(firstRound + 1) + 60_000)
const both = { committed: [firstRound], revealed: [firstRound], offences: [] }

test('a bit vote that is there in time shares the transaction of our reveal', async () => {
  const bridge = aBridge(ready)
  bridge.start()
  await untilOver(bridge)
  expect(verdictOn(bridge)).toEqual(both)
  expect(mined(bridge)).toEqual([
    { kind: 'submit1', votingRoundId: firstRound, nonce: 0, protocols: [100] },
    { kind: 'submit2', votingRoundId: firstRound, nonce: 1, protocols: [100, 200] },
  ])
  expect(bridge.chain.mined[1]?.frames[1]).toEqual(bitVote(firstRound))
})

test('one that is late follows in a transaction of its own, behind ours', async () => {
  const bridge = aBridge((second, round) => (second < 20 ? again : ready(second, round)))
  bridge.start()
  await untilOver(bridge)
  expect(verdictOn(bridge)).toEqual(both)
  expect(mined(bridge).slice(1)).toEqual([
    { kind: 'submit2', votingRoundId: firstRound, nonce: 1, protocols: [100] },
    { kind: 'submit2', votingRoundId: firstRound, nonce: 2, protocols: [200] },
  ])
  const statusOf = (part: 'main' | 'late') =>
    bridge.journal.statusOf({
      votingRoundId: firstRound,
      kind: 'submit2',
      part,
      signer: account.address,
    })
  expect([statusOf('main'), statusOf('late')]).toEqual(['confirmed', 'confirmed'])
  // The house hears of prices only.
  expect(
    [...bridge.worker.reports.values()].map(({ kind, status }) => `${kind} ${status}`),
  ).toEqual(['submit1 sent', 'submit1 confirmed', 'submit2 sent', 'submit2 confirmed'])
})

test('one that does not land in its window is judged after it, and counts against no budget', async () => {
  const bridge = aBridge((second, round) => (second < 20 ? again : ready(second, round)))
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 15_000)
  bridge.chain.drops = 1_000
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 45_000)
  const dayAgoMs = bridge.time.nowMs() - 86_400_000
  expect(bridge.journal.spentSince(dayAgoMs)).toBeGreaterThan(parseEther('0.1'))
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 60_000)
  expect(bridge.journal.spentSince(dayAgoMs)).toBeLessThan(1_000n)
  const late = { votingRoundId: firstRound, kind: 'submit2', part: 'late' } as const
  expect(bridge.journal.statusOf({ ...late, signer: account.address })).toBe('failed')
  expect(bridge.events).toContainEqual({
    event: 'late-frames-missed',
    voting_round_id: firstRound,
  })
})

test('one that comes after the window is never sent', async () => {
  const bridge = aBridge((second, round) => (second < 46 ? again : ready(second, round)))
  bridge.start()
  await untilOver(bridge)
  expect(verdictOn(bridge)).toEqual(both)
  expect(mined(bridge)).toHaveLength(2)
})

test.each([
  { how: 'hangs', answer: () => 'silence' as const },
  { how: 'is refused', answer: () => ({ kind: 'refused', reason: 'Not one frame.' }) as const },
])(
  'a companion that $how delays commit and reveal by its deadline at the most',
  async ({ answer }) => {
    const sent = async (bridge: BridgeModel) => {
      bridge.start()
      await untilOver(bridge)
      expect(verdictOn(bridge)).toEqual(both)
      return bridge.chain.handed.map(({ atMs }) => atMs)
    }
    const alone = await sent(new BridgeModel({ startSec: 60 }))
    const beside = await sent(aBridge(answer, { commits: 'silence' }))
    expect(beside).toHaveLength(2)
    for (const [i, atMs] of beside.entries()) {
      const delayMs = atMs - (alone[i] ?? 0)
      // Its deadline, and what is left of the pause between two looks.
      expect(delayMs).toBeLessThan(2_600)
    }
  },
)

test('a reveal that begins late waits for no companion', async () => {
  const bridge = aBridge(() => 'silence', { commits: 'empty' })
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  first.kill()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 40_000)
  bridge.start()
  await untilOver(bridge)
  expect(verdictOn(bridge)).toEqual(both)
  const seconds = bridge.chain.handed.map(({ atMs }) => bridge.secondOf(atMs))
  expect(seconds.at(-1)).toBeLessThan(40.6)
})

describe('what companions may add', () => {
  const long: Answer = (_, round) => ({
    kind: 'frame',
    frame: { ...bitVote(round), payload: `0x${'f1'.repeat(2_048)}` },
  })

  test('is covered by the balance before the commit, or there is none', async () => {
    const bridge = aBridge(long)
    bridge.chain.balanceWei = parseEther('7.034')
    bridge.start()
    await untilOver(bridge)
    expect(verdictOn(bridge)).toEqual({ committed: [], revealed: [], offences: [] })
    expect(JSON.stringify(bridge.events)).toContain('with what companions may add, 7.035')
  })

  test('is carried by a balance that just covers it, in a spike as well', async () => {
    const bridge = aBridge(long)
    bridge.chain.balanceWei = parseEther('7.035')
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 1))
    bridge.chain.baseFeeWei = parseGwei('15000')
    await untilOver(bridge)
    expect(verdictOn(bridge)).toEqual(both)
    expect(mined(bridge)[1]?.protocols).toEqual([100, 200])
  })

  test('is left out where coins were spent elsewhere since, and the reveal goes alone', async () => {
    const bridge = aBridge(long)
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) - 5_000)
    // Ours costs 1.3 at the ceiling, and 2.9 with a companion's longest word.
    bridge.chain.balanceWei = parseEther('1.4')
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 9_000)
    bridge.chain.baseFeeWei = parseGwei('15000')
    await untilOver(bridge)
    expect(verdictOn(bridge)).toEqual(both)
    expect(bridge.events).toContainEqual({
      event: 'companions-left-out',
      voting_round_id: firstRound,
      kind: 'submit2',
    })
  })
})

test('one that is stuck in a spike is outbid by the next commit, and not paid for', async () => {
  const bridge = aBridge((second, round) => (second < 20 ? again : ready(second, round)))
  bridge.start()
  const nextMs = bridge.startOf(firstRound + 1)
  await bridge.time.runUntil(nextMs + 15_000)
  bridge.chain.isFull = true
  bridge.chain.baseFeeWei = parseGwei('3000')
  await bridge.time.runUntil(nextMs + 50_000)
  bridge.chain.baseFeeWei = parseGwei('500')
  await bridge.time.runUntil(nextMs + 73_000)
  bridge.chain.isFull = false
  await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 60_000)
  const rounds = [firstRound, firstRound + 1]
  expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
  expect(mined(bridge)[2]).toMatchObject({ kind: 'submit1', nonce: 2, protocols: [100] })
})

test('patience is that of the call that waits, and ends before it is late', () => {
  const { schedule } = networks.flare
  const startMs = votingRoundStartMs(schedule, firstRound)
  const of = (kind: 'submit1' | 'submit2', second: number) =>
    patienceMs({
      schedule,
      kind,
      votingRoundId: firstRound,
      nowMs: startMs + second * 1_000,
      mostMs: 2_000,
    })
  expect([of('submit1', 70), of('submit1', 75), of('submit1', 76), of('submit1', 80)]).toEqual([
    2_000, 1_000, 0, 0,
  ])
  expect([of('submit2', 100), of('submit2', 117), of('submit2', 117.5)]).toEqual([2_000, 500, 0])
})

test('a bit vote that the journal would not bind never takes our reveal down with it', async () => {
  const bridge = aBridge(ready)
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1))
  // As after own calls were found that this journal does not know.
  bridge.journal.raiseWatermarks([
    { signer: account.address, kind: 'reveal', protocolId: 200, minRound: firstRound + 2 },
  ])
  await untilOver(bridge)
  expect(verdictOn(bridge)).toEqual(both)
  expect(mined(bridge).map(({ protocols }) => protocols)).toEqual([[100], [100]])
  expect(bridge.events.filter(({ event }) => event === 'step-failed')).toEqual([])
})

test('another bit vote after a restart changes no byte of a reveal that is on its way', async () => {
  const bridge = aBridge((second, round) => ({
    kind: 'frame',
    frame: { ...bitVote(round), payload: second < 13 ? '0x01' : '0x02' },
  }))
  bridge.chain.drops = 10
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 14_000)
  first.kill()
  bridge.chain.drops = 0
  bridge.start()
  await untilOver(bridge)
  const reveals = bridge.chain.handed.map(({ raw }) => raw)
  expect(reveals.length).toBeGreaterThan(2)
  expect(verdictOn(bridge).offences).toEqual([])
})

describe('with a companion beside it, a process that dies', () => {
  const deadly =
    /journal\.(prepare|claimNonce|recordAttempt|markAttempt|settle)|chain\.send|signer|companion/

  /** Of companions that are there in time, that are late, and that hang. */
  const answers: readonly Answer[] = [
    ready,
    (second, round) => (second < 14 ? again : ready(second, round)),
    (second, round) => (second < 20 ? 'silence' : ready(second, round)),
  ]

  test('at any deed of a round is followed by one that reveals it', async () => {
    for (const answer of answers) {
      for (let dieAt = 1; dieAt < 200; dieAt += 1) {
        const bridge = aBridge(answer)
        let done = 0
        const process = bridge.start((deed) => {
          if (!deadly.test(deed)) return true
          done += 1
          return done !== dieAt
        })
        const endMs = bridge.startOf(firstRound + 1) + 60_000
        await bridge.time.runUntil(endMs, process.isDead)
        if (!process.isDead()) break
        await bridge.time.runUntil(bridge.time.nowMs() + 3_000)
        bridge.start()
        await bridge.time.runUntil(endMs)
        expect(verdictOn(bridge), String(dieAt)).toEqual(both)
        const votes = bridge.chain.mined.flatMap(({ frames }) => frames)
        const counted = votes.filter(({ protocolId }) => protocolId === 200)
        expect(counted.length, String(dieAt)).toBeGreaterThan(0)
      }
    }
  }, 120_000)

  test('property: however often, leaves no commit unrevealed', async () => {
    const death = fc.record({
      dieAt: fc.integer({ min: 1, max: 60 }),
      downMs: fc.integer({ min: 0, max: 5_000 }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...answers),
        fc.array(death, { maxLength: 5 }),
        async (answer, deaths) => {
          const bridge = aBridge(answer)
          const endMs = bridge.startOf(firstRound + 2) + 60_000
          for (const { dieAt, downMs } of deaths) {
            let done = 0
            const process = bridge.start((deed) => {
              if (deadly.test(deed)) done += 1
              return done !== dieAt
            })
            await bridge.time.runUntil(endMs - 58_000, process.isDead)
            process.kill()
            await bridge.time.runUntil(Math.min(bridge.time.nowMs() + downMs, endMs - 57_000))
          }
          bridge.start()
          await bridge.time.runUntil(endMs)
          const { committed, revealed, offences } = verdictOn(bridge)
          expect(offences).toEqual([])
          expect(revealed).toEqual(committed)
        },
      ),
      { numRuns: 30 },
    )
  }, 120_000)
})

import { describe, expect, test } from 'vitest'
import { parseGwei } from 'viem'
import { revealTime, revealWatch } from '../../../signer-bridge/reveal-risk.ts'
import type { LedgerSigner } from '../../../signer-bridge/ledger/signer.ts'
import { keyringOf } from '../../../signer-bridge/keyring.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import type { Signer } from '../../../signer-bridge/roles.ts'
import type { Moment } from '../../../signer-bridge/timeline.ts'
import type { World } from '../../../signer-bridge/world.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import {
  account,
  BridgeModel,
  type BridgeOptions,
  type Event,
  firstRound,
} from '../../support/bridge-world.ts'

/** An instant of the round after the first, in which its reveal is due. */
function next(bridge: BridgeModel, sec: number): number {
  return bridge.startOf(firstRound + 1) + sec * 1_000
}

/** A bridge with a commit on chain, and the second of the next round before it may be revealed. */
async function owing(options: BridgeOptions = {}) {
  const bridge = new BridgeModel(options)
  const process = bridge.start()
  await bridge.time.runUntil(next(bridge, 5))
  return { bridge, process }
}

function risksOf({ events }: BridgeModel): readonly Event[] {
  return events.filter(({ event }) => event === 'reveal-at-risk')
}

describe('a reveal that is not on chain at half of its time is told', () => {
  test('once, in the second in which that is so, with what the nodes have said last', async () => {
    const { bridge } = await owing()
    bridge.chain.takesNothing = true
    await bridge.time.runUntil(next(bridge, 22))
    expect(risksOf(bridge)).toEqual([])
    await bridge.time.runUntil(next(bridge, 24))
    expect(risksOf(bridge)).toEqual([
      expect.objectContaining({
        voting_round_id: firstRound,
        commit: 'confirmed',
        last: 'call-not-taken',
        outcome: 'unreachable',
        reason: 'No node answers.',
        taken: 0,
      }),
    ])
    await bridge.time.runUntil(next(bridge, 60))
    expect(risksOf(bridge)).toHaveLength(1)
  })

  test('where nodes take it and no block has it', async () => {
    const { bridge } = await owing()
    bridge.chain.isFull = true
    await bridge.time.runUntil(next(bridge, 24))
    expect(risksOf(bridge)).toMatchObject([{ voting_round_id: firstRound, last: 'call-sent' }])
    expect(risksOf(bridge)[0]?.['taken']).toBeGreaterThan(0)
  })

  test('where no node answers at all: by the time since the last block', async () => {
    const { bridge } = await owing()
    bridge.chain.isDown = true
    await bridge.time.runUntil(next(bridge, 25))
    expect(risksOf(bridge)).toHaveLength(1)
  })

  test('where its key is not in the settings any more', async () => {
    const { bridge, process } = await owing({ hasNextKey: true })
    process.kill()
    bridge.hasLostKey = true
    bridge.start()
    await bridge.time.runUntil(next(bridge, 25))
    expect(risksOf(bridge)).toMatchObject([
      { voting_round_id: firstRound, last: 'submit-key-missing', signed: 0 },
    ])
  })

  test('while a device is waited for that is away, with what a person has to do', async () => {
    const { bridge, process } = await owing()
    process.kill()
    const patientMs = next(bridge, 45) - bridge.time.nowMs()
    // It was signed for by a key that has moved to a device since, and that device is away.
    bridge.signerFor = (signer: Signer): LedgerSigner => {
      const away: Signer = {
        ...signer,
        signTransaction: async () => {
          await bridge.time.sleep(patientMs)
          throw new Error('The Ledger was not ready in time.')
        },
      }
      return {
        ...away,
        reviewing: () => away,
        show: () => undefined,
        device: {},
        unready: () => Promise.resolve('Plug the Ledger in.'),
      }
    }
    bridge.start()
    await bridge.time.runUntil(next(bridge, 24))
    expect(risksOf(bridge)).toMatchObject([
      { voting_round_id: firstRound, instruction: 'Plug the Ledger in.', signed: 0 },
    ])
  })
})

describe('nothing is told', () => {
  test('of rounds as any others', async () => {
    const { bridge } = await owing()
    await bridge.time.runUntil(next(bridge, 300))
    expect(risksOf(bridge)).toEqual([])
  })

  test('of a reveal that is on chain when a bridge starts in the second half of its time', async () => {
    const { bridge, process } = await owing()
    bridge.chain.hides = ({ kind }) => kind === 'submit2'
    await bridge.time.runUntil(next(bridge, 15))
    process.kill()
    await bridge.time.runUntil(next(bridge, 30))
    expect(risksOf(bridge)).toEqual([])
    bridge.start()
    // Its nodes take a while to find it.
    await bridge.time.runUntil(next(bridge, 33))
    bridge.chain.hides = () => false
    await bridge.time.runUntil(next(bridge, 44))
    expect(bridge.diary).toContainEqual(expect.stringContaining('reveal-confirmed'))
    expect(risksOf(bridge)).toEqual([])
  })

  test('of a reveal that is on chain while nobody finds its commit', async () => {
    const bridge = new BridgeModel()
    bridge.chain.hides = ({ kind }) => kind === 'submit1'
    bridge.start()
    await bridge.time.runUntil(next(bridge, 44))
    expect(bridge.diary).toContainEqual(expect.stringContaining('reveal-confirmed'))
    expect(bridge.journal.openRounds()).toMatchObject([{ owesReveal: true }])
    expect(risksOf(bridge)).toEqual([])
  })

  test('of a round that owes nothing, since its commit was never sent', async () => {
    const bridge = new BridgeModel()
    bridge.signMs = 20_000
    bridge.start()
    await bridge.time.runUntil(next(bridge, 60))
    expect(risksOf(bridge)).toEqual([])
  })
})

test.each([
  { owesReveal: false, times: 'never' },
  { owesReveal: true, times: 'once' },
])('the watch tells by itself, whatever the loop does: $times', async ({ owesReveal, times }) => {
  const { schedule } = new BridgeModel().network
  let sec = 0
  const told: Event[] = []
  // As much of the world as it uses.
  const world = {
    network: { schedule },
    pace: paceOf(schedule),
    steadyMs: () => sec * 1_000,
    log: (event: Event) => void told.push(event),
    keyring: keyringOf([]),
    journal: {
      openRounds: () => [{ votingRoundId: firstRound, owesReveal, isCommitSettled: false }],
      vote: () => ({ votingRoundId: firstRound, submitAddress: account.address }),
      statusOf: () => 'planned',
      attempts: () => [],
    },
  } as unknown as World
  const timestampSec = votingRoundStartMs(schedule, firstRound + 1) / 1_000
  const head = { number: 1, timestampSec, baseFeeWei: 1n }
  const moment = () => ({ wallMs: 0, isClockTrusted: true, sinceHeadMs: sec * 1_000, head })
  const watch = revealWatch(world, { moment }, () => undefined)
  for (sec = 0; sec < 45; sec += 1) await watch()
  expect(told).toHaveLength(times === 'once' ? 1 : 0)
})

test('a reveal that came late is no loss where its commit never counted', async () => {
  const bridge = new BridgeModel()
  bridge.start()
  bridge.chain.isFull = true
  await bridge.time.runUntil(next(bridge, 45.5))
  bridge.chain.isFull = false
  await bridge.time.runUntil(next(bridge, 60))
  const said = bridge.events.map(({ event }) => event)
  expect(said).toContain('unowed-reveal-late')
  expect(said).not.toContain('reveal-late')
  expect(said).not.toContain('reveal-missed')
  expect(bridge.stages).not.toContain('reveal-missed')
})

test.each([
  [9.9, 'before'],
  [10, 'first-half'],
  [22.4, 'first-half'],
  [22.5, 'second-half'],
  [44.9, 'second-half'],
  [45, 'over'],
] as const)('the time of a reveal at second %d is %s', (sec, time) => {
  const bridge = new BridgeModel()
  const head = { number: 1, timestampSec: next(bridge, 0) / 1_000, baseFeeWei: parseGwei('500') }
  const moment: Moment = { wallMs: 0, isClockTrusted: false, sinceHeadMs: sec * 1_000, head }
  expect(revealTime(bridge.network.schedule, firstRound, moment)).toBe(time)
})

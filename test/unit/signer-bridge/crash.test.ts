/**
 * The process dies at every instant that matters, and is started again with the same journal. The
 * chain's blocks judge: never two digests, nothing out of its window, every commit revealed.
 */

import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { BridgeModel, firstRound, type Process } from '../../support/bridge-world.ts'

/** Deeds that leave a trace, in the journal or in the world, or are on the way to one. */
const deadly =
  /journal\.(prepare|claimNonce|recordAttempt|markAttempt|settle)|chain\.(send|latestCount|receiptsOf)|signer|worker\.(freeze|reserve|report)|outbox\.forget/

/** A process that dies at the nth deed that matters. */
function startDoomed(bridge: BridgeModel, dieAt: number): Process {
  let done = 0
  return bridge.start((deed) => {
    if (!deadly.test(deed)) return true
    done += 1
    return done !== dieAt
  })
}

/** Every deed of a quiet round that matters, by name. */
async function deedsOfARound(): Promise<string[]> {
  const bridge = new BridgeModel({ startSec: 60 })
  const deeds: string[] = []
  bridge.start((deed) => {
    if (deadly.test(deed)) deeds.push(deed)
    return true
  })
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 50_000)
  return deeds
}

const deeds = await deedsOfARound()

test('a quiet round passes every kind of deed at which a process is stopped below', () => {
  for (const deed of [
    'before journal.prepare',
    'after journal.prepare',
    'after journal.claimNonce',
    'after signer.signTransaction',
    'before journal.recordAttempt',
    'after journal.recordAttempt',
    'before chain.send',
    'after chain.send',
    'before journal.markAttempt',
    'before journal.settle',
    'after journal.settle',
    'before worker.freeze',
    'after worker.reserve',
  ]) {
    expect(deeds).toContain(deed)
  }
})

describe('a disk that takes nothing', () => {
  const full = () => {
    throw new Error('database or disk is full')
  }

  test.each([
    { name: 'after the commit', deeds: ['claimNonce', 'recordAttempt', 'markAttempt', 'settle'] },
    { name: 'from the signature on', deeds: ['recordAttempt', 'markAttempt', 'settle'] },
  ])('$name costs no reveal, and the next round no commit', async ({ deeds: failing }) => {
    const bridge = new BridgeModel()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 85_000)
    Object.assign(bridge.journal, Object.fromEntries(failing.map((deed) => [deed, full])))
    await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 60_000)
    expect(verdictOn(bridge)).toEqual({
      committed: [firstRound],
      revealed: [firstRound],
      offences: [],
    })
    expect(bridge.diary.join()).toContain('journal-failed submit2')
    // What landed is not sent again at another nonce.
    expect(bridge.chain.mined.filter(({ kind }) => kind === 'submit2')).toHaveLength(1)
  })

  test('before the commit: none goes out', async () => {
    const bridge = new BridgeModel()
    bridge.start()
    Object.assign(bridge.journal, { claimNonce: full, recordAttempt: full })
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 60_000)
    expect(bridge.chain.handed).toEqual([])
  })
})

describe('stopped at any deed of a round and started again', () => {
  test.each([
    { name: 'three seconds later', downMs: 3_000 },
    { name: 'twenty seconds later', downMs: 20_000 },
  ])('$name, every commit on chain is revealed in its window', async ({ downMs }) => {
    for (const [i, deed] of deeds.entries()) {
      const bridge = new BridgeModel({ startSec: 60 })
      const process = startDoomed(bridge, i + 1)
      await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 50_000, process.isDead)
      expect(process.isDead(), deed).toBe(true)
      await bridge.time.runUntil(bridge.time.nowMs() + downMs)
      bridge.start()
      await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 60_000)

      const { committed, revealed, offences } = verdictOn(bridge)
      expect(offences, deed).toEqual([])
      expect(revealed, deed).toEqual(committed)
      // A process that is back within three seconds loses no round at all.
      const all = [firstRound, firstRound + 1]
      if (downMs === 3_000) expect(committed, deed).toEqual(all)
      else expect(committed, deed).toContain(firstRound + 1)
      expect(bridge.journal.openRounds(), deed).toEqual([])
    }
  })

  test('property: however often and for however long it dies, no commit goes unrevealed', async () => {
    const death = fc.record({
      /** Of the deeds that matter, in this life. */
      dieAt: fc.integer({ min: 1, max: deeds.length + 5 }),
      downMs: fc.integer({ min: 0, max: 5_000 }),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(death, { maxLength: 6 }), fc.nat(2), async (deaths, drops) => {
        const bridge = new BridgeModel({ startSec: 60 })
        bridge.chain.drops = drops
        const endMs = bridge.startOf(firstRound + 2) + 60_000
        for (const { dieAt, downMs } of deaths) {
          const process = startDoomed(bridge, dieAt)
          await bridge.time.runUntil(endMs - 58_000, process.isDead)
          process.kill()
          await bridge.time.runUntil(Math.min(bridge.time.nowMs() + downMs, endMs - 57_000))
        }
        bridge.start()
        await bridge.time.runUntil(endMs)

        const { committed, revealed, offences } = verdictOn(bridge)
        expect(offences).toEqual([])
        expect(revealed).toEqual(committed)
      }),
      { numRuns: 60 },
    )
  })
})

test('a bridge that comes back after the window signs nothing more for the round', async () => {
  const bridge = new BridgeModel({ startSec: 60 })
  const process = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 80_000)
  process.kill()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 51_000)
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 60_000)
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound, firstRound + 1],
    revealed: [firstRound + 1],
    offences: [],
  })
  expect(bridge.journal.openRounds()).toEqual([])
})

test('back before the reveal, it reveals the very vote that the first life committed to', async () => {
  const bridge = new BridgeModel({ startSec: 60 })
  const first = bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound) + 80_000)
  first.kill()
  // A second freeze of the round would have other prices.
  bridge.worker.frozen.clear()
  bridge.start()
  await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 60_000)
  expect(verdictOn(bridge)).toEqual({
    committed: [firstRound],
    revealed: [firstRound],
    offences: [],
  })
})

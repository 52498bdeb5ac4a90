import { keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import type { CallKind, OwnCall } from '../../../signer-bridge/call.ts'
import type { LedgerSigner, Review } from '../../../signer-bridge/ledger/signer.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'
import type { Signer } from '../../../signer-bridge/roles.ts'
import { verdictOn } from '../../support/bridge-verdict.ts'
import { account, BridgeModel, firstRound, waitingOf } from '../../support/bridge-world.ts'

type Answer = 'accept' | 'refuse' | 'never'

/** A bridge whose submit key is on a Ledger, and the person at it. */
function attendedBridge() {
  const bridge = new BridgeModel()
  const person = {
    /** For each review; where there are no more, everything is accepted. */
    answers: [] as Answer[],
    /** To press through the screens of one. */
    takesMs: 10_000,
    unready: undefined as string | undefined,
    /** What was put before them, and in which second of which round. */
    reviews: [] as string[],
    heard: [] as string[],
  }
  const reviewed = async ({ what, untilMs }: Review, sign: () => Promise<`0x${string}`>) => {
    const at = `${bridge.secondOf(bridge.time.nowMs())}`
    person.reviews.push(`+${at} ${what}`)
    const answer = person.answers.shift() ?? 'accept'
    const left = untilMs - bridge.time.nowMs()
    await bridge.time.sleep(answer === 'never' ? left : Math.min(person.takesMs, left))
    if (answer === 'refuse') throw new SigningError('signing-denied', 'It was refused.')
    if (answer === 'never' || person.takesMs > left) {
      throw new SigningError('signing-unknown', 'Nobody answered.')
    }
    return await sign()
  }
  const atDevice = (signer: Signer): LedgerSigner => {
    const reviewing = (review: Review): Signer => ({
      ...signer,
      signTransaction: (...args) => reviewed(review, () => signer.signTransaction(...args)),
    })
    return {
      ...reviewing({ what: 'something', untilMs: Number.POSITIVE_INFINITY }),
      reviewing,
      show: (text) => void person.heard.push(text),
      device: person,
      unready: () => Promise.resolve(person.unready),
    }
  }
  bridge.signerFor = atDevice
  return { bridge, person }
}

async function through(bridge: BridgeModel, rounds: number): Promise<void> {
  await bridge.time.runUntil(bridge.startOf(firstRound + rounds) + 60_000)
}

function callOf(votingRoundId: number, kind: CallKind): OwnCall {
  return { votingRoundId, kind, part: 'main', signer: account.address }
}

const reveal = (round: number) => `1 of 2, the reveal (submit2) of round ${round}`
const commit = (round: number) => `2 of 2, the commit (submit1) of round ${round}`

describe('a round with a person at a Ledger', () => {
  test('is frozen early, signed in one sitting, and revealed without another hand', async () => {
    const { bridge, person } = attendedBridge()
    bridge.start()
    await through(bridge, 1)
    expect(person.reviews).toEqual([
      `+35.2 ${reveal(firstRound)}`,
      `+45.2 ${commit(firstRound)}`,
      `+35.2 ${reveal(firstRound + 1)}`,
      `+45.2 ${commit(firstRound + 1)}`,
    ])
    // Sent again in the moment in which it lands, it is not taken: that changes nothing.
    const told = bridge.diary.filter((line) => !line.endsWith('call-not-taken submit2'))
    expect(told.slice(0, 10)).toEqual([
      '1000+0 nonces-reconciled',
      '1000+0 bridge-ready',
      '1000+0.1 lease-held',
      '1000+35.2 round-prepared',
      '1000+35.2 sitting-opened',
      '1000+55.2 sitting-held',
      expect.stringMatching(/^1000\+55\.\d call-sent submit1$/),
      expect.stringMatching(/^1000\+5\d.* commit-confirmed$/),
      expect.stringMatching(/^1001\+1[01]\.\d call-sent submit2$/),
      expect.stringMatching(/^1001\+1\d.* reveal-confirmed$/),
    ])
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })

  test('goes on for rounds, with two reviews each', async () => {
    const { bridge, person } = attendedBridge()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 5) + 20_000)
    expect(person.reviews).toHaveLength(10)
    const rounds = [0, 1, 2, 3, 4].map((i) => firstRound + i)
    expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
  })

  test.each([
    { name: 'the reveal', answers: ['refuse'] as Answer[], reviews: 1 },
    { name: 'the commit', answers: ['accept', 'refuse'] as Answer[], reviews: 2 },
    { name: 'nothing in time, the reveal', answers: ['never'] as Answer[], reviews: 1 },
    { name: 'nothing in time, the commit', answers: ['accept', 'never'] as Answer[], reviews: 2 },
  ])(
    'is left out if they refuse $name: no byte of it is sent, nor asked for again',
    async (each) => {
      const { bridge, person } = attendedBridge()
      person.answers.push(...each.answers)
      bridge.start()
      await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 30_000)
      expect(bridge.chain.handed).toEqual([])
      expect(person.reviews).toHaveLength(each.reviews)
      expect(bridge.journal.statusOf(callOf(firstRound, 'submit1'))).toBe('missed')
      expect(bridge.journal.openRounds()).toEqual([])
      expect(person.heard.at(-1)).toContain('nothing was sent')
      expect(bridge.stages).toContain('commit-missed')
      // What it was bound to stands, and the next round is like any other.
      expect(bridge.journal.vote(firstRound)).toBeDefined()
      await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 30_000)
      const next = [firstRound + 1]
      expect(verdictOn(bridge)).toEqual({ committed: next, revealed: next, offences: [] })
    },
  )

  test('is not asked about again after a restart, though the process ended with their no', async () => {
    const { bridge, person } = attendedBridge()
    person.answers.push('accept', 'refuse')
    const first = bridge.start((deed) => deed !== 'after journal.noteCall')
    await bridge.time.runUntil(bridge.startOf(firstRound) + 60_000)
    expect([first.isDead(), person.reviews.length]).toEqual([true, 2])
    expect(bridge.journal.statusOf(callOf(firstRound, 'submit1'))).toBe('planned')
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 30_000)
    expect(person.reviews).toHaveLength(2)
    expect(bridge.journal.statusOf(callOf(firstRound, 'submit1'))).toBe('missed')
    expect(bridge.chain.handed).toEqual([])
  })

  test('has its time though the Worker says for ever that a standby waits', async () => {
    const { bridge, person } = attendedBridge()
    person.takesMs = 15_000
    const port = bridge.worker.port.bind(bridge.worker)
    bridge.worker.port = () => ({
      ...port(),
      reserve: async () => ({
        kind: 'answered',
        value: { reserved: true, standby_waits: true },
      }),
    })
    bridge.start()
    await through(bridge, 1)
    // The six seconds that an ordinary round has for it.
    expect(person.reviews[0]).toMatch(/^\+4[01]/)
    expect(bridge.events.map(({ event }) => event)).toContain('standby-not-waited-for')
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })

  test('is not asked about for ten rounds once they have refused three in a row', async () => {
    const { bridge, person } = attendedBridge()
    person.answers.push('refuse', 'refuse', 'refuse')
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 12))
    expect(person.reviews).toHaveLength(3)
    expect(bridge.events).toContainEqual(
      expect.objectContaining({
        event: 'commit-refused',
        voting_round_id: firstRound + 3,
        reason: 'Signatures were denied 3 times in a row: nothing new for 10 rounds.',
      }),
    )
    await bridge.time.runUntil(bridge.startOf(firstRound + 14) + 30_000)
    const after = [firstRound + 12, firstRound + 13]
    expect(verdictOn(bridge)).toEqual({ committed: after, revealed: after, offences: [] })
  })

  test('is not even frozen while the device is not ready', async () => {
    const { bridge, person } = attendedBridge()
    person.unready = 'Unlock the Ledger with its PIN.'
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 1))
    expect(bridge.worker.frozen.size).toBe(0)
    expect(bridge.events).toContainEqual({
      event: 'commit-refused',
      voting_round_id: firstRound,
      reason: 'Unlock the Ledger with its PIN.',
    })
  })

  test('is frozen as soon as the device is ready, if there is time for a commit', async () => {
    const { bridge, person } = attendedBridge()
    person.unready = 'Unlock the Ledger with its PIN.'
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 50_000)
    person.unready = undefined
    await through(bridge, 1)
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })
})

/** A call with the submit key that no process of ours has sent: its next nonce is used. */
function takeNonce({ chain, time }: BridgeModel): void {
  const timestampSec = Math.floor(time.nowMs() / 1_000)
  const txHash = keccak256(`0x${timestampSec.toString(16)}`)
  chain.foreign.push({ sender: account.address, txHash, calldata: '0x', timestampSec })
}

/** A bridge whose sitting was held and whose commit is on chain, at the end of the round. */
async function heldReveal() {
  const parts = attendedBridge()
  parts.bridge.start()
  await parts.bridge.time.runUntil(parts.bridge.startOf(firstRound + 1) - 1_000)
  expect(verdictOn(parts.bridge).committed).toEqual([firstRound])
  return parts
}

const anew = /^\+1\d(\.\d)? submit2 of round 1000$/

describe('the held reveal', () => {
  test('is in the journal before the commit is sent, and survives the process', async () => {
    const { bridge, person } = attendedBridge()
    let wasHeld: boolean | undefined
    const first = bridge.start((deed) => {
      if (deed === 'before chain.send') {
        wasHeld ??= bridge.journal.attempts(callOf(firstRound, 'submit2')).length === 1
      }
      return true
    })
    await bridge.time.runUntil(bridge.startOf(firstRound) + 70_000)
    expect(wasHeld).toBe(true)
    first.kill()
    // The next process has nobody at the device.
    person.unready = 'Plug the Ledger in.'
    person.answers.push('never', 'never')
    bridge.start()
    await through(bridge, 1)
    expect(person.reviews).toHaveLength(2)
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'a process killed at step %i of a sitting leaves no commit without its reveal',
    async (step) => {
      const { bridge } = attendedBridge()
      let deeds = 0
      bridge.start((deed) => {
        const isSitting = /journal\.(claimNonce|recordAttempt|noteCall|settle)|chain\.send/.test(
          deed,
        )
        if (isSitting) deeds += 1
        return deeds < step
      })
      await bridge.time.runUntil(bridge.startOf(firstRound) + 60_000)
      const isSigned = (kind: CallKind) => bridge.journal.attempts(callOf(firstRound, kind)).length
      if (isSigned('submit1') > 0) expect(isSigned('submit2')).toBe(1)
      bridge.start()
      await through(bridge, 2)
      expect(verdictOn(bridge).offences).toEqual([])
    },
  )

  test('is sent again as it is when nodes drop it, and nobody is asked', async () => {
    const { bridge, person } = attendedBridge()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 1))
    bridge.chain.drops = 3
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 34_000)
    expect(person.reviews).toHaveLength(2)
    expect(bridge.journal.attempts(callOf(firstRound, 'submit2'))).toHaveLength(1)
    const raws = new Set(bridge.chain.handed.slice(1).map(({ raw }) => keccak256(raw)))
    expect(raws.size).toBe(1)
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })

  test('is not signed anew at the nonce of a commit that never landed', async () => {
    const { bridge, person } = attendedBridge()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 40_000)
    bridge.chain.isFull = true
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 34_000)
    expect(person.reviews).toHaveLength(2)
    expect(bridge.journal.attempts(callOf(firstRound, 'submit2'))).toHaveLength(1)
    bridge.chain.isFull = false
    await through(bridge, 3)
    expect(verdictOn(bridge)).toMatchObject({ offences: [] })
    expect(bridge.journal.openRounds().map((round) => round.votingRoundId)).not.toContain(
      firstRound,
    )
  })

  test('is asked for once more where something else has used its nonce, and the person told why', async () => {
    const { bridge, person } = await heldReveal()
    takeNonce(bridge)
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 34_000)
    expect(person.reviews.slice(2)).toEqual([expect.stringMatching(anew)])
    expect(person.heard.filter((text) => text.includes('something else has used'))).toHaveLength(1)
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
    const [before, after] = bridge.journal.attempts(callOf(firstRound, 'submit2'))
    expect([before?.nonce, after?.nonce]).toEqual([1, 2])
    expect(after?.fees).toEqual(before?.fees)
    // Each nonce that is used is used once: by the commit, by a stranger, by the reveal.
    expect(bridge.chain.mined.map(({ nonce }) => nonce)).toEqual([0, 2])
    await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 30_000)
    const rounds = [firstRound, firstRound + 1]
    expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
  })

  test('is asked for again at the next nonce where that one is used too', async () => {
    const { bridge, person } = await heldReveal()
    person.takesMs = 5_000
    takeNonce(bridge)
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 12_000)
    takeNonce(bridge)
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 34_000)
    expect(person.reviews.slice(2)).toHaveLength(2)
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })

  test('is not asked for a third time once they have said no to that', async () => {
    const { bridge, person } = await heldReveal()
    takeNonce(bridge)
    person.answers.push('refuse')
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 44_000)
    expect(person.reviews).toHaveLength(3)
    expect(bridge.journal.attempts(callOf(firstRound, 'submit2'))).toHaveLength(1)
  })

  test('goes out as it is all the while, and lands where nodes have counted wrongly', async () => {
    const { bridge, person } = await heldReveal()
    bridge.chain.overcount = 1
    bridge.chain.drops = 1
    person.answers.push('never')
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 44_000)
    expect(person.reviews).toHaveLength(3)
    expect(bridge.chain.mined.map(({ nonce }) => nonce)).toEqual([0, 1])
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })

  test('is not asked for where its commit cannot land: that is not signed twice', async () => {
    const { bridge, person } = attendedBridge()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 50_000)
    takeNonce(bridge)
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 34_000)
    expect(person.reviews).toHaveLength(2)
    const nonces = bridge.chain.handed.map(({ raw, sender }) => waitingOf(raw, sender).nonce)
    expect(new Set(nonces)).toEqual(new Set([0, 1]))
    // Nor is the nonce of its reveal asked for.
    expect(bridge.events.filter(({ event }) => event === 'step-failed')).toEqual([])
    expect(verdictOn(bridge)).toEqual({ committed: [], revealed: [], offences: [] })
  })

  test('has fees for a spike of four times the base fee', async () => {
    const { bridge, person } = attendedBridge()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 40_000)
    bridge.chain.baseFeeWei *= 4n
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 34_000)
    expect(person.reviews).toHaveLength(2)
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
  })
})

describe('what an attended round leaves behind', () => {
  test('where no node could be reached for the commit costs the next round nothing', async () => {
    const { bridge } = attendedBridge()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 54_000)
    bridge.chain.takesNothing = true
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 1_000)
    bridge.chain.takesNothing = false
    await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 30_000)
    const next = [firstRound + 1]
    expect(verdictOn(bridge)).toEqual({ committed: next, revealed: next, offences: [] })
    expect(bridge.events).toContainEqual({
      event: 'reveal-kept-back',
      voting_round_id: firstRound,
      nonce: 1,
    })
  })

  test('is revealed after a crash, though one node counts no commit and nobody’s receipt is believed', async () => {
    const { bridge } = attendedBridge()
    // The commit is out, and the journal does not know it.
    bridge.start((deed) => deed !== 'before journal.markAttempt')
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) - 10_000)
    expect(verdictOn(bridge)).toMatchObject({ committed: [firstRound] })
    bridge.chain.overcount = -1
    bridge.chain.hides = () => true
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 45_000)
    expect(verdictOn(bridge)).toMatchObject({ revealed: [firstRound], offences: [] })
    const events = bridge.events.map(({ event }) => event)
    expect(events).not.toContain('reveal-kept-back')
  })

  test('is no reveal in the pools of nodes: one whose commit was taken and forgotten is kept back', async () => {
    const { bridge, person } = attendedBridge()
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound) + 54_000)
    bridge.chain.drops = 1_000
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 1_000)
    bridge.chain.drops = 0
    await bridge.time.runUntil(bridge.startOf(firstRound + 3) + 50_000)
    // It would have waited there, and taken the nonce of the next one.
    const rounds = [firstRound + 1, firstRound + 2]
    expect(verdictOn(bridge)).toEqual({ committed: rounds, revealed: rounds, offences: [] })
    expect(person.reviews).toHaveLength(8)
    const events = bridge.events.map(({ event }) => event)
    expect(events).toContain('reveal-kept-back')
    expect(events).not.toContain('sitting-put-off')
  })

  test('at the nonce of the next commit puts its sitting off until that has landed', async () => {
    const { bridge, person } = attendedBridge()
    const reserved: number[] = []
    const port = bridge.worker.port.bind(bridge.worker)
    bridge.worker.port = () => ({
      ...port(),
      reserve: (asked, deadlineMs) => {
        reserved.push(asked.voting_round_id)
        return port().reserve(asked, deadlineMs)
      },
    })
    bridge.start()
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) - 10_000)
    bridge.chain.isFull = true
    await bridge.time.runUntil(bridge.startOf(firstRound + 1) + 54_500)
    expect(bridge.events.map(({ event }) => event)).toContain('sitting-put-off')
    // At each look for the nonce; the Worker has said its word.
    expect(reserved.filter((round) => round === firstRound + 1)).toHaveLength(1)
    bridge.chain.isFull = false
    await bridge.time.runUntil(bridge.startOf(firstRound + 2) + 30_000)
    expect(person.reviews[2]).toMatch(/^\+5[5-8]/)
    expect(verdictOn(bridge).revealed).toContain(firstRound + 1)
  })
})

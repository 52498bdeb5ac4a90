import { describe, expect, test } from 'vitest'
import { SigningError } from '../../../signer-bridge/signer.ts'
import { aFinalisation, aResult, sendingKey } from '../../support/observed-rounds.ts'
import { firstRound, openRound, RootModel } from '../../support/root-world.ts'

const message = (votingRoundId: number) => aResult(votingRoundId).message
const root = { protocolId: 100, votingRoundId: openRound }

describe('a round’s root', () => {
  test('is signed when the round is read, sent, and seen on chain', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    model.start()
    await model.runTo(firstRound + 1, 20)

    expect(model.diary).toEqual([
      '1000+45 root-awaited 999 round-not-read',
      '1000+46.1 root-signed 999',
    ])
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
    expect(model.sent.get(openRound)).toHaveLength(1)
    expect(model.sent.get(openRound)?.[0]?.signature).toEqual(
      model.journal.rootOf(root)?.signed?.signature,
    )
    expect(model.reserved.size).toBe(1)
    expect(model.journal.openRoots(100)).toEqual([])
  })

  test('of every round follows, one after the other', async () => {
    const model = new RootModel()
    const rounds = [0, 1, 2, 3, 4].map((i) => openRound + i)
    for (const round of rounds) await model.readAt(round, 47)
    model.start()
    await model.runTo(firstRound + 5, 30)
    expect([...model.sent.keys()]).toEqual(rounds)
    expect(model.signed.map(({ votingRoundId }) => votingRoundId)).toEqual(rounds)
    expect(model.journal.openRoots(100)).toEqual([])
  })

  test('is sent again while it does not land, and stops when its window is over', async () => {
    const model = new RootModel()
    model.landsAfterMs = Number.POSITIVE_INFINITY
    await model.readAt(openRound, 46)
    model.start()
    await model.runTo(firstRound + 1, 20)
    const sent = model.sent.get(openRound) ?? []
    expect(sent.length).toBeGreaterThan(5)
    expect(Math.max(...sent.map(({ sentAtMs }) => sentAtMs))).toBeLessThan(
      model.msOf(firstRound + 1, 0),
    )
    expect(model.stages).toEqual(['signed', 'sent', 'missed'])
    expect(model.said('root-missed')).toEqual(['999 not-on-chain'])
    expect(model.signed).toHaveLength(1)
  })
})

describe('with several nodes', () => {
  test('of which only one answers, the root is signed with a third of the grace period left, and it is said', async () => {
    const model = new RootModel()
    model.rounds.confirmation = 'awaited'
    await model.readAt(openRound, 46)
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.diary).toEqual([
      '1000+45 root-awaited 999 round-not-read',
      '1000+46 root-awaited 999 blocks-unconfirmed',
      expect.stringMatching(/^1000\+55(\.\d)? root-unconfirmed 999$/),
      expect.stringMatching(/^1000\+55(\.\d)? root-signed 999$/),
    ])
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
  })

  test('that differ, nothing is bound or signed, and the round is missed by that reason', async () => {
    const model = new RootModel()
    model.rounds.confirmation = 'contradicted'
    await model.readAt(openRound, 46)
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toEqual([])
    expect(model.journal.rootOf(root)).toBeUndefined()
    expect(model.said('root-missed')).toEqual(['999 blocks-contradicted'])
  })

  test('of which one alone tells of another root as relayed, ours is signed and sent', async () => {
    const model = new RootModel()
    model.rounds.heard.set(openRound, aFinalisation(aResult(openRound, 9).message))
    await model.readAt(openRound, 46)
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
    expect(model.said('root-refused')).toEqual([])
  })

  test('that differ for a while, it is signed once they agree', async () => {
    const model = new RootModel()
    model.rounds.confirmation = 'contradicted'
    await model.readAt(openRound, 46)
    model.at(firstRound, 70, () => (model.rounds.confirmation = 'confirmed'))
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
    expect(model.said('root-unconfirmed')).toEqual([])
  })
})

test('a call that lands at the very end is not given up before nodes can know of it', async () => {
  const model = new RootModel()
  model.landsAfterMs = 43_000
  model.seenAfterMs = 4_000
  await model.readAt(openRound, 46)
  model.start()
  await model.runTo(firstRound + 1, 20)
  expect(model.stages).toEqual(['signed', 'sent', 'included'])
})

describe('a process that dies', () => {
  /** A round with a death at the n-th deed, and another process that comes a moment later. */
  async function withDeathAt(nth: number) {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    let deeds = 0
    const last: string[] = []
    const first = model.start((deed) => {
      if (model.time.nowMs() < model.msOf(firstRound, 46)) return true
      deeds += 1
      last[0] = deed
      return deeds !== nth
    })
    await model.time.runUntil(model.msOf(firstRound, 55), first.isDead)
    if (first.isDead()) model.start()
    await model.runTo(firstRound + 1, 20)
    return { model, wasKilled: first.isDead(), at: last[0] }
  }

  test('at whatever instant, is followed by one that ends the round with the same signature', async () => {
    const places = new Set<string | undefined>()
    for (let nth = 1; nth < 1_000; nth += 1) {
      const { model, wasKilled, at } = await withDeathAt(nth)
      if (!wasKilled) break
      places.add(at)
      const kept = model.journal.rootOf(root)?.signed?.signature
      const sent = model.sent.get(openRound) ?? []
      expect(kept, at).toBeDefined()
      expect(sent.length, at).toBeGreaterThan(0)
      for (const { signature } of sent) expect(signature, at).toEqual(kept)
      expect(new Set(model.signed.map((each) => each.message)), at).toEqual(
        new Set([message(openRound)]),
      )
      expect(model.stages, at).toContain('included')
    }
    // It has been stopped where it hurts.
    for (const deed of ['journal.bindRoot', 'worker.reserve', 'signer.signRoot', 'call.pursue']) {
      expect(places).toContain(`before ${deed}`)
      expect(places).toContain(`after ${deed}`)
    }
    expect(places).toContain('before journal.noteRootSigned')
  }, 60_000)

  test('after the signature is kept, is followed by one that does not sign again', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    const first = model.start((deed) => deed !== 'after journal.noteRootSigned')
    await model.runTo(firstRound, 48)
    expect(first.isDead()).toBe(true)
    // Nothing has been read by the second one, and nobody can be asked.
    model.rounds.outcomes.clear()
    model.rounds.epoch = undefined
    model.workerAnswer = { kind: 'unreachable', reason: 'The Worker is away.' }
    model.hasLease = false
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toHaveLength(1)
    expect(model.stages).toContain('included')
  })
})

describe('the Worker', () => {
  test('that has reserved another root is obeyed, also by the next process', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    model.workerAnswer = { kind: 'refused', status: 409, code: 'digest-differs' }
    model.start(() => model.time.nowMs() < model.msOf(firstRound, 50))
    await model.runTo(firstRound, 50)
    model.workerAnswer = { kind: 'unreachable', reason: 'The Worker is away.' }
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toEqual([])
    expect(model.sent.size).toBe(0)
    expect(model.said('root-refused')).toContain('999 reserved-by-another')
    expect(model.stages).toContain('refused')
  })

  test('that is away does not stop the leaseholder', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    model.workerAnswer = { kind: 'unreachable', reason: 'The Worker is away.' }
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.said('reservation-skipped')).toEqual(['999 The Worker is away.'])
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
  })

  test('has given the lease to another: nothing is bound or signed', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    model.hasLease = false
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.journal.rootOf(root)).toBeUndefined()
    expect(model.signed).toEqual([])
    expect(model.said('root-missed')).toEqual(['999 lease-absent'])
    expect(model.stages).toEqual(['missed'])
  })

  test('is away and the lease ends meanwhile: nothing is signed', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    model.workerAnswer = { kind: 'unreachable', reason: 'The Worker is away.' }
    model.at(firstRound, 46.02, () => {
      model.hasLease = false
    })
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.journal.rootOf(root)).toBeDefined()
    expect(model.signed).toEqual([])
  })

  test('that knows another token is asked for the lease anew', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    model.workerAnswer = { kind: 'refused', status: 409, code: 'lease-lost' }
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.said('lease-renewed')).toHaveLength(1)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
  })
})

describe('a finalisation that is first', () => {
  test('stops what was not signed by the end of the grace period', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 61)
    model.at(firstRound, 55, () => model.rounds.finalise(message(openRound)))
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toEqual([])
    expect(model.said('round-finalised-first')).toEqual(['999'])
    expect(model.stages).toEqual(['finalised-first'])
    expect(model.verdicts).toEqual(['equal'])
  })

  test('stops nothing within it, for the signature is rewarded all the same', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 55)
    model.at(firstRound, 50, () => model.rounds.finalise(message(openRound)))
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
  })

  test('stops the sending of what is signed, and not the look for what was sent', async () => {
    const model = new RootModel()
    model.landsAfterMs = 12_000
    await model.readAt(openRound, 58)
    model.at(firstRound, 61, () => model.rounds.finalise(message(openRound)))
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.sent.get(openRound)).toHaveLength(1)
    expect(model.stages).toEqual(['signed', 'sent', 'finalised-first', 'included'])
  })

  test('of another root than ours stops ours, and is a mismatch', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 52)
    model.at(firstRound, 50, () => model.rounds.finalise(aResult(openRound, 9).message))
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toEqual([])
    expect(model.said('root-refused')).toEqual(['999 finalised-otherwise'])
    expect(model.said('root-mismatch')).toEqual(['999'])
    expect(model.journal.verdictOn(openRound)?.verdict).toBe('mismatch')
    expect(model.journal.rootEvidence(5)).toMatchObject([{ ours: message(openRound) }])
  })
})

describe('nothing is signed', () => {
  test('on a network of others before a peer of the policy has signed', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46, [])
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toEqual([])
    expect(model.journal.rootOf(root)).toBeUndefined()
    expect(model.said('root-missed')).toEqual(['999 no-peer-signatures'])
  })

  test('yet it is on the local network, where the date decides', async () => {
    const model = new RootModel('local')
    await model.readAt(openRound, 46, [])
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
  })

  test('while the digest is unclear, which is told', async () => {
    const model = new RootModel()
    model.rounds.firstChainBound = Number.POSITIVE_INFINITY
    await model.readAt(openRound, 46)
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toEqual([])
    expect(model.said('digest-unclear')).toEqual(['999 digest-unclear'])
  })

  test('while earlier rounds are not read, and it is as soon as they are', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 70)
    model.at(firstRound, 46, () =>
      model.rounds.outcomes.set(openRound, {
        kind: 'incomplete',
        isRewardEpochMissing: false,
        missingRounds: [980],
      }),
    )
    model.start()
    await model.runTo(firstRound, 69)
    expect(model.signed).toEqual([])
    expect(model.said('root-awaited')).toContain('999 earlier-rounds-not-read')
    await model.runTo(firstRound + 1, 20)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
  })

  test('before it is known what this host has signed earlier', async () => {
    const model = new RootModel()
    model.isArmed = false
    await model.readAt(openRound, 46)
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.said('root-missed')).toEqual(['999 not-armed'])
    expect(model.journal.rootOf(root)).toBeUndefined()
  })

  test.each([
    { reason: 'no-keys', keys: undefined },
    { reason: 'not-a-voter', keys: { signingPolicy: 77, submitSignatures: sendingKey(1) } },
    { reason: 'sender-not-registered', keys: { signingPolicy: 1, submitSignatures: 77 } },
  ])('for a policy of others ($reason), which is told once', async ({ reason, keys }) => {
    const model = new RootModel()
    model.keys = keys
    for (const round of [openRound, openRound + 1]) await model.readAt(round, 46)
    model.start()
    await model.runTo(firstRound + 2, 20)
    expect(model.signed).toEqual([])
    expect(model.said('roots-refused')).toEqual([reason])
    expect(model.stages).toEqual(['refused', 'refused'])
  })

  test('a second time when a person has said no', async () => {
    const model = new RootModel()
    model.signFailure = new SigningError('signing-denied', 'A person has said no.')
    await model.readAt(openRound, 46)
    model.start(() => model.time.nowMs() < model.msOf(firstRound, 50))
    await model.runTo(firstRound, 50)
    model.signFailure = undefined
    model.start()
    await model.runTo(firstRound + 1, 20)
    expect(model.signed).toEqual([])
    expect(model.said('root-refused')).toContain('999 signing-denied')
  })
})

test('a result that changes is an alarm, and never a second signature', async () => {
  const model = new RootModel()
  model.landsAfterMs = Number.POSITIVE_INFINITY
  await model.readAt(openRound, 46)
  model.at(firstRound, 52, () => model.rounds.outcomes.set(openRound, aResult(openRound, 9)))
  model.start()
  await model.runTo(firstRound + 1, 20)
  expect(model.signed.map((each) => each.message)).toEqual([message(openRound)])
  expect(model.said('root-conflict')).toEqual(['999'])
  expect(model.stages).toContain('conflict')
  const sent = model.sent.get(openRound) ?? []
  expect(Math.max(...sent.map(({ sentAtMs }) => sentAtMs))).toBeLessThan(model.msOf(firstRound, 52))
  expect(model.journal.rootOf(root)?.refusedAs).toBe('root-conflict')
})

test('a root that was bound by another mode is not signed otherwise', async () => {
  const model = new RootModel()
  const elsewhere = aResult(openRound, 9).message
  await model.readAt(openRound, 46)
  model.at(firstRound, 45.9, () => {
    const { database } = model
    database.run(`INSERT INTO binding SELECT ?, 'root', 100, ?, ?, 1`, [
      '0x7e5f4552091a69125d5dfcb7b8c2659029395bdf',
      openRound,
      elsewhere.slice(0, 66),
    ])
  })
  model.start()
  await model.runTo(firstRound + 1, 20)
  expect(model.signed).toEqual([])
  expect(model.said('root-conflict')).not.toEqual([])
})

test('a failure of whatever kind is told, and the next round goes on', async () => {
  const model = new RootModel()
  model.signFailure = new TypeError('A bug.')
  await model.readAt(openRound, 46)
  await model.readAt(openRound + 1, 46)
  model.at(firstRound + 1, 0, () => {
    model.signFailure = undefined
  })
  model.start()
  await model.runTo(firstRound + 2, 20)
  expect(model.said('root-step-failed')).toEqual(['999 A bug.'])
  expect([...model.sent.keys()]).toEqual([openRound + 1])
})

describe('a loop that is told to end', () => {
  /** A vote of ours is out in the round that is open as the world begins. */
  const isOut = (votingRoundId: number) => votingRoundId === openRound

  test('signs nothing new where no vote of ours is out', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    const process = model.start()
    model.at(firstRound, 45.99, process.loop.end)
    await model.runTo(firstRound + 1, 20)
    expect(process.hasEnded()).toBe(true)
    expect(model.signed).toEqual([])
  })

  test('first signs and sends the root of a round in which one is, and begins no other', async () => {
    const model = new RootModel()
    model.owes = isOut
    await model.readAt(openRound, 46)
    await model.readAt(openRound + 1, 46)
    const process = model.start()
    // Before the window opens.
    model.at(firstRound, 41, process.loop.end)
    await model.runTo(firstRound, 47)
    expect(process.hasEnded()).toBe(false)
    await model.runTo(firstRound, 52)
    expect(process.hasEnded()).toBe(true)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
    await model.runTo(firstRound + 2, 20)
    expect([...model.sent.keys()]).toEqual([openRound])
  })

  test('waits for what that root waits for until its window is over, and no longer', async () => {
    const model = new RootModel()
    model.owes = isOut
    const process = model.start()
    model.at(firstRound, 41, process.loop.end)
    await model.runTo(firstRound, 89.9)
    expect(process.hasEnded()).toBe(false)
    await model.runTo(firstRound + 1, 6)
    expect(process.hasEnded()).toBe(true)
    expect(model.signed).toEqual([])
  })

  test.each([
    { name: 'is refused', means: (model: RootModel) => (model.keys = undefined) },
    {
      name: 'was made final by others',
      means: (model: RootModel) => model.rounds.finalise(message(openRound)),
    },
  ])('waits for no root that $name', async ({ means }) => {
    const model = new RootModel()
    model.owes = isOut
    await model.readAt(openRound, 61)
    means(model)
    const process = model.start()
    model.at(firstRound, 62, process.loop.end)
    await model.runTo(firstRound, 68)
    expect(process.hasEnded()).toBe(true)
  })

  test('stays while the loop of rounds does, whose reveal may come to be out', async () => {
    const model = new RootModel()
    await model.readAt(openRound + 1, 46)
    const process = model.start()
    model.at(firstRound, 80, process.loop.stop)
    model.at(firstRound + 1, 12, () => {
      model.owes = (votingRoundId) => votingRoundId === openRound + 1
    })
    model.at(firstRound + 1, 14, process.loop.end)
    await model.runTo(firstRound + 1, 60)
    expect(process.hasEnded()).toBe(true)
    expect([...model.sent.keys()]).toEqual([openRound + 1])
  })

  test('gives up what is owed before its supervisor kills it', async () => {
    const model = new RootModel()
    // By blocks that are slower than time nothing is ever over.
    model.owes = () => true
    const process = model.start()
    model.at(firstRound, 50, process.loop.end)
    await model.runTo(firstRound + 2, 14)
    expect(process.hasEnded()).toBe(false)
    await model.runTo(firstRound + 2, 21)
    expect(process.hasEnded()).toBe(true)
  })

  test('brings what is signed on chain first', async () => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    const process = model.start()
    model.at(firstRound, 46.2, process.loop.end)
    await model.runTo(firstRound, 48)
    expect(process.hasEnded()).toBe(false)
    await model.runTo(firstRound, 52)
    expect(process.hasEnded()).toBe(true)
    expect(model.stages).toEqual(['signed', 'sent', 'included'])
  })

  test('waits for no landing beyond the window', async () => {
    const model = new RootModel()
    model.landsAfterMs = Number.POSITIVE_INFINITY
    await model.readAt(openRound, 46)
    const process = model.start()
    model.at(firstRound, 47, process.loop.end)
    await model.runTo(firstRound + 1, 1)
    expect(process.hasEnded()).toBe(true)
  })
})

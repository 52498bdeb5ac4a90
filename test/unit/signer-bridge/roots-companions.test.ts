/** A data connector's roots beside ours, asked for over HTTP. */

import { type Hex, keccak256, size } from 'viem'
import { afterEach, describe, expect, test } from 'vitest'
import { messageDigest } from '../../../src/protocol/digests.ts'
import { recoverSigner } from '../../../src/protocol/signatures.ts'
import { readSubmitSignatures } from '../../../src/protocol/submit-signatures.ts'
import {
  CompanionModel,
  fdcMessage,
  type Reply,
  round,
  sendingRound,
  silence,
} from '../../support/companion-world.ts'
import { aResult } from '../../support/observed-rounds.ts'
import { addressOf } from '../../support/policy-signers.ts'

let opened: CompanionModel | undefined
afterEach(() => opened?.close())

/** A world whose companion answers so. */
async function aModel(reply: CompanionModel['reply']): Promise<CompanionModel> {
  const model = new CompanionModel()
  opened = model
  model.reply = reply
  await model.open()
  return model
}

const bits = '0x0003f1'
const ok: Reply = { status: 'OK', data: fdcMessage(), additionalData: bits }
const name = { protocolId: 200, votingRoundId: round }
const untilOver = (model: CompanionModel) => model.runTo(sendingRound + 1, 20)

/** The protocols of all calls, each as often as it was said in a different call. */
const protocolsSent = (model: CompanionModel) =>
  model
    .calls()
    .flat()
    .toSorted((one, other) => one - other)

/** The companion's frame in a call that was sent. */
function fdcFrame(model: CompanionModel, call = 0) {
  const payload = model.handed[call]?.frames.find(({ protocolId }) => protocolId === 200)?.payload
  return payload === undefined ? undefined : readSubmitSignatures(payload)
}

describe('what a companion has ready in time', () => {
  test('travels in our own call, signed in the same form and with its unsigned part', async () => {
    const model = await aModel(() => ok)
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100, 200]])
    const frame = fdcFrame(model)
    expect(frame).toMatchObject({ type: 1, unsigned: bits })
    const hash = messageDigest('chain-bound', fdcMessage(), model.network.chainId)
    const signature = frame?.signature
    expect(signature && (await recoverSigner(hash, signature))).toBe(addressOf(1))
    expect(model.stages).toEqual(['200 signed', '200 sent', '200 included'])
    expect(model.journal.openRoots(200)).toEqual([])
  })

  test('is asked for by round and address from the reveal deadline on, and bound and reserved', async () => {
    const model = await aModel(() => ok)
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.asked).toHaveLength(1)
    expect(model.asked[0]).toMatch(new RegExp(`^45[.\\d]* /submitSignatures/${round}/0x`))
    expect(model.reserved).toContainEqual({
      fencing_token: 1,
      signer: addressOf(1),
      kind: 'root',
      protocol_id: 200,
      voting_round_id: round,
      digest: keccak256(fdcMessage()),
    })
    expect(model.journal.signingOf({ ...name, kind: 'root', signer: addressOf(1) })).toMatchObject({
      digest: keccak256(fdcMessage()),
      state: 'signed',
    })
  })

  test('is asked for again while it says RETRY', async () => {
    const model = await aModel((second) => (second < 48 ? { status: 'RETRY' } : ok))
    model.readOursAt(48)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100, 200]])
  })

  test('may be as long as a companion may speak, and still shares our call', async () => {
    const longest: Hex = `0x${'5a'.repeat(2_048)}`
    const model = await aModel(() => ({ ...ok, additionalData: longest }))
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100, 200]])
    expect(size(model.handed[0]?.calldata ?? '0x')).toBe(4 + 7 + 66 + 7 + 66 + 2_048)
    expect(fdcFrame(model)?.unsigned).toBe(longest)
  })
})

describe('ours does not wait', () => {
  const sentAt = async (reply: CompanionModel['reply']) => {
    const model = await aModel(reply)
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    return { model, second: model.handed[0]?.second ?? Number.NaN }
  }

  test('for a companion that has nothing', async () => {
    const { model, second } = await sentAt(() => ({ status: 'EMPTY' }))
    expect(model.calls()).toEqual([[100]])
    expect(second).toBeLessThan(47.2)
    expect(model.said('root-missed')).toEqual([])
    expect(model.stages).toEqual([])
  })

  test.each([
    { how: 'hangs', reply: silence },
    { how: 'is not ready', reply: { status: 'RETRY' } },
    { how: 'speaks of another round', reply: { ...ok, data: fdcMessage(round - 1) } },
    { how: 'speaks for us', reply: { ...ok, data: `0x64${fdcMessage().slice(4)}` } },
  ] as const)('longer than a second for one that $how', async ({ reply }) => {
    const { model, second } = await sentAt(() => reply)
    expect(model.calls()).toEqual([[100]])
    expect(second).toBeGreaterThan(47)
    expect(second).toBeLessThan(48.3)
    expect(model.journal.rootOf(name)).toBeUndefined()
    expect(model.said('root-missed')).toMatchObject([
      { voting_round_id: round, protocol_id: 200, reason: 'companion-silent' },
    ])
    expect(model.stages).toEqual(['200 missed'])
  })
})

describe('what comes too late for our call', () => {
  test('goes out by itself once ours has landed, with the next nonce', async () => {
    const model = await aModel((second) => (second < 52 ? { status: 'RETRY' } : ok))
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100], [200]])
    const nonces = new Map(model.handed.map((each) => [each.frames[0]?.protocolId, each.nonce]))
    expect([...nonces]).toEqual([
      [100, 0],
      [200, 1],
    ])
    expect(model.stages).toEqual(['200 signed', '200 sent', '200 included'])
  })

  test('waits for ours, which one key sends first', async () => {
    const model = await aModel((second) => (second < 50 ? { status: 'RETRY' } : ok))
    model.isFull = true
    model.at(60, () => {
      model.isFull = false
    })
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100], [200]])
    const [first] = model.handed.filter(({ frames }) => frames[0]?.protocolId === 200)
    expect(first?.second).toBeGreaterThan(60)
    expect(model.said('root-step-failed')).toEqual([])
  })

  test('is not sent when its own root was made final before', async () => {
    const model = await aModel((second) => (second < 62 ? { status: 'RETRY' } : ok))
    model.at(58, () => model.finalise(fdcMessage()))
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100]])
    expect(model.journal.rootOf(name)).toBeUndefined()
    expect(model.stages).toEqual(['200 finalised-first'])
  })
})

describe('a call that carries both and does not land', () => {
  const full = async () => {
    const model = await aModel(() => ok)
    model.isFull = true
    model.readOursAt(46)
    model.start()
    return model
  }
  const after = (model: CompanionModel, second: number) =>
    model.handed.filter((each) => each.second > second)

  test("is sent again for the companion's sake when our own root is final already", async () => {
    const model = await full()
    model.at(58, () => model.rounds.finalise(aResult(round).message))
    await untilOver(model)
    expect(model.calls()).toEqual([[100, 200]])
    expect(after(model, 65).length).toBeGreaterThan(1)
  })

  test('is not sent again by anybody once its root of ours is refused', async () => {
    const model = await full()
    model.at(52, () => model.rounds.outcomes.set(round, aResult(round, 9)))
    await untilOver(model)
    expect(model.calls()).toEqual([[100, 200]])
    expect(after(model, 53)).toEqual([])
  })
})

describe('a round without a result of ours', () => {
  test('has the companion alone, at once where it is known that there is none', async () => {
    const model = await aModel(() => ok)
    const none = { kind: 'no-result', reason: 'no-reveals' } as const
    model.at(46, () => model.rounds.outcomes.set(round, none as never))
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[200]])
    expect(model.handed[0]?.second).toBeLessThan(48)
    expect(model.stages).toContain('200 included')
  })

  test('has the companion alone with a third of the grace period left, where it may still come', async () => {
    const model = await aModel(() => ok)
    model.readOursAt(57)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[200], [100]])
    const first = (protocolId: number) =>
      model.handed.find(({ frames }) => frames[0]?.protocolId === protocolId)?.second
    expect(first(200)).toBeGreaterThanOrEqual(55)
    expect(first(200)).toBeLessThan(56.5)
    expect(first(100)).toBeLessThan(58.5)
  })
})

describe('nothing of a companion is signed', () => {
  test('where another root of its protocol is final', async () => {
    const model = await aModel(() => ok)
    model.finalise(fdcMessage(round, '88'))
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100]])
    expect(model.journal.rootOf(name)).toBeUndefined()
    expect(model.said('root-refused')).toMatchObject([
      { protocol_id: 200, reason: 'finalised-otherwise' },
    ])
  })

  test('that the journal is bound against, and ours goes out all the same', async () => {
    const model = await aModel(() => ok)
    const digest = keccak256(fdcMessage(round, '88'))
    model.journal.reserve([{ ...name, kind: 'root', signer: addressOf(1), digest }], 1)
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100]])
    expect(model.said('root-conflict').length).toBeGreaterThan(0)
    expect(model.said('root-conflict')[0]).toMatchObject({ protocol_id: 200 })
    expect(model.stages).toEqual(['200 conflict'])
  })

  test('in a call of a protocol that the journal has bound for that round', async () => {
    const model = await aModel(() => ok)
    const sigtx = { ...name, kind: 'sigtx', signer: addressOf(101) } as const
    model.journal.reserve([{ ...sigtx, digest: keccak256('0x01') }], 1)
    model.readOursAt(46)
    model.start()
    await untilOver(model)
    // What the journal would refuse would take ours down with it.
    expect(model.calls()).toEqual([[100]])
  })
})

test('a companion that says another message after a restart is told of, and nothing more is signed', async () => {
  const model = await aModel((second) =>
    second < 47 ? ok : { ...ok, data: fdcMessage(round, '88') },
  )
  const isBinding = (deed: string) =>
    deed === 'after journal.bindRoot' && model.journal.rootOf(name) !== undefined
  const first = model.start((deed) => !isBinding(deed))
  await model.runTo(sendingRound, 48)
  expect(first.isDead()).toBe(true)
  model.readOursAt(49)
  model.start()
  await untilOver(model)
  expect(model.said('root-conflict')).toMatchObject([
    { voting_round_id: round, protocol_id: 200, bound: fdcMessage() },
  ])
  expect(model.calls()).toEqual([[100]])
  expect(model.journal.rootOf(name)).toMatchObject({
    message: fdcMessage(),
    refusedAs: 'root-conflict',
  })
})

test('between binding and sending a restart changes no byte, though the companion is gone', async () => {
  for (const deed of ['bindRoot', 'noteRootSigned', 'claimNonce', 'recordAttempt']) {
    const model = await aModel((second) => (second < 47.2 ? ok : silence))
    model.readOursAt(46)
    const first = model.start(
      (each) => each !== `after journal.${deed}` || model.journal.rootOf(name) === undefined,
    )
    await model.runTo(sendingRound, 49)
    expect(first.isDead(), deed).toBe(true)
    model.start()
    await untilOver(model)
    expect(model.journal.rootOf(name), deed).toMatchObject({
      message: fdcMessage(),
      unsigned: bits,
    })
    expect(protocolsSent(model), deed).toEqual([100, 200])
    const sent = model.handed.findIndex((_, i) => fdcFrame(model, i) !== undefined)
    expect(fdcFrame(model, sent)?.unsigned, deed).toBe(bits)
    model.close()
  }
}, 60_000)

test('a process that dies at any deed is followed by one that sends each protocol once', async () => {
  for (let nth = 1; nth < 400; nth += 1) {
    const model = await aModel((second) => (second < 47.5 ? { status: 'RETRY' } : ok))
    model.readOursAt(46)
    let deeds = 0
    const first = model.start((deed) => {
      if (
        !/(bindRoot|noteRootSigned|claimNonce|recordAttempt|settle|chain\.send|messageFor)/.test(
          deed,
        )
      )
        return true
      deeds += 1
      return deeds !== nth
    })
    await model.runTo(sendingRound, 58)
    const wasKilled = first.isDead()
    if (wasKilled) model.start()
    await untilOver(model)
    model.close()
    expect(protocolsSent(model), String(nth)).toEqual([100, 200])
    const call = { votingRoundId: round, kind: 'submitSignatures', signer: addressOf(101) } as const
    const isIn = ({ frames }: { frames: readonly { protocolId: number }[] }) =>
      frames[0]?.protocolId === 200
    const part = model.handed.some(isIn) ? 'late' : 'main'
    expect(model.journal.statusOf({ ...call, part }), String(nth)).toBe('confirmed')
    expect(model.journal.openRoots(200), String(nth)).toEqual([])
    if (!wasKilled) break
  }
}, 120_000)

describe('what we have signed of a companion', () => {
  test.each([
    { name: 'another than it is told, once, with its protocol', final: '88', isTold: true },
    { name: 'the same is no news', final: '77', isTold: false },
  ])('is held against what is made final: $name', async ({ final, isTold }) => {
    const model = await aModel(() => ok)
    model.readOursAt(46)
    model.at(62, () => model.finalise(fdcMessage(round, final)))
    model.start()
    await model.runTo(sendingRound + 3, 20)
    const told = {
      protocol_id: 200,
      voting_round_id: round,
      ours: fdcMessage(),
      theirs: fdcMessage(round, final),
    }
    const mismatches = model.said('root-mismatch')
    expect(mismatches).toEqual(isTold ? [expect.objectContaining(told)] : [])
  })

  test('is no mismatch where nothing of it was signed', async () => {
    const model = await aModel(() => ok)
    const signMessage = () => Promise.reject(new Error('The device is away.'))
    model.rootSigner = { ...model.rootSigner, signMessage }
    model.at(62, () => model.finalise(fdcMessage(round, '88')))
    model.start()
    await model.runTo(sendingRound + 1, 20)
    expect(model.journal.rootOf(name)).toMatchObject({ message: fdcMessage() })
    expect(model.said('root-mismatch')).toEqual([])
  })
})

describe('a loop that is told to end', () => {
  test('asks nobody and signs nothing new where nothing of ours is out', async () => {
    const model = await aModel(() => ok)
    const process = model.start()
    model.at(44, process.loop.end)
    await model.runTo(sendingRound, 50)
    expect(process.hasEnded()).toBe(true)
    expect(model.asked).toEqual([])
  })

  test('first brings the roots on chain of all who have spoken in the round', async () => {
    const model = await aModel(() => ok)
    model.readOursAt(46)
    model.voteIsOut([200])
    const process = model.start()
    model.at(41, process.loop.end)
    await model.runTo(sendingRound, 47)
    expect(process.hasEnded()).toBe(false)
    await model.runTo(sendingRound, 65)
    expect(process.hasEnded()).toBe(true)
    expect(protocolsSent(model)).toEqual([100, 200])
    expect(model.stages).toEqual(['200 signed', '200 sent', '200 included'])
  })

  test('asks no companion that has not, though our own root is owed', async () => {
    const model = await aModel(() => ok)
    model.readOursAt(46)
    model.voteIsOut([])
    const process = model.start()
    model.at(41, process.loop.end)
    await model.runTo(sendingRound, 65)
    expect(process.hasEnded()).toBe(true)
    expect(protocolsSent(model)).toEqual([100])
    expect(model.asked).toEqual([])
  })

  test('brings a signed root of a companion on chain first', async () => {
    const model = await aModel(() => ok)
    const process = model.start()
    model.at(50, process.loop.end)
    await model.runTo(sendingRound, 52)
    expect(process.hasEnded()).toBe(false)
    await model.runTo(sendingRound, 65)
    expect(process.hasEnded()).toBe(true)
    expect(model.stages).toEqual(['200 signed', '200 sent', '200 included'])
  })
})

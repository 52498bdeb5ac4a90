/** Our signatures and a companion's in two calls of one key at once, over real HTTP. */

import { afterEach, describe, expect, test } from 'vitest'
import {
  CompanionModel,
  fdcMessage,
  type Reply,
  round,
  sendingRound,
} from '../../support/companion-world.ts'
import { addressOf } from '../../support/policy-signers.ts'

let opened: CompanionModel | undefined
afterEach(() => opened?.close())

const ok: Reply = { status: 'OK', data: fdcMessage(), additionalData: '0x0003f1' }
const name = { protocolId: 200, votingRoundId: round }
const untilOver = (model: CompanionModel) => model.runTo(sendingRound + 1, 20)

const ascending = (one: number, other: number) => one - other

/** A world whose companion is ready early and our own result at second 57, when the other has gone. */
async function aModel(): Promise<CompanionModel> {
  const model = new CompanionModel()
  opened = model
  model.reply = () => ok
  await model.open()
  model.readOursAt(57)
  return model
}

describe('ours, when it comes after a companion that went alone', () => {
  const late = async () => {
    const model = await aModel()
    model.isFull = true
    return model
  }
  const of = (model: CompanionModel, protocolId: number) =>
    model.handed.filter(({ frames }) => frames[0]?.protocolId === protocolId)

  test('is sent at once with the next nonce, and one block takes both', async () => {
    const model = await late()
    model.at(58.5, () => {
      model.isFull = false
    })
    model.start()
    await untilOver(model)
    const [fdc] = of(model, 200)
    const [ours] = of(model, 100)
    expect([fdc?.nonce, ours?.nonce]).toEqual([0, 1])
    expect(ours?.second).toBeLessThan(58.5)
    const landed = model.landed()
    expect(new Set(landed.map(({ landedSec }) => landedSec)).size).toBe(1)
    expect(landed).toHaveLength(2)
    expect(model.said('root-step-failed')).toEqual([])
  })

  test('is outbid by itself, as the other is, at the nonces that they have', async () => {
    const model = await late()
    model.at(75, () => {
      model.isFull = false
    })
    model.start()
    await untilOver(model)
    for (const [protocolId, nonce] of [
      [200, 0],
      [100, 1],
    ] as const) {
      const sent = of(model, protocolId)
      expect(sent.length, String(protocolId)).toBeGreaterThan(2)
      expect(new Set(sent.map((each) => each.nonce))).toEqual(new Set([nonce]))
    }
    const landed = model.landed().toSorted((one, other) => one.nonce - other.nonce)
    expect(landed.map(({ frames }) => frames[0]?.protocolId)).toEqual([200, 100])
    expect(model.said('root-step-failed')).toEqual([])
  })

  test('takes the nonce that the other was given and never used', async () => {
    const model = await late()
    model.isFull = false
    const first = model.start((deed) => deed !== 'after journal.claimNonce')
    await model.runTo(sendingRound, 57)
    expect(first.isDead()).toBe(true)
    // Not to be sent any more: a bridge that has read of another root says so to its journal.
    model.journal.refuseRoot(name, 'root-conflict')
    model.start()
    await untilOver(model)
    expect(model.calls()).toEqual([[100]])
    expect(model.handed[0]).toMatchObject({ nonce: 0 })
    expect(model.handed[0]?.second).toBeLessThan(58.5)
  })

  test('is on chain once with the other, whatever deed a process dies at', async () => {
    const deadly =
      /claimNonce|recordAttempt|markAttempt|settle|chain\.(send|latestCount|receiptsOf)/
    for (let nth = 1; nth < 400; nth += 1) {
      const model = await late()
      model.at(59, () => {
        model.isFull = false
      })
      let deeds = 0
      const first = model.start((deed) => {
        if (!deadly.test(deed)) return true
        deeds += 1
        return deeds !== nth
      })
      await model.runTo(sendingRound, 63)
      const wasKilled = first.isDead()
      if (wasKilled) model.start()
      await untilOver(model)
      model.close()
      expect(model.calls().flat().toSorted(ascending), String(nth)).toEqual([100, 200])
      const landed = model.landed()
      expect(new Set(landed.map(({ nonce }) => nonce)), String(nth)).toEqual(new Set([0, 1]))
      expect(landed, String(nth)).toHaveLength(2)
      for (const part of ['main', 'late'] as const) {
        const call = { votingRoundId: round, kind: 'submitSignatures', part } as const
        const status = model.journal.statusOf({ ...call, signer: addressOf(101) })
        expect(status, `${nth} ${part}`).toBe('confirmed')
      }
      if (!wasKilled) break
    }
  }, 120_000)
})

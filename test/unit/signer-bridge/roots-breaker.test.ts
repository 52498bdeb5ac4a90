/** What becomes of signatures of roots, and what is then asked for. */

import { afterEach, describe, expect, test } from 'vitest'
import { protocolIds } from '../../../src/protocol/payload.ts'
import { votingRoundAt } from '../../../src/protocol/epoch.ts'
import { breakerOf } from '../../../signer-bridge/policy/breaker.ts'
import type { Signer } from '../../../signer-bridge/roles.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'
import { CompanionModel, round } from '../../support/companion-world.ts'
import { aVoter } from '../../support/policy-signers.ts'

const models: CompanionModel[] = []
afterEach(() => {
  for (const model of models.splice(0)) model.close()
})

/** A model of so many rounds that are read in time, and the rounds whose root its key is asked for. */
async function aModel(rounds: number) {
  const model = new CompanionModel()
  models.push(model)
  await model.open()
  const asked: number[] = []
  for (let i = 0; i < rounds; i += 1) model.readAt(round + i, 46)
  const signs = (sign: () => Signer['signMessage']): Signer => ({
    ...aVoter(1),
    signMessage: (message) => {
      asked.push(votingRoundAt(model.network.schedule, model.time.nowMs()) - 1 - round)
      return sign()(message)
    },
  })
  const run = (until: number) => model.runTo(round + until + 1, 80)
  const signedOf = (i: number) =>
    model.journal.rootOf({ protocolId: protocolIds.ftso, votingRoundId: round + i })?.signed
  return { model, asked, signs, run, signedOf }
}

const denied: Signer['signMessage'] = () =>
  Promise.reject(new SigningError('signing-denied', 'Somebody has said no.'))

describe('a key of roots that', () => {
  test('is denied three times in a row is left alone for ten rounds, and then asked once more', async () => {
    const { model, asked, signs, run, signedOf } = await aModel(14)
    let isDenied = true
    model.rootSigner = signs(() => (isDenied ? denied : aVoter(1).signMessage))
    model.start()
    await run(2)
    expect(asked).toEqual([0, 1, 2])
    expect(model.said('breaker-opened')).toEqual([
      {
        event: 'breaker-opened',
        reason: 'denials',
        denials: 3,
        address: aVoter(1).address.toLowerCase(),
      },
    ])
    isDenied = false
    await run(11)
    expect(asked).toEqual([0, 1, 2])
    const missed = model.said('root-missed').map(({ reason }) => reason)
    expect(new Set(missed)).toEqual(new Set(['breaker-open']))
    await run(13)
    expect(asked).toEqual([0, 1, 2, 12, 13])
    expect([signedOf(11), signedOf(13) !== undefined]).toEqual([undefined, true])
  })

  test('is denied each time rests though another key signs each round', async () => {
    const { model, asked, signs, run } = await aModel(6)
    model.rootSigner = signs(() => denied)
    const breaker = breakerOf({
      steadyMs: model.time.nowMs,
      roundMs: 90_000,
      log: () => undefined,
    })
    model.breaker = breaker
    model.start()
    const other = aVoter(2).address
    for (let i = 0; i < 6; i += 1) {
      await run(i)
      await breaker.watched(other, () => Promise.resolve('a commit'))
    }
    expect(asked).toEqual([0, 1, 2])
    expect(breaker.refusal(other)).toBeUndefined()
  })

  test('is denied twice and then accepts is asked each round', async () => {
    const { model, asked, signs, run } = await aModel(5)
    model.rootSigner = signs(() => ([2, 5].includes(asked.length) ? aVoter(1).signMessage : denied))
    model.start()
    await run(4)
    expect(asked).toEqual([0, 1, 2, 3, 4])
    expect(model.said('breaker-opened')).toEqual([])
  })

  test('signs what was not asked is never asked again by this process', async () => {
    const { model, asked, signs, run, signedOf } = await aModel(13)
    model.rootSigner = signs(() => aVoter(2).signMessage)
    model.start()
    await run(12)
    expect(asked).toEqual([0])
    expect(signedOf(0)).toBeUndefined()
    expect(model.said('breaker-opened')).toEqual([
      { event: 'breaker-opened', reason: 'signer-differs' },
    ])
    expect(model.handed).toEqual([])
  })
})

test('what is signed is sent, though no key is to be asked for anything new', async () => {
  const { model, run, signedOf } = await aModel(2)
  const first = model.start((deed) => deed !== 'before chain.send')
  await model.runTo(round + 1, 48)
  expect([first.isDead(), signedOf(0) !== undefined, model.handed]).toEqual([true, true, []])
  const refusal = () => 'A signature was not what was asked for.'
  model.breaker = { refusal, signerRefusal: refusal, watched: (_, sign) => sign() }
  model.start()
  await run(1)
  expect(model.landed()).toHaveLength(1)
  expect(signedOf(1)).toBeUndefined()
})

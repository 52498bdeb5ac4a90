/** Roots with a key on a Ledger: until when a person is asked for one, and what is kept of how it ended. */

import { afterEach, describe, expect, test } from 'vitest'
import { defaultFeePolicy } from '../../../signer-bridge/fees.ts'
import { sit, sittingPlan } from '../../../signer-bridge/ledger/attended.ts'
import type { LedgerSigner, Review } from '../../../signer-bridge/ledger/signer.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'
import { protocolIds } from '../../../src/protocol/payload.ts'
import { CompanionModel, round, sendingRound } from '../../support/companion-world.ts'
import { aVoter } from '../../support/policy-signers.ts'

const models: CompanionModel[] = []
afterEach(() => {
  for (const model of models.splice(0)) model.close()
})

/** What a signer without a deadline of its own waits for. */
const patienceMs = 120_000

/** A model whose root is read in time, signed with a key on a device; nobody answers there but `answer`. */
async function aModel(answer: () => Promise<never> | undefined = () => undefined) {
  const model = new CompanionModel()
  models.push(model)
  await model.open()
  model.readOursAt(46)
  const { time } = model
  const reviews: string[] = []
  let before: Promise<unknown> = Promise.resolve()
  /** A queue of one; a review stays on the screen until its time is over. */
  const reviewed = ({ what, untilMs }: Review): Promise<never> => {
    if (untilMs <= time.nowMs()) return Promise.reject(new Error('It is too late.'))
    const review = before.then(async () => {
      const second = (time.nowMs() - model.msOf(sendingRound, 0)) / 1_000
      const until = (untilMs - model.msOf(sendingRound, 0)) / 1_000
      reviews.push(`+${second.toFixed(0)} ${what}, until +${until.toFixed(0)}`)
      await answer()
      await time.sleep(untilMs - time.nowMs())
      throw new SigningError('signing-unknown', 'Nobody answered.')
    })
    before = review.catch(() => undefined)
    return review
  }
  const signer: LedgerSigner = {
    ...aVoter(1),
    signMessage: () => reviewed({ what: 'a message', untilMs: time.nowMs() + patienceMs }),
    reviewing: (review) => ({ ...aVoter(1), signMessage: () => reviewed(review) }),
    show: () => undefined,
    device: {},
    unready: async () => undefined,
  }
  model.rootSigner = signer
  model.start()
  const name = { signer: aVoter(1).address, kind: 'root', protocolId: protocolIds.ftso } as const
  const state = () => model.journal.signingOf({ ...name, votingRoundId: round })?.state
  return { model, reviews, reviewed, state }
}

describe('a root that a person is asked for', () => {
  test('is off the screen before the next sitting begins, though nobody has answered', async () => {
    const { model, reviews, reviewed } = await aModel()
    const { time, network } = model
    await model.runTo(sendingRound + 1, 35)
    const votingRoundId = sendingRound + 1
    const plan = sittingPlan({
      schedule: network.schedule,
      votingRoundId,
      freeNonce: 0,
      baseFeeWei: 1n,
      policy: defaultFeePolicy,
    })
    const deps = { maySend: () => true, show: () => undefined, nowMs: time.nowMs }
    const sitting = sit({ ...deps, sign: (_, review) => reviewed(review) }, plan)
    await model.runTo(sendingRound + 1, 85)
    expect(reviews.slice(0, 2)).toEqual([
      `+46 root of round ${round}, until +84`,
      `+125 1 of 2, the reveal (submit2) of round ${votingRoundId}, until +174`,
    ])
    expect(await sitting).toMatchObject({ kind: 'discarded', during: 'submit2' })
  })

  test('and nobody has answered for is kept as one that may be signed', async () => {
    const { model, state } = await aModel()
    await model.runTo(sendingRound, 89)
    expect(state()).toBe('unknown')
  })

  test('and has refused is kept as refused, and not asked for again', async () => {
    const no = () => Promise.reject(new SigningError('signing-denied', 'It was refused.'))
    const { model, reviews, state } = await aModel(no)
    await model.runTo(sendingRound, 89)
    expect(reviews).toHaveLength(1)
    expect(state()).toBe('denied')
  })
})

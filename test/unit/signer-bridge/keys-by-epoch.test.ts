/** Roots around a change of keys and around a restart: each is its own key's, and says one thing. */

import { expect, test } from 'vitest'
import { anEpoch, aResult, sendingKey } from '../../support/observed-rounds.ts'
import { addressOf } from '../../support/policy-signers.ts'
import { firstRound, openRound, RootModel } from '../../support/root-world.ts'

const rootOf = (model: RootModel, votingRoundId: number) =>
  model.journal.rootOf({ protocolId: 100, votingRoundId })

test('the last root of a reward epoch is signed and sent by its old keys, the next by the new', async () => {
  const model = new RootModel()
  const old = anEpoch([10, 10, 10, 10])
  const { rewardEpochId } = old.policy
  const next = anEpoch([10, 10, 10, 10], firstRound)
  const epochs = [
    old,
    { ...next, policy: { ...next.policy, rewardEpochId: rewardEpochId + 1 } },
  ] as const
  const observer = model.rounds.port()
  const epochOf = (round: number) => epochs[round < firstRound ? 0 : 1]
  Object.assign(model.rounds, { port: () => ({ ...observer, epochOf }) })
  model.nextKeys = {
    signingPolicy: 2,
    submitSignatures: sendingKey(2),
    fromRewardEpoch: rewardEpochId + 1,
  }
  for (const round of [openRound, firstRound]) await model.readAt(round, 46, [3])
  model.start()
  await model.runTo(firstRound + 2, 20)

  const kept = [openRound, firstRound].map((round) => rootOf(model, round))
  expect(kept).toMatchObject([
    { rewardEpochId, signer: addressOf(1), sender: addressOf(sendingKey(1)) },
    { rewardEpochId: rewardEpochId + 1, signer: addressOf(2), sender: addressOf(sendingKey(2)) },
  ])
  for (const root of kept) {
    expect(model.sent.get(root?.votingRoundId ?? 0)?.map(({ signature }) => signature)).toEqual([
      root?.signed?.signature,
    ])
  }
})

test.each(['after journal.bindRoot', 'after signer.signRoot', 'after journal.noteRootSigned'])(
  'a result that changes over a death %s is an alarm, and never another signature',
  async (place) => {
    const model = new RootModel()
    await model.readAt(openRound, 46)
    const first = model.start((deed) => deed !== place)
    await model.runTo(firstRound, 48)
    expect(first.isDead()).toBe(true)
    // Nobody but the journal knows of the first one.
    model.reserved.clear()
    model.rounds.outcomes.set(openRound, aResult(openRound, 9))
    model.start()
    await model.runTo(firstRound + 1, 20)

    const { message } = aResult(openRound)
    expect(rootOf(model, openRound)).toMatchObject({ message, refusedAs: 'root-conflict' })
    for (const made of model.signed) expect(made.message).toBe(message)
    expect(model.said('root-conflict')).toEqual(['999'])
    expect(model.sent.size).toBe(0)
  },
)

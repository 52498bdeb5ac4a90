import { describe, expect, test } from 'vitest'
import { digestBook } from '../../../signer-bridge/roots/digest-book.ts'
import { digestChoiceOf } from '../../../signer-bridge/roots/digest-evidence.ts'
import type { DigestForm } from '../../../src/protocol/digests.ts'
import type { NetworkName } from '../../../src/protocol/networks.ts'
import { aPeerCall, anEpoch, aResult, ObservedRounds } from '../../support/observed-rounds.ts'
import { addressOf } from '../../support/policy-signers.ts'

const chainId = 14
const round = 1_000
/** We are the voter of key 1. */
const signingPolicyAddress = addressOf(1)
const otherForm = { legacy: 'chain-bound', 'chain-bound': 'legacy' } as const

/** Peers, by key, that signed a round's message in a form; it is final unless told otherwise. */
async function heard(
  rounds: ObservedRounds,
  votingRoundId: number,
  form: DigestForm,
  keys: readonly number[],
  how: { type?: 0 | 1; isFinal?: boolean; price?: number } = {},
): Promise<void> {
  const { message } = aResult(votingRoundId, how.price)
  if (how.isFinal !== false) rounds.finalise(message)
  const type = how.type === undefined ? {} : { type: how.type }
  const said = keys.map((key) => aPeerCall(key, message, { form, chainId, ...type }))
  const before = rounds.peers.get(votingRoundId) ?? []
  rounds.peers.set(votingRoundId, [...before, ...(await Promise.all(said))])
}

function observed(weights: readonly number[] = [10, 10, 10, 10, 10], startRound = 0) {
  const rounds = new ObservedRounds()
  rounds.epoch = anEpoch(weights, startRound)
  rounds.firstChainBound = undefined
  rounds.outcomes.set(round, aResult(round))
  return rounds
}

function choice(rounds: ObservedRounds, known?: DigestForm, name: NetworkName = 'flare') {
  const epoch = rounds.epoch
  if (epoch === undefined) throw new Error('No reward epoch is known.')
  const world = { observer: rounds.port(), network: { name, chainId } }
  return digestChoiceOf(world, { votingRoundId: round, epoch, signingPolicyAddress }, known)
}

describe.each<DigestForm>(['legacy', 'chain-bound'])('peers that sign in %s', (form) => {
  test.each([0, 1] as const)(
    'are believed, by payloads of type %i of a final round',
    async (type) => {
      const rounds = observed()
      await heard(rounds, round - 1, form, [2], { type })
      expect(await choice(rounds)).toEqual({ kind: 'chosen', form, isClear: false })
    },
  )

  test('are believed of the round itself, by our own result', async () => {
    const rounds = observed()
    await heard(rounds, round, form, [2], { isFinal: false })
    expect(await choice(rounds)).toEqual({ kind: 'chosen', form, isClear: false })
  })

  test('are clear when three of them do, or more than half of the weight', async () => {
    const three = observed()
    await heard(three, round - 1, form, [2, 3, 4])
    expect(await choice(three)).toEqual({ kind: 'chosen', form, isClear: true })

    const heavy = observed([10, 31, 10, 10])
    await heard(heavy, round - 1, form, [2])
    expect(await choice(heavy)).toEqual({ kind: 'chosen', form, isClear: true })

    const half = observed([10, 30, 10, 10])
    await heard(half, round - 1, form, [2])
    expect(await choice(half)).toEqual({ kind: 'chosen', form, isClear: false })
  })

  test('against the chain’s dates are believed only with more than half of the weight', async () => {
    const firstChainBound = form === 'legacy' ? round : Number.POSITIVE_INFINITY
    const few = observed()
    few.firstChainBound = firstChainBound
    await heard(few, round - 1, form, [2])
    expect(await choice(few)).toEqual({ kind: 'digest-unclear' })

    const many = observed()
    many.firstChainBound = firstChainBound
    await heard(many, round - 1, form, [2, 3, 4])
    expect(await choice(many)).toEqual({ kind: 'chosen', form, isClear: true })
  })

  test('are believed before those who sign otherwise, if they are heavier', async () => {
    const rounds = observed()
    await heard(rounds, round - 1, form, [2, 3])
    await heard(rounds, round - 1, otherForm[form], [4])
    expect(await choice(rounds)).toMatchObject({ kind: 'chosen', form })
  })
})

describe('digestChoiceOf', () => {
  test('nobody’s word is no form, but on a chain of one’s own whose date is known', async () => {
    const rounds = observed()
    expect(await choice(rounds)).toEqual({ kind: 'no-peer-signatures' })
    expect(await choice(rounds, undefined, 'local')).toEqual({ kind: 'no-peer-signatures' })

    rounds.firstChainBound = 0
    expect(await choice(rounds)).toEqual({ kind: 'no-peer-signatures' })
    expect(await choice(rounds, undefined, 'local')).toEqual({
      kind: 'chosen',
      form: 'chain-bound',
      isClear: false,
    })
  })

  test('what we signed ourselves is no evidence, whoever sent it', async () => {
    const rounds = observed()
    const { message } = aResult(round - 1)
    rounds.finalise(message)
    const ours = await aPeerCall(1, message, { form: 'legacy', chainId, sender: addressOf(102) })
    rounds.peers.set(round - 1, [ours])
    expect(await choice(rounds)).toEqual({ kind: 'no-peer-signatures' })
  })

  test.each([
    { name: 'of strangers', keys: [50, 51, 52], round: round - 1 },
    { name: 'of another message than the final one', keys: [2, 3, 4], round: round - 1, price: 9 },
    { name: 'of a round before the reward epoch', keys: [2, 3, 4], round: round - 2 },
    { name: 'of a round long ago', keys: [2, 3, 4], round: round - 4 },
  ])('signatures $name say nothing', async ({ keys, round: of, price }) => {
    const rounds = observed([10, 10, 10, 10], of === round - 2 ? round - 1 : 0)
    await heard(rounds, of, 'legacy', keys, price === undefined ? {} : { price })
    if (price !== undefined) rounds.finalise(aResult(of).message)
    expect(await choice(rounds)).toEqual({ kind: 'no-peer-signatures' })
  })

  test('a message of type 0 is believed only if it is of the round', async () => {
    const rounds = observed()
    const elsewhere = aResult(round - 2).message
    rounds.peers.set(round - 1, [
      await aPeerCall(2, elsewhere, { form: 'legacy', chainId, type: 0 }),
    ])
    expect(await choice(rounds)).toEqual({ kind: 'no-peer-signatures' })
  })

  test('voters of no weight, or of equal weight on both sides, leave it unclear', async () => {
    const weightless = observed([10, 0, 0, 0])
    await heard(weightless, round - 1, 'legacy', [2, 3, 4])
    expect(await choice(weightless)).toEqual({ kind: 'digest-unclear' })

    const split = observed()
    await heard(split, round - 1, 'legacy', [2])
    await heard(split, round - 1, 'chain-bound', [3])
    expect(await choice(split)).toEqual({ kind: 'digest-unclear' })
  })

  test('a flood of strangers does not crowd voters out', async () => {
    const rounds = observed()
    await heard(rounds, round - 1, 'chain-bound', [2, 3, 4])
    const voters = rounds.peers.get(round - 1) ?? []
    const [one] = voters
    if (one === undefined) throw new Error('Nobody was heard.')
    const noise = Array.from({ length: 300 }, () => ({ ...one, sender: addressOf(999) }))
    rounds.peers.set(round - 1, [...noise, ...voters])
    expect(await choice(rounds)).toMatchObject({ form: 'chain-bound', isClear: true })
  })

  test('a form that is known holds through a silence, and falls when peers say otherwise', async () => {
    expect(await choice(observed(), 'legacy')).toEqual({
      kind: 'chosen',
      form: 'legacy',
      isClear: true,
    })

    const changed = observed()
    await heard(changed, round - 1, 'chain-bound', [2, 3, 4])
    expect(await choice(changed, 'legacy')).toMatchObject({ form: 'chain-bound' })
  })
})

describe('digestBook', () => {
  test('remembers a clear form for its reward epoch and not beyond', async () => {
    const rounds = observed()
    await heard(rounds, round - 1, 'legacy', [2, 3, 4])
    const book = digestBook({ observer: rounds.port(), network: { name: 'flare', chainId } })
    const ask = () => {
      const epoch = rounds.epoch
      if (epoch === undefined) throw new Error('No reward epoch is known.')
      return book.choiceFor({ votingRoundId: round, epoch, signingPolicyAddress })
    }
    expect(await ask()).toMatchObject({ form: 'legacy', isClear: true })

    rounds.peers.clear()
    expect(await ask()).toMatchObject({ form: 'legacy', isClear: true })

    const next = anEpoch([10, 10, 10, 10])
    rounds.epoch = { ...next, policy: { ...next.policy, rewardEpochId: 310 } }
    rounds.peers.set(round, [])
    rounds.outcomes.delete(round)
    expect(await ask()).toEqual({ kind: 'no-peer-signatures' })
  })

  test('asks anew as soon as peers have said something new', async () => {
    const rounds = observed()
    const book = digestBook({ observer: rounds.port(), network: { name: 'flare', chainId } })
    const epoch = anEpoch([10, 10, 10, 10])
    const ask = () => book.choiceFor({ votingRoundId: round, epoch, signingPolicyAddress })
    expect(await ask()).toEqual({ kind: 'no-peer-signatures' })
    expect(await ask()).toEqual({ kind: 'no-peer-signatures' })

    await heard(rounds, round, 'chain-bound', [2], { isFinal: false })
    expect(await ask()).toMatchObject({ form: 'chain-bound' })
  })
})

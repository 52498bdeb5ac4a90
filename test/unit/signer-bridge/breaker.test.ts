import { expect, test } from 'vitest'
import { breakerOf } from '../../../signer-bridge/policy/breaker.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'

const roundMs = 90_000

function aBreaker() {
  const clock = { nowMs: 0 }
  const events: object[] = []
  const breaker = breakerOf({
    steadyMs: () => clock.nowMs,
    roundMs,
    log: (event) => void events.push(event),
  })
  const fails = async (error: Error) => {
    await expect(breaker.watched(() => Promise.reject(error))).rejects.toBe(error)
  }
  const signs = (votingRoundId: number, kind: 'submit1' | 'submit2' = 'submit1') =>
    breaker.watched(() => Promise.resolve('signed'), { kind, votingRoundId, part: 'main' })
  return { breaker, clock, events, fails, signs }
}

const denied = () => new SigningError('signing-denied', 'No.')

test('what is signed is handed on, and a day as any other stops nothing', async () => {
  const { breaker, clock, events, signs } = aBreaker()
  for (let round = 1; round < 100; round += 1) {
    expect(await signs(round)).toBe('signed')
    await signs(round - 1, 'submit2')
    // Sent again and dearer, it is the same call.
    await signs(round - 1, 'submit2')
    expect(breaker.refusal()).toBeUndefined()
    clock.nowMs += roundMs
  }
  expect(events).toEqual([])
})

test('five calls in the length of a round are the most, until the first of them is a round old', async () => {
  const { breaker, clock, signs } = aBreaker()
  for (let round = 1; round <= 4; round += 1) await signs(round)
  expect(breaker.refusal()).toBeUndefined()
  clock.nowMs += 1_000
  await signs(5)
  expect(breaker.refusal()).toBe(
    '5 calls were signed in the length of a round: no more than 5 are.',
  )
  clock.nowMs = roundMs - 1
  expect(breaker.refusal()).toBeDefined()
  // What is sent again is as old as it was.
  for (let round = 1; round <= 4; round += 1) await signs(round)
  clock.nowMs = roundMs
  expect(breaker.refusal()).toBeUndefined()
})

test('after three denials in a row nobody is asked for ten rounds, and then once', async () => {
  const { breaker, clock, events, fails } = aBreaker()
  await fails(denied())
  await fails(denied())
  expect(breaker.refusal()).toBeUndefined()
  await fails(denied())
  expect(breaker.refusal()).toMatch(/^Signatures were denied 3 times in a row/)
  expect(events).toEqual([{ event: 'breaker-opened', reason: 'denials', denials: 3 }])
  clock.nowMs = 10 * roundMs - 1
  expect(breaker.refusal()).toBeDefined()
  clock.nowMs = 10 * roundMs
  expect(breaker.refusal()).toBeUndefined()
  await fails(denied())
  expect(breaker.refusal()).toMatch(/denied 4 times/)
})

test('a yes between two denials begins the count anew', async () => {
  const { breaker, fails, signs } = aBreaker()
  await fails(denied())
  await fails(denied())
  await signs(1)
  await fails(denied())
  expect(breaker.refusal()).toBeUndefined()
})

test.each(['signer-differs', 'transaction-differs'] as const)(
  'one signature that is not what was asked for (%s) stops all that is new, for good',
  async (code) => {
    const { breaker, clock, events, fails, signs } = aBreaker()
    await fails(new SigningError(code, 'Another one.'))
    await signs(1)
    clock.nowMs = 1_000 * roundMs
    expect(breaker.refusal()).toMatch(new RegExp(code))
    expect(events).toEqual([{ event: 'breaker-opened', reason: code }])
  },
)

test('what is no word of a signer’s about what was asked opens nothing', async () => {
  const { breaker, fails } = aBreaker()
  for (let time = 0; time < 5; time += 1) {
    await fails(new SigningError('signing-unknown', 'The way broke.'))
    await fails(new Error('The journal is full.'))
  }
  expect(breaker.refusal()).toBeUndefined()
})

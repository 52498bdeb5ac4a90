import { expect, test } from 'vitest'
import { breakerOf } from '../../../signer-bridge/policy/breaker.ts'
import { SigningError } from '../../../signer-bridge/signer.ts'

const roundMs = 90_000
const submit = `0x${'1a'.repeat(20)}` as const
const policy = `0x${'2B'.repeat(20)}` as const

function aBreaker() {
  const clock = { nowMs: 0 }
  const events: object[] = []
  const breaker = breakerOf({
    steadyMs: () => clock.nowMs,
    roundMs,
    log: (event) => void events.push(event),
  })
  const fails = async (error: Error, key = submit) => {
    await expect(breaker.watched(key, () => Promise.reject(error))).rejects.toBe(error)
  }
  const signs = (votingRoundId: number, kind: 'submit1' | 'submit2' = 'submit1') =>
    breaker.watched(submit, () => Promise.resolve('signed'), { kind, votingRoundId, part: 'main' })
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
    expect(breaker.refusal(submit)).toBeUndefined()
    clock.nowMs += roundMs
  }
  expect(events).toEqual([])
})

test('five calls in the length of a round are the most, until the first of them is a round old', async () => {
  const { breaker, clock, signs } = aBreaker()
  for (let round = 1; round <= 4; round += 1) await signs(round)
  expect(breaker.refusal(submit)).toBeUndefined()
  clock.nowMs += 1_000
  await signs(5)
  expect(breaker.refusal(submit)).toBe(
    '5 calls were signed in the length of a round: no more than 5 are.',
  )
  clock.nowMs = roundMs - 1
  expect(breaker.refusal(submit)).toBeDefined()
  // What is sent again is as old as it was.
  for (let round = 1; round <= 4; round += 1) await signs(round)
  clock.nowMs = roundMs
  expect(breaker.refusal(submit)).toBeUndefined()
})

test('after three denials in a row nobody is asked for ten rounds, and then once', async () => {
  const { breaker, clock, events, fails } = aBreaker()
  await fails(denied())
  await fails(denied())
  expect(breaker.refusal(submit)).toBeUndefined()
  await fails(denied())
  expect(breaker.refusal(submit)).toMatch(/^Signatures were denied 3 times in a row/)
  expect(events).toEqual([
    { event: 'breaker-opened', reason: 'denials', denials: 3, address: submit },
  ])
  clock.nowMs = 10 * roundMs - 1
  expect(breaker.refusal(submit)).toBeDefined()
  clock.nowMs = 10 * roundMs
  expect(breaker.refusal(submit)).toBeUndefined()
  await fails(denied())
  expect(breaker.refusal(submit)).toMatch(/denied 4 times/)
})

test('a yes between two denials begins the count anew', async () => {
  const { breaker, fails, signs } = aBreaker()
  await fails(denied())
  await fails(denied())
  await signs(1)
  await fails(denied())
  expect(breaker.refusal(submit)).toBeUndefined()
})

test('a key that is denied rests by itself: what another key signs is no yes of it, and goes on', async () => {
  const { breaker, clock, events, fails, signs } = aBreaker()
  for (let round = 1; round <= 3; round += 1) {
    await signs(round)
    await fails(denied(), policy)
    clock.nowMs += roundMs
  }
  const inOtherLetters = `0x${'2b'.repeat(20)}` as const
  expect(breaker.signerRefusal(inOtherLetters)).toMatch(/^Signatures were denied 3 times in a row/)
  expect(breaker.refusal(submit)).toBeUndefined()
  expect(events).toEqual([
    { event: 'breaker-opened', reason: 'denials', denials: 3, address: inOtherLetters },
  ])
})

test.each(['signer-differs', 'transaction-differs'] as const)(
  'one signature that is not what was asked for (%s) stops all that is new, for good',
  async (code) => {
    const { breaker, clock, events, fails, signs } = aBreaker()
    await fails(new SigningError(code, 'Another one.'), policy)
    await signs(1)
    clock.nowMs = 1_000 * roundMs
    expect(breaker.refusal(submit)).toMatch(new RegExp(code))
    expect(events).toEqual([{ event: 'breaker-opened', reason: code }])
  },
)

test('what is no word of a signer’s about what was asked opens nothing', async () => {
  const { breaker, fails } = aBreaker()
  for (let time = 0; time < 5; time += 1) {
    await fails(new SigningError('signing-unknown', 'The way broke.'))
    await fails(new Error('The journal is full.'))
  }
  expect(breaker.refusal(submit)).toBeUndefined()
})

import { expect, test } from 'vitest'
import { adjusted, unseenClock } from '../../../pages/src/lib/server-clock.ts'

test('the first look sets the clock: the server’s instant lies in the middle of the way', () => {
  const glance = { askedAtMs: 1_000, servedAtMs: 61_050, answeredAtMs: 1_100 }
  expect(adjusted(unseenClock, glance)).toEqual({ offsetMs: 60_000, toleranceMs: 50 })
})

test('a look with a longer way does not spoil a better one', () => {
  const clock = { offsetMs: 60_000, toleranceMs: 10 }
  const slow = { askedAtMs: 0, servedAtMs: 60_900, answeredAtMs: 1_000 }
  expect(adjusted(clock, slow)).toMatchObject({ offsetMs: 60_000 })
})

test('a look with a shorter way does better', () => {
  const clock = { offsetMs: 60_000, toleranceMs: 100 }
  const quick = { askedAtMs: 0, servedAtMs: 60_060, answeredAtMs: 20 }
  expect(adjusted(clock, quick)).toEqual({ offsetMs: 60_050, toleranceMs: 10 })
})

test('a good look counts for less as time goes by', () => {
  let clock = { offsetMs: 60_000, toleranceMs: 10 }
  const usual = { askedAtMs: 0, servedAtMs: 60_045, answeredAtMs: 60 }
  for (let look = 0; look < 5; look += 1) clock = adjusted(clock, usual)
  expect(clock.offsetMs).toBe(60_015)
})

test('a clock that was set is believed at once', () => {
  const clock = { offsetMs: 60_000, toleranceMs: 10 }
  const reset = { askedAtMs: 0, servedAtMs: 500, answeredAtMs: 1_000 }
  expect(adjusted(clock, reset)).toEqual({ offsetMs: 0, toleranceMs: 500 })
})

import { expect, test } from 'vitest'
import { endWish } from '../../../signer-bridge/end-wish.ts'

test('a wish to end that comes before the loop is told to it at once', () => {
  const wish = endWish()
  wish.ask()
  expect(wish.isAsked()).toBe(true)
  let told = 0
  wish.tell(() => (told += 1))
  expect(told).toBe(1)
})

test('and one that comes later, when it comes', () => {
  const wish = endWish()
  let told = 0
  wish.tell(() => (told += 1))
  expect([wish.isAsked(), told]).toEqual([false, 0])
  wish.ask()
  expect(told).toBe(1)
})

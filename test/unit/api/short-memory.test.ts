import { expect, test } from 'vitest'
import { ShortMemory } from '../../../src/api/short-memory.ts'

test('a value is remembered until its life is over', () => {
  const memory = new ShortMemory<number>({ lifetimeMs: 100, maxEntries: 10 })
  memory.set('a', 1, 0)
  expect(memory.get('a', 99)).toBe(1)
  expect(memory.get('a', 100)).toBeUndefined()
})

test('setting a value again renews it, and makes it the newest', () => {
  const memory = new ShortMemory<number>({ lifetimeMs: 100, maxEntries: 2 })
  memory.set('a', 1, 0)
  memory.set('b', 2, 0)
  memory.set('a', 3, 50)
  memory.set('c', 4, 50)
  expect(memory.get('a', 149)).toBe(3)
  expect(memory.get('b', 50)).toBeUndefined()
})

test('it never holds more than it may, whoever asks', () => {
  const memory = new ShortMemory<true>({ lifetimeMs: 100, maxEntries: 1_000 })
  for (let i = 0; i < 5_000; i += 1) memory.set(`garbage ${i}`, true, i)
  expect(memory.size).toBe(1_000)
})

test('what is deleted is gone at once', () => {
  const memory = new ShortMemory<number>({ lifetimeMs: 100, maxEntries: 2 })
  memory.set('a', 1, 0)
  memory.delete('a')
  expect(memory.get('a', 0)).toBeUndefined()
})

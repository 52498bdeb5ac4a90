import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { withDeadline } from '../../src/deadline.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('work that is over in time is handed on, and no timer stays behind', async () => {
  await expect(withDeadline(Promise.resolve(42), 100, 'The work')).resolves.toBe(42)
  await expect(withDeadline(Promise.reject(new Error('no')), 100, 'The work')).rejects.toThrow('no')
  expect(vi.getTimerCount()).toBe(0)
})

test('work that takes longer is refused by name, exactly then', async () => {
  const slow = new Promise<never>(() => {})
  let failure: unknown
  const waiting = withDeadline(slow, 100, 'The work').catch((error: unknown) => {
    failure = error
  })
  await vi.advanceTimersByTimeAsync(99)
  expect(failure).toBeUndefined()
  await vi.advanceTimersByTimeAsync(1)
  await waiting
  expect(failure).toMatchObject({
    name: 'DeadlineError',
    code: 'timed-out',
    message: 'The work took longer than 100 ms.',
  })
})

test('work that fails after its deadline disturbs nobody', async () => {
  const unhandled: unknown[] = []
  const note = (reason: unknown) => unhandled.push(reason)
  process.on('unhandledRejection', note)
  const late = Promise.withResolvers<never>()
  const waiting = expect(withDeadline(late.promise, 100, 'The work')).rejects.toThrow('longer')
  await vi.advanceTimersByTimeAsync(100)
  await waiting
  late.reject(new Error('too late'))
  vi.useRealTimers()
  await new Promise(setImmediate)
  process.off('unhandledRejection', note)
  expect(unhandled).toEqual([])
})

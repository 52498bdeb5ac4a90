import { describe, expect, test } from 'vitest'
import {
  type Look,
  oneAtATime,
  patiently,
} from '../../../signer-bridge/protocol-provider/patience.ts'
import { VirtualTime } from '../../support/virtual-time.ts'

const wait: Look<string> = { kind: 'wait', reason: 'Not yet.', againMs: 50 }

/** Lets a question be asked, and says what came of it after how long. */
async function asked(look: (nowMs: number) => Promise<Look<string>>, patienceMs = 1_000) {
  const time = new VirtualTime(0)
  const deps = { sleep: time.sleep, steadyMs: time.nowMs }
  let end: unknown
  void patiently(deps, patienceMs, () => look(time.nowMs())).then(
    (answer) => (end = { ...answer, afterMs: time.nowMs() }),
    (error: unknown) => (end = { error, afterMs: time.nowMs() }),
  )
  await time.runUntil(10_000, () => end !== undefined)
  return end
}

describe('patiently', () => {
  test('an answer that is there is given at once', async () => {
    const end = await asked(() => Promise.resolve({ kind: 'answer', answer: 'yes' }))
    expect(end).toEqual({ kind: 'answer', answer: 'yes', afterMs: 0 })
  })

  test('an answer that comes in time is given when it comes', async () => {
    const end = await asked((nowMs) =>
      Promise.resolve(nowMs < 300 ? wait : { kind: 'answer', answer: 'yes' }),
    )
    expect(end).toEqual({ kind: 'answer', answer: 'yes', afterMs: 300 })
  })

  test('time that is up ends it, with the last reason', async () => {
    const end = await asked(() => Promise.resolve({ ...wait, againMs: 600 }))
    expect(end).toEqual({ kind: 'no-answer', reason: 'Not yet.', afterMs: 1_000 })
  })

  test('a look that hangs, or fails when nobody waits any more, costs nothing', async () => {
    const never = await asked(() => new Promise(() => undefined))
    expect(never).toMatchObject({ kind: 'no-answer', afterMs: 1_000 })
    let fail: (error: Error) => void = () => undefined
    const late = await asked(() => new Promise((_, reject) => (fail = reject)))
    expect(late).toMatchObject({ kind: 'no-answer' })
    fail(new Error('too late'))
  })

  test('a look that fails in time fails the question', async () => {
    const error = new Error('a bug')
    expect(await asked(() => Promise.reject(error))).toEqual({ error, afterMs: 0 })
  })
})

describe('oneAtATime', () => {
  test('whoever comes while it is under way shares it; the next begins anew', async () => {
    const share = oneAtATime<string, number>()
    let count = 0
    const undertake = () => Promise.resolve((count += 1))
    expect(await Promise.all([share('a', undertake), share('a', undertake)])).toEqual([1, 1])
    expect(await Promise.all([share('a', undertake), share('b', undertake)])).toEqual([2, 3])
  })

  test('a failure is shared too, and forgotten', async () => {
    const share = oneAtATime<string, number>()
    const failing = share('a', () => Promise.reject(new Error('no')))
    const other = share('a', () => Promise.resolve(1))
    expect(await Promise.allSettled([failing, other])).toMatchObject([
      { status: 'rejected' },
      { status: 'rejected' },
    ])
    expect(await share('a', () => Promise.resolve(2))).toBe(2)
  })
})

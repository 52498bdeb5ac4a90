import { expect, test } from 'vitest'
import { runBoth } from '../../../signer-bridge/run-both.ts'

function loops(rounds: () => Promise<void>, roots: () => Promise<void>) {
  const diary: string[] = []
  const loop = { run: rounds, stop: () => void diary.push('rounds told') }
  const rooted = { run: roots, end: () => void diary.push('roots told') }
  // As much of the two as is asked.
  return { diary, run: () => runBoth(loop, rooted as Parameters<typeof runBoth>[1]) }
}

test('when the loop of roots fails, that of rounds is told, and may still do what it owes', async () => {
  let owed = true
  const rounds = async () => {
    await new Promise((wake) => void setTimeout(wake, 10))
    owed = false
  }
  const { diary, run } = loops(rounds, () => Promise.reject(new Error('A bug of roots.')))
  await expect(run()).rejects.toThrow('A bug of roots.')
  expect([owed, diary]).toEqual([false, ['rounds told', 'roots told']])
})

test('when the loop of rounds fails, that of roots is told', async () => {
  const { diary, run } = loops(
    () => Promise.reject(new Error('A bug of rounds.')),
    async () => undefined,
  )
  await expect(run()).rejects.toThrow('A bug of rounds.')
  expect(diary).toEqual(['roots told'])
})

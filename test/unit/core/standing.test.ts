import { describe, expect, test } from 'vitest'
import { defaultPolicy } from '../../../src/core/policy.ts'
import { isFounding, isReturning, standingOf } from '../../../src/core/standing.ts'
import { aFeedMemory, aKnownSource } from '../../support/source-memories.ts'

const memory = aFeedMemory()
const halfHourMs = 1_800_000

describe('standingOf', () => {
  test.each([
    { name: 'never seen', known: undefined, standing: 'on-probation' },
    { name: 'agreed often enough', known: aKnownSource({ agreed: 20 }), standing: 'member' },
    { name: 'one tick short', known: aKnownSource({ agreed: 19 }), standing: 'on-probation' },
    { name: 'astray', known: aKnownSource({ agreed: 0, strays: 1 }), standing: 'strayed' },
    {
      name: 'a member that strays now and then',
      known: aKnownSource({ agreed: 20, strays: 2 }),
      standing: 'member',
    },
  ])('of a source $name: $standing', ({ known, standing }) => {
    expect(standingOf(known, memory, defaultPolicy, 1_000)).toBe(standing)
  })

  test('of a member that comes back is what a new one has', () => {
    const known = aKnownSource()
    const young = aFeedMemory({ last: { ...lastOf(memory), atMs: halfHourMs } })
    expect(standingOf(known, young, defaultPolicy, halfHourMs)).toBe('member')
    expect(standingOf(known, young, defaultPolicy, halfHourMs + 1)).toBe('on-probation')
  })

  test('while a feed is founded everybody votes, whoever he is', () => {
    const founding = aFeedMemory({ ticks: 19 })
    expect(standingOf(undefined, founding, defaultPolicy, 0)).toBe('member')
    expect(standingOf(aKnownSource({ strays: 3, agreed: 0 }), founding, defaultPolicy, 0)).toBe(
      'member',
    )
  })
})

describe('a feed is being founded', () => {
  test.each([
    { name: 'before its first consensus', differing: { ticks: 0 }, isNew: true },
    { name: 'in its first ticks', differing: { ticks: 19 }, isNew: true },
    { name: 'no more after that', differing: { ticks: 20 }, isNew: false },
  ])('$name', ({ differing, isNew }) => {
    expect(isFounding(aFeedMemory(differing), defaultPolicy, 0)).toBe(isNew)
  })

  test('anew after half an hour without a consensus', () => {
    expect(isFounding(memory, defaultPolicy, halfHourMs)).toBe(false)
    expect(isFounding(memory, defaultPolicy, halfHourMs + 1)).toBe(true)
  })
})

test('a source is back again after half an hour', () => {
  expect(isReturning(aKnownSource(), halfHourMs)).toBe(false)
  expect(isReturning(aKnownSource(), halfHourMs + 1)).toBe(true)
})

function lastOf({ last }: typeof memory) {
  if (last === undefined) throw new Error('expected a last consensus')
  return last
}

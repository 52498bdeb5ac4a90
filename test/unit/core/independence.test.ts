import { describe, expect, test } from 'vitest'
import { type Candidate, groupOf, speakersOf } from '../../../src/core/independence.ts'
import { defaultPolicy } from '../../../src/core/policy.ts'

const policy = { ...defaultPolicy, groups: { mirror: 'book', origin: 'book' } }

function aCandidate(source: string, differing: Partial<Candidate> = {}): Candidate {
  const group = groupOf(source, policy)
  return { source, sigma: 1e-4, reputation: 1, volume: 1, group, ...differing }
}

function speakers(candidates: readonly Candidate[]) {
  const silenced: string[] = []
  const speaking = speakersOf(candidates, ({ source }) => silenced.push(source))
  return { speaking: speaking.map(({ source }) => source), silenced }
}

describe('speakersOf', () => {
  test('where nobody is in a group everybody speaks', () => {
    expect(speakers([aCandidate('a'), aCandidate('b')])).toEqual({
      speaking: ['a', 'b'],
      silenced: [],
    })
  })

  test.each([
    { name: 'the more precise', origin: { sigma: 2e-4 }, speaker: 'mirror' },
    { name: 'the better reputed', origin: { reputation: 0.5 }, speaker: 'mirror' },
    { name: 'of equals the more liquid', origin: { volume: 2 }, speaker: 'origin' },
    { name: 'in the end the first by name', origin: {}, speaker: 'mirror' },
  ])('of a group speaks $name, in whatever order they come', ({ origin, speaker }) => {
    const candidates = [aCandidate('alone'), aCandidate('mirror'), aCandidate('origin', origin)]
    expect(speakers(candidates).speaking).toEqual(['alone', speaker])
    expect(speakers(candidates.toReversed()).speaking.toSorted()).toEqual(['alone', speaker])
    expect(speakers(candidates).silenced).toHaveLength(1)
  })

  test('a group of one that is there speaks for itself', () => {
    expect(speakers([aCandidate('mirror')])).toEqual({ speaking: ['mirror'], silenced: [] })
  })
})

test('a name that every object has is the name of no group', () => {
  expect(groupOf('constructor', policy)).toBeUndefined()
  expect(groupOf('mirror', policy)).toBe('book')
  expect(groupOf('mirror', defaultPolicy)).toBeUndefined()
})

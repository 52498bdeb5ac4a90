import { expect, test } from 'vitest'
import { memoryVersion, newFeedMemory } from '../../../src/core/feed-memory.ts'
import { memoryOf, packedMemory } from '../../../src/core/packed-memory.ts'
import { ordinaryTicks, sourceNames, told } from '../../support/histories.ts'

const { memory } = told(ordinaryTicks(sourceNames(20), 100, 3_000_000))

test('what has been packed is the same again, to the last digit, but for the detector', () => {
  const { anomaly, ...rest } = memory
  expect(anomaly).toBeDefined()
  expect(memoryOf(packedMemory(memory))).toEqual(rest)
  expect(memoryOf(packedMemory(newFeedMemory))).toEqual(newFeedMemory)
})

test('what another version packed is none', () => {
  const other = packedMemory({ ...memory, version: memoryVersion + 1 })
  expect(memoryOf(other)).toBeUndefined()
})

test('twenty sources take up less than twenty kilobytes', () => {
  expect(packedMemory(memory).length).toBeLessThan(20_000)
})

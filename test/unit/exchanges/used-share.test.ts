import { expect, test } from 'vitest'
import { usedShareOf } from '../../../src/exchanges/used-share.ts'

const names = { limit: 'X-Limit', remaining: 'X-Remaining' }

test.each([
  { limit: '200', remaining: '200', share: 0 },
  { limit: '200', remaining: '50', share: 0.75 },
  { limit: '200', remaining: '0', share: 1 },
  { limit: '200', remaining: '250', share: 0 },
])('$remaining left of $limit is a used share of $share', ({ limit, remaining, share }) => {
  const headers = new Headers({ 'x-limit': limit, 'x-remaining': remaining })
  expect(usedShareOf(headers, names)).toBe(share)
})

test.each([
  { name: 'neither header', headers: {} },
  { name: 'no limit', headers: { 'X-Remaining': '5' } },
  { name: 'nothing of what is left', headers: { 'X-Limit': '5' } },
  { name: 'a limit of zero', headers: { 'X-Limit': '0', 'X-Remaining': '0' } },
  { name: 'less than nothing left', headers: { 'X-Limit': '5', 'X-Remaining': '-1' } },
  { name: 'words', headers: { 'X-Limit': 'five', 'X-Remaining': 'one' } },
])('$name tells nothing', ({ headers }) => {
  expect(usedShareOf(new Headers(headers), names)).toBeUndefined()
})

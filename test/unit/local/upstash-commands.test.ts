import { describe, expect, test } from 'vitest'
import { Channels } from '../../../local/upstash/channels.ts'
import { CommandError } from '../../../local/upstash/command-error.ts'
import type { Reply } from '../../../local/upstash/command.ts'
import { run } from '../../../local/upstash/commands.ts'
import { encodeReply } from '../../../local/upstash/encoding.ts'
import { globMatcher } from '../../../local/upstash/glob.ts'
import { Keyspace } from '../../../local/upstash/keyspace.ts'
import { conversations } from '../../support/redis-conversations.ts'
import { comparable, linesOf, repliesOf } from '../../support/redis-replies.ts'
import type { RestReply } from '../../support/resp.ts'

/** A database of its own with a clock that stands still until it is moved. */
function aDatabase(limit?: number) {
  const stores = { keyspace: new Keyspace(limit), channels: new Channels() }
  let nowMs = 1_700_000_000_000
  return {
    ...stores,
    say: (line: string): Reply => run({ ...stores, nowMs }, line.split(' ')),
    wait: (ms: number) => {
      nowMs += ms
    },
  }
}

/** The reply to a line as the REST interface would put it. */
function restReply(say: (line: string) => Reply, line: string): RestReply {
  try {
    return { result: JSON.parse(encodeReply(say(line), 'plain')) }
  } catch (error) {
    if (error instanceof CommandError) return { error: error.message }
    throw error
  }
}

describe('the stand-in says what Redis said', () => {
  test.each(conversations)('about $name', (conversation) => {
    const { say } = aDatabase()
    const replies = conversation.lines.map(([line]) => restReply(say, line))
    const lines = linesOf(conversation)
    expect(comparable(lines, replies)).toEqual(comparable(lines, repliesOf(conversation)))
  })
})

describe('expiry', () => {
  test('a key is there to the very millisecond of its end, and no longer', () => {
    const { say, wait } = aDatabase()
    say('SET k v PX 1500')
    wait(1_500)
    expect(say('PTTL k')).toBe(0)
    expect(say('GET k')).toBe('v')
    wait(1)
    expect(say('PTTL k')).toBe(-2)
    expect(say('GET k')).toBeNull()
    expect(say('DBSIZE')).toBe(0)
  })

  test.each([
    { leftMs: 1_499, seconds: 1 },
    { leftMs: 1_500, seconds: 2 },
    { leftMs: 499, seconds: 0 },
  ])('TTL rounds $leftMs ms to $seconds s', ({ leftMs, seconds }) => {
    const { say } = aDatabase()
    say(`SET k v PX ${leftMs}`)
    expect(say('TTL k')).toBe(seconds)
    expect(say('PTTL k')).toBe(leftMs)
  })

  test('a counter that has ended begins anew, without an end', () => {
    const { say, wait } = aDatabase()
    say('INCR k')
    say('EXPIRE k 60 NX')
    wait(30_000)
    expect([say('INCR k'), say('EXPIRE k 60 NX'), say('PTTL k')]).toEqual([2n, 0, 30_000])
    wait(30_001)
    expect([say('INCR k'), say('PTTL k'), say('EXPIRE k 60 NX')]).toEqual([1n, -1, 1])
  })

  test('an end at the same instant is neither later nor earlier', () => {
    const { say } = aDatabase()
    say('SET k v EX 100')
    expect([say('EXPIRE k 100 GT'), say('EXPIRE k 100 LT')]).toEqual([0, 0])
  })

  test('a hash that has ended is not written on', () => {
    const { say, wait } = aDatabase()
    say('HSET h a 1')
    say('EXPIRE h 1')
    wait(1_001)
    expect(say('HSET h b 2')).toBe(1)
    expect(say('HGETALL h')).toEqual(['b', '2'])
    expect(say('TTL h')).toBe(-1)
  })
})

describe('limits', () => {
  test('a key too many is refused; the old ones can still be written', () => {
    const { say } = aDatabase(2)
    say('MSET a 1 b 2')
    expect(() => say('SET c 3')).toThrow(/^OOM command not allowed/)
    expect(say('SET a 3')).toBe('OK')
  })

  test('keys that have ended make room', () => {
    const { say, wait } = aDatabase(2)
    say('SET a 1 PX 5')
    say('SET b 1')
    wait(6)
    expect(say('SET c 1')).toBe('OK')
    expect(say('DBSIZE')).toBe(2)
  })
})

test('integers keep all of their 64 bits on the wire', () => {
  const { say } = aDatabase()
  expect(encodeReply(say('DECRBY n 9223372036854775807'), 'plain')).toBe('-9223372036854775807')
})

test('scripts are refused in so many words', () => {
  const { say } = aDatabase()
  expect(() => say('EVAL return 0')).toThrow(
    "ERR Command is not available: 'EVAL'. This local stand-in runs no scripts.",
  )
})

test('an unknown command is shown, but not at any length', () => {
  const { say } = aDatabase()
  expect(() => say(`${'f'.repeat(200)} ${'x'.repeat(200)} y`)).toThrow(
    `ERR unknown command '${'f'.repeat(128)}', with args beginning with: '${'x'.repeat(128)}' `,
  )
})

test('TIME is the instant in seconds and microseconds', () => {
  const { say, wait } = aDatabase()
  wait(123)
  expect(say('TIME')).toEqual(['1700000000', '123000'])
})

test('PUBLISH reaches those who subscribed and are still there', () => {
  const { say, channels } = aDatabase()
  const heard: string[] = []
  const leave = channels.subscribe('news', (channel, message) =>
    heard.push(`${channel}: ${message}`),
  )
  expect(say('PUBLISH news one')).toBe(1)
  expect(say('PUBLISH other two')).toBe(0)
  leave()
  expect(say('PUBLISH news three')).toBe(0)
  expect(heard).toEqual(['news: one'])
})

test.each([
  { pattern: '*', matches: ['', 'a', 'a\nb'], strays: [] },
  { pattern: 'a*c', matches: ['ac', 'abbc'], strays: ['acb', 'bac'] },
  { pattern: 'a?c', matches: ['abc'], strays: ['ac', 'abbc'] },
  { pattern: '[a-c]x', matches: ['ax', 'cx'], strays: ['dx', '-x'] },
  { pattern: '[c-a]x', matches: ['bx'], strays: ['dx'] },
  { pattern: '[^a]', matches: ['b'], strays: ['a', ''] },
  { pattern: '[]]', matches: [], strays: [']', ''] },
  { pattern: '[\\]]', matches: [']'], strays: ['\\'] },
  { pattern: '[ab', matches: ['a', 'b'], strays: ['[ab'] },
  { pattern: '\\*', matches: ['*'], strays: ['a', '\\*'] },
  { pattern: 'a\\', matches: ['a\\'], strays: ['a'] },
  { pattern: 'price:(BTC|ETH).+', matches: ['price:(BTC|ETH).+'], strays: ['price:BTC..'] },
])('the pattern $pattern matches as in Redis', ({ pattern, matches, strays }) => {
  const matcher = globMatcher(pattern)
  expect(matches.filter(matcher)).toEqual(matches)
  expect(strays.filter(matcher)).toEqual([])
})

test('a pattern of many stars takes no more time than one of a single star', () => {
  // With each star tried against each other, this would not end.
  expect(globMatcher(`${'*'.repeat(1_000)}b`)('a'.repeat(10_000))).toBe(false)
})

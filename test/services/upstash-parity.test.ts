import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { startUpstash } from '../../local/upstash.ts'
import { conversations } from '../support/redis-conversations.ts'
import { comparable, linesOf, repliesOf } from '../support/redis-replies.ts'
import { connectToRedis } from '../support/resp.ts'
import { pipeline } from '../support/upstash.ts'

const redisPort = 6379
/** The one database that is flushed, and only if it is empty to begin with. */
const redisDatabase = '9'

const upstash = await startUpstash({ port: 0, token: 'parity' })
const redis = await connectToRedis(redisPort)
const notice = await whyNotCompared()

afterAll(async () => {
  if (notice === undefined) await redis?.send([['FLUSHDB']])
  redis?.close()
  await upstash.stop()
})

describe('over HTTP the stand-in says what Redis 7.0.15 said', () => {
  test.each(conversations)('about $name', async (conversation) => {
    await pipeline(upstash, [['FLUSHDB']])
    const lines = linesOf(conversation)
    const replies = await pipeline(upstash, lines)
    expect(comparable(lines, replies)).toEqual(comparable(lines, repliesOf(conversation)))
  })
})

if (redis === undefined || notice !== undefined) {
  test(`${notice}: compared with recorded replies only`, () => {
    console.warn(`NOT COMPARED WITH A REDIS: ${notice}.`)
  })
} else {
  describe('the Redis on this machine', () => {
    beforeEach(() => redis.send([['FLUSHDB']]))

    test.each(conversations)('still says what was recorded about $name', async (conversation) => {
      const lines = linesOf(conversation)
      const replies = await redis.send(lines)
      expect(comparable(lines, replies)).toEqual(comparable(lines, repliesOf(conversation)))
    })

    test('property: agrees with the stand-in on any commands, in any order', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(anyLine, { minLength: 1, maxLength: 40 }), async (lines) => {
          const all = [['FLUSHDB'], ...lines, ...everything]
          const [theirs, ours] = [await redis.send(all), await pipeline(upstash, all)]
          expect(comparable(all, ours)).toEqual(comparable(all, theirs))
        }),
        { numRuns: 300 },
      )
    })

    test('property: agrees with the stand-in on which keys a pattern matches', async () => {
      const text = fc.string({
        unit: fc.constantFrom('a', 'b', 'c', '-'),
        minLength: 1,
        maxLength: 4,
      })
      const pattern = fc.string({
        unit: fc.constantFrom('a', 'b', 'c', '-', '*', '?', '[', ']', '^', '\\'),
        maxLength: 7,
      })
      await fc.assert(
        fc.asyncProperty(
          fc.array(text, { minLength: 1, maxLength: 8 }),
          pattern,
          async (keys, glob) => {
            const lines = [
              ['FLUSHDB'],
              ['MSET', ...keys.flatMap((key) => [key, ''])],
              ['KEYS', glob],
            ]
            const [theirs, ours] = [await redis.send(lines), await pipeline(upstash, lines)]
            expect(comparable(lines, ours)).toEqual(comparable(lines, theirs))
          },
        ),
        { numRuns: 300 },
      )
    })
  })
}

async function whyNotCompared(): Promise<string | undefined> {
  if (redis === undefined) return `no Redis answers on 127.0.0.1:${redisPort}`
  const [, size] = await redis.send([['SELECT', redisDatabase], ['DBSIZE']])
  if (size !== undefined && 'result' in size && size.result === 0) return undefined
  return `the Redis on 127.0.0.1:${redisPort} has no empty database ${redisDatabase}`
}

const key = fc.constantFrom('a', 'b', 'c')
const field = fc.constantFrom('x', 'y')
const value = fc.constantFrom(
  '',
  '0',
  '1',
  '-5',
  '01',
  '3.5',
  'text',
  'Größe',
  '9223372036854775807',
)
/** Never so short that it ends in between. */
const seconds = fc.constantFrom('100', '1000', '5000', '0', '-1', 'soon')
const condition = fc.constantFrom('NX', 'xx', 'GT', 'LT', 'EX')
const expiry = fc.oneof(
  fc.tuple(fc.constantFrom('EX', 'ex', 'EXAT'), seconds),
  fc.tuple(fc.constant('PX'), fc.constantFrom('100000', '0', '1.5')),
)
const setOptions = fc
  .array(fc.oneof(expiry, fc.constantFrom(['NX'], ['XX'], ['GET'], ['KEEPTTL'], ['EX'])), {
    maxLength: 2,
  })
  .map((options) => options.flat())

function line(name: string, ...parts: fc.Arbitrary<string | readonly string[]>[]) {
  return fc.tuple(...parts).map((args): readonly string[] => [name, ...args.flat()])
}

const anyLine = fc.oneof(
  { weight: 6, arbitrary: line('SET', key, value, setOptions) },
  ...['GET', 'GETDEL', 'INCR', 'DECR', 'TTL', 'PTTL', 'PERSIST', 'TYPE', 'HGETALL', 'HLEN'].map(
    (name) => ({ weight: 1, arbitrary: line(name, key) }),
  ),
  ...['MGET', 'DEL', 'EXISTS'].map((name) => ({
    weight: 1,
    arbitrary: line(name, fc.array(key, { maxLength: 3 })),
  })),
  line('MSET', fc.array(fc.oneof(key, value), { maxLength: 4 })),
  line('INCRBY', key, value),
  line('DECRBY', key, value),
  { weight: 3, arbitrary: line('EXPIRE', key, seconds, fc.array(condition, { maxLength: 2 })) },
  line('PEXPIRE', key, fc.constantFrom('100000', '0', 'x'), fc.array(condition, { maxLength: 1 })),
  { weight: 3, arbitrary: line('HSET', key, fc.array(fc.oneof(field, value), { maxLength: 4 })) },
  line('HGET', key, field),
  line('HDEL', key, fc.array(field, { maxLength: 3 })),
  { weight: 2, arbitrary: line('HINCRBY', key, field, value) },
  // No DBSIZE: Redis also counts keys that have ended and that nobody has looked at since.
  line('KEYS', fc.constantFrom('*', '[ab]', '?')),
  line('SCAN', fc.constantFrom('0', 'x'), fc.constantFrom([], ['MATCH', 'a*'], ['TYPE', 'hash'])),
)

/** What tells one state of the small space from another. */
const everything = ['a', 'b', 'c'].flatMap((name) => [
  ['TYPE', name],
  ['GET', name],
  ['HGETALL', name],
  ['TTL', name],
])

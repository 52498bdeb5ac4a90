import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ClientError } from '../../../src/client/client-error.ts'
import { feedSymbol } from '../../../src/protocol/feed.ts'
import {
  listenerMessageSchema,
  maxListenerMessageLength,
  maxSymbols,
  type PriceRecord,
  type StreamMessage,
} from '../../../src/protocol/wire.ts'
import { aPriceRecord } from '../../support/price-records.ts'
import { StreamWorld } from '../../support/stream.ts'

const btc = feedSymbol('BTC')
const eth = feedSymbol('ETH')
const ping = { action: 'ping' }
const pong: StreamMessage = { type: 'pong' }

/** One BTC price; a feed's clock goes on with its numbers. */
function price(seq: number, differing: Partial<PriceRecord> = {}): PriceRecord {
  return aPriceRecord({ seq, timestamp: 1_000_000 + seq * 30_000, ...differing })
}

function update(seq: number, differing: Partial<PriceRecord> = {}): StreamMessage {
  return { type: 'price_update', data: price(seq, differing) }
}

function subscribed(
  snapshot: readonly PriceRecord[],
  missed?: readonly PriceRecord['symbol'][],
): StreamMessage {
  const symbols = [...new Set([...snapshot.map(({ symbol }) => symbol), ...(missed ?? [])])]
  return {
    type: 'subscribed',
    data: { client_id: 'tester', symbols, snapshot, ...(missed ? { missed } : {}) },
  }
}

/** A world whose stream listens to BTC and has heard it up to a number. */
function listening(seq = 7): StreamWorld {
  const world = new StreamWorld()
  world.stream.subscribe(['BTC'])
  world.socket.open()
  world.socket.tell(subscribed([price(seq)]))
  return world
}

/** A turn of the event loop, in which promises settle. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('subscribing', () => {
  test('what was asked for before the socket opened is asked for when it does', () => {
    const world = new StreamWorld()
    world.stream.subscribe(['btc', 'ETH-USD', 'BTC/USD'])
    expect(world.socket.said).toEqual([])
    world.socket.open()
    expect(world.socket.said).toEqual([
      { action: 'subscribe', symbols: [btc, eth], client_id: 'tester' },
    ])
  })

  test('what is asked for later is asked for at once, and only once', () => {
    const world = listening()
    world.stream.subscribe(['BTC', 'ETH'])
    world.stream.subscribe(['ETH'])
    expect(world.socket.said.slice(1)).toEqual([
      { action: 'subscribe', symbols: [eth], client_id: 'tester' },
    ])
  })

  test('a feed that is not wanted any more is not heard, not even what was on its way', () => {
    const world = listening()
    world.stream.unsubscribe(['BTC', 'ETH'])
    world.socket.tell(update(8))
    expect(world.socket.said.at(-1)).toEqual({ action: 'unsubscribe', symbols: [btc] })
    expect(world.seqs).toEqual([7])
  })

  test('refuses more feeds than a listener may have, and what is no symbol', () => {
    const { stream } = new StreamWorld()
    const names = Array.from({ length: maxSymbols }, (_, i) => `S${i}`)
    stream.subscribe(names)
    expect(() => stream.subscribe(['ONEMORE'])).toThrow(
      expect.objectContaining({ name: 'ClientError', code: 'too-many-symbols' }),
    )
    expect(() => stream.subscribe(['not a symbol'])).toThrow(
      expect.objectContaining({ code: 'symbol-malformed' }),
    )
  })

  test('as many feeds as allowed, with the longest names and numbers, fit in their messages', () => {
    const world = new StreamWorld()
    const symbols = Array.from({ length: maxSymbols }, (_, i) =>
      feedSymbol(`${'X'.repeat(9)}${100 + i}/USDTT`),
    )
    world.stream.subscribe(symbols)
    world.socket.open()
    for (const symbol of symbols) world.socket.tell(update(Number.MAX_SAFE_INTEGER, { symbol }))
    world.socket.fail()
    world.passToNextSocket()
    world.socket.open()

    const asked = world.socket.said.map((message) => listenerMessageSchema.parse(message))
    const texts = world.socket.said.map((message) => JSON.stringify(message))
    for (const text of texts) expect(text.length).toBeLessThanOrEqual(maxListenerMessageLength)
    expect(
      asked.flatMap((message) => (message.action === 'subscribe' ? message.symbols : [])),
    ).toEqual(symbols)
  })
})

describe('hearing', () => {
  test('tells the snapshot and then each update, once and in order', () => {
    const world = listening(7)
    world.socket.tell(update(8), update(8), update(7), update(9))
    expect(world.seqs).toEqual([7, 8, 9])
  })

  test('a feed that was set up anew counts from one again, and is heard all the same', () => {
    const world = listening(7)
    world.socket.tell(update(1, { timestamp: price(8).timestamp }))
    world.socket.tell(update(2, { timestamp: price(9).timestamp }))
    expect(world.seqs).toEqual([7, 1, 2])
  })

  test('feeds are numbered apart', () => {
    const world = listening(7)
    world.stream.subscribe(['ETH'])
    world.socket.tell(update(3, { symbol: eth }), update(8))
    expect(world.seqs).toEqual([7, 3, 8])
  })

  test('property: whatever the server repeats or mixes up, numbers only grow', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 60 }), (told) => {
        const world = listening(1)
        world.socket.tell(...told.map((seq) => update(seq)))
        expect(world.seqs).toEqual([...new Set(world.seqs)].toSorted((a, b) => a - b))
        expect(world.seqs.at(-1)).toBe(Math.max(1, ...told))
      }),
    )
  })

  test('tells what became of calls on chain', () => {
    const world = listening()
    const data = { epoch: 5, kind: 'submit2', status: 'confirmed', timestamp: 1 } as const
    world.socket.tell({ type: 'ftso_submission', data })
    expect(world.diary.at(-1)).toBe('5 submit2 confirmed')
  })

  test.each(['no JSON', '{"type":"of-a-later-version"}', new ArrayBuffer(2)])(
    'what cannot be read is told, and the stream goes on: %s',
    (text) => {
      const world = listening(7)
      world.socket.tellText(text)
      world.socket.tell(update(8))
      expect(world.diary.at(-1)).toBe('problem: message-unreadable')
      expect(world.seqs).toEqual([7, 8])
    },
  )

  test('a refusal by the server is told', () => {
    const world = listening()
    world.socket.tell({ type: 'error', data: { code: 'feed-unknown', message: 'No such feed.' } })
    expect(world.diary.at(-1)).toBe('problem: feed-unknown')
  })

  test('a refusal that would leave it deaf makes it come back with a new allowance', () => {
    const world = listening(7)
    world.socket.tell({ type: 'error', data: { code: 'too-many-prices', message: 'Enough.' } })
    expect(world.diary.slice(-2)).toEqual(['problem: too-many-prices', 'waiting 250: shown-out'])
  })

  test('a listener that throws does not end the stream, and its error is not lost', () => {
    const world = new StreamWorld(() => {
      throw new Error('mine')
    })
    world.stream.subscribe(['BTC'])
    world.socket.open()
    world.socket.tell(update(1), update(2))
    expect(world.seqs).toEqual([1, 2])
    expect(world.diary).toContain('listener failed: Error: mine')
    expect(world.hasTimer).toBe(true)
  })

  test('a listener may subscribe and close from within a callback', () => {
    const world: StreamWorld = new StreamWorld(({ seq }) => {
      if (seq === 1) world.stream.subscribe(['ETH'])
      else world.stream.close()
    })
    world.stream.subscribe(['BTC'])
    world.socket.open()
    world.socket.tell(update(1))
    expect(world.socket.said.at(-1)).toMatchObject({ symbols: [eth] })
    world.socket.tell(update(2), update(3))
    expect(world.seqs).toEqual([1, 2])
    expect(world.diary.at(-1)).toBe('closed')
  })
})

describe('coming back', () => {
  test('subscribes anew to everything, from where each feed was left', () => {
    const world = listening(7)
    world.stream.subscribe(['ETH'])
    world.socket.tell(update(8))
    world.socket.fail()
    world.passToNextSocket()
    world.socket.open()
    expect(world.sockets).toHaveLength(2)
    expect(world.socket.said).toEqual([
      { action: 'subscribe', symbols: [btc, eth], client_id: 'tester', after_seq: { [btc]: 8 } },
    ])
  })

  test('tells what was missed in order, though the snapshot holds the newest first', () => {
    const world = listening(7)
    world.socket.fail()
    world.passToNextSocket()
    world.socket.open()
    world.socket.tell(subscribed([price(10)]), update(8), update(9), update(10), update(11))
    expect(world.seqs).toEqual([7, 8, 9, 10, 11])
  })

  test('waits longer after each failure, spread by chance, up to half a minute', () => {
    const world = new StreamWorld()
    const waits: number[] = []
    for (let attempt = 0; attempt < 9; attempt += 1) {
      world.chance = attempt === 0 ? 0.999_999 : 0
      world.socket.fail()
      waits.push(world.passToNextSocket())
    }
    expect(waits).toEqual([500, 500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000])
  })

  test('a server that takes us in and shows us out at once is not hammered', () => {
    const world = new StreamWorld()
    for (let attempt = 0; attempt < 6; attempt += 1) {
      world.socket.open()
      world.socket.fail()
      world.passToNextSocket()
    }
    expect(world.diary.filter((line) => line.startsWith('waiting'))).toEqual([
      'waiting 250: ended',
      'waiting 500: ended',
      'waiting 1000: ended',
      'waiting 2000: ended',
      'waiting 4000: ended',
      'waiting 8000: ended',
    ])
  })

  test('a connection that lasted makes the next failure the first', () => {
    const world = new StreamWorld()
    world.socket.fail()
    world.pass(10_000)
    world.socket.open()
    world.pass(30_000)
    world.socket.fail()
    expect(world.diary.at(-1)).toBe('waiting 250: ended')
  })

  test('a socket that never opens is given up after ten seconds', () => {
    const world = new StreamWorld()
    world.pass(9_999)
    expect(world.sockets).toHaveLength(1)
    world.pass(1)
    expect(world.sockets[0]?.isClosed).toBe(true)
    expect(world.diary.at(-1)).toBe('waiting 250: unreachable')
  })

  test('a socket that cannot even be sent to is left', () => {
    const world = listening()
    world.socket.isBroken = true
    world.stream.subscribe(['ETH'])
    expect(world.diary.at(-1)).toBe('waiting 250: ended')
  })

  test('whatever a socket says after it was let go of is nobody’s', () => {
    const world = listening(7)
    const [first] = world.sockets
    first?.fail()
    world.pass(500)
    world.socket.open()
    first?.tell(update(8))
    first?.fail()
    world.pass(10_000)
    expect(world.seqs).toEqual([7])
    expect(world.sockets).toHaveLength(2)
  })

  test('a warning of the server is followed at once: leave, and come back later', () => {
    const world = listening()
    const data = { code: 'too-many-errors', message: '10 messages made no sense.' }
    world.socket.tell({ type: 'closing', data })
    expect(world.diary.slice(-2)).toEqual(['problem: too-many-errors', 'waiting 250: shown-out'])
    expect(world.sockets[0]?.isClosed).toBe(true)
  })

  test('nudged while it waits, it tries at once', () => {
    const world = listening()
    world.socket.fail()
    world.stream.nudge()
    expect(world.sockets).toHaveLength(2)
  })

  test('closed, it leaves no timer, opens nothing more and hears nothing', () => {
    const world = listening(7)
    world.stream.close()
    world.socket.tell(update(8))
    world.stream.nudge()
    world.stream.subscribe(['ETH'])
    world.pass(120_000)
    expect(world.seqs).toEqual([7])
    expect(world.sockets).toHaveLength(1)
    expect(world.socket.isClosed).toBe(true)
    expect(world.hasTimer).toBe(false)
  })
})

describe('liveness', () => {
  test('says a word every twenty seconds', () => {
    const world = listening()
    for (let i = 0; i < 3; i += 1) {
      world.pass(20_000)
      world.socket.tell(pong)
    }
    expect(world.socket.said.slice(1)).toEqual([ping, ping, ping])
    expect(world.sockets).toHaveLength(1)
  })

  test('without a word for 45 seconds the connection is dead, though it never closed', () => {
    const world = listening(7)
    world.pass(44_999)
    expect(world.diary.at(-1)).toBe('open')
    world.pass(1)
    expect(world.diary.at(-1)).toBe('waiting 250: silent')
    expect(world.sockets[0]?.isClosed).toBe(true)
    world.pass(250)
    world.socket.open()
    expect(world.socket.said).toMatchObject([{ action: 'subscribe', after_seq: { [btc]: 7 } }])
  })

  test('any word will do', () => {
    const world = listening(7)
    for (let seq = 8; seq < 14; seq += 1) {
      world.pass(40_000)
      world.socket.tell(update(seq))
    }
    expect(world.sockets).toHaveLength(1)
  })

  test('after a sleep the server is asked once more before it is judged', () => {
    const world = listening()
    world.sleep(3_600_000)
    expect(world.socket.said.at(-1)).toEqual(ping)
    expect(world.sockets).toHaveLength(1)
    world.socket.tell(pong)
    world.pass(44_000)
    expect(world.sockets).toHaveLength(1)
  })

  test('and if it stays silent then, it is dead after ten seconds, however late we look', () => {
    const prompt = listening()
    prompt.sleep(3_600_000)
    prompt.pass(10_000)
    expect(prompt.diary.at(-1)).toBe('waiting 250: silent')

    const late = listening()
    late.sleep(3_600_000)
    late.sleep(3_600_000)
    expect(late.diary.at(-1)).toBe('waiting 250: silent')
  })

  test('nudged while it is open, it asks for a word within ten seconds', () => {
    const world = listening()
    world.stream.nudge()
    expect(world.socket.said.at(-1)).toEqual(ping)
    world.pass(10_000)
    expect(world.diary.at(-1)).toBe('waiting 250: silent')
  })
})

describe('what the stream cannot tell', () => {
  test('is fetched over REST when the server says that it was missed', async () => {
    const world = listening(7)
    world.answer = async () => [price(50)]
    world.socket.tell(subscribed([price(8)], [btc]))
    await settled()
    expect(world.fetched).toEqual([[btc]])
    expect(world.seqs).toEqual([7, 50])
  })

  test('is fetched when a shard has no price of a feed yet', async () => {
    const world = new StreamWorld()
    world.answer = async () => [price(3)]
    world.stream.subscribe(['BTC'])
    world.socket.open()
    world.socket.tell({ type: 'subscribed', data: { symbols: [btc], snapshot: [] } })
    await settled()
    expect(world.seqs).toEqual([3])
  })

  test('never replaces a newer price that came in the meantime', async () => {
    const world = listening(7)
    const { promise, resolve } = Promise.withResolvers<readonly PriceRecord[]>()
    world.answer = () => promise
    world.socket.tell(subscribed([], [btc]), update(51))
    resolve([price(50)])
    await settled()
    expect(world.seqs).toEqual([7, 51])
  })

  test('a snapshot older than ours, of a feed set up anew, is believed by its clock', () => {
    const world = listening(7)
    world.socket.fail()
    world.passToNextSocket()
    world.socket.open()
    world.socket.tell(subscribed([price(2, { timestamp: price(9).timestamp })], [btc]))
    expect(world.seqs).toEqual([7, 2])
  })

  test('is asked for again when it fails, not before the server wants, and not for ever', async () => {
    const world = listening(7)
    world.answer = async () => {
      throw new ClientError('rate-limited', 'Later.', { status: 429, retryAfterMs: 12_000 })
    }
    world.socket.tell(subscribed([], [btc]))
    await settled()
    world.pass(11_999)
    expect(world.fetched).toHaveLength(1)
    world.pass(1)
    expect(world.fetched).toHaveLength(2)

    for (let i = 0; i < 20; i += 1) {
      await settled()
      world.pass(15_000)
      world.socket.tell(pong)
    }
    expect(world.fetched).toHaveLength(5)
  })

  test('one success ends the counting of failures', async () => {
    const world = listening(7)
    let fails = true
    world.answer = async () => {
      if (fails) throw new ClientError('unreachable', 'Nobody there.')
      return [price(50)]
    }
    world.socket.tell(subscribed([], [btc]))
    await settled()
    fails = false
    world.pass(1_000)
    await settled()
    expect(world.seqs).toEqual([7, 50])
    expect(world.fetched).toEqual([[btc], [btc]])
    world.pass(10_000)
    expect(world.fetched).toHaveLength(2)
  })
})

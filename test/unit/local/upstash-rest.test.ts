import { describe, expect, test } from 'vitest'
import { Channels } from '../../../local/upstash/channels.ts'
import { Keyspace } from '../../../local/upstash/keyspace.ts'
import { answer, type RestRequest } from '../../../local/upstash/rest.ts'

/** A stand-in whose clock moves on by a millisecond each time that it is read. */
function aStandIn() {
  const stores = { keyspace: new Keyspace(), channels: new Channels() }
  let nowMs = 1_000
  return (path: string, body: unknown = '', differing: Partial<RestRequest> = {}) => {
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    const request = { path, query: '', body: text, encoding: 'plain', ...differing } as const
    const { status, json } = answer(stores, request, () => nowMs++)
    return { status, body: JSON.parse(json) as unknown }
  }
}

describe('one command', () => {
  test('comes as an array in the body; numbers and truth values count as their spellings', () => {
    const ask = aStandIn()
    expect(ask('/', ['SET', 'a', 1])).toEqual({ status: 200, body: { result: 'OK' } })
    expect(ask('/', ['GET', 'a'])).toEqual({ status: 200, body: { result: '1' } })
    expect(ask('/', ['ECHO', true])).toEqual({ status: 200, body: { result: 'true' } })
  })

  test('comes as a path, with the body behind it and the query last', () => {
    const ask = aStandIn()
    ask('/set/a%20b', '{"x":1}', { query: 'EX=100&NX&_token=secret' })
    expect(ask('/get/a%20b')).toEqual({ status: 200, body: { result: '{"x":1}' } })
    expect(ask('/ttl/a%20b')).toEqual({ status: 200, body: { result: 100 } })
  })

  test('that is refused is a bad request', () => {
    const body = { error: "ERR wrong number of arguments for 'get' command" }
    expect(aStandIn()('/', ['GET'])).toEqual({ status: 400, body })
  })

  test.each([
    { name: 'no JSON', path: '/', body: '<html>' },
    { name: 'no array', path: '/', body: { GET: 'a' } },
    { name: 'an empty array', path: '/', body: [] },
    { name: 'an array in a command', path: '/', body: ['SET', 'a', ['b']] },
    { name: 'an absent argument', path: '/', body: ['SET', 'a', null] },
    { name: 'an empty pipeline', path: '/pipeline', body: [] },
    { name: 'a pipeline that is one command', path: '/pipeline', body: ['GET', 'a'] },
    { name: 'too long a pipeline', path: '/pipeline', body: Array(10_001).fill(['PING']) },
    { name: 'a broken escape', path: '/get/%zz', body: '' },
  ])('$name is a bad request', ({ path, body }) => {
    const reply = { status: 400, body: { error: expect.stringMatching(/^ERR /) } }
    expect(aStandIn()(path, body)).toEqual(reply)
  })
})

test('in a pipeline, a command that is refused costs only itself', () => {
  const lines = [['SET', 'a', 'x'], ['INCR', 'a'], ['NONE'], ['GET', 'a']]
  expect(aStandIn()('/pipeline', lines)).toEqual({
    status: 200,
    body: [
      { result: 'OK' },
      { error: 'ERR value is not an integer or out of range' },
      { error: "ERR unknown command 'NONE', with args beginning with: " },
      { result: 'x' },
    ],
  })
})

describe('a transaction', () => {
  test('happens at one instant', () => {
    const lines = [['SET', 'a', '1', 'PX', '50'], ['PTTL', 'a'], ['TIME'], ['TIME']]
    const { body } = aStandIn()('/multi-exec', lines)
    const time = { result: ['1', '0'] }
    expect(body).toEqual([{ result: 'OK' }, { result: 50 }, time, time])
  })

  test('runs on after a command that fails', () => {
    const lines = [
      ['SET', 'a', 'x'],
      ['INCR', 'a'],
      ['GET', 'a'],
    ]
    const { status, body } = aStandIn()('/multi-exec', lines)
    expect(status).toBe(200)
    expect(body).toMatchObject([
      { result: 'OK' },
      { error: expect.stringMatching(/^ERR /) },
      { result: 'x' },
    ])
  })

  test.each([{ wrong: ['NONE'] }, { wrong: ['GET'] }])(
    'does nothing if a line can be seen to be wrong: $wrong',
    ({ wrong }) => {
      const ask = aStandIn()
      expect(ask('/multi-exec', [['SET', 'a', '1'], wrong])).toEqual({
        status: 400,
        body: { error: 'EXECABORT Transaction discarded because of previous errors.' },
      })
      expect(ask('/get/a').body).toEqual({ result: null })
    },
  )
})

test('in base64 come all strings, nested ones too, but OK', () => {
  const lines = [
    ['SET', 'ä', 'x'],
    ['GET', 'ä'],
    ['KEYS', '*'],
    ['SCAN', '0'],
    ['INCR', 'n'],
    ['GET', '-'],
  ]
  expect(aStandIn()('/pipeline', lines, { encoding: 'base64' }).body).toEqual([
    { result: 'OK' },
    { result: 'eA==' },
    { result: ['w6Q='] },
    { result: ['MA==', ['w6Q=']] },
    { result: 1 },
    { result: null },
  ])
})

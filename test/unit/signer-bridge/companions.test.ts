import { createServer } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { concatHex, type Hex, size } from 'viem'
import { afterEach, expect, test } from 'vitest'
import { composed } from '../../../signer-bridge/companions/calldata.ts'
import { httpCompanion } from '../../../signer-bridge/companions/http-companion.ts'
import { encodeFrame, type PayloadFrame } from '../../../src/protocol/payload.ts'
import { encodeProtocolMessage } from '../../../src/protocol/protocol-message.ts'
import { readSubmission } from '../../../src/protocol/submission.ts'

const round = 1_520_840
const address = `0x${'ab'.repeat(20)}` as const
const bitVote: PayloadFrame = { protocolId: 200, votingRoundId: round, payload: '0x0005f1' }
const ours: PayloadFrame = {
  protocolId: 100,
  votingRoundId: round,
  payload: `0x${'11'.repeat(32)}`,
}
const message = encodeProtocolMessage({
  protocolId: 200,
  votingRoundId: round,
  isSecureRandom: false,
  merkleRoot: `0x${'77'.repeat(32)}`,
})

let server: ReturnType<typeof createServer> | undefined
afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A data connector's client that answers every question alike, and what it was asked. */
async function connector(body: unknown, { status = 200, hangs = false, apiKey = 'k' } = {}) {
  const asked: string[] = []
  server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${String(request.headers['x-api-key'])}`)
    if (hangs) return
    response.writeHead(status, { location: '/elsewhere' })
    response.end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // An address with a port is what a TCP server has.
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}/fsp/`
  return { asked, companion: httpCompanion({ protocolId: 200, url, apiKey, fetch }) }
}

const reveal = async (body: unknown, options = {}) => {
  const { companion } = await connector(body, options)
  return companion.frameFor('submit2', round, address, 500)
}

test('a frame is asked for by round and address, with the key', async () => {
  const { asked, companion } = await connector({ status: 'OK', data: encodeFrame(bitVote) })
  expect(await companion.frameFor('submit2', round, address, 500)).toEqual({
    kind: 'frame',
    frame: bitVote,
  })
  expect(asked).toEqual([`GET /fsp/submit2/${round}/${address} k`])
})

test('EMPTY is nothing to say, and RETRY or any other status is worth asking again', async () => {
  expect(await reveal({ status: 'EMPTY' })).toEqual({ kind: 'empty' })
  expect(await reveal({ status: 'RETRY' })).toEqual({
    kind: 'again',
    reason: 'Its status is RETRY.',
  })
  expect(await reveal({ status: 'NOT\n"AVAILABLE"' })).toMatchObject({
    reason: 'Its status is NOT??AVAILABLE?.',
  })
})

test.each<[string, unknown, object]>([
  ['an error of the server', { status: 'OK' }, { status: 500 }],
  ['a redirection', '', { status: 302 }],
  ['no JSON', '<html>', {}],
  ['data that is no hex', { status: 'OK', data: '0xzz' }, {}],
  ['half a byte', { status: 'OK', data: '0x123' }, {}],
  ['an answer without end', 'x'.repeat(300_000), {}],
  ['silence', '', { hangs: true }],
])('after %s it is asked again', async (_, body, options) => {
  expect(await reveal(body, options)).toMatchObject({ kind: 'again' })
})

test.each<[string, Hex | undefined, string]>([
  ['no data', undefined, 'An answer that is OK has data.'],
  ['our own protocol', encodeFrame(ours), 'The frame is of protocol 100, not 200.'],
  [
    'another round',
    encodeFrame({ ...bitVote, votingRoundId: round + 1 }),
    `The frame is of round ${round + 1}, not ${round}.`,
  ],
  [
    'two frames',
    concatHex([encodeFrame(bitVote), encodeFrame(bitVote)]),
    'The data is not one frame.',
  ],
  ['no frame at all', '0x', 'The data is not one frame.'],
  ['a frame that is cut short', '0xc8000001', 'The data is no frame.'],
  [
    'a payload without end',
    encodeFrame({ ...bitVote, payload: `0x${'00'.repeat(2_049)}` }),
    'A payload of 2049 bytes is too long.',
  ],
])('%s is refused', async (_, data, reason) => {
  expect(await reveal({ status: 'OK', data })).toEqual({ kind: 'refused', reason })
})

test('a message is taken with its unsigned part', async () => {
  const { asked, companion } = await connector({
    status: 'OK',
    data: message.toUpperCase().replace('0X', '0x'),
    additionalData: '0x00FF',
  })
  expect(await companion.messageFor(round, address, 500)).toEqual({
    kind: 'message',
    message,
    unsigned: '0x00ff',
  })
  expect(asked).toEqual([`GET /fsp/submitSignatures/${round}/${address} k`])
})

test.each<[string, Hex, string]>([
  ['32 bytes, which could be anything', `0x${'77'.repeat(32)}`, 'A message is 38 bytes.'],
  [
    'a message of our own protocol',
    encodeProtocolMessage({
      protocolId: 100,
      votingRoundId: round,
      isSecureRandom: false,
      merkleRoot: `0x${'77'.repeat(32)}`,
    }),
    'The message is of protocol 100, not 200.',
  ],
  [
    'a message of another round',
    encodeProtocolMessage({
      protocolId: 200,
      votingRoundId: round - 1,
      isSecureRandom: false,
      merkleRoot: `0x${'77'.repeat(32)}`,
    }),
    `The message is of round ${round - 1}, not ${round}.`,
  ],
  [
    'a root of zeros',
    encodeProtocolMessage({
      protocolId: 200,
      votingRoundId: round,
      isSecureRandom: false,
      merkleRoot: `0x${'00'.repeat(32)}`,
    }),
    'The root is zero.',
  ],
  ['a flag of two', `0xc8${'0'.repeat(8)}02${'77'.repeat(32)}`, 'The data is no message.'],
])('%s is never signed', async (_, data, reason) => {
  const { companion } = await connector({ status: 'OK', data })
  expect(await companion.messageFor(round, address, 500)).toEqual({ kind: 'refused', reason })
})

test('frames travel in one transaction, ours first', () => {
  const made = composed('submit2', ours, [bitVote])
  expect(made.frames).toEqual([ours, bitVote])
  expect(readSubmission(made.calldata)).toEqual({ method: 'submit2', frames: [ours, bitVote] })
})

test('what does not fit into a subsidised transaction, or repeats a protocol, is left out', () => {
  const large = { ...bitVote, payload: `0x${'00'.repeat(4_447)}` } as const
  const other = { ...bitVote, protocolId: 201 }
  const again = { ...bitVote, protocolId: 100 }
  const made = composed('submit2', ours, [large, other, again])
  expect(made.frames).toEqual([ours, large])
  expect(size(made.calldata)).toBe(4 + 39 + 7 + 4_447)
  const larger = { ...bitVote, payload: `0x${'00'.repeat(4_451)}` } as const
  expect(composed('submit2', ours, [larger]).frames).toEqual([ours])
})

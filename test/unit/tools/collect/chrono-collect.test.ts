import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type RunningExchanges, startExchanges } from '../../../../local/exchanges.ts'
import { hmacWith, sha256Hex } from '../../../../src/digest.ts'
import { ingestAnswerText, ingestHeaders } from '../../../../src/protocol/ingest-auth.ts'
import { type IngestRequest, ingestRequestSchema } from '../../../../src/protocol/ingest-wire.ts'

const secret = 'a secret of some thirty-six letters!'
const program = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'chrono-collect.ts')

let replay: RunningExchanges
let worker: Server
/** What the Worker does with each try in its turn; afterwards it accepts. */
let moods: ('accept' | 'drop')[] = []
let heard: IngestRequest[] = []

beforeAll(async () => {
  replay = await startExchanges({ port: 0 })
  const hmac = await hmacWith(secret)
  worker = createServer((request, response) => {
    void (async () => {
      const batch = ingestRequestSchema.parse(JSON.parse((await buffer(request)).toString()))
      heard.push(batch)
      if (moods.shift() === 'drop') return response.destroy()
      const text = JSON.stringify({
        batch_id: batch.batch_id,
        accepted: batch.tickers.length,
        ids_sha256: '',
        kept: 'stored',
        refused: 0,
        refusals: [],
      })
      const nonce = String(request.headers[ingestHeaders.nonce.toLowerCase()])
      const bodySha256 = await sha256Hex(text)
      const signature = await hmac(ingestAnswerText({ status: 200, nonce, bodySha256 }))
      return response.writeHead(200, { [ingestHeaders.signature]: signature }).end(text)
    })()
  }).listen(0, '127.0.0.1')
  await once(worker, 'listening')
})
afterAll(async () => {
  worker.closeAllConnections()
  worker.close()
  await replay.stop()
})

function start(...more: readonly string[]) {
  moods = []
  heard = []
  // The server listens on a port, not on a pipe.
  const { port } = worker.address() as AddressInfo
  const args = ['--worker-url', `http://127.0.0.1:${port}`, '--collector', 'eu-1', ...more]
  const child = spawn(process.execPath, [program, '--exchanges', 'kraken,binance', ...args], {
    env: {
      ...process.env,
      CHRONO_COLLECTOR_SECRET: secret,
      EXCHANGE_BASE_URLS: JSON.stringify(replay.baseUrls),
    },
  })
  let said = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (said += chunk.toString()))
  }
  return { child, said: () => said, ended: once(child, 'exit') }
}

test('once: asks, sends what it heard until it is accepted, and ends', async () => {
  const { said, ended } = start('--once')
  moods = ['drop']
  expect(await ended).toEqual([0, null])
  expect(heard).toHaveLength(2)
  expect(heard[1]).toEqual(heard[0])
  expect(new Set(heard[0]?.tickers.map(({ source }) => source))).toEqual(
    new Set(['kraken', 'binance']),
  )
  expect(said()).toContain('"event":"batch-accepted"')
  expect(said()).not.toContain(secret)
})

test('ticks at multiples of its interval, and SIGTERM ends it when all is sent', async () => {
  const { child, said, ended } = start('--interval', '1')
  await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(1)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
  for (const { tick_at } of heard) expect(tick_at % 1_000).toBe(0)
  expect(said()).toMatch(/"event":"collector-ended","accepted":\d+,"refused":0,"dropped":0/)
})

test('once, with nobody to send to, fails without a word of the secret', async () => {
  const { said, ended } = start('--once', '--worker-url', 'http://127.0.0.1:1')
  const [code] = await ended
  expect(code).toBe(1)
  expect(said()).toContain('batch-not-accepted')
  expect(said()).not.toContain(secret)
})

/** Rounds on chain: every epoch committed and revealed, whatever is killed, stopped or dropped. */

import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, hexToBigInt, slice } from 'viem'
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { freePort } from '../../local/processes.ts'
import { type Stack, startStack } from '../../local/stack.ts'
import {
  callsSince,
  commitOfReveal,
  newestBlock,
  type ReadCall,
  roundStartSec,
} from '../support/chain-reader.ts'
import { ask, keepCron, listen, roomyKey, rowsOf, until } from '../support/system.ts'

const roundSec = 20
const directory = mkdtempSync(join(tmpdir(), 'chrono-rounds-'))
const deaths: string[] = []

let stack: Stack
let key: string
let stopCron: () => void

beforeAll(async () => {
  stack = await startStack({
    port: await freePort(),
    dashboardPort: await freePort(),
    mode: 'replay',
    roundSec,
    directory,
    onProgress: () => undefined,
    onDeath: (sentence) => deaths.push(sentence),
  })
  stopCron = keepCron(stack)
  key = await roomyKey(stack.file)
  await until('a first price', 60_000, async () => {
    const { status } = await ask(stack.file, '/api/v1/price/BTC', { key })
    return status === 200 ? true : undefined
  })
})

afterAll(async () => {
  stopCron?.()
  await stack?.stop()
  rmSync(directory, { recursive: true, force: true })
  expect(deaths).toEqual([])
})

afterEach(({ task }) => {
  if (task.result?.state !== 'fail') return
  // What the parts said last is gone with the directory, and is the only way to know why.
  for (const part of ['bridge', 'worker', 'chain']) {
    const said = readFileSync(join(directory, 'logs', `${part}.log`), 'utf8')
    console.error(`${part} said last:\n${said.split('\n').slice(-25).join('\n')}`)
  }
})

/** The first commit in a block after `fromBlock`. */
async function nextCommit(fromBlock: bigint): Promise<ReadCall> {
  return until('a commit on chain', roundSec * 3_000, async () =>
    (await callsSince(stack.file.rpc_url, fromBlock)).find(({ kind }) => kind === 'submit1'),
  )
}

/** The reveal of a round, once it is on chain. */
async function revealOf(commit: ReadCall, fromBlock: bigint): Promise<ReadCall> {
  return until('its reveal on chain', roundSec * 2_000, async () =>
    (await callsSince(stack.file.rpc_url, fromBlock)).find(
      ({ kind, votingRoundId }) => kind === 'submit2' && votingRoundId === commit.votingRoundId,
    ),
  )
}

/** A commit counts in its own round, a reveal in the first half of the next, by block time. */
function expectInTheirWindows(commit: ReadCall, reveal: ReadCall): void {
  const start = roundStartSec(commit.votingRoundId, roundSec)
  expect(commit.blockTimestamp).toBeGreaterThanOrEqual(start)
  expect(commit.blockTimestamp).toBeLessThan(start + roundSec)
  expect(reveal.blockTimestamp).toBeGreaterThanOrEqual(start + roundSec)
  expect(reveal.blockTimestamp).toBeLessThan(start + roundSec * 1.5)
  expect(commit.succeeded && reveal.succeeded).toBe(true)
  expect(commit.from).toBe(reveal.from)
}

test('two rounds in a row: each commit is the hash of its reveal, both in their windows', async () => {
  const ear = await listen(stack.file, key)
  const from = await newestBlock(stack.file.rpc_url)
  const first = await nextCommit(from)
  const firstReveal = await revealOf(first, from)
  const second = await until('the next commit', roundSec * 3_000, async () =>
    (await callsSince(stack.file.rpc_url, from)).find(
      ({ kind, votingRoundId }) => kind === 'submit1' && votingRoundId === first.votingRoundId + 1,
    ),
  )
  const secondReveal = await revealOf(second, from)

  for (const [commit, reveal] of [
    [first, firstReveal],
    [second, secondReveal],
  ] as const) {
    expect(commit.payload).toBe(commitOfReveal(reveal))
    expectInTheirWindows(commit, reveal)
    // Of 63 feeds most have a price.
    expect(valuesOf(slice(reveal.payload, 32)).length).toBeGreaterThan(40)
  }
  expect(slice(firstReveal.payload, 0, 32)).not.toBe(slice(secondReveal.payload, 0, 32))

  const rows = await until('both rounds in submissions_log', 30_000, async () => {
    const found = await rowsOf(
      stack.file,
      `SELECT DISTINCT epoch, kind, tx_hash FROM submissions_log
       WHERE status = 'confirmed' AND kind IN ('submit1', 'submit2') AND epoch = ANY($1)`,
      [[first.votingRoundId, second.votingRoundId]],
    )
    return found.length >= 4 ? found : undefined
  })
  expect(new Set(rows.map(({ tx_hash: hash }) => hash))).toEqual(
    new Set([first.hash, firstReveal.hash, second.hash, secondReveal.hash]),
  )
  await until('the signature of the first round’s root', 60_000, async () => {
    const found = await rowsOf(
      stack.file,
      `SELECT tx_hash FROM submissions_log
       WHERE status = 'confirmed' AND kind = 'submitSignatures' AND epoch = $1`,
      [first.votingRoundId],
    )
    return found.length > 0 ? found : undefined
  })

  const heard = ear.heard.flatMap((message) =>
    message.type === 'ftso_submission' ? [message.data] : [],
  )
  expect(heard).toContainEqual(
    expect.objectContaining({
      epoch: first.votingRoundId,
      kind: 'submit2',
      status: 'confirmed',
      tx_hash: firstReveal.hash,
      gas_used: expect.any(Number),
    }),
  )
  ear.socket.close()
})

test('the public record appears with the reveal and is what the chain holds', async () => {
  const from = await newestBlock(stack.file.rpc_url)
  const commit = await nextCommit(from)
  const early = await ask(stack.file, `/api/v1/rounds/${commit.votingRoundId}`, { key })
  expect(early.status).toBeGreaterThanOrEqual(400)
  expect(JSON.stringify(early.body)).not.toContain('USD')

  const reveal = await revealOf(commit, from)
  const record = await until('the public record', 20_000, async () => {
    const { status, body } = await ask(stack.file, `/api/v1/rounds/${commit.votingRoundId}`, {
      key,
    })
    return status === 200 ? body : undefined
  })
  expect(record).toMatchObject({ epoch_id: commit.votingRoundId, signature: expect.any(String) })
  const onChain = valuesOf(slice(reveal.payload, 32))
  const told: { value?: number; price?: string; symbol: string; confidence: number }[] =
    record.prices
  expect(told.flatMap(({ value }) => (value === undefined ? [] : [value]))).toEqual(onChain)
  const btc = told.find(({ symbol }) => symbol === 'BTC/USD')
  expect(btc?.price).toMatch(/^\d+$/)
  expect(btc?.confidence).toBeLessThanOrEqual(100)
})

test('nothing of a round is to be found anywhere before its reveal', async () => {
  const from = await newestBlock(stack.file.rpc_url)
  const commit = await nextCommit(from)
  const searched = await everythingTold(commit.votingRoundId)
  // The search is worth something only if the reveal was still to come when it ended.
  const revealed = (await callsSince(stack.file.rpc_url, from)).some(
    ({ kind, votingRoundId }) => kind === 'submit2' && votingRoundId === commit.votingRoundId,
  )
  expect(revealed).toBe(false)

  const reveal = await revealOf(commit, from)
  const random = slice(reveal.payload, 0, 32)
  const vector = slice(reveal.payload, 32)
  for (const secret of [random.slice(2), hexToBigInt(random).toString(), vector.slice(2)]) {
    for (const [where, text] of searched) {
      expect(text.toLowerCase().includes(secret), where).toBe(false)
    }
  }
  // Nor as numbers: a few of them may be anywhere by chance, the vector as such may not.
  const values = valuesOf(vector).filter((value) => value >= 100_000)
  expect(values.length).toBeGreaterThan(20)
  for (const [where, text] of searched) {
    const numbers = new Set(text.match(/\d+/g))
    const found = values.filter((value) => numbers.has(String(value)))
    expect(found.length, `${where} holds ${found.join()}`).toBeLessThan(5)
  }
})

/** The values in a vector's slots: each holds the value above 2^31, none where there is no price. */
function valuesOf(vector: Hex): readonly number[] {
  const slots = vector.slice(2).match(/.{8}/g) ?? []
  return slots
    .filter((slot) => slot !== '00000000')
    .map((slot) => Number.parseInt(slot, 16) - 2 ** 31)
}

/** Every route, metric and log as it is at this moment. */
async function everythingTold(
  votingRoundId: number,
): Promise<readonly (readonly [string, string])[]> {
  const { body: openapi } = await ask(stack.file, '/openapi.json')
  const paths = Object.entries<Record<string, unknown>>(openapi.paths)
    .filter(([, methods]) => 'get' in methods)
    .map(([path]) =>
      path
        .replace('/rounds/{id}', `/rounds/${votingRoundId}`)
        .replace('{base}', 'BTC')
        .replace('{id}', String(votingRoundId)),
    )
  expect(paths).toEqual(
    expect.arrayContaining(['/api/v1/rounds', `/api/v1/rounds/${votingRoundId}`]),
  )
  const routes = await Promise.all(
    paths.map(async (path) => {
      const { headers, body } = await ask(stack.file, path, { key })
      return [path, JSON.stringify([...headers, body])] as const
    }),
  )
  const metrics = await (await fetch(stack.file.bridge_metrics_url)).text()
  const logs = readdirSync(join(directory, 'logs'))
    .filter((name) => name.endsWith('.log'))
    .map((name) => [name, readFileSync(join(directory, 'logs', name), 'utf8')] as const)
  return [...routes, ['metrics', metrics], ...logs]
}

test('a bridge killed between commit and reveal reveals in the window once it is back', async () => {
  const from = await newestBlock(stack.file.rpc_url)
  const commit = await nextCommit(from)
  await stack.killPart('bridge')
  await stack.restart('bridge')
  const reveal = await revealOf(commit, from)
  expect(commit.payload).toBe(commitOfReveal(reveal))
  expectInTheirWindows(commit, reveal)
})

test('a Worker that is gone between commit and reveal takes no reveal with it', async () => {
  const from = await newestBlock(stack.file.rpc_url)
  const commit = await nextCommit(from)
  await stack.stopPart('worker')
  const reveal = await revealOf(commit, from)
  expect(commit.payload).toBe(commitOfReveal(reveal))
  expectInTheirWindows(commit, reveal)
  await stack.restart('worker')
  await until('the report of that reveal', 60_000, async () => {
    const rows = await rowsOf(
      stack.file,
      `SELECT 1 FROM submissions_log
       WHERE status = 'confirmed' AND kind = 'submit2' AND epoch = $1`,
      [commit.votingRoundId],
    )
    return rows.length > 0 ? true : undefined
  })
})

test('a reveal that the RPC dropped is sent again, in the window', async () => {
  const from = await newestBlock(stack.file.rpc_url)
  const commit = await nextCommit(from)
  await fetch(`${stack.file.rpc_url}/control`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ drop: { count: 1, selector: '0x9d00c9fd' } }),
  })
  const reveal = await revealOf(commit, from)
  const faults: unknown = await (await fetch(`${stack.file.rpc_url}/control`)).json()
  expect(faults).toMatchObject({ dropped: [expect.any(String)] })
  expect(commit.payload).toBe(commitOfReveal(reveal))
  expectInTheirWindows(commit, reveal)
})

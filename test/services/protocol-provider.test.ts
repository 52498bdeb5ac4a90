/** The protocol data provider as flare-system-client meets it: over real HTTP, with a journal on disk. */

import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { listen } from '../../signer-bridge/protocol-provider/listen.ts'
import { commitHash, decodeReveal } from '../../src/protocol/commit.ts'
import { decodeFrames } from '../../src/protocol/payload.ts'
import { account, feeds } from '../support/bridge-world.ts'
import {
  aResult,
  firstProviderRound as round,
  type ProviderOptions,
  providerKey,
  providerWorld,
  type ProviderWorld,
  type RunningProvider,
  startProvider,
} from '../support/protocol-provider.ts'
import { type Fetched, systemClient } from '../support/system-client.ts'

const { address } = account

/** Patience of a quarter of a second is enough where nothing will come. */
const hasty = 20

let directory: string
let journalFile: string
let world: ProviderWorld
let running: RunningProvider | undefined

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chrono-protocol-provider-'))
  journalFile = join(directory, 'journal.sqlite')
  world = providerWorld()
})

afterEach(async () => {
  await running?.stop()
  running = undefined
  rmSync(directory, { recursive: true })
})

async function start(options: ProviderOptions = {}): Promise<RunningProvider> {
  await running?.stop()
  running = undefined
  running = await startProvider(world, { journalFile, ...options })
  return running
}

function clientOf({ url }: RunningProvider) {
  return systemClient({ url, apiKey: providerKey, address })
}

async function get(path: string, headers: Record<string, string> = { 'x-api-key': providerKey }) {
  const response = await fetch(`${running?.url}${path}`, { headers })
  const body = z.looseObject({}).parse(await response.json())
  return { status: response.status, headers: response.headers, body }
}

function payloadOf(fetched: Fetched) {
  if (fetched.kind !== 'ok') throw new Error(`Expected data: ${JSON.stringify(fetched)}`)
  const [frame, ...others] = decodeFrames(fetched.data)
  if (frame === undefined || others.length > 0) throw new Error('Expected one frame.')
  expect(frame).toMatchObject({ protocolId: 100, votingRoundId: round })
  return frame.payload
}

describe('a whole round', () => {
  test('commit, restart, reveal, signatures: the client gets what the chain will hold to be right', async () => {
    world.sec = 75
    const commit = payloadOf(await clientOf(await start()).submit1(round))

    const client = clientOf(await start())
    world.worker = 'away'
    world.hasLease = false
    world.sec = 110
    const reveal = decodeReveal(payloadOf(await client.submit2(round)), feeds.length)
    expect(commitHash({ submitAddress: address, votingRoundId: round, ...reveal })).toBe(commit)
    expect(reveal.feedValues).toHaveLength(2 + 2 * 4 * feeds.length)

    world.worker = 'well'
    world.hasLease = true
    world.sec = 136
    world.outcome = aResult(round)
    expect(await client.submitSignatures(round)).toEqual({
      kind: 'ok',
      data: aResult(round).message,
    })
  })

  test('prices that have strayed too far are left out of what is committed to and revealed', async () => {
    world.sec = 75
    world.hasStrayed = true
    const client = clientOf(await start())
    const commit = payloadOf(await client.submit1(round))
    world.sec = 110
    const reveal = decodeReveal(payloadOf(await client.submit2(round)), feeds.length)
    expect(commitHash({ submitAddress: address, votingRoundId: round, ...reveal })).toBe(commit)
    expect(reveal.feedValues).toBe('0x00000000')
    expect(world.events).toContainEqual(
      expect.objectContaining({ event: 'prices-left-out', count: feeds.length }),
    )
  })

  test('the commit is reserved before it is told, and the message likewise', async () => {
    world.sec = 75
    const client = clientOf(await start())
    await client.submit1(round)
    world.sec = 136
    world.outcome = aResult(round)
    await client.submitSignatures(round)
    expect(world.diary).toEqual([
      `freeze ${round}`,
      `reserve commit ${round}`,
      `reserve root ${round}`,
    ])
  })
})

describe('submit1', () => {
  test('many who ask at once for the first time are told the same bytes', async () => {
    world.sec = 75
    const client = clientOf(await start())
    const answers = await Promise.all(Array.from({ length: 20 }, () => client.submit1(round)))
    expect(new Set(answers.map(payloadOf)).size).toBe(1)
    expect(world.diary).toEqual([`freeze ${round}`, `reserve commit ${round}`])
  })

  test('the same is told again, also after a restart and without a Worker, and nothing is frozen', async () => {
    world.sec = 75
    const first = await clientOf(await start()).submit1(round)
    world.worker = 'away'
    const client = clientOf(await start())
    expect(await client.submit1(round)).toEqual(first)
    world.sec = 400
    expect(await client.submit1(round)).toEqual(first)
    expect(world.diary.filter((line) => line.startsWith('freeze'))).toHaveLength(1)
  })

  test('an address in lower case is the same address', async () => {
    world.sec = 75
    const { url } = await start()
    const lower = `0x${address.slice(2).toLowerCase()}` as const
    const first = await systemClient({ url, apiKey: providerKey, address }).submit1(round)
    const again = systemClient({ url, apiKey: providerKey, address: lower })
    expect(await again.submit1(round)).toEqual(first)
  })

  test('a Worker that comes back in time costs nothing: the question is held open', async () => {
    world.sec = 75
    world.worker = 'away'
    world.whileFreezing = () => {
      if (world.diary.length > 1) world.worker = 'well'
      return Promise.resolve()
    }
    payloadOf(await clientOf(await start()).submit1(round))
    expect(world.diary).toEqual([`freeze ${round}`, `freeze ${round}`, `reserve commit ${round}`])
  })

  test('a Worker that stays away: ask again, before the client hangs up', async () => {
    world.haste = hasty
    world.sec = 75
    world.worker = 'away'
    const client = clientOf(await start())
    expect(await client.submit1(round)).toEqual({ kind: 'error', message: 'Error: retry' })
    expect(running?.journal.vote(round)).toBeUndefined()
  })

  test('a Worker that hangs: ask again all the same', async () => {
    world.haste = hasty
    world.sec = 75
    world.whileFreezing = () => new Promise(() => undefined)
    const client = clientOf(await start())
    expect(await client.submit1(round)).toEqual({ kind: 'error', message: 'Error: retry' })
  })

  test('between the freeze and a Worker that is away the leaseholder goes on alone', async () => {
    world.sec = 75
    world.whileFreezing = () => {
      queueMicrotask(() => queueMicrotask(() => (world.worker = 'away')))
      return Promise.resolve()
    }
    payloadOf(await clientOf(await start()).submit1(round))
    expect(world.events.map(({ event }) => event)).toContain('reservation-skipped')
  })

  test('a lease that is lost on the way is asked for anew, and the round goes on', async () => {
    world.sec = 75
    world.worker = 'lease-lost'
    payloadOf(await clientOf(await start()).submit1(round))
    const reserve = `reserve commit ${round}`
    expect(world.diary).toEqual([`freeze ${round}`, reserve, 'lose', 'renew', reserve])
  })

  test('a bug of ours is a 500 that tells nothing, and not a word about asking again', async () => {
    world.sec = 75
    world.whileFreezing = () => Promise.reject(new TypeError('of undefined: 5a5a5a'))
    await start()
    const { status, body } = await get(`/submit1/${round}/${address}`)
    expect({ status, code: body['code'] }).toEqual({ status: 500, code: 'internal-error' })
    expect(JSON.stringify(body)).not.toContain('5a5a5a')
    expect(world.events.map(({ event }) => event)).toContain('request-failed')
  })

  test('another commit that is reserved elsewhere is final, and ours is never told or revealed', async () => {
    world.sec = 75
    world.worker = 'reserved-otherwise'
    const client = clientOf(await start())
    expect(await client.submit1(round)).toEqual({ kind: 'empty' })
    world.sec = 110
    expect(await client.submit2(round)).toEqual({ kind: 'empty' })
  })

  test('a disk that fails: nothing is told that is not stored', async () => {
    world.haste = hasty
    world.sec = 75
    const client = clientOf(await start())
    world.beforeWrite = () => {
      throw new Error('database or disk is full')
    }
    expect(await client.submit1(round)).toEqual({ kind: 'error', message: 'Error: retry' })
    expect(running?.journal.mayBeOut(round)).toBe(false)

    world.haste = 1
    world.beforeWrite = () => undefined
    payloadOf(await client.submit1(round))
    expect(running?.journal.mayBeOut(round)).toBe(true)
  })

  test('a disk that fails between the reservation and the telling: nothing is told', async () => {
    world.haste = hasty
    world.sec = 75
    const client = clientOf(await start())
    world.beforeWrite = () => {
      if (world.diary.some((line) => line.startsWith('reserve'))) throw new Error('disk I/O error')
    }
    expect(await client.submit1(round)).toEqual({ kind: 'error', message: 'Error: retry' })
    world.sec = 110
    expect(await client.submit2(round)).toEqual({ kind: 'empty' })
  })

  test('too early is held and asked again, too late is for good, and nothing is frozen', async () => {
    world.haste = hasty
    const client = clientOf(await start())
    world.sec = 30
    expect(await client.submit1(round)).toEqual({ kind: 'error', message: 'Error: retry' })
    world.sec = 85
    expect(await client.submit1(round)).toEqual({ kind: 'empty' })
    expect(world.diary).toEqual([])
  })

  test('a client that asks a moment too early is answered when the second has come', async () => {
    world.sec = 58
    const client = clientOf(await start())
    const asked = client.submit1(round)
    world.sec = 60
    payloadOf(await asked)
  })
})

describe('submit2', () => {
  test('an early reveal is refused, whoever asks for it', async () => {
    world.haste = hasty
    world.sec = 75
    const client = clientOf(await start())
    await client.submit1(round)
    world.sec = 89
    expect(await client.submit2(round)).toEqual({ kind: 'error', message: 'Error: retry' })
    const { body } = await get(`/submit2/${round}/${address}`)
    expect(body).toEqual({ status: 'RETRY' })
  })

  test('a disk that takes no more does not keep an owed reveal back', async () => {
    world.sec = 75
    const client = clientOf(await start())
    await client.submit1(round)
    world.beforeWrite = () => {
      throw new Error('database or disk is full')
    }
    world.sec = 110
    payloadOf(await client.submit2(round))
  })

  test('a restart while no node answers: the reveal is told by the clock', async () => {
    world.sec = 75
    await clientOf(await start()).submit1(round)
    world.hasBlocks = false
    const client = clientOf(await start())
    world.sec = 110
    payloadOf(await client.submit2(round))
  })

  test('after the window there is nothing to be had', async () => {
    world.sec = 75
    const client = clientOf(await start())
    await client.submit1(round)
    world.sec = 136
    expect(await client.submit2(round)).toEqual({ kind: 'empty' })
  })
})

describe('submitSignatures', () => {
  beforeEach(() => {
    world.sec = 136
    world.outcome = aResult(round)
  })

  test('a second result of a round is never told, also after a restart', async () => {
    const first = await clientOf(await start()).submitSignatures(round)
    world.outcome = aResult(round, 7n)
    expect(aResult(round, 7n).message).not.toBe(aResult(round).message)
    const client = clientOf(await start({ withFinalizationData: true }))
    expect(await client.submitSignatures(round)).toEqual(first)
    expect(world.events.map(({ event }) => event)).toContain('result-differed')
  })

  test('only where it is switched on does the answer hold what older clients refuse', async () => {
    const data = aResult(round).message
    const { url } = await start({ withFinalizationData: true })
    const settings = { url, apiKey: providerKey, address }
    expect(await systemClient(settings).submitSignatures(round)).toMatchObject({ kind: 'error' })
    const newer = systemClient({ ...settings, knowsFinalizationData: true })
    const fetched = await newer.submitSignatures(round)
    expect(fetched).toMatchObject({ kind: 'ok', data })
    expect(fetched.kind === 'ok' && fetched.finalizationData).toMatch(/^0x([0-9a-f]{64}){3}$/)

    expect(await clientOf(await start()).submitSignatures(round)).toEqual({ kind: 'ok', data })
  })

  test("blocks that are read within the client's two seconds are waited for", async () => {
    world.outcome = { kind: 'not-yet' }
    let looks = 0
    world.beforeOutcome = () => {
      looks += 1
      if (looks === 4) world.outcome = aResult(round)
    }
    expect(await clientOf(await start()).submitSignatures(round)).toMatchObject({ kind: 'ok' })
  })

  test('blocks that are missing: ask again; a round without a result: nothing, for good', async () => {
    world.haste = hasty
    const client = clientOf(await start())
    world.outcome = { kind: 'incomplete', isRewardEpochMissing: false, missingRounds: [990] }
    expect(await client.submitSignatures(round)).toMatchObject({ message: 'Error: retry' })
    world.outcome = { kind: 'no-result', reason: 'no-valid-reveal' }
    expect(await client.submitSignatures(round)).toEqual({ kind: 'empty' })
  })

  test('a root that could not be bound is not told', async () => {
    world.haste = hasty
    const client = clientOf(await start())
    world.beforeWrite = () => {
      throw new Error('database or disk is full')
    }
    expect(await client.submitSignatures(round)).toMatchObject({ message: 'Error: retry' })
    expect(world.diary).toEqual([])
  })

  test('another root that is reserved elsewhere is final', async () => {
    world.worker = 'reserved-otherwise'
    expect(await clientOf(await start()).submitSignatures(round)).toEqual({ kind: 'empty' })
  })
})

describe('a journal that is new, old or lost', () => {
  const watermark = { signer: address, kind: 'commit', protocolId: 100 } as const

  test('before it is known what our keys have said the client is to ask again, and nothing is frozen', async () => {
    world.haste = hasty
    world.sec = 75
    world.isArmed = false
    const client = clientOf(await start())
    expect(await client.submit1(round)).toEqual({ kind: 'error', message: 'Error: retry' })
    world.sec = 136
    world.outcome = aResult(round)
    expect(await client.submitSignatures(round)).toMatchObject({ message: 'Error: retry' })
    expect(world.diary).toEqual([])
  })

  test('what was told already is told again meanwhile, and so is the reveal', async () => {
    world.sec = 75
    const first = await clientOf(await start()).submit1(round)
    world.isArmed = false
    const client = clientOf(await start())
    expect(await client.submit1(round)).toEqual(first)
    world.sec = 110
    payloadOf(await client.submit2(round))
  })

  test('once it is known a client that waits is answered', async () => {
    world.sec = 75
    world.isArmed = false
    const asked = clientOf(await start()).submit1(round)
    world.isArmed = true
    payloadOf(await asked)
  })

  test('a round that is let go by is not even frozen, and its root is not bound', async () => {
    world.sec = 75
    const { journal, ...provider } = await start()
    journal.raiseWatermarks([{ ...watermark, minRound: round + 1 }])
    const client = clientOf({ journal, ...provider })
    expect(await client.submit1(round)).toEqual({ kind: 'empty' })
    world.sec = 136
    world.outcome = aResult(round)
    journal.raiseWatermarks([{ ...watermark, kind: 'root', minRound: round + 1 }])
    expect(await client.submitSignatures(round)).toEqual({ kind: 'empty' })
    expect(world.diary).toEqual([])
    expect(world.events).toContainEqual(
      expect.objectContaining({
        reason: expect.stringMatching(/^Rounds before 1001 are let go by/),
      }),
    )
  })

  test('what an old copy has prepared and told nobody is not told in a round that is let go by', async () => {
    world.sec = 75
    world.worker = 'reserved-otherwise'
    const { journal, ...provider } = await start()
    const client = clientOf({ journal, ...provider })
    expect(await client.submit1(round)).toEqual({ kind: 'empty' })
    expect(journal.vote(round)).toBeDefined()
    world.worker = 'well'
    journal.raiseWatermarks([{ ...watermark, minRound: round + 1 }])
    expect(await client.submit1(round)).toEqual({ kind: 'empty' })
    expect(journal.mayBeOut(round)).toBe(false)
  })
})

describe('the door', () => {
  const paths = [
    `/submit1/${round}/${address}`,
    `/submit2/${round}/${address}`,
    `/submitSignatures/${round}/${address}`,
    `/data/${round}`,
    `/specific-feed/${feeds[0]?.id}/${round}`,
    `/medianCalculationResults/${round}`,
    '/data-abis',
  ]

  test.each(paths)('%s wants the key', async (path) => {
    await start()
    expect(await get(path, {})).toMatchObject({ status: 401, body: { code: 'key-missing' } })
    const wrong = await get(path, { 'x-api-key': `${providerKey}.` })
    expect(wrong).toMatchObject({ status: 401, body: { code: 'key-unknown' } })
    expect(wrong.headers.get('content-type')).toBe('application/problem+json')
    expect(JSON.stringify([world.events, wrong.body])).not.toContain(providerKey)
    expect(world.diary).toEqual([])
  })

  test('without a key in the settings whoever reaches this machine may ask', async () => {
    world.sec = 75
    const { url } = await start({ apiKey: undefined })
    expect(await systemClient({ url, address }).submit1(round)).toMatchObject({ kind: 'ok' })
  })

  test('without a key nobody else can reach it', async () => {
    const port = { host: '0.0.0.0', port: 0 }
    await expect(listen(() => new Response(), port, false)).rejects.toMatchObject({
      code: 'settings-invalid',
    })
  })

  test.each([
    { path: `/submit1/x/${address}`, status: 400, code: 'request-malformed' },
    { path: `/submit1/-1/${address}`, status: 400, code: 'request-malformed' },
    { path: `/submit1/4294967296/${address}`, status: 400, code: 'request-malformed' },
    { path: `/submit1/${round}/0x12`, status: 400, code: 'request-malformed' },
    { path: `/submitSignatures/${round}/nobody`, status: 400, code: 'request-malformed' },
    { path: `/submit1/${round}/0x${'1'.repeat(40)}`, status: 404, code: 'address-unknown' },
    { path: `/submit2/${round}/0x${'1'.repeat(40)}`, status: 404, code: 'address-unknown' },
    { path: `/submit3/${round}/${address}`, status: 500, code: 'call-unused' },
    { path: `/specific-feed/BTC/${round}`, status: 400, code: 'request-malformed' },
    { path: '/', status: 404, code: 'route-unknown' },
  ])('$path is a $status', async ({ path, status, code }) => {
    world.outcome = aResult(round)
    await start()
    expect(await get(path)).toMatchObject({ status, body: { status, code } })
    expect(world.diary).toEqual([])
  })

  test('only a bare GET of modest size is a question', async () => {
    const { url } = await start()
    const ask = (method: string, headers: Record<string, string>, body = '') =>
      new Promise<number | undefined>((resolve, reject) => {
        const asked = request(
          `${url}/data/${round}`,
          { method, headers: { 'x-api-key': providerKey, ...headers } },
          (response) => {
            response.resume()
            resolve(response.statusCode)
          },
        )
        asked.on('error', reject)
        asked.end(body)
      })
    expect(await ask('POST', {})).toBe(405)
    expect(await ask('GET', { 'content-length': '2' }, '{}')).toBe(413)
    expect(await ask('GET', { 'x-long': 'x'.repeat(10_000) })).toBe(431)
    expect(await ask('GET', {})).toBe(200)
  })

  test('a path may stand before all of it', async () => {
    world.sec = 75
    const { url } = await start({ basePath: '/ftso' })
    const client = systemClient({ url: `${url}/ftso/`, apiKey: providerKey, address })
    expect(await client.submit1(round)).toMatchObject({ kind: 'ok' })
    expect(await get(`/submit1/${round}/${address}`)).toMatchObject({ status: 404 })
  })
})

describe('what others read', () => {
  test('a result in the words of the reference, too early and not at all', async () => {
    await start()
    world.sec = 100
    expect((await get(`/data/${round}`)).body).toEqual({ status: 'TOO_EARLY' })
    world.sec = 140
    // By this the data-availability layer sees whether a provider is there.
    expect((await get('/data/0')).body).toEqual({ status: 'NOT_AVAILABLE' })

    const result = aResult(round)
    world.outcome = result
    const { body } = await get(`/data/${round}`)
    expect(Object.keys(body).join()).toBe(
      'status,protocolId,votingRoundId,merkleRoot,isSecureRandom,tree',
    )
    expect(body).toMatchObject({ status: 'OK', merkleRoot: result.tree.root })

    const id = result.feeds[0]?.id ?? '0x'
    const feed = await get(`/specific-feed/${id.slice(2).toUpperCase()}/${round}`)
    expect(feed.body).toMatchObject({ status: 'OK', feedWithProof: { body: { id, value: 123 } } })
    const unknownFeed = await get(`/specific-feed/0x${'02'.repeat(21)}/${round}`)
    expect(unknownFeed.body).toEqual({ status: 'NOT_AVAILABLE' })
    const medians = await get(`/medianCalculationResults/${round}`)
    expect(medians.body).toMatchObject({ status: 'OK', votingRoundId: round })
    expect((await get('/data-abis')).body['data']).toHaveLength(3)
  })

  test('the document names every route, and health asks for no key', async () => {
    await start()
    const { body } = await get('/api-doc', {})
    expect(body).toMatchObject({ openapi: '3.1.0' })
    expect(Object.keys(z.looseObject({}).parse(body['paths']))).toEqual([
      '/submit1/{votingRoundId}/{address}',
      '/submit2/{votingRoundId}/{address}',
      '/submit3/{votingRoundId}/{address}',
      '/submitSignatures/{votingRoundId}/{address}',
      '/data/{votingRoundId}',
      '/specific-feed/{feedId}/{votingRoundId}',
      '/medianCalculationResults/{votingRoundId}',
      '/data-abis',
      '/health',
    ])
    expect((await get('/health', {})).body).toEqual({ status: 'ok', reveals_owed: 0 })
  })
})

test('no secret of a round is in the log, at any time', async () => {
  world.sec = 75
  const client = clientOf(await start())
  await client.submit1(round)
  world.sec = 110
  await client.submit2(round)
  const vote = running?.journal.vote(round)
  const log = JSON.stringify(world.events)
  expect(log).toContain('payload-told')
  for (const secret of [vote?.random, vote?.feedValues]) {
    expect(log).not.toContain(secret?.slice(2))
  }
})

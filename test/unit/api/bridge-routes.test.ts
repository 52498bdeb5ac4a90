import { beforeAll, describe, expect, test } from 'vitest'
import { maxBridgeBodyBytes } from '../../../src/api/bridge-door.ts'
import type { BridgeDeps } from '../../../src/api/round-ports.ts'
import { hmacWith, sha256OfBytes } from '../../../src/digest.ts'
import { bridgeHeaders } from '../../../src/protocol/bridge-auth.ts'
import { anApi } from '../../support/api.ts'
import {
  aNonce,
  type BridgeAsking,
  bridgeHeard,
  bridgeRequest,
  bridgeSecret,
} from '../../support/bridge.ts'
import { aUuid } from '../../support/history.ts'
import { aReport, aReservation, aRound, roundStartMs, someFeeds } from '../../support/rounds.ts'

const nowMs = roundStartMs + 70_000
let hmacHex: BridgeDeps['hmacHex']

beforeAll(async () => {
  hmacHex = await hmacWith(bridgeSecret)
})

/** A house with a bridge, and the diary that the bridge's requests leave in it. */
function aBridgedApi(differing: Partial<BridgeDeps> = {}) {
  const diary: string[] = []
  const nonces = new Set<string>()
  const bridge: BridgeDeps = {
    hmacHex,
    sha256OfBytes,
    useNonce: async (nonce) => {
      if (nonces.has(nonce)) return 'used'
      nonces.add(nonce)
      return 'fresh'
    },
    lease: async (holder, atMs) => {
      diary.push(`lease ${holder}`)
      return { kind: 'held', lease: { holder, fencingToken: 7, expiresAtMs: atMs + 60_000 } }
    },
    reserve: async ({ kind, voting_round_id }) => {
      diary.push(`reserve ${kind} ${voting_round_id - aRound}`)
      return { kind: 'reserved' }
    },
    standBy: async ({ holder, held_round: held }, fromRound, atMs) => {
      diary.push(`stand by ${holder} with ${held ?? 'none'}, from ${fromRound - aRound}`)
      return atMs === nowMs ? '{"the":"vector"}' : undefined
    },
    isAwaited: async () => false,
    freeze: async (votingRoundId, { feeds }) => {
      diary.push(`freeze ${votingRoundId - aRound}: ${feeds.length} feeds`)
      return { kind: 'frozen', body: '{"frozen" : true}' }
    },
    report: async (reports) => {
      diary.push(`report ${reports.length}`)
    },
    keep: async (reports) => {
      diary.push(`keep ${reports.length}`)
      return true
    },
    announce: async (reports) => {
      diary.push(`announce ${reports.length}`)
    },
    ...differing,
  }
  const { api, world } = anApi({ deps: { bridge } })
  world.nowMs = nowMs
  const send = async (request: Request) => bridgeHeard(request, await api.fetch(request.clone()))
  const ask = async (path: string, asking: Partial<BridgeAsking> = {}) =>
    send(await bridgeRequest(path, { timeMs: nowMs, ...asking }))
  return { api, world, diary, send, ask }
}

const leasePath = '/bridge/v1/lease'
const aLease = { holder: 'bridge-a' }
const freezePath = `/bridge/v1/rounds/${aRound}/freeze`
const aFreeze = { fencing_token: 1, attended: false, feeds: someFeeds }

describe('whoever knows the secret', () => {
  test('is answered, and knows that it is we who answer', async () => {
    const { ask } = aBridgedApi()
    const answer = await ask(leasePath, { body: aLease })
    expect(answer).toMatchObject({
      status: 200,
      body: { fencing_token: 7, expires_at: nowMs + 60_000 },
      isSigned: true,
    })
    expect(answer.headers.get('Cache-Control')).toBe('no-store')
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
  })

  test.each([
    { name: 'no JSON', asking: { text: '{' }, status: 400, code: 'json-malformed' },
    { name: 'nothing', asking: { text: '' }, status: 400, code: 'json-malformed' },
    { name: 'another message', asking: { body: {} }, status: 400, code: 'request-malformed' },
    {
      name: 'more than there is',
      asking: { body: { ...aLease, force: true } },
      status: 400,
      code: 'request-malformed',
    },
  ])('is told that it says $name, signed like everything', async ({ asking, status, code }) => {
    const { ask, diary } = aBridgedApi()
    const answer = await ask(leasePath, asking)
    expect(answer).toMatchObject({ status, body: { code }, isSigned: true })
    expect(answer.headers.get('Content-Type')).toBe('application/problem+json')
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull()
    expect(diary).toEqual([])
  })

  test.each([
    { name: 'exactly as far off as allowed', offMs: 30_000, status: 200 },
    { name: 'as far behind', offMs: -30_000, status: 200 },
    { name: 'further', offMs: 30_001, status: 401 },
    { name: 'further behind', offMs: -30_001, status: 401 },
  ])('may have a clock that is $name: $status', async ({ offMs, status }) => {
    const { ask, diary } = aBridgedApi()
    const answer = await ask(leasePath, { body: aLease, timeMs: nowMs + offMs })
    expect(answer).toMatchObject({ status, isSigned: true })
    if (status === 401) expect(answer.body.code).toBe('bridge-clock-off')
    expect(diary).toHaveLength(status === 200 ? 1 : 0)
  })

  test('cannot be played back', async () => {
    const { send, diary } = aBridgedApi()
    const request = await bridgeRequest(leasePath, { body: aLease, timeMs: nowMs })
    expect(await send(request)).toMatchObject({ status: 200 })
    expect(await send(request)).toMatchObject({
      status: 401,
      body: { code: 'nonce-used' },
      isSigned: true,
    })
    expect(diary).toEqual(['lease bridge-a'])
  })

  test('is told when the memory of rounds does not answer, and why is in the log alone', async () => {
    const { ask, world } = aBridgedApi({ lease: async () => Promise.reject(new Error('evicted')) })
    const answer = await ask(leasePath, { body: aLease })
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'rounds-unavailable' },
      isSigned: true,
    })
    expect(answer.text).not.toContain('evicted')
    expect(world.log).toMatchObject([{ event: 'rounds-failed', reason: 'Error: evicted' }])
  })

  test('is told when more requests came than can be told apart', async () => {
    const { ask } = aBridgedApi({ useNonce: async () => 'too-many' })
    expect(await ask(leasePath, { body: aLease })).toMatchObject({ status: 429, isSigned: true })
  })
})

describe('whoever does not', () => {
  const unauthorised = { status: 401, body: { code: 'bridge-unauthorised' }, isSigned: false }

  test.each<{ name: string; asking: Partial<BridgeAsking> }>([
    { name: 'signs with another secret', asking: { secret: `${bridgeSecret}!` } },
    { name: 'signs for another route', asking: { signedPath: '/bridge/v1/reports' } },
    { name: 'signs without the query', asking: { signedPath: leasePath } },
  ])('$name is refused, unsigned, and nothing happens', async ({ asking }) => {
    const { ask, diary } = aBridgedApi()
    const path = asking.signedPath === leasePath ? `${leasePath}?force=1` : leasePath
    const answer = await ask(path, { body: aLease, ...asking })
    expect(answer).toMatchObject(unauthorised)
    expect(answer.headers.get(bridgeHeaders.signature)).toBeNull()
    expect(diary).toEqual([])
  })

  test.each([
    {
      name: 'the body',
      change: (request: Request) =>
        new Request(request.clone(), { method: 'POST', body: '{"holder":"bridge-b"}' }),
    },
    {
      name: 'the body by a space',
      change: (request: Request) =>
        new Request(request.clone(), { method: 'POST', body: `${JSON.stringify(aLease)} ` }),
    },
    { name: 'the time', change: withHeader(bridgeHeaders.time, String(nowMs + 1)) },
    { name: 'the nonce', change: withHeader(bridgeHeaders.nonce, 'f'.repeat(32)) },
    { name: 'the signature', change: withHeader(bridgeHeaders.signature, '0'.repeat(64)) },
    { name: 'the case of the signature', change: upperCaseSignature },
    { name: 'no time', change: withoutHeader(bridgeHeaders.time) },
    { name: 'no nonce', change: withoutHeader(bridgeHeaders.nonce) },
    { name: 'no signature', change: withoutHeader(bridgeHeaders.signature) },
  ])('changes $name of a good request is refused', async ({ change }) => {
    const { send, diary } = aBridgedApi()
    const request = await bridgeRequest(leasePath, { body: aLease, timeMs: nowMs })
    expect(await send(change(request))).toMatchObject(unauthorised)
    expect(diary).toEqual([])
    expect(await send(request)).toMatchObject({ status: 200 })
  })

  test('is not read for longer than a request may be', async () => {
    const { ask } = aBridgedApi()
    const text = ' '.repeat(maxBridgeBodyBytes + 1)
    expect(await ask(leasePath, { text })).toMatchObject({ status: 413, isSigned: false })
    const longest = JSON.stringify(aLease).padEnd(maxBridgeBodyBytes)
    expect(await ask(leasePath, { text: longest })).toMatchObject({ status: 200 })
  })

  test('has no key for it, uses up no limit, and is no browser', async () => {
    const { api, world } = aBridgedApi()
    const headers = { 'X-API-Key': 'chrono_reader', Origin: 'https://elsewhere.test' }
    const posted = await api.request(leasePath, { method: 'POST', headers })
    expect(posted.status).toBe(401)
    expect(posted.headers.get('Access-Control-Allow-Origin')).toBeNull()
    const asked = await api.request(leasePath, { method: 'OPTIONS', headers })
    expect(asked.status).toBe(405)
    expect(asked.headers.get('Access-Control-Allow-Methods')).toBeNull()
    expect(asked.headers.get('Access-Control-Allow-Headers')).toBeNull()
    expect(world.diary).toEqual([])
  })
})

test.each([
  leasePath,
  freezePath,
  '/bridge/v1/reservations',
  '/bridge/v1/standby',
  '/bridge/v1/reports',
])('without a secret %s is closed', async (path) => {
  const { api } = anApi()
  const request = await bridgeRequest(path, { timeMs: nowMs, secret: bridgeSecret })
  const answer = await bridgeHeard(request, await api.fetch(request))
  expect(answer).toMatchObject({ status: 403, body: { code: 'bridge-closed' }, isSigned: false })
})

test('a lease that another bridge has is refused until it ends', async () => {
  const { ask } = aBridgedApi({
    lease: async () => ({ kind: 'taken', expiresAtMs: nowMs + 12_300 }),
  })
  const answer = await ask(leasePath, { body: aLease })
  expect(answer).toMatchObject({ status: 409, body: { code: 'lease-taken' }, isSigned: true })
  expect(answer.headers.get('Retry-After')).toBe('13')
})

describe('a freeze', () => {
  test('is answered byte for byte as it is stored', async () => {
    const { ask, diary } = aBridgedApi()
    const answer = await ask(freezePath, { body: aFreeze })
    expect(answer).toMatchObject({ status: 200, text: '{"frozen" : true}', isSigned: true })
    expect(diary).toEqual(['freeze 0: 3 feeds'])
  })

  test.each(['lease-lost', 'feeds-differ', 'too-early', 'round-not-open', 'round-over'] as const)(
    'that is refused says %s',
    async (code) => {
      const { ask } = aBridgedApi({ freeze: async () => ({ kind: 'refused', code }) })
      const answer = await ask(freezePath, { body: aFreeze })
      expect(answer).toMatchObject({ status: 409, body: { code }, isSigned: true })
    },
  )

  test.each(['x', '-1', '1.5', '4294967296', '99999999999'])(
    'of round %s makes no sense',
    async (id) => {
      const { ask, diary } = aBridgedApi()
      const answer = await ask(`/bridge/v1/rounds/${id}/freeze`, { body: aFreeze })
      expect(answer).toMatchObject({ status: 400, body: { code: 'request-malformed' } })
      expect(diary).toEqual([])
    },
  )
})

describe('a reservation', () => {
  const path = '/bridge/v1/reservations'

  test.each([
    { rounds: 0, code: undefined },
    { rounds: -100, code: undefined },
    { rounds: -101, code: 'round-over' },
    { rounds: 1, code: 'round-not-open' },
  ])('$rounds rounds from now: $code', async ({ rounds, code }) => {
    const { ask, diary } = aBridgedApi()
    const answer = await ask(path, { body: aReservation({ voting_round_id: aRound + rounds }) })
    expect(answer.isSigned).toBe(true)
    expect(answer.body).toMatchObject(code === undefined ? { reserved: true } : { code })
    expect(diary).toEqual(code === undefined ? [`reserve commit ${rounds}`] : [])
  })

  test.each(['lease-lost', 'digest-differs'] as const)('that is refused says %s', async (code) => {
    const { ask } = aBridgedApi({ reserve: async () => ({ kind: 'refused', code }) })
    expect(await ask(path, { body: aReservation() })).toMatchObject({ status: 409, body: { code } })
  })
})

describe('a commit that is reserved', () => {
  const path = '/bridge/v1/reservations'
  const isAwaited = async (round: number) => round === aRound

  test('says that a standby waits for the vector', async () => {
    const { ask } = aBridgedApi({ isAwaited })
    expect((await ask(path, { body: aReservation() })).body).toEqual({
      reserved: true,
      standby_waits: true,
    })
  })

  test('says nothing of standbys that have it, nor does a root', async () => {
    const body = aReservation({ voting_round_id: aRound - 1 })
    expect((await aBridgedApi({ isAwaited }).ask(path, { body })).body).toEqual({ reserved: true })
    const root = aReservation({ kind: 'root' })
    const answer = await aBridgedApi({ isAwaited }).ask(path, { body: root })
    expect(answer.body).toEqual({ reserved: true })
  })
})

describe('a standby', () => {
  const path = '/bridge/v1/standby'

  test('is told the vector of this round or the one before, byte for byte', async () => {
    const { ask, diary } = aBridgedApi()
    const answer = await ask(path, { body: { holder: 'bridge-b', held_round: 7 } })
    expect(answer).toMatchObject({
      status: 200,
      text: '{"frozen":{"the":"vector"}}',
      isSigned: true,
    })
    expect(diary).toEqual(['stand by bridge-b with 7, from -1'])
  })

  test('is told that there is none', async () => {
    const { ask } = aBridgedApi({ standBy: async () => undefined })
    expect((await ask(path, { body: { holder: 'bridge-b' } })).text).toBe('{}')
  })
})

describe('reports', () => {
  const path = '/bridge/v1/reports'
  const body = { reports: [aReport(), aReport({ id: aUuid(2), kind: 'submit2' })] }

  test('are kept, remembered, then told, and acknowledged by their ids', async () => {
    const { ask, diary } = aBridgedApi()
    const answer = await ask(path, { body })
    expect(answer).toMatchObject({
      status: 200,
      body: { acknowledged: [aUuid(1), aUuid(2)] },
      isSigned: true,
    })
    expect(diary.toSorted()).toEqual(['announce 2', 'keep 2', 'report 2'])
    expect(diary.indexOf('report 2')).toBeLessThan(diary.indexOf('announce 2'))
  })

  test('that nobody keeps are not acknowledged, though they are told', async () => {
    const { ask, diary } = aBridgedApi({ keep: async () => false })
    const answer = await ask(path, { body })
    expect(answer).toMatchObject({
      status: 503,
      body: { code: 'reports-not-kept' },
      isSigned: true,
    })
    expect(diary).toContain('announce 2')
  })

  test('that are not remembered are neither told nor acknowledged, though they are kept', async () => {
    const { ask, diary } = aBridgedApi({ report: async () => Promise.reject(new Error('evicted')) })
    expect(await ask(path, { body })).toMatchObject({
      status: 503,
      body: { code: 'rounds-unavailable' },
    })
    expect(diary).toEqual(['keep 2'])
  })

  test('are heard by listeners before a slow database has them', async () => {
    let keepNow: (isKept: boolean) => void = () => undefined
    const keeping = new Promise<boolean>((resolve) => {
      keepNow = resolve
    })
    const { ask, diary } = aBridgedApi({ keep: async () => keeping })
    const asked = ask(path, { body, nonce: aNonce() })
    await expect.poll(() => diary).toEqual(['report 2', 'announce 2'])
    keepNow(true)
    expect(await asked).toMatchObject({ status: 200 })
  })

  test.each([0, 51])('%s at once make no sense', async (count) => {
    const { ask } = aBridgedApi()
    const reports = Array.from({ length: count }, (_, i) => aReport({ id: aUuid(i) }))
    expect(await ask(path, { body: { reports } })).toMatchObject({ status: 400 })
  })

  test('fifty of the longest fit into a request', async () => {
    const { ask } = aBridgedApi()
    const reports = Array.from({ length: 50 }, (_, i) =>
      aReport({ id: aUuid(i), error: 'ö…'.repeat(250) }),
    )
    expect(await ask(path, { body: { reports } })).toMatchObject({ status: 200 })
  })
})

function withHeader(name: string, value: string) {
  return (request: Request): Request => {
    const headers = new Headers(request.headers)
    headers.set(name, value)
    return new Request(request.clone(), { headers })
  }
}

function withoutHeader(name: string) {
  return (request: Request): Request => {
    const headers = new Headers(request.headers)
    headers.delete(name)
    return new Request(request.clone(), { headers })
  }
}

function upperCaseSignature(request: Request): Request {
  const signature = request.headers.get(bridgeHeaders.signature) ?? ''
  return withHeader(bridgeHeaders.signature, signature.toUpperCase())(request)
}

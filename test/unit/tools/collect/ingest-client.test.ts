import { beforeAll, describe, expect, test } from 'vitest'
import type { CollectorGuest } from '../../../../src/api/ingest-ports.ts'
import { hmacWith, sha256OfBytes } from '../../../../src/digest.ts'
import { type ClientDeps, post } from '../../../../tools/collect/ingest-client.ts'
import { anApi } from '../../../support/api.ts'
import { aTickAtMs } from '../../../support/history.ts'
import { anIngestBatch, collectorName, collectorSecret } from '../../../support/ingest.ts'

let hmacHex: CollectorGuest['hmacHex']
beforeAll(async () => {
  hmacHex = await hmacWith(collectorSecret)
})

/** The Worker's own route behind the client, without a network between them. */
function aClient(differing: { guest?: Partial<CollectorGuest>; deps?: Partial<ClientDeps> } = {}) {
  const guest: CollectorGuest = {
    name: collectorName,
    requestsPerMinute: 120,
    hmacHex,
    sha256OfBytes,
    admit: async () => ({ kind: 'fresh' }),
    ingest: async () => ({ kind: 'kept', where: 'stored', ids: ['a'], refused: [] }),
    ...differing.guest,
  }
  const stranger = { ...guest, hmacHex: async () => '0'.repeat(64) }
  const ingest = { collectors: new Map([[collectorName, guest]]), stranger }
  const { api, world } = anApi({ deps: { ingest } })
  world.nowMs = aTickAtMs
  const deps: ClientDeps = {
    workerUrl: 'https://chrono.test',
    secret: collectorSecret,
    fetch: async (url, init) => {
      // What undici adds to the standard's own settings is not looked at here.
      const { method, body, headers } = (init ?? {}) as RequestInit
      return api.fetch(
        new Request(new URL(url instanceof Request ? url.url : url), {
          method,
          body,
          headers,
        } as RequestInit),
      )
    },
    nowMs: () => aTickAtMs,
    timeoutMs: 1_000,
    ...differing.deps,
  }
  return { send: async () => post(anIngestBatch(), deps), world }
}

const answering = (response: () => Response): Partial<ClientDeps> => ({
  fetch: async () => response(),
})

describe('a try', () => {
  test('that the Worker accepts, and says so', async () => {
    expect(await aClient().send()).toMatchObject({ kind: 'accepted', answer: { accepted: 1 } })
  })

  test('that the Worker cannot keep is to be made again, when it says', async () => {
    const { send } = aClient({ guest: { ingest: async () => ({ kind: 'lost' }) } })
    expect(await send()).toEqual({ kind: 'again', reason: 'quotes-not-kept', waitMs: 5_000 })
  })

  test('too many in a minute is to be made again, when it says', async () => {
    const admit: CollectorGuest['admit'] = async () => ({
      kind: 'too-many',
      freeAtMs: aTickAtMs + 9_000,
    })
    const { send } = aClient({ guest: { admit } })
    expect(await send()).toEqual({ kind: 'again', reason: 'rate-limited', waitMs: 9_000 })
  })

  test.each([
    {
      name: 'by a clock that is off',
      deps: { nowMs: () => aTickAtMs + 60_000 },
      reason: 'collector-clock-off',
    },
    {
      name: 'with another secret',
      deps: { secret: `${collectorSecret}!` },
      reason: 'collector-unauthorised',
    },
  ])('$name is to be made again, since somebody may set it right', async ({ deps, reason }) => {
    expect(await aClient({ deps }).send()).toEqual({ kind: 'again', reason })
  })

  test('that the Worker will never take is refused', async () => {
    const guest = { ...(await hmacGuest()), name: 'us-1' }
    expect(await aClient({ guest }).send()).toEqual({ kind: 'refused', code: 'request-malformed' })
  })

  test.each([
    { name: 'an unsigned success', response: () => Response.json({ accepted: 1 }) },
    { name: "a proxy's page", response: () => new Response('<html>', { status: 502 }) },
    { name: 'nothing', response: () => new Response(null, { status: 204 }) },
    { name: 'an answer without end', response: () => new Response('x'.repeat(262_145)) },
  ])('answered by $name was perhaps not heard', async ({ response }) => {
    expect(await aClient({ deps: answering(response) }).send()).toMatchObject({ kind: 'again' })
  })

  test('that nobody answers was perhaps not heard, and its reason holds no secret', async () => {
    const fetch = async () => Promise.reject(new TypeError('fetch failed'))
    const posted = await aClient({ deps: { fetch } }).send()
    expect(posted).toEqual({ kind: 'again', reason: 'fetch failed' })
  })
})

async function hmacGuest(): Promise<Pick<CollectorGuest, 'hmacHex'>> {
  return { hmacHex: await hmacWith(collectorSecret) }
}

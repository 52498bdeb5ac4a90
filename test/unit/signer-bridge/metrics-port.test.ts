import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { type MetricsPort, openMetrics } from '../../../signer-bridge/metrics-port.ts'
import { listen } from '../../../signer-bridge/protocol-provider/listen.ts'

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

/** A port of loopback that another process could as well have. */
async function aTakenPort() {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const free = () => new Promise<void>((freed) => server.close(() => freed()))
  closing.push(free)
  return { port, free }
}

/** A page whose pauses last until they are told to end, and what it has told. */
function aPage() {
  const events: Readonly<Record<string, unknown>>[] = []
  const heard: (() => void)[] = []
  const pauses: { readonly ms: number; readonly end: () => void }[] = []
  const deps = {
    text: async () => 'chrono_bridge_lease_held 1\n',
    log: (event: (typeof events)[number]) => {
      events.push(event)
      for (const hear of heard.splice(0)) hear()
    },
    sleep: (ms: number) =>
      new Promise<void>((end) => {
        pauses.push({ ms, end })
        for (const hear of heard.splice(0)) hear()
      }),
  }
  /** Until something is told, or a pause is begun. */
  const news = () => new Promise<void>((hear) => heard.push(hear))
  return { deps, events, pauses, news }
}

async function opened(port: number, deps: ReturnType<typeof aPage>['deps']): Promise<MetricsPort> {
  const page = await openMetrics(port, deps)
  closing.push(page.close)
  return page
}

function portIn(address: unknown): number {
  if (typeof address === 'object' && address !== null && 'port' in address) {
    return Number(address.port)
  }
  throw new Error('No port was told of.')
}

const pageAt = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text()

describe('a port for metrics', () => {
  test('is served at once where it is free, and nothing else is said there', async () => {
    const { deps, events, pauses } = aPage()
    await opened(0, deps)
    expect(events).toEqual([
      { event: 'metrics-served', address: expect.objectContaining({ address: '127.0.0.1' }) },
    ])
    const port = portIn(events[0]?.['address'])
    expect(await pageAt(port)).toBe('chrono_bridge_lease_held 1\n')
    expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(404)
    expect(pauses).toEqual([])
  })

  test('that another process has stops nobody: it is told, and served once it is free', async () => {
    const { port, free } = await aTakenPort()
    const { deps, events, pauses, news } = aPage()
    await opened(port, deps)
    expect(events).toEqual([{ event: 'metrics-unavailable', code: 'EADDRINUSE', port }])

    await free()
    const served = news()
    pauses[0]?.end()
    await served
    expect(events.map(({ event }) => event)).toEqual(['metrics-unavailable', 'metrics-served'])
    expect(await pageAt(port)).toBe('chrono_bridge_lease_held 1\n')
  })

  test('is asked for again at longer and longer pauses, a minute at most, and told of once', async () => {
    const { port } = await aTakenPort()
    const { deps, events, pauses, news } = aPage()
    await opened(port, deps)
    for (let time = 0; time < 7; time += 1) {
      const again = news()
      pauses.at(-1)?.end()
      await again
    }
    expect(pauses.map(({ ms }) => ms / 1_000)).toEqual([1, 2, 4, 8, 16, 32, 60, 60])
    expect(events).toHaveLength(1)
  })

  test('is not asked for any more once the bridge ends', async () => {
    const { port, free } = await aTakenPort()
    const { deps, events, pauses } = aPage()
    const page = await opened(port, deps)
    await free()
    page.close()
    pauses[0]?.end()
    await expect(pageAt(port)).rejects.toThrow()
    expect(events).toHaveLength(1)
    expect(pauses).toHaveLength(1)
  })
})

test('the port of the protocol provider is refused in a sentence where another process has it', async () => {
  const { port } = await aTakenPort()
  await expect(listen(() => new Response(), { host: '127.0.0.1', port }, false)).rejects.toThrow(
    expect.objectContaining({
      code: 'port-unavailable',
      message: `serve-protocol cannot listen on 127.0.0.1, port ${port}: another process has that port. End the other one, or set protocol_provider.port.`,
    }),
  )
})

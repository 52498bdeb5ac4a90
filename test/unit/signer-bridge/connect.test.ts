/** A bridge that starts among nodes of which one may lie, with or without a reveal that it owes. */

import { afterEach, describe, expect, test, vi } from 'vitest'
import { patienceOf } from '../../../signer-bridge/chain/nodes.ts'
import { connectedChain } from '../../../signer-bridge/connect.ts'
import { endWish } from '../../../signer-bridge/end-wish.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openObservations } from '../../../signer-bridge/observations/observations.ts'
import { networks, withRoundSec } from '../../../src/protocol/networks.ts'
import { addressOf, hashOf, ToldChain } from '../../support/told-chain.ts'

const network = withRoundSec(networks.local, 10)
const { schedule, chainId } = network
const nowSec = Math.floor(Date.now() / 1_000)
const account = addressOf('1')

type Event = { readonly event: string }

/** Starts among nodes; each pause between two attempts is as long as it says. */
function start(
  models: readonly ToldChain[],
  {
    isOwed = false,
    genesisHash,
    lastHash,
  }: {
    readonly isOwed?: boolean
    readonly genesisHash?: string
    readonly lastHash?: string
  } = {},
) {
  const events: Event[] = []
  const observations = openObservations(inMemory, { chainId })
  if (lastHash !== undefined) observations.bindGenesis(lastHash)
  let steadyMs = 0
  let onPause = () => {}
  const wish = endWish()
  const connected = connectedChain(
    {
      nodes: models.map((model) => model.port()),
      network,
      observations,
      genesisHash,
      owesReveal: () => isOwed,
      log: (event) => void events.push(event),
      steadyMs: () => steadyMs,
      sleep: async (ms) => {
        steadyMs += ms
        onPause()
      },
    },
    wish,
  )
  return {
    connected,
    events,
    wish,
    observations,
    steadyMs: () => steadyMs,
    onPause: (act: () => void) => {
      onPause = act
    },
  }
}

/** A node of the chain whose 120th block is now. */
const aNode = (differing: Partial<ToldChain> = {}): ToldChain =>
  Object.assign(new ToldChain(chainId, schedule, nowSec - 120), differing)

const named = (events: readonly Event[], name: string) =>
  events.filter(({ event }) => event === name)

describe('a start with one node that lies', () => {
  test.each<[string, Partial<ToldChain>]>([
    ['is of another chain', { chainId: 19 }],
    ['has another first block than the journal', { genesis: '0x02' }],
    ['is of no chain at all', { chainId: Number.NaN }],
  ])('which %s goes on with the others', async (_, lie) => {
    const honest = aNode()
    const { connected, events } = start([aNode(lie), honest], { genesisHash: '0x01' })
    const chain = await connected
    expect(await chain?.head()).toMatchObject({ number: 120 })
    await chain?.send('0x02', account)
    expect(honest.sent).toEqual(['0x02'])
    expect(named(events, 'node-set-aside')).toHaveLength(1)
    expect(JSON.stringify(events)).not.toContain('node.test')
  })

  test('about the contracts reveals, and has no feed list until two say the same', async () => {
    const liar = aNode({ relay: addressOf('9') })
    const { connected, events, observations } = start([liar, aNode()])
    const chain = await connected
    expect(await chain?.head()).toMatchObject({ number: 120 })
    const head = { number: 120, timestampSec: nowSec, baseFeeWei: 1n }
    await expect(chain?.refreshEpochs(head)).rejects.toMatchObject({ code: 'contract-unknown' })
    expect(() => chain?.feedsOf(1)).toThrow('The nodes differ on where the contracts are.')
    expect(() => chain?.relay()).toThrow('The nodes differ on where the contracts are.')
    expect(observations.contracts.addressesOf('relay')).toEqual([])
    liar.relay = addressOf('b')
    await chain?.refreshEpochs(head)
    expect(chain?.relay()).toBe(addressOf('b'))
    expect(events.map(({ event }) => event)).toEqual(['contracts-unclear', 'contracts-confirmed'])
  })

  test('that nobody contradicts uses its addresses until somebody does', async () => {
    const [liar, honest] = [aNode({ relay: addressOf('9') }), aNode({ isAway: true })]
    const { connected, observations, events } = start([liar, honest])
    const chain = await connected
    const head = { number: 120, timestampSec: nowSec, baseFeeWei: 1n }
    await chain?.refreshEpochs(head)
    expect(chain?.relay()).toBe(addressOf('9'))
    expect(observations.contracts.addressesOf('relay')).toEqual([])
    expect(observations.chainEvents.searched()).toBeDefined()
    honest.isAway = false
    await expect(chain?.refreshEpochs(head)).rejects.toMatchObject({ code: 'contract-unknown' })
    expect(observations.chainEvents.searched()).toBeUndefined()
    expect(events.map(({ event }) => event)).toEqual(['contracts-unconfirmed', 'contracts-unclear'])
  })

  test('later about the contracts changes nothing that two have borne out', async () => {
    const [one, other] = [aNode(), aNode()]
    const { connected } = start([one, other])
    const chain = await connected
    one.relay = addressOf('9')
    await chain?.refreshContracts()
    expect(chain?.relay()).toBe(addressOf('b'))
    other.isAway = true
    await chain?.refreshContracts()
    expect(chain?.relay()).toBe(addressOf('b'))
    other.isAway = false
    other.relay = addressOf('9')
    await chain?.refreshContracts()
    expect(chain?.relay()).toBe(addressOf('9'))
  })
})

describe('a start beside a node that hangs', () => {
  afterEach(() => void vi.useRealTimers())
  const head = { number: 120, timestampSec: nowSec, baseFeeWei: 1n }
  /** More than what a late node may still take. */
  const graceMs = 300

  function hanging(given: { readonly isOwed: boolean }) {
    vi.useFakeTimers()
    const { promise: hangs, resolve: release } = Promise.withResolvers<void>()
    const [honest, silent] = [aNode(), aNode({ hangs })]
    const started = start([honest, silent], { ...given, genesisHash: '0x01' })
    return { ...started, honest, silent, release }
  }
  const firstHead = async (connected: ReturnType<typeof start>['connected']) =>
    (await connected)?.head()

  test('has its first block after one patience where a reveal is owed', async () => {
    const { connected, honest } = hanging({ isOwed: true })
    const seen = vi.fn<(told: unknown) => void>()
    void firstHead(connected).then(seen)
    await vi.advanceTimersByTimeAsync(patienceOf(schedule) + graceMs)
    expect(seen).toHaveBeenCalledWith(expect.objectContaining({ number: 120 }))
    void (await connected)?.send('0x02', account)
    await vi.advanceTimersByTimeAsync(0)
    expect(honest.sent).toEqual(['0x02'])
  })

  test('promises nothing on the word of the other before the patience with it is over', async () => {
    const { connected, events, observations, silent, release } = hanging({ isOwed: true })
    await vi.advanceTimersByTimeAsync(2 * patienceOf(schedule))
    const chain = await connected
    const refreshed = chain?.refreshEpochs(head)
    await vi.advanceTimersByTimeAsync(2 * patienceOf(schedule))
    expect(() => chain?.feedsOf(1)).toThrow('The nodes differ on where the contracts are.')
    expect(() => chain?.relay()).toThrow('The nodes differ on where the contracts are.')
    expect(events).toEqual([])
    silent.isAway = true
    release()
    await refreshed
    expect(chain?.relay()).toBe(addressOf('b'))
    expect(observations.contracts.addressesOf('relay')).toEqual([])
    expect(named(events, 'contracts-unconfirmed').length).toBeGreaterThan(0)
  })

  test('which speaks in the end and says otherwise, nothing is promised at all', async () => {
    const { connected, silent, release } = hanging({ isOwed: true })
    await vi.advanceTimersByTimeAsync(2 * patienceOf(schedule))
    const chain = await connected
    const refreshed = expect(chain?.refreshEpochs(head)).rejects.toMatchObject({
      code: 'contract-unknown',
    })
    silent.relay = addressOf('9')
    release()
    await refreshed
    expect(() => chain?.feedsOf(1)).toThrow('The nodes differ on where the contracts are.')
  })

  test('waits for it where nothing is owed', async () => {
    const { connected, release } = hanging({ isOwed: false })
    const isThere = vi.fn<() => void>()
    void connected.then(isThere)
    await vi.advanceTimersByTimeAsync(10 * patienceOf(schedule))
    expect(isThere).not.toHaveBeenCalled()
    release()
    expect((await connected)?.relay()).toBe(addressOf('b'))
  })
})

describe('where no node that answers has the first block, and the journal is bound to none', () => {
  const nodes = () => [aNode({ genesis: undefined }), aNode({ isAway: true })]

  test('an owed reveal goes by the one of before', async () => {
    const { connected, observations } = start(nodes(), { isOwed: true, lastHash: '0x03' })
    const chain = await connected
    expect(chain).toMatchObject({ genesisHash: '0x03', isGenesisSure: false })
    expect(await chain?.head()).toMatchObject({ number: 120 })
    expect(observations.genesisHash()).toBe('0x03')
  })

  test.each([{ isOwed: false, lastHash: '0x03' }, { isOwed: true }])(
    'the chain is awaited with %o',
    async (given) => {
      const { connected, events, wish, onPause } = start(nodes(), given)
      onPause(() => wish.ask())
      expect(await connected).toBeUndefined()
      expect(named(events, 'chain-awaited')).toHaveLength(1)
    },
  )
})

describe('where all nodes are of another chain', () => {
  const others = () => [aNode({ chainId: 19 }), aNode({ chainId: 19 })]

  test('the start is refused', async () => {
    const { connected, steadyMs } = start(others())
    await expect(connected).rejects.toMatchObject({ code: 'chain-differs' })
    expect(steadyMs()).toBe(0)
  })

  test('an owed reveal is tried for, aloud, for as long as a window can be open', async () => {
    const { connected, events, steadyMs } = start(others(), { isOwed: true })
    await expect(connected).rejects.toMatchObject({ code: 'chain-differs' })
    expect(steadyMs()).toBe(20_000)
    const told = named(events, 'chain-awaited')
    expect(told.length).toBeGreaterThan(50)
    expect(told[0]).toMatchObject({ code: 'chain-differs', reveal_owed: true })
    expect(named(events, 'node-set-aside').length).toBeLessThan(3)
  })

  test('an owed reveal is sent as soon as one of them is right', async () => {
    const [one, other] = [aNode({ chainId: 19 }), aNode({ chainId: 19 })]
    const { connected, onPause } = start([one, other], { isOwed: true })
    onPause(() => {
      one.chainId = chainId
    })
    await (await connected)?.send('0x02', account)
    expect([one.sent, other.sent]).toEqual([['0x02'], []])
  })

  test('a process that is told to end does', async () => {
    const { connected, onPause, wish } = start(others(), { isOwed: true })
    onPause(wish.ask)
    expect(await connected).toBeUndefined()
  })
})

test.each([
  { isOwed: false, ends: 'refused' },
  { isOwed: true, ends: 'no obstacle to the reveal' },
])('a registry that no node can read, reveal owed: $isOwed: $ends', async ({ isOwed }) => {
  const { connected } = start([aNode({ submission: addressOf('f') })], { isOwed })
  if (!isOwed) {
    await expect(connected).rejects.toMatchObject({ code: 'contract-unknown' })
    return
  }
  const chain = await connected
  expect(await chain?.head()).toMatchObject({ number: 120 })
  expect(await chain?.receiptsOf([hashOf('any')])).toEqual([])
})

/** A node over HTTP that answers anything at all: it has told nothing, and nothing breaks over it. */

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { belief, tellingOf } from '../../signer-bridge/chain/belief.ts'
import { callsBy } from '../../signer-bridge/chain/calls-by.ts'
import { contractsAmong } from '../../signer-bridge/chain/contracts.ts'
import { latestCounts } from '../../signer-bridge/chain/counts.ts'
import { nodeAt, nodesOf } from '../../signer-bridge/chain/nodes.ts'
import { receiptsOver } from '../../signer-bridge/chain/receipts.ts'
import { rosterOf } from '../../signer-bridge/chain/roster.ts'
import { networks } from '../../src/protocol/networks.ts'
import { addressOf, hashOf } from '../support/told-chain.ts'

const { chainId, schedule } = networks.flare
let server: Server | undefined

afterEach(() => {
  server?.closeAllConnections()
  server?.close()
})

/** A node whose every result is this. */
async function aNode(result: unknown) {
  const listening = createServer((request, response) => {
    request.resume()
    request.on('end', () => {
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result }))
    })
  })
  server = listening
  await new Promise<void>((resolve) => void listening.listen(0, '127.0.0.1', resolve))
  // A server that listens on a port has an address with one.
  const { port } = listening.address() as AddressInfo
  return nodeAt(`http://127.0.0.1:${port}`, chainId, 2_000)
}

const odd: readonly (readonly [string, unknown])[] = [
  ['null', null],
  ['an empty object', {}],
  ['a word', 'banana'],
  ['no bytes', '0x'],
  ['a figure below zero', '-0x1'],
  ['a figure above all others', `0x${'f'.repeat(64)}`],
  ['a list of nothing', [null]],
  [
    'a block of the far future, with odd figures',
    {
      number: `0x${'f'.repeat(30)}`,
      timestamp: '-0x5',
      hash: '0x01',
      transactions: [null, {}, { to: 5, from: null }],
      status: 'odd',
      gasUsed: '-0x1',
      effectiveGasPrice: `0x${'f'.repeat(64)}`,
      blockNumber: null,
    },
  ],
]

describe.each(odd)('a node that answers %s', (_, result) => {
  const unreachable = { code: 'chain-unreachable' }

  test('has told of no chain, head, count, receipt, call or contract', async () => {
    const node = await aNode(result)
    const nodes = nodesOf([node], 500)
    const log = () => undefined
    const roster = rosterOf({ nodes: [node], chainId, patienceMs: 500, log })
    const believed = belief(log, schedule)
    const stretch = { fromSec: 0, untilSec: Number.POSITIVE_INFINITY }
    const wanted = { chainId, addresses: [addressOf('1')] }
    const questions = [
      () => roster.settle(),
      () => nodes.askAll(tellingOf),
      () => latestCounts(nodes, believed, addressOf('1')),
      () => callsBy(nodes, wanted, stretch, 500),
      () => contractsAmong(nodes),
    ]
    for (const question of questions) {
      await expect(question()).rejects.toMatchObject({
        code: expect.stringMatching(/^chain-(unreachable|differs)$/),
      })
    }
    const receipts = receiptsOver({ nodes, schedule, log })([hashOf('any')])
    if (result === null) expect(await receipts).toEqual([])
    else await expect(receipts).rejects.toMatchObject(unreachable)
  })
})

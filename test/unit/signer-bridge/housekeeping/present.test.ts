import { describe, expect, test } from 'vitest'
import { ChainError } from '../../../../signer-bridge/chain/chain.ts'
import { nodesOf } from '../../../../signer-bridge/chain/nodes.ts'
import {
  callReads,
  likelyGas,
  mostSimulated,
  type Simulated,
} from '../../../../signer-bridge/housekeeping/call-reads.ts'
import { gasLimitOf, maxHouseGas } from '../../../../signer-bridge/housekeeping/policy.ts'
import { presentAnswer } from '../../../../signer-bridge/housekeeping/present.ts'
import { anAddress } from '../../../support/house-claims.ts'
import { aToldNode } from '../../../support/told-nodes.ts'

const chain = { head: () => Promise.resolve({ number: 100, timestampSec: 0, baseFeeWei: 0n }) }

type Said = { readonly head: number; readonly says: string | undefined }

/** What the nodes come to; one that says nothing fails. */
async function heard(...said: readonly Said[]): Promise<unknown> {
  const nodes = said.map(({ head, says }, place) =>
    aToldNode(`${place}`, head, () => {
      if (says === undefined) throw new Error('Down.')
      return says
    }),
  )
  return await presentAnswer(nodesOf(nodes, 50), chain, (node) =>
    node.request({ method: 'web3_clientVersion' }),
  )
}

describe('the present is told by', () => {
  test.each<{ name: string; said: readonly Said[] }>([
    {
      name: 'the node at the head, and not the first one, which is stuck',
      said: [
        { head: 94, says: 'old' },
        { head: 100, says: 'new' },
      ],
    },
    {
      name: 'one at the head, though two are stuck',
      said: [
        { head: 60, says: 'old' },
        { head: 60, says: 'old' },
        { head: 101, says: 'new' },
      ],
    },
    {
      name: 'none that claims to be far ahead',
      said: [
        { head: 161, says: 'old' },
        { head: 100, says: 'new' },
      ],
    },
    {
      name: 'most of those at the head, against one that lies',
      said: [
        { head: 102, says: 'lie' },
        { head: 100, says: 'new' },
        { head: 95, says: 'new' },
      ],
    },
    {
      name: 'the newest of two that differ',
      said: [
        { head: 100, says: 'old' },
        { head: 101, says: 'new' },
      ],
    },
    {
      name: 'the one that answers',
      said: [
        { head: 100, says: undefined },
        { head: 100, says: 'new' },
      ],
    },
  ])('$name', async ({ said }) => {
    expect(await heard(...said)).toBe('new')
  })

  test('nobody, where all that answer are stuck', async () => {
    const stuck = heard({ head: 94, says: 'old' }, { head: 100, says: undefined })
    await expect(stuck).rejects.toBeInstanceOf(ChainError)
  })
})

describe('what a call would do', () => {
  const done = { kind: 'done', data: '0x01' } as const
  const refused = (reason: string) => ({ kind: 'refused', reason }) as const

  test.each<{ name: string; said: readonly Simulated[]; is: Simulated }>([
    { name: 'most say so', said: [done, refused('a'), refused('b')], is: refused('a') },
    { name: 'one refuses and one does not', said: [refused('a'), done], is: done },
    {
      name: 'two of three do it alike',
      said: [{ kind: 'done', data: '0x02' }, done, done],
      is: done,
    },
  ])('is told where $name', ({ said, is }) => {
    expect(mostSimulated(said)).toEqual(is)
  })

  test('is asked of the node at the head, where the first one is stuck', async () => {
    const nodes = [
      aToldNode('stuck', 50, () => '0x'),
      aToldNode('well', 100, ({ method }) => (method === 'eth_estimateGas' ? '0x7' : '0x01')),
    ]
    const reads = callReads(nodesOf(nodes, 50), chain, anAddress(1))
    expect(await reads.simulate(anAddress(2), anAddress(3), '0x1234')).toEqual(done)
    expect(await reads.estimateGas(anAddress(2), anAddress(3), '0x1234')).toBe(7n)
  })

  const largest = (maxHouseGas * 4n) / 5n

  test.each([
    { name: 'the most that nodes tell', told: [5n, 9n, 7n], is: 9n },
    { name: 'exactly as much as may be sent', told: [5n, largest], is: largest },
    { name: 'no more than may be sent, whatever one says', told: [5n, largest + 1n], is: 5n },
    { name: 'too much, where all say so', told: [largest + 9n, largest + 1n], is: largest + 1n },
  ])('takes $name', ({ told, is }) => {
    expect(likelyGas(told)).toBe(is)
    expect(gasLimitOf(largest)).toBe(maxHouseGas)
  })
})

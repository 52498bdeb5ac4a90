import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { dataSourceAt, maxDataBytes } from '../../../../signer-bridge/housekeeping/data-source.ts'
import {
  claimsFor,
  isPaidByProof,
  readRewardData,
} from '../../../../signer-bridge/housekeeping/reward-data.ts'
import { merkleTreeOf } from '../../../../src/protocol/merkle-tree.ts'
import { rewardClaimLeaf } from '../../../../src/protocol/reward-claims.ts'
import { aClaim, anAddress, owner } from '../../../support/house-claims.ts'
import { publishedRewards } from '../../../support/housekeeping.ts'
import { vectorsAreHere, vectorsFolder } from '../../../support/published-vectors.ts'

const publishedFile = '09-flare-392-reward-distribution-data.json'
/** As its file says. */
const publishedRoot = '0xd274e4bdf52f9e4e80ce1041f4afd6b459a00c748936e89b049007c86fee48e6'

const directory = mkdtempSync(join(tmpdir(), 'chrono-reward-data-'))
afterAll(() => rmSync(directory, { recursive: true }))

const claims = [aClaim(), aClaim({ beneficiary: anAddress(0xb2) }), aClaim({ amount: 7n })]
const { root, data } = publishedRewards(417, claims)
const place = { network: 'local', rewardEpochId: 417 } as const

describe('reward data', () => {
  test('gives the claims of a beneficiary, in any case of letters, each with whether it is proven', () => {
    const read = readRewardData(JSON.stringify(data), place)
    const upper: `0x${string}` = `0x${owner.slice(2).toUpperCase()}`
    const found = claimsFor(read, upper, root)
    expect(found.map(({ body, isProven }) => [body.amount, isProven])).toEqual([
      [10n, true],
      [7n, true],
    ])
  })

  test.each([
    { name: 'more', change: { amount: '11' } },
    { name: 'of another type', change: { claimType: 0 } },
    { name: 'of somebody else', change: { beneficiary: owner }, at: 1 },
  ])('proves nothing where a claim is $name', ({ change, at = 0 }) => {
    const rewardClaims = data.rewardClaims.map((claim, i) =>
      i === at ? { ...claim, body: { ...claim.body, ...change } } : claim,
    )
    const read = readRewardData(JSON.stringify({ ...data, rewardClaims }), place)
    expect(claimsFor(read, owner, root).filter(({ isProven }) => !isProven)).toHaveLength(1)
  })

  test('whose own root is made to fit proves nothing either: what counts is the one on chain', () => {
    const forged = publishedRewards(417, [aClaim({ amount: 1_000n }), aClaim()])
    const read = readRewardData(JSON.stringify(forged.data), place)
    expect(claimsFor(read, owner, root).some(({ isProven }) => isProven)).toBe(false)
  })

  test.each([
    { name: 'of another network', text: JSON.stringify({ ...data, network: 'flare' }) },
    { name: 'of another reward epoch', text: JSON.stringify({ ...data, rewardEpochId: 418 }) },
    {
      name: 'with a claim of another reward epoch',
      text: JSON.stringify(publishedRewards(417, [aClaim({ rewardEpochId: 416 })]).data),
    },
    { name: 'that is no JSON', text: '{' },
    { name: 'of another shape', text: '{"rewardEpochId":417}' },
  ])('$name is refused', ({ text }) => {
    expect(() => readRewardData(text, place)).toThrow(
      expect.objectContaining({ code: 'data-malformed' }),
    )
  })

  test('has the tree of the protocol: the root of its leaves', () => {
    expect(root).toBe(merkleTreeOf(claims.map(rewardClaimLeaf)).root)
  })
})

describe('a source', () => {
  const never: typeof fetch = () => Promise.reject(new Error('Nobody is asked.'))
  const source = (where: string, fetch = never) => dataSourceAt(where, { network: 'local', fetch })

  test('that is a file has its own reward epoch and no other', async () => {
    const file = join(directory, 'one.json')
    writeFileSync(file, JSON.stringify(data))
    expect((await source(file)(417))?.merkleRoot).toBe(root)
    expect(await source(file)(418)).toBeUndefined()
  })

  test('that is not there is told of at once', () => {
    expect(() => source(join(directory, 'none'))).toThrow(
      expect.objectContaining({ code: 'data-unreadable' }),
    )
  })

  test('elsewhere is read no further than it may be long', async () => {
    let given = 0
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        given += 1_000_000
        controller.enqueue(new Uint8Array(1_000_000))
      },
    })
    const asked = source('https://data.example', () => Promise.resolve(new Response(endless)))(417)
    await expect(asked).rejects.toMatchObject({ code: 'data-unreadable' })
    expect(given).toBeLessThan(maxDataBytes + 3_000_000)
  })

  test('elsewhere is asked with a deadline, and follows no redirection', async () => {
    const asked: (RequestInit | undefined)[] = []
    const answer: typeof fetch = (_, init) => {
      asked.push(init)
      return Promise.resolve(new Response(null, { status: 404 }))
    }
    expect(await source('https://data.example/', answer)(417)).toBeUndefined()
    expect(asked[0]).toMatchObject({ redirect: 'error', signal: expect.any(AbortSignal) })
  })

  test('elsewhere that answers with an error is no lack of data', async () => {
    const answer = () => Promise.resolve(new Response('', { status: 500 }))
    await expect(source('http://data.example', answer)(417)).rejects.toMatchObject({
      code: 'data-unreadable',
    })
  })
})

if (vectorsAreHere) {
  test('the published data of a real reward epoch is read, and all its fees are proven', async () => {
    const file = fileURLToPath(new URL(publishedFile, vectorsFolder))
    const read = await dataSourceAt(file, { network: 'flare', fetch })(392)
    const fees = (read?.rewardClaims ?? []).filter(({ body }) => isPaidByProof(body))
    expect(fees).toHaveLength(87)
    for (const { body } of fees) {
      const own = claimsFor(read ?? neverRead(), body.beneficiary, publishedRoot)
      expect(own.every(({ isProven }) => isProven)).toBe(true)
    }
  })
} else {
  test('the published data is not here, and rewards of our own stand in', () => {
    expect(existsSync(new URL(publishedFile, vectorsFolder))).toBe(false)
  })
}

function neverRead(): never {
  throw new Error('The file is of reward epoch 392.')
}

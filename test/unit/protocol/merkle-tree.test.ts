import fc from 'fast-check'
import { bytesToHex, concatHex, type Hex, keccak256, pad } from 'viem'
import { describe, expect, test } from 'vitest'
import { merkleProof, merkleTreeOf, provesLeaf } from '../../../src/protocol/merkle-tree.ts'

const leaf = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => bytesToHex(bytes))
const leaves = fc.array(leaf, { minLength: 1, maxLength: 80 })

/** Leaves as the published cases write them: filled up on the left. */
function filled(...short: readonly Hex[]): Hex[] {
  return short.map((each) => pad(each))
}

function word(digits: string): Hex {
  return `0x${digits.repeat(32)}`
}

describe('merkleTreeOf', () => {
  // Published by py-flare-common, tests/test_merkle_tree.py.
  test.each<{ given: readonly Hex[]; root: Hex }>([
    {
      given: ['0xabf1118796', '0x465afec45b'],
      root: '0x3542843c98b2d247a96f53d8d6af8484fb6eb91efaccf5cee404a7f2845ed061',
    },
    {
      given: ['0x01', '0x02', '0x03', '0x04', '0x05', '0x06', '0x07', '0x08'],
      root: '0xca06f8324669a77a3ef9a7bcf15421d7bb5618a79dbe5590117ba5f5a4e72bc1',
    },
    {
      given: ['0xabf1118796', '0x465afec45b', '0x94aafe1267'],
      root: '0x27c1f8bd1f33751289bb92c3fd7f7ee5e5c5163c818d7370578897b0d50bbac3',
    },
  ])('the root over $given is as published', ({ given, root }) => {
    expect(merkleTreeOf(filled(...given)).root).toBe(root)
    expect(merkleTreeOf(filled(...given).toReversed()).root).toBe(root)
  })

  test('a single leaf is its own root', () => {
    expect(merkleTreeOf([word('ab')])).toEqual({ root: word('ab'), nodes: [word('ab')] })
  })

  test('is a heap: five leaves stand ascending behind four inner nodes', () => {
    const sorted = ['01', '02', '03', '04', '05'].map(word)
    const { nodes } = merkleTreeOf(sorted.toReversed())
    expect(nodes.slice(4)).toEqual(sorted)
    const hash = (...pair: Hex[]) => keccak256(concatHex(pair.toSorted()))
    const twoAndThree = hash(word('02'), word('03'))
    const fourAndFive = hash(word('04'), word('05'))
    // The leaves stand at 4 to 8: the last two below 3, the second and third below 2.
    expect(nodes.slice(0, 4)).toEqual([
      hash(hash(word('01'), fourAndFive), twoAndThree),
      hash(word('01'), fourAndFive),
      twoAndThree,
      fourAndFive,
    ])
  })

  test('repetition and case of letters make no other tree', () => {
    const tree = merkleTreeOf([word('ab'), word('cd')])
    const loud: Hex = `0x${'AB'.repeat(32)}`
    expect(merkleTreeOf([word('cd'), loud, word('ab'), word('cd')])).toEqual(tree)
  })

  test('refuses no leaf at all, and leaves that are not 32 bytes', () => {
    expect(() => merkleTreeOf([])).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'value-out-of-range' }),
    )
    for (const odd of ['0xab', `0x${'ab'.repeat(33)}`, '0x', `0x${'a'.repeat(63)}`] as const) {
      expect(() => merkleTreeOf([odd])).toThrow(
        expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
      )
    }
  })
})

describe('merkleProof', () => {
  // Of the same source.
  test('of the sixth of eight leaves is as published', () => {
    const eight = filled('0x01', '0x02', '0x03', '0x04', '0x05', '0x06', '0x07', '0x08')
    expect(merkleProof(merkleTreeOf(eight), pad('0x06'))).toEqual([
      pad('0x05'),
      '0x24cd397636bedc6cf9b490d0edd57c769c19b367fb7d5c2344ae1ddc7d21c144',
      '0x0c48ddc2b8d6d066c52fc608d4d0254f418bea6cd8424fe95390ac87323f9c9f',
    ])
  })

  test('property: leads from every leaf to the root, and from none to another', () => {
    fc.assert(
      fc.property(leaves, leaf, (list, other) => {
        const tree = merkleTreeOf(list)
        for (const each of list) {
          const proof = merkleProof(tree, each) ?? []
          expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(list.length)))
          expect(provesLeaf(proof, each, tree.root)).toBe(true)
          expect(provesLeaf(proof, other, tree.root)).toBe(list.includes(other) && other === each)
          expect(provesLeaf(proof, each, other)).toBe(false)
        }
      }),
    )
  })

  test('of a leaf that the tree does not have is none, even of an inner node', () => {
    const tree = merkleTreeOf(['01', '02', '03'].map(word))
    expect(merkleProof(tree, word('04'))).toBeUndefined()
    expect(merkleProof(tree, tree.root)).toBeUndefined()
    expect(merkleProof(tree, tree.nodes[1] ?? '0x')).toBeUndefined()
  })

  test('of the only leaf is empty', () => {
    expect(merkleProof(merkleTreeOf([word('ab')]), word('ab'))).toEqual([])
  })
})

describe('provesLeaf', () => {
  const tree = merkleTreeOf(['01', '02', '03'].map(word))
  const proof = merkleProof(tree, word('02')) ?? []

  test('does not depend on the case of letters', () => {
    const loud = proof.map((each): Hex => `0x${each.slice(2).toUpperCase()}`)
    expect(provesLeaf(loud, word('02'), `0x${tree.root.slice(2).toUpperCase()}`)).toBe(true)
  })

  test.each<{ why: string; given: readonly [readonly Hex[], Hex, Hex] }>([
    { why: 'a step too few', given: [proof.slice(1), word('02'), tree.root] },
    { why: 'a step too many', given: [[...proof, word('04')], word('02'), tree.root] },
    { why: 'a step cut short', given: [['0x01', ...proof.slice(1)], word('02'), tree.root] },
    { why: 'a leaf of no bytes', given: [proof, '0x', tree.root] },
    { why: 'a root that is no hex', given: [proof, word('02'), '0xno'] },
  ])('$why proves nothing', ({ given }) => {
    expect(provesLeaf(...given)).toBe(false)
  })
})

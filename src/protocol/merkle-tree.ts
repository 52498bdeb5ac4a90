/**
 * The protocol's Merkle tree: leaves without repetition in ascending order, pairs hashed in
 * ascending order, so that a proof needs no word on left and right.
 *
 * It is a heap in an array: the root stands first, the children of `i` at `2i + 1` and `2i + 2`,
 * and the `n` leaves at the end of `2n - 1` nodes. Leaves are hashed once, by whoever makes them.
 */

import { concatHex, type Hex, keccak256 } from 'viem'
import { wholeBytes } from './bytes.ts'
import { ProtocolError } from './errors.ts'

export type MerkleTree = {
  /** 32 bytes. */
  readonly root: Hex
  /** The heap: root, inner nodes, leaves; 32 bytes each, in lower case. */
  readonly nodes: readonly Hex[]
}

const nodeBytes = 32

/**
 * The tree over some leaves, given in any order and any number of times.
 *
 * @param leaves 32 bytes each, at least one.
 * @throws {ProtocolError} `value-out-of-range` if there is no leaf; `malformed-payload` if one is
 *   not 32 bytes.
 * @see https://github.com/flare-foundation/FTSO-Scaling `MerkleTree`
 */
export function merkleTreeOf(leaves: readonly Hex[]): MerkleTree {
  const sorted = [...new Set(leaves.map(refuseOddNode))].toSorted()
  const inner = sorted.length - 1
  if (inner < 0) throw new ProtocolError('value-out-of-range', 'A Merkle tree has a leaf.')

  const nodes: Hex[] = [...Array<Hex>(inner).fill('0x'), ...sorted]
  for (let at = inner - 1; at >= 0; at -= 1) {
    nodes[at] = hashOfPair(nodeAt(nodes, 2 * at + 1), nodeAt(nodes, 2 * at + 2))
  }
  return { root: nodeAt(nodes, 0), nodes }
}

/**
 * What leads from a leaf to the root: the sibling of every node on the way, from below.
 *
 * @returns `undefined` if the tree has no such leaf. For the only leaf of a tree it is empty.
 */
export function merkleProof({ nodes }: MerkleTree, leaf: Hex): readonly Hex[] | undefined {
  const firstLeaf = (nodes.length - 1) / 2
  const found = nodes.indexOf(lowerCase(leaf), firstLeaf)
  if (found < 0) return undefined

  const proof: Hex[] = []
  for (let at = found; at > 0; at = (at - 1) >> 1) {
    proof.push(nodeAt(nodes, at % 2 === 0 ? at - 1 : at + 1))
  }
  return proof
}

/**
 * Whether a proof leads from the leaf to the root: OpenZeppelin's `MerkleProof.verify`. Anything
 * that is no proof, not even hex, proves nothing.
 */
export function provesLeaf(proof: readonly Hex[], leaf: Hex, root: Hex): boolean {
  if (![leaf, root, ...proof].every(isNode)) return false
  return proof.reduce(hashOfPair, lowerCase(leaf)) === lowerCase(root)
}

function hashOfPair(one: Hex, other: Hex): Hex {
  const pair = [lowerCase(one), lowerCase(other)].toSorted()
  return keccak256(concatHex(pair))
}

function nodeAt(nodes: readonly Hex[], at: number): Hex {
  const node = nodes[at]
  if (node === undefined) throw new RangeError(`A tree of ${nodes.length} nodes has no ${at}.`)
  return node
}

function refuseOddNode(leaf: Hex): Hex {
  if (wholeBytes(leaf, 'leaf').length !== nodeBytes) {
    throw new ProtocolError('malformed-payload', 'A leaf is 32 bytes.')
  }
  return lowerCase(leaf)
}

function isNode(hex: Hex): boolean {
  return /^0x[0-9a-f]{64}$/i.test(hex)
}

function lowerCase(hex: Hex): Hex {
  return `0x${hex.slice(2).toLowerCase()}`
}

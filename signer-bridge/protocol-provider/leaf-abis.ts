/**
 * How the leaves of a round's tree are encoded, as JSON ABI: for whoever checks a proof without our
 * code. Names and nesting are those of the interface `IFtsoFeedPublisher`.
 *
 * @see https://dev.flare.network/network/solidity-reference (seen 2026-11-22)
 */

import { toFunctionSelector } from 'viem'

const field = (name: string, type: string) => ({ internalType: type, name, type })

const struct = (name: string, of: string, components: readonly object[]) => ({
  components,
  internalType: `struct IFtsoFeedPublisher.${of}`,
  name,
  type: 'tuple',
})

const feedFields = [
  field('votingRoundId', 'uint32'),
  field('id', 'bytes21'),
  field('value', 'int32'),
  field('turnoutBIPS', 'uint16'),
  field('decimals', 'int8'),
]

const randomFields = [
  field('votingRoundId', 'uint32'),
  field('value', 'uint256'),
  field('isSecure', 'bool'),
]

/** `GET /data-abis`: each structure under the name of a function that would take it. */
export const leafAbis = [
  {
    abiName: 'randomStruct',
    data: {
      abi: struct('_random', 'Random', randomFields),
      signature: toFunctionSelector('randomStruct((uint32,uint256,bool))'),
    },
  },
  {
    abiName: 'feedStruct',
    data: {
      abi: struct('_feed', 'Feed', feedFields),
      signature: toFunctionSelector('feedStruct((uint32,bytes21,int32,uint16,int8))'),
    },
  },
  {
    abiName: 'feedWithProofStruct',
    data: {
      abi: struct('_proof', 'FeedWithProof', [
        field('merkleProof', 'bytes32[]'),
        struct('body', 'Feed', feedFields),
      ]),
      signature: toFunctionSelector(
        'feedWithProofStruct((bytes32[],(uint32,bytes21,int32,uint16,int8)))',
      ),
    },
  },
] as const

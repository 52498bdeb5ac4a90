import {
  type Abi,
  concatHex,
  decodeErrorResult,
  decodeEventLog,
  decodeFunctionResult,
  encodeFunctionData,
  getAddress,
  type Hex,
  toEventSelector,
  toFunctionSelector,
} from 'viem'
import { describe, expect, test } from 'vitest'
import {
  contractNames,
  entityManagerAbi,
  flareSystemsCalculatorAbi,
  flareSystemsManagerAbi,
  formerVoterRegistryAbi,
  ftsoRewardOffersManagerAbi,
  registryAbi,
  registryAddress,
  relayAbi,
  submissionAbi,
  submissionAddress,
  voterRegistryAbi,
} from '../../../src/protocol/contracts.ts'
import { canonicalFeedOrder } from '../../../src/protocol/feed-order.ts'
import { submissionSelectors } from '../../../src/protocol/submission.ts'

const abis: Readonly<Record<string, Abi>> = {
  registry: registryAbi,
  submission: submissionAbi,
  flareSystemsManager: flareSystemsManagerAbi,
  relay: relayAbi,
  ftsoRewardOffersManager: ftsoRewardOffersManagerAbi,
  voterRegistry: voterRegistryAbi,
  entityManager: entityManagerAbi,
}

/** The number as a word of 32 bytes. */
function word(value: bigint | number): Hex {
  return `0x${value.toString(16).padStart(64, '0')}`
}

/** The bytes at the left of a word of 32 bytes. */
function left(hex: Hex): Hex {
  return `0x${hex.slice(2).padEnd(64, '0')}`
}

test('the two fixed addresses are written with their checksums', () => {
  expect(registryAddress).toBe('0xaD67FE66660Fb8dFE9d6b1b4240d8650e30F6019')
  expect(submissionAddress).toBe('0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f')
  for (const address of [registryAddress, submissionAddress]) {
    expect(getAddress(address.toLowerCase())).toBe(address)
  }
})

test('the registry knows the contracts by these names', () => {
  expect(contractNames).toEqual({
    submission: 'Submission',
    flareSystemsManager: 'FlareSystemsManager',
    relay: 'Relay',
    ftsoRewardOffersManager: 'FtsoRewardOffersManager',
    voterRegistry: 'VoterRegistry',
    entityManager: 'EntityManager',
    flareSystemsCalculator: 'FlareSystemsCalculator',
  })
})

describe('selectors', () => {
  // Those of the calls that no bytes on record show are hashes of the published signatures.
  const expected = {
    registry: {
      getContractAddressByName: '0x82760fca',
      getContractAddressesByName: '0x76d2b1af',
      getAllContracts: '0x18d3ce96',
    },
    submission: { ...submissionSelectors, submitAndPass: '0x833bf6c0' },
    flareSystemsManager: {
      getCurrentRewardEpochId: toFunctionSelector('getCurrentRewardEpochId()'),
      getCurrentVotingEpochId: '0x4134520b',
      getStartVotingRoundId: toFunctionSelector('getStartVotingRoundId(uint256)'),
      firstVotingRoundStartTs: toFunctionSelector('firstVotingRoundStartTs()'),
      votingEpochDurationSeconds: toFunctionSelector('votingEpochDurationSeconds()'),
      firstRewardEpochStartTs: '0x79e047ed',
      rewardEpochDurationSeconds: '0x85f3c9c9',
    },
    relay: {
      relay: '0xb59589d1',
      toSigningPolicyHash: toFunctionSelector('toSigningPolicyHash(uint256)'),
      startingVotingRoundIds: toFunctionSelector('startingVotingRoundIds(uint256)'),
      merkleRoots: toFunctionSelector('merkleRoots(uint256,uint256)'),
      isFinalized: toFunctionSelector('isFinalized(uint256,uint256)'),
      lastInitializedRewardEpochData: '0x8af0c307',
      getRandomNumber: toFunctionSelector('getRandomNumber()'),
    },
    ftsoRewardOffersManager: {},
    voterRegistry: {},
    entityManager: {
      getVoterAddresses: '0xe5771dbc',
      getVoterAddressesAt: toFunctionSelector('getVoterAddressesAt(address,uint256)'),
    },
  }

  test.each(Object.entries(abis))('of %s are those of the deployed contract', (name, abi) => {
    const calls = abi.filter((item) => item.type === 'function')
    expect({
      [name]: Object.fromEntries(calls.map((call) => [call.name, toFunctionSelector(call)])),
    }).toEqual({ [name]: Object.entries(expected).find(([each]) => each === name)?.[1] })
  })

  test('that a relay has already happened is the error 0xd0ebeb4b', () => {
    expect(decodeErrorResult({ abi: relayAbi, data: '0xd0ebeb4b' }).errorName).toBe(
      'AlreadyRelayed',
    )
  })

  test('the relay’s other errors carry no arguments', () => {
    const errors = relayAbi.filter((item) => item.type === 'error')
    expect(errors.map(({ name }) => name).toSorted()).toEqual([
      'AlreadyRelayed',
      'BadS',
      'BadV',
      'IncorrectMerkleProof',
      'InvalidRandomNumberProof',
      'NoRandomNumber',
    ])
    expect(errors.flatMap(({ inputs }) => inputs)).toEqual([])
  })
})

describe('topics', () => {
  test.each([
    {
      event: 'RewardEpochStarted',
      topic: '0x4abb62ab1e4c42a11b90e4e45b92af1274f74cc634b759518e8c99e000d8be6d',
    },
    {
      event: 'RandomAcquisitionStarted',
      topic: '0xf9991783e5e480e42d9a54d3f35f4321857f8f0ebeb3742d326dce28b1126708',
    },
    {
      event: 'VotePowerBlockSelected',
      topic: '0xf21722dbe044a7cea0f6d81c871cae750971e36c9dd10999e46f2b46f26ac7ff',
    },
    {
      event: 'SignUptimeVoteEnabled',
      topic: '0x235cef7d085c1e59545613282d239e56eb0cd056135aa46b8c658cf54a078561',
    },
    {
      event: 'ProtocolMessageRelayed',
      topic: '0x4b781cfef3123d9257ab69e6e8ea36ad75a346d63c5ecf8a46931a0eef48bb9e',
    },
    {
      event: 'SigningPolicyInitialized',
      topic: '0x91d0280e969157fc6c5b8f952f237b03d934b18534dafcac839075bbc33522f8',
    },
    {
      event: 'RandomNumberRelayed',
      topic: toEventSelector('RandomNumberRelayed(uint32,uint256,bool)'),
    },
    {
      event: 'InflationRewardsOffered',
      topic: '0x01070f0e535c0d3077d9ca64b3122869a1897ff5c7711ba33b4db1fb9fd70cfc',
    },
    {
      event: 'RewardsOffered',
      topic: '0x0b348981891869f97551a071f05fba72c5efadafb062152f1ef417a25264d69a',
    },
    {
      event: 'VoterRegistered',
      topic: '0xbfb6cd90b6e2668916d9e034926c84f40bcf94094b0d625ec8eecfdeb2150ae1',
    },
  ])('$event is known on chain as $topic', ({ event, topic }) => {
    const events = Object.values(abis).flatMap((abi) => abi.filter((item) => item.type === 'event'))
    expect(events).toHaveLength(10)
    expect(events.filter(({ name }) => name === event).map(toEventSelector)).toEqual([topic])
  })

  test('VoterRegistered had another shape before reward epoch 417', () => {
    expect(formerVoterRegistryAbi.map(toEventSelector)).toEqual([
      '0x824bc2cc10bfe21ead60b8c8a90716eb325b9335aa73eaede799abf38fce062c',
    ])
  })

  test('VoterRegistrationInfo has one shape since then and had one before', () => {
    expect(flareSystemsCalculatorAbi.map(toEventSelector)).toEqual([
      '0xc49a5cabcc0776ace8cfd024e155bc303ee5e492b29d59f1ff7dbafa0b34a04b',
      '0x0ab8c10ef8cc6c5a591797917aba3b2688483b9ff7ab824f36b872a45b752e1f',
    ])
  })
})

// A topic is the same whether a parameter is indexed or not: only a whole log tells.
describe('logs', () => {
  test('RewardEpochStarted', () => {
    const log = decodeEventLog({
      abi: flareSystemsManagerAbi,
      topics: [
        '0x4abb62ab1e4c42a11b90e4e45b92af1274f74cc634b759518e8c99e000d8be6d',
        word(452), // rewardEpochId
      ],
      data: concatHex([
        word(1_518_720), // startVotingRoundId
        word(1_795_114_800), // timestamp
      ]),
    })
    expect(log).toEqual({
      eventName: 'RewardEpochStarted',
      args: { rewardEpochId: 452, startVotingRoundId: 1_518_720, timestamp: 1_795_114_800n },
    })
  })

  test('RandomAcquisitionStarted, VotePowerBlockSelected and SignUptimeVoteEnabled', () => {
    const decoded = [
      {
        topic: '0xf9991783e5e480e42d9a54d3f35f4321857f8f0ebeb3742d326dce28b1126708',
        data: word(7),
      },
      {
        topic: '0xf21722dbe044a7cea0f6d81c871cae750971e36c9dd10999e46f2b46f26ac7ff',
        data: concatHex([word(5), word(7)]),
      },
      {
        topic: '0x235cef7d085c1e59545613282d239e56eb0cd056135aa46b8c658cf54a078561',
        data: word(7),
      },
    ].map(({ topic, data }) =>
      // The literals are hex, which the array's common type no longer says.
      decodeEventLog({ abi: flareSystemsManagerAbi, topics: [topic as Hex, word(453)], data }),
    )
    expect(decoded).toEqual([
      { eventName: 'RandomAcquisitionStarted', args: { rewardEpochId: 453, timestamp: 7n } },
      {
        eventName: 'VotePowerBlockSelected',
        args: { rewardEpochId: 453, votePowerBlock: 5n, timestamp: 7n },
      },
      { eventName: 'SignUptimeVoteEnabled', args: { rewardEpochId: 453, timestamp: 7n } },
    ])
  })

  test('the two kinds of offers, from which the feed order is made as they come', () => {
    const inflation = decodeEventLog({
      abi: ftsoRewardOffersManagerAbi,
      eventName: 'InflationRewardsOffered',
      topics: ['0x01070f0e535c0d3077d9ca64b3122869a1897ff5c7711ba33b4db1fb9fd70cfc', word(452)],
      data: concatHex([
        word(7 * 32), // where feedIds begins
        word(10 * 32), // where decimals begins
        word(1_000), // amount
        word(5_000), // minRewardedTurnoutBIPS
        word(400_000), // primaryBandRewardSharePPM
        word(12 * 32), // where secondaryBandWidthPPMs begins
        word(0), // mode
        word(42), // length of feedIds
        // FLR/USD and the first eleven bytes of BTC/USD, then its other ten
        left('0x01464c522f55534400000000000000000000000000014254432f5553440000'),
        left('0x00'),
        word(2), // length of decimals
        left('0x0602'),
        word(6), // length of secondaryBandWidthPPMs
        left('0x00047e0001f4'),
      ]),
    })
    const community = decodeEventLog({
      abi: ftsoRewardOffersManagerAbi,
      eventName: 'RewardsOffered',
      topics: ['0x0b348981891869f97551a071f05fba72c5efadafb062152f1ef417a25264d69a', word(452)],
      data: concatHex([
        left('0x014a4f554c452f5553440000000000000000000000'), // feedId: JOULE/USD
        `0x${'f'.repeat(63)}e`, // decimals: -2
        word(10n ** 21n), // amount
        word(5_000), // minRewardedTurnoutBIPS
        word(400_000), // primaryBandRewardSharePPM
        word(1_400), // secondaryBandWidthPPM
        word(0xde_ad), // claimBackAddress
      ]),
    })
    expect(inflation.args).toMatchObject({
      rewardEpochId: 452,
      amount: 1_000n,
      minRewardedTurnoutBIPS: 5_000,
      primaryBandRewardSharePPM: 400_000,
      secondaryBandWidthPPMs: '0x00047e0001f4',
      mode: 0,
    })
    expect(community.args).toMatchObject({
      rewardEpochId: 452,
      amount: 10n ** 21n,
      secondaryBandWidthPPM: 1_400,
      claimBackAddress: '0x000000000000000000000000000000000000dEaD',
    })
    expect(
      canonicalFeedOrder({ inflation: [inflation.args], community: [community.args] }),
    ).toEqual([
      { id: '0x014254432f55534400000000000000000000000000', decimals: 2 },
      { id: '0x01464c522f55534400000000000000000000000000', decimals: 6 },
      { id: '0x014a4f554c452f5553440000000000000000000000', decimals: -2 },
    ])
  })

  test('ProtocolMessageRelayed and RandomNumberRelayed', () => {
    expect(
      decodeEventLog({
        abi: relayAbi,
        topics: [
          '0x4b781cfef3123d9257ab69e6e8ea36ad75a346d63c5ecf8a46931a0eef48bb9e',
          word(100), // protocolId
          word(1_520_840), // votingRoundId
        ],
        data: concatHex([
          word(1), // isSecureRandom
          word(0xab), // merkleRoot
        ]),
      }),
    ).toEqual({
      eventName: 'ProtocolMessageRelayed',
      args: {
        protocolId: 100,
        votingRoundId: 1_520_840,
        isSecureRandom: true,
        merkleRoot: word(0xab),
      },
    })
    expect(
      decodeEventLog({
        abi: relayAbi,
        topics: [toEventSelector('RandomNumberRelayed(uint32,uint256,bool)'), word(1_520_840)],
        data: concatHex([
          word(2n ** 255n), // randomNumber
          word(0), // isSecureRandom
        ]),
      }),
    ).toEqual({
      eventName: 'RandomNumberRelayed',
      args: { votingRoundId: 1_520_840, randomNumber: 2n ** 255n, isSecureRandom: false },
    })
  })

  test('SigningPolicyInitialized', () => {
    expect(
      decodeEventLog({
        abi: relayAbi,
        topics: [
          '0x91d0280e969157fc6c5b8f952f237b03d934b18534dafcac839075bbc33522f8',
          word(452), // rewardEpochId
        ],
        data: concatHex([
          word(1_518_720), // startVotingRoundId
          word(32_743), // threshold
          word(9), // seed
          word(7 * 32), // where voters begins
          word(9 * 32), // where weights begins
          word(11 * 32), // where signingPolicyBytes begins
          word(77), // timestamp
          word(1), // count of voters
          word(0xde_ad),
          word(1), // count of weights
          word(65_535),
          word(3), // length of signingPolicyBytes
          left('0x010203'),
        ]),
      }).args,
    ).toEqual({
      rewardEpochId: 452,
      startVotingRoundId: 1_518_720,
      threshold: 32_743,
      seed: 9n,
      voters: ['0x000000000000000000000000000000000000dEaD'],
      weights: [65_535],
      signingPolicyBytes: '0x010203',
      timestamp: 77n,
    })
  })

  test('VoterRegistered', () => {
    expect(
      decodeEventLog({
        abi: voterRegistryAbi,
        topics: [
          '0xbfb6cd90b6e2668916d9e034926c84f40bcf94094b0d625ec8eecfdeb2150ae1',
          word(1), // voter
          word(452), // rewardEpochId
          word(2), // signingPolicyAddress
        ],
        data: concatHex([
          word(3), // submitAddress
          word(4), // submitSignaturesAddress
          word(5), // publicKey.part1
          word(6), // publicKey.part2
          word(7), // registrationWeight
          word(28), // signature.v
          word(8), // signature.r
          word(9), // signature.s
        ]),
      }).args,
    ).toEqual({
      voter: '0x0000000000000000000000000000000000000001',
      rewardEpochId: 452,
      signingPolicyAddress: '0x0000000000000000000000000000000000000002',
      submitAddress: '0x0000000000000000000000000000000000000003',
      submitSignaturesAddress: '0x0000000000000000000000000000000000000004',
      publicKey: { part1: word(5), part2: word(6) },
      registrationWeight: 7n,
      signature: { v: 28, r: word(8), s: word(9) },
    })
  })
})

describe('answers', () => {
  test('the submission says by one word whether the call was a first one', () => {
    const answer = (data: Hex) =>
      decodeFunctionResult({ abi: submissionAbi, functionName: 'submit1', data })
    expect([answer(word(1)), answer(word(0))]).toEqual([true, false])
  })

  test('an entity’s three addresses stand in this order', () => {
    expect(
      decodeFunctionResult({
        abi: entityManagerAbi,
        functionName: 'getVoterAddresses',
        data: concatHex([word(1), word(2), word(3)]),
      }),
    ).toEqual({
      submitAddress: '0x0000000000000000000000000000000000000001',
      submitSignaturesAddress: '0x0000000000000000000000000000000000000002',
      signingPolicyAddress: '0x0000000000000000000000000000000000000003',
    })
  })

  test('the registry is asked by the text of a name', () => {
    expect(
      encodeFunctionData({
        abi: registryAbi,
        functionName: 'getContractAddressByName',
        args: [contractNames.relay],
      }),
    ).toBe(
      concatHex([
        '0x82760fca',
        word(32), // where the text begins
        word(5), // its length
        left('0x52656c6179'), // Relay
      ]),
    )
  })
})

/**
 * The contracts of Flare's systems protocol, as far as Chrono speaks with them. Addresses change
 * with each redeployment and are asked of the registry; only two are fixed on every network.
 *
 * Written after the published interfaces of Relay v2 and of the VoterRegistry of July 2026; the
 * ABIs that npm carries still have the shapes from before. Selectors and topics are held in
 * `test/unit/protocol/contracts.test.ts`.
 *
 * @see https://dev.flare.network/network/solidity-reference (seen 2026-11-22)
 */

import { parseAbi } from 'viem'

/** FlareContractRegistry, which knows every other contract by its name. */
export const registryAddress = '0xaD67FE66660Fb8dFE9d6b1b4240d8650e30F6019'

/** Submission: where commits, reveals and signatures are sent, and nothing else is subsidised. */
export const submissionAddress = '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f'

/** The names by which the registry knows the contracts below. */
export const contractNames = {
  submission: 'Submission',
  flareSystemsManager: 'FlareSystemsManager',
  relay: 'Relay',
  ftsoRewardOffersManager: 'FtsoRewardOffersManager',
  voterRegistry: 'VoterRegistry',
  entityManager: 'EntityManager',
  flareSystemsCalculator: 'FlareSystemsCalculator',
} as const

/** A name that the registry does not know has the address 0. */
export const registryAbi = parseAbi([
  'function getContractAddressByName(string name) view returns (address)',
  'function getContractAddressesByName(string[] names) view returns (address[])',
  'function getAllContracts() view returns (string[] names, address[] addresses)',
])

/**
 * The calls read their frames from behind the selector. Each returns whether the sender is a
 * registered address whose first call in this voting epoch it is: then the fee is subsidised.
 */
export const submissionAbi = parseAbi([
  'function submit1() returns (bool)',
  'function submit2() returns (bool)',
  'function submit3() returns (bool)',
  'function submitSignatures() returns (bool)',
  'function submitAndPass(bytes data) returns (bool)',
])

/** Instants are Unix seconds. What the chain calls a voting epoch is numbered as a voting round. */
export const flareSystemsManagerAbi = parseAbi([
  'function getCurrentRewardEpochId() view returns (uint24)',
  'function getCurrentVotingEpochId() view returns (uint32)',
  'function getStartVotingRoundId(uint256 rewardEpochId) view returns (uint32)',
  'function firstVotingRoundStartTs() view returns (uint64)',
  'function votingEpochDurationSeconds() view returns (uint64)',
  'function firstRewardEpochStartTs() view returns (uint64)',
  'function rewardEpochDurationSeconds() view returns (uint64)',
  'event RandomAcquisitionStarted(uint24 indexed rewardEpochId, uint64 timestamp)',
  'event VotePowerBlockSelected(uint24 indexed rewardEpochId, uint64 votePowerBlock, uint64 timestamp)',
  'event RewardEpochStarted(uint24 indexed rewardEpochId, uint32 startVotingRoundId, uint64 timestamp)',
  'event SignUptimeVoteEnabled(uint24 indexed rewardEpochId, uint64 timestamp)',
])

/** Version 2. `relay()` takes no ABI arguments: policy, message, signatures and proof follow it. */
export const relayAbi = parseAbi([
  'function relay()',
  'function toSigningPolicyHash(uint256 rewardEpochId) view returns (bytes32)',
  'function startingVotingRoundIds(uint256 rewardEpochId) view returns (uint256)',
  'function merkleRoots(uint256 protocolId, uint256 votingRoundId) view returns (bytes32)',
  'function isFinalized(uint256 protocolId, uint256 votingRoundId) view returns (bool)',
  'function lastInitializedRewardEpochData() view returns (uint32 lastInitializedRewardEpoch, uint32 startingVotingRoundIdForLastInitializedRewardEpoch)',
  'function getRandomNumber() view returns (uint256 randomNumber, bool isSecureRandom, uint256 randomTimestamp)',
  'event ProtocolMessageRelayed(uint8 indexed protocolId, uint32 indexed votingRoundId, bool isSecureRandom, bytes32 merkleRoot)',
  'event RandomNumberRelayed(uint32 indexed votingRoundId, uint256 randomNumber, bool isSecureRandom)',
  'event SigningPolicyInitialized(uint24 indexed rewardEpochId, uint32 startVotingRoundId, uint16 threshold, uint256 seed, address[] voters, uint16[] weights, bytes signingPolicyBytes, uint64 timestamp)',
  'error AlreadyRelayed()',
  'error BadS()',
  'error BadV()',
  'error IncorrectMerkleProof()',
  'error InvalidRandomNumberProof()',
  'error NoRandomNumber()',
])

/** Together the offers of a reward epoch say which feeds it has, in which order and precision. */
export const ftsoRewardOffersManagerAbi = parseAbi([
  'event InflationRewardsOffered(uint24 indexed rewardEpochId, bytes feedIds, bytes decimals, uint256 amount, uint16 minRewardedTurnoutBIPS, uint24 primaryBandRewardSharePPM, bytes secondaryBandWidthPPMs, uint16 mode)',
  'event RewardsOffered(uint24 indexed rewardEpochId, bytes21 feedId, int8 decimals, uint256 amount, uint16 minRewardedTurnoutBIPS, uint24 primaryBandRewardSharePPM, uint24 secondaryBandWidthPPM, address claimBackAddress)',
])

/** The event's shape since reward epoch 417 of Flare and Songbird. */
export const voterRegistryAbi = parseAbi([
  'event VoterRegistered(address indexed voter, uint32 indexed rewardEpochId, address indexed signingPolicyAddress, address submitAddress, address submitSignaturesAddress, (bytes32 part1, bytes32 part2) publicKey, uint256 registrationWeight, (uint8 v, bytes32 r, bytes32 s) signature)',
])

/** Its shape before. */
export const formerVoterRegistryAbi = parseAbi([
  'event VoterRegistered(address indexed voter, uint24 indexed rewardEpochId, address indexed signingPolicyAddress, address submitAddress, address submitSignaturesAddress, bytes32 publicKeyPart1, bytes32 publicKeyPart2, uint256 registrationWeight)',
])

/** Of what a voter's weight was made: since the same reward epoch, and before. */
export const flareSystemsCalculatorAbi = parseAbi([
  'event VoterRegistrationInfo(address indexed voter, uint32 indexed rewardEpochId, address delegationAddress, uint16 delegationFeeBIPS, uint256 wNatWeight, uint256 wNatCappedWeight, bytes20[] nodeIds, uint256[] nodeWeights)',
  'event VoterRegistrationInfo(address indexed voter, uint24 indexed rewardEpochId, address delegationAddress, uint16 delegationFeeBIPS, uint256 wNatWeight, uint256 wNatCappedWeight, bytes20[] nodeIds, uint256[] nodeWeights)',
])

/** An address that was never set is that of the voter itself. */
export const entityManagerAbi = parseAbi([
  'struct VoterAddresses { address submitAddress; address submitSignaturesAddress; address signingPolicyAddress; }',
  'function getVoterAddresses(address voter) view returns (VoterAddresses addresses)',
  'function getVoterAddressesAt(address voter, uint256 blockNumber) view returns (VoterAddresses addresses)',
])

/**
 * The contracts of housekeeping, as far as this room speaks with them: rewards, who may claim them,
 * and the registration of voters. All but the registry are found by their names.
 *
 * Selectors are held in `test/unit/signer-bridge/housekeeping/abis.test.ts`.
 *
 * @see https://dev.flare.network/network/solidity-reference (seen 2026-11-22)
 */

import { parseAbi } from 'viem'

/** The names by which the registry knows them. */
export const houseContractNames = {
  rewardManager: 'RewardManager',
  flareSystemsManager: 'FlareSystemsManager',
  entityManager: 'EntityManager',
  voterRegistry: 'VoterRegistry',
  voterPreRegistry: 'VoterPreRegistry',
} as const

/** A claim type is one of `claimTypes` in `reward-claims.ts`. */
export const rewardManagerAbi = parseAbi([
  'struct RewardClaim { uint24 rewardEpochId; bytes20 beneficiary; uint120 amount; uint8 claimType; }',
  'struct RewardClaimWithProof { bytes32[] merkleProof; RewardClaim body; }',
  'struct RewardState { uint24 rewardEpochId; bytes20 beneficiary; uint120 amount; uint8 claimType; bool initialised; }',
  'function claim(address rewardOwner, address recipient, uint24 rewardEpochId, bool wrap, RewardClaimWithProof[] proofs) returns (uint256 rewardAmountWei)',
  'function getNextClaimableRewardEpochId(address rewardOwner) view returns (uint256)',
  'function getRewardEpochIdsWithClaimableRewards() view returns (uint24 startEpochId, uint24 endEpochId)',
  'function getStateOfRewards(address rewardOwner) view returns (RewardState[][] rewardStates)',
  'event RewardClaimed(address indexed beneficiary, address indexed rewardOwner, address indexed recipient, uint24 rewardEpochId, uint8 claimType, uint120 amount)',
])

/** Instants are Unix seconds; 0 is one that has not come. */
export const houseManagerAbi = parseAbi([
  'function getCurrentRewardEpochId() view returns (uint24)',
  'function rewardsHash(uint256 rewardEpochId) view returns (bytes32)',
  'function rewardExpiryOffsetSeconds() view returns (uint32)',
  'function getRewardEpochStartInfo(uint24 rewardEpochId) view returns (uint64 startTs, uint64 startBlock)',
  'function getRandomAcquisitionInfo(uint24 rewardEpochId) view returns (uint64 startTs, uint64 startBlock, uint64 endTs, uint64 endBlock)',
  'function isVoterRegistrationEnabled() view returns (bool)',
])

/** An address that nobody has registered is said to act for itself. */
export const houseEntityAbi = parseAbi([
  'struct VoterAddresses { address submitAddress; address submitSignaturesAddress; address signingPolicyAddress; }',
  'function getVoterAddresses(address voter) view returns (VoterAddresses addresses)',
  'function getVoterAddressesAt(address voter, uint256 blockNumber) view returns (VoterAddresses addresses)',
  'function getDelegationAddressOf(address voter) view returns (address)',
  'function getVoterForSigningPolicyAddress(address signingPolicyAddress, uint256 blockNumber) view returns (address)',
])

/** The message that is signed is `registrationHash`. */
export const houseVotersAbi = parseAbi([
  'struct Signature { uint8 v; bytes32 r; bytes32 s; }',
  'function registerVoter(address voter, Signature signature)',
  'function isVoterRegistered(address voter, uint256 rewardEpochId) view returns (bool)',
  'function newSigningPolicyInitializationStartBlockNumber(uint256 rewardEpochId) view returns (uint256)',
])

/** For voters of the present reward epoch only, until the next one's random is there. */
export const preRegistryAbi = parseAbi([
  'struct Signature { uint8 v; bytes32 r; bytes32 s; }',
  'function preRegisterVoter(address voter, Signature signature)',
  'function isVoterPreRegistered(uint256 rewardEpochId, address voter) view returns (bool)',
])

/** As the reference implementation has it on some networks: the same question, with another selector. */
export const formerPreRegistryAbi = parseAbi([
  'function isVoterPreRegistered(uint24 rewardEpochId, address voter) view returns (bool)',
])

// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EntityManager} from "./EntityManager.sol";
import {FlareSystemsManager} from "./FlareSystemsManager.sol";
import {Resident} from "./Resident.sol";

/// The voters of each reward epoch and what they weigh. Here a weight is what the keeper says, for
/// nobody stakes; from it to the policy's 16-bit weights everything is as on Flare.
contract VoterRegistry is Resident {
    struct PublicKey {
        bytes32 part1;
        bytes32 part2;
    }

    struct Signature {
        uint8 v;
        bytes32 r;
        bytes32 s;
    }

    struct Registered {
        address voter;
        EntityManager.VoterAddresses acting;
        uint256 registrationWeight;
    }

    uint256 public constant maxVoters = 100;

    mapping(address voter => uint256) private weights;
    /// Voters that are registered without being asked, in every reward epoch.
    address[] private standing;
    mapping(uint256 rewardEpochId => Registered[]) private registered;
    mapping(uint256 rewardEpochId => mapping(address voter => uint256)) private placeOf;

    event VoterRegistered(
        address indexed voter,
        uint32 indexed rewardEpochId,
        address indexed signingPolicyAddress,
        address submitAddress,
        address submitSignaturesAddress,
        PublicKey publicKey,
        uint256 registrationWeight,
        Signature signature
    );

    error RegistrationClosed();
    error AlreadyRegistered();
    error NoWeight();
    error TooManyVoters();
    error IdentityActsForItself();
    error InvalidSignature();

    /// Sets a voter's registration weight; a standing one need not register itself.
    function setVoter(address voter, uint256 weight, bool isStanding) external onlyKeeper {
        weights[voter] = weight;
        if (isStanding) standing.push(voter);
    }

    /// Registers a voter for the next reward epoch by a signature of its signing-policy address
    /// over chain id, reward epoch and voter.
    function registerVoter(address voter, Signature calldata signature) external {
        uint24 rewardEpochId = manager().getCurrentRewardEpochId() + 1;
        if (!manager().isVoterRegistrationEnabled()) revert RegistrationClosed();
        address signer = signerOf(voter, rewardEpochId, signature);
        EntityManager.VoterAddresses memory acting = addressesFor(voter, rewardEpochId);
        if (signer == address(0) || signer != acting.signingPolicyAddress) {
            revert InvalidSignature();
        }
        register(voter, rewardEpochId, acting, signature);
    }

    /// Who signed that the voter be registered for a reward epoch; 0 if nobody did.
    function signerOf(address voter, uint24 rewardEpochId, Signature calldata signature)
        public
        view
        returns (address)
    {
        bytes32 digest = keccak256(
            abi.encodePacked(
                "\x19Ethereum Signed Message:\n32",
                keccak256(abi.encode(block.chainid, uint32(rewardEpochId), voter))
            )
        );
        return ecrecover(digest, signature.v, signature.r, signature.s);
    }

    /// The block by whose addresses voters are registered; 0 until it is chosen.
    function newSigningPolicyInitializationStartBlockNumber(uint256 rewardEpochId)
        external
        view
        returns (uint256 votePowerBlock)
    {
        (votePowerBlock,) = manager().getVoterRegistrationData(rewardEpochId);
    }

    /// Registers the standing voters when registration opens.
    function registerStanding(uint24 rewardEpochId) external only("FlareSystemsManager") {
        for (uint256 i = 0; i < standing.length; i++) {
            address voter = standing[i];
            register(voter, rewardEpochId, addressesFor(voter, rewardEpochId), Signature(0, 0, 0));
        }
    }

    /// The signing-policy addresses in the order of registration, with the shares of 65535 that
    /// their voters weigh.
    function policyOf(uint256 rewardEpochId)
        external
        view
        returns (address[] memory voters, uint16[] memory normalised, uint16 sum)
    {
        Registered[] storage all = registered[rewardEpochId];
        voters = new address[](all.length);
        normalised = new uint16[](all.length);
        uint256 total = totalWeight(rewardEpochId);
        for (uint256 i = 0; i < all.length; i++) {
            voters[i] = all[i].acting.signingPolicyAddress;
            normalised[i] = normalise(all[i].registrationWeight, total);
            sum += normalised[i];
        }
    }

    function getRegisteredVoters(uint256 rewardEpochId)
        external
        view
        returns (address[] memory voters)
    {
        Registered[] storage all = registered[rewardEpochId];
        voters = new address[](all.length);
        for (uint256 i = 0; i < all.length; i++) voters[i] = all[i].voter;
    }

    function getRegisteredSubmitAddresses(uint256 rewardEpochId)
        external
        view
        returns (address[] memory found)
    {
        Registered[] storage all = registered[rewardEpochId];
        found = new address[](all.length);
        for (uint256 i = 0; i < all.length; i++) found[i] = all[i].acting.submitAddress;
    }

    function getRegisteredSubmitSignaturesAddresses(uint256 rewardEpochId)
        external
        view
        returns (address[] memory found)
    {
        Registered[] storage all = registered[rewardEpochId];
        found = new address[](all.length);
        for (uint256 i = 0; i < all.length; i++) found[i] = all[i].acting.submitSignaturesAddress;
    }

    function getRegisteredSigningPolicyAddresses(uint256 rewardEpochId)
        external
        view
        returns (address[] memory found)
    {
        Registered[] storage all = registered[rewardEpochId];
        found = new address[](all.length);
        for (uint256 i = 0; i < all.length; i++) found[i] = all[i].acting.signingPolicyAddress;
    }

    function getNumberOfRegisteredVoters(uint256 rewardEpochId) external view returns (uint256) {
        return registered[rewardEpochId].length;
    }

    function isVoterRegistered(address voter, uint256 rewardEpochId) external view returns (bool) {
        return placeOf[rewardEpochId][voter] != 0;
    }

    function getVoterNormalisedWeight(address voter, uint256 rewardEpochId)
        external
        view
        returns (uint16)
    {
        uint256 place = placeOf[rewardEpochId][voter];
        if (place == 0) return 0;
        uint256 weight = registered[rewardEpochId][place - 1].registrationWeight;
        return normalise(weight, totalWeight(rewardEpochId));
    }

    function register(
        address voter,
        uint24 rewardEpochId,
        EntityManager.VoterAddresses memory acting,
        Signature memory signature
    ) private {
        if (placeOf[rewardEpochId][voter] != 0) revert AlreadyRegistered();
        if (weights[voter] == 0) revert NoWeight();
        Registered[] storage all = registered[rewardEpochId];
        if (all.length == maxVoters) revert TooManyVoters();

        all.push(Registered(voter, acting, weights[voter]));
        placeOf[rewardEpochId][voter] = all.length;
        emit VoterRegistered(
            voter,
            rewardEpochId,
            acting.signingPolicyAddress,
            acting.submitAddress,
            acting.submitSignaturesAddress,
            PublicKey(0, 0),
            weights[voter],
            signature
        );
    }

    /// The voter's addresses at the block that was selected for this reward epoch.
    function addressesFor(address voter, uint256 rewardEpochId)
        private
        view
        returns (EntityManager.VoterAddresses memory acting)
    {
        (uint256 votePowerBlock,) = manager().getVoterRegistrationData(rewardEpochId);
        acting = EntityManager(resident("EntityManager")).getVoterAddressesAt(voter, votePowerBlock);
        if (
            acting.submitAddress == voter || acting.submitSignaturesAddress == voter
                || acting.signingPolicyAddress == voter
        ) revert IdentityActsForItself();
    }

    function totalWeight(uint256 rewardEpochId) private view returns (uint256 total) {
        Registered[] storage all = registered[rewardEpochId];
        for (uint256 i = 0; i < all.length; i++) total += all[i].registrationWeight;
    }

    function normalise(uint256 weight, uint256 total) private pure returns (uint16) {
        return uint16(weight * type(uint16).max / total);
    }

    function manager() private view returns (FlareSystemsManager) {
        return FlareSystemsManager(resident("FlareSystemsManager"));
    }
}

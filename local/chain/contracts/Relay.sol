// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {FlareSystemsManager} from "./FlareSystemsManager.sol";
import {Resident} from "./Resident.sol";

/// Finalised Merkle roots, in the second version of the protocol: digests hold the chain id,
/// signatures are canonical, and a root of protocol 100 comes with its random and the proof of it.
///
/// `relay` reads its whole input from behind the selector:
///
///     signing policy │ message │ count │ signatures      │ random │ proof
///     43 + 22 n      │ 38      │ 2     │ 67 each         │ 32     │ 32 k    (the last two: 100 only)
contract Relay is Resident {
    struct SigningPolicy {
        uint24 rewardEpochId;
        uint32 startVotingRoundId;
        uint16 threshold;
        uint256 seed;
        address[] voters;
        uint16[] weights;
    }

    uint256 private constant policyHeadBytes = 43;
    uint256 private constant voterBytes = 22;
    uint256 private constant messageBytes = 38;
    uint256 private constant signatureBytes = 67;
    uint8 private constant ftsoProtocolId = 100;
    /// A policy that outlives its reward epoch has to gather this much more weight.
    uint256 private constant thresholdIncreaseBIPS = 12000;
    uint256 private constant maxS =
        0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;

    mapping(uint256 rewardEpochId => bytes32) public toSigningPolicyHash;
    mapping(uint256 rewardEpochId => uint256) public startingVotingRoundIds;
    mapping(uint256 protocolId => mapping(uint256 votingRoundId => bytes32)) public merkleRoots;

    uint32 private lastRewardEpoch;
    uint256 private lastRandom;
    uint32 private lastRandomRound;
    bool private isLastRandomSecure;

    event SigningPolicyInitialized(
        uint24 indexed rewardEpochId,
        uint32 startVotingRoundId,
        uint16 threshold,
        uint256 seed,
        address[] voters,
        uint16[] weights,
        bytes signingPolicyBytes,
        uint64 timestamp
    );
    event ProtocolMessageRelayed(
        uint8 indexed protocolId,
        uint32 indexed votingRoundId,
        bool isSecureRandom,
        bytes32 merkleRoot
    );
    event RandomNumberRelayed(
        uint32 indexed votingRoundId, uint256 randomNumber, bool isSecureRandom
    );

    error AlreadyRelayed();
    error BadS();
    error BadV();
    error IncorrectMerkleProof();
    error InvalidRandomNumberProof();
    error NoRandomNumber();
    error MessageTooShort();
    error NotEnoughWeight();
    error SignatureIndexOutOfOrder();
    error SignatureOfAnother();
    error SigningPolicyMismatch();
    error WrongSigningPolicy();

    function setSigningPolicy(SigningPolicy calldata policy)
        external
        only("FlareSystemsManager")
        returns (bytes32 hash)
    {
        bytes memory encoded = encode(policy);
        hash = keccak256(abi.encodePacked(block.chainid, encoded));
        toSigningPolicyHash[policy.rewardEpochId] = hash;
        startingVotingRoundIds[policy.rewardEpochId] = policy.startVotingRoundId;
        lastRewardEpoch = policy.rewardEpochId;
        emit SigningPolicyInitialized(
            policy.rewardEpochId,
            policy.startVotingRoundId,
            policy.threshold,
            policy.seed,
            policy.voters,
            policy.weights,
            encoded,
            uint64(block.timestamp)
        );
    }

    function relay() external {
        bytes calldata input = msg.data[4:];
        if (input.length < policyHeadBytes) revert MessageTooShort();
        uint256 policyEnd = policyHeadBytes + voterBytes * uint16(bytes2(input[0:2]));
        uint256 messageEnd = policyEnd + messageBytes;
        if (input.length < messageEnd + 2) revert MessageTooShort();
        uint256 signaturesEnd =
            messageEnd + 2 + signatureBytes * uint16(bytes2(input[messageEnd:messageEnd + 2]));
        if (input.length < signaturesEnd) revert MessageTooShort();

        bytes calldata policy = input[:policyEnd];
        bytes calldata message = input[policyEnd:messageEnd];
        uint256 threshold = thresholdFor(policy, uint32(bytes4(message[1:5])));
        bytes32 digest = keccak256(
            abi.encodePacked(
                "\x19Ethereum Signed Message:\n32",
                keccak256(abi.encodePacked(block.chainid, message))
            )
        );
        if (weightOf(policy, digest, input[messageEnd + 2:signaturesEnd]) <= threshold) {
            revert NotEnoughWeight();
        }
        finalise(message, input[signaturesEnd:]);
    }

    function isFinalized(uint256 protocolId, uint256 votingRoundId) external view returns (bool) {
        return merkleRoots[protocolId][votingRoundId] != 0;
    }

    function lastInitializedRewardEpochData()
        external
        view
        returns (uint32 lastInitializedRewardEpoch, uint32 startingVotingRoundId)
    {
        return (lastRewardEpoch, uint32(startingVotingRoundIds[lastRewardEpoch]));
    }

    function getRandomNumber()
        external
        view
        returns (uint256 randomNumber, bool isSecureRandom, uint256 randomTimestamp)
    {
        FlareSystemsManager clock = manager();
        uint256 endRound = uint256(lastRandomRound) + 1;
        randomTimestamp =
            clock.firstVotingRoundStartTs() + endRound * clock.votingEpochDurationSeconds();
        return (lastRandom, isLastRandomSecure, randomTimestamp);
    }

    function encode(SigningPolicy calldata policy) private pure returns (bytes memory encoded) {
        encoded = abi.encodePacked(
            uint16(policy.voters.length),
            policy.rewardEpochId,
            policy.startVotingRoundId,
            policy.threshold,
            policy.seed
        );
        for (uint256 i = 0; i < policy.voters.length; i++) {
            encoded = abi.encodePacked(encoded, policy.voters[i], policy.weights[i]);
        }
    }

    /// The weight to exceed for a message of this round under this policy.
    function thresholdFor(bytes calldata policy, uint32 votingRoundId)
        private
        view
        returns (uint256)
    {
        uint24 rewardEpochId = uint24(bytes3(policy[2:5]));
        uint256 threshold = uint16(bytes2(policy[9:11]));
        bytes32 hash = keccak256(abi.encodePacked(block.chainid, policy));
        if (toSigningPolicyHash[rewardEpochId] != hash) revert SigningPolicyMismatch();

        uint256 nextStart = startingVotingRoundIds[rewardEpochId + 1];
        if (votingRoundId < startingVotingRoundIds[rewardEpochId]) revert WrongSigningPolicy();
        if (nextStart != 0) {
            if (votingRoundId >= nextStart) revert WrongSigningPolicy();
            return threshold;
        }
        FlareSystemsManager clock = manager();
        uint256 expectedEnd = clock.firstRewardEpochStartVotingRoundId()
            + uint256(clock.rewardEpochDurationInVotingEpochs()) * (uint256(rewardEpochId) + 1);
        return votingRoundId < expectedEnd ? threshold : threshold * thresholdIncreaseBIPS / 10000;
    }

    /// The sum of the signers' weights; one bad signature spoils them all.
    function weightOf(bytes calldata policy, bytes32 digest, bytes calldata signatures)
        private
        pure
        returns (uint256 weight)
    {
        uint256 nextIndex = 0;
        for (uint256 offset = 0; offset < signatures.length; offset += signatureBytes) {
            bytes calldata signature = signatures[offset:offset + signatureBytes];
            uint256 index = uint16(bytes2(signature[65:67]));
            uint256 voterAt = policyHeadBytes + voterBytes * index;
            if (index < nextIndex || voterAt >= policy.length) revert SignatureIndexOutOfOrder();
            nextIndex = index + 1;
            if (signerOf(digest, signature) != address(bytes20(policy[voterAt:voterAt + 20]))) {
                revert SignatureOfAnother();
            }
            weight += uint16(bytes2(policy[voterAt + 20:voterAt + 22]));
        }
    }

    function signerOf(bytes32 digest, bytes calldata signature) private pure returns (address) {
        uint8 v = uint8(signature[0]);
        bytes32 s = bytes32(signature[33:65]);
        if (v != 27 && v != 28) revert BadV();
        if (uint256(s) > maxS) revert BadS();
        return ecrecover(digest, v, bytes32(signature[1:33]), s);
    }

    function finalise(bytes calldata message, bytes calldata trailer) private {
        uint8 protocolId = uint8(message[0]);
        uint32 votingRoundId = uint32(bytes4(message[1:5]));
        bool isSecureRandom = message[5] != 0;
        bytes32 root = bytes32(message[6:38]);
        if (merkleRoots[protocolId][votingRoundId] != 0) revert AlreadyRelayed();

        merkleRoots[protocolId][votingRoundId] = root;
        emit ProtocolMessageRelayed(protocolId, votingRoundId, isSecureRandom, root);
        if (protocolId == ftsoProtocolId) {
            keepRandom(votingRoundId, isSecureRandom, root, trailer);
        }
    }

    function keepRandom(
        uint32 votingRoundId,
        bool isSecureRandom,
        bytes32 root,
        bytes calldata trailer
    ) private {
        if (trailer.length < 32) revert NoRandomNumber();
        if (trailer.length % 32 != 0) revert InvalidRandomNumberProof();
        uint256 random = uint256(bytes32(trailer[:32]));
        bytes32 node = keccak256(abi.encode(uint256(votingRoundId), random, isSecureRandom));
        for (uint256 offset = 32; offset < trailer.length; offset += 32) {
            bytes32 other = bytes32(trailer[offset:offset + 32]);
            node = node < other
                ? keccak256(abi.encode(node, other))
                : keccak256(abi.encode(other, node));
        }
        if (node != root) revert IncorrectMerkleProof();

        if (votingRoundId > lastRandomRound) {
            lastRandomRound = votingRoundId;
            lastRandom = random;
            isLastRandomSecure = isSecureRandom;
        }
        emit RandomNumberRelayed(votingRoundId, random, isSecureRandom);
    }

    function manager() private view returns (FlareSystemsManager) {
        return FlareSystemsManager(resident("FlareSystemsManager"));
    }
}

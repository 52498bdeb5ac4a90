// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {ClaimSetupManager} from "./ClaimSetupManager.sol";
import {FlareSystemsManager} from "./FlareSystemsManager.sol";
import {Resident} from "./Resident.sol";
import {WNat} from "./WNat.sol";

/// Pays rewards: DIRECT and FEE claims to whoever shows their proof, the others by weight, once they
/// are initialised by a proof. Here nobody delegates or stakes, so that the only weight is the
/// wrapped coin that an owner holds at present, and its own beneficiary is the only one it claims of.
contract RewardManager is Resident {
    enum ClaimType {
        DIRECT,
        FEE,
        WNAT,
        MIRROR,
        CCHAIN
    }

    struct RewardClaim {
        uint24 rewardEpochId;
        bytes20 beneficiary;
        uint120 amount;
        ClaimType claimType;
    }

    struct RewardClaimWithProof {
        bytes32[] merkleProof;
        RewardClaim body;
    }

    struct RewardState {
        uint24 rewardEpochId;
        bytes20 beneficiary;
        uint120 amount;
        ClaimType claimType;
        bool initialised;
    }

    struct UnclaimedRewardState {
        bool initialised;
        uint120 amount;
        uint128 weight;
    }

    mapping(address owner => uint24) private nextOf;
    mapping(uint256 rewardEpochId => mapping(bytes32 leaf => bool)) private paid;
    mapping(uint256 rewardEpochId => mapping(address beneficiary => UnclaimedRewardState)) private
        byWeight;
    mapping(uint256 rewardEpochId => uint256) public noOfInitialisedWeightBasedClaims;
    uint24 private firstClaimable;

    event RewardClaimed(
        address indexed beneficiary,
        address indexed rewardOwner,
        address indexed recipient,
        uint24 rewardEpochId,
        ClaimType claimType,
        uint120 amount
    );

    /// From which reward epoch on rewards may be claimed; those before have expired.
    function setFirstClaimable(uint24 rewardEpochId) external onlyKeeper {
        firstClaimable = rewardEpochId;
    }

    function receiveRewards() external payable onlyKeeper {}

    function rewardManagerId() public view returns (uint256) {
        return block.chainid;
    }

    /// Claims of proofs whatever their reward epoch, and by weight up to and including one.
    function claim(
        address rewardOwner,
        address payable recipient,
        uint24 rewardEpochId,
        bool wrap,
        RewardClaimWithProof[] calldata proofs
    ) external returns (uint256 amount) {
        if (msg.sender != rewardOwner) {
            ClaimSetupManager(resident("ClaimSetupManager")).checkExecutorAndAllowedRecipient(
                msg.sender, rewardOwner, recipient
            );
        }
        require(recipient != address(0), "address zero");
        require(rewardEpochId < manager().getCurrentRewardEpochId(), "not claimable");
        for (uint256 i = 0; i < proofs.length; i++) {
            amount += processProof(rewardOwner, recipient, proofs[i]);
        }
        amount += claimByWeight(rewardOwner, recipient, rewardEpochId);
        if (amount == 0) return 0;
        if (wrap) {
            WNat(payable(resident("WNat"))).depositTo{value: amount}(recipient);
        } else {
            (bool success,) = recipient.call{value: amount}("");
            require(success, "transfer failed");
        }
    }

    function initialiseWeightBasedClaims(RewardClaimWithProof[] calldata proofs) external {
        for (uint256 i = 0; i < proofs.length; i++) {
            ClaimType claimType = proofs[i].body.claimType;
            if (claimType != ClaimType.DIRECT && claimType != ClaimType.FEE) initialise(proofs[i]);
        }
    }

    function getNextClaimableRewardEpochId(address rewardOwner) public view returns (uint256) {
        return nextOf[rewardOwner] > firstClaimable ? nextOf[rewardOwner] : firstClaimable;
    }

    function getRewardEpochIdsWithClaimableRewards()
        external
        view
        returns (uint24 startEpochId, uint24 endEpochId)
    {
        require(isHashSet(firstClaimable), "no epoch with claimable rewards");
        return (firstClaimable, lastFrom(firstClaimable));
    }

    function getUnclaimedRewardState(address beneficiary, uint24 rewardEpochId, ClaimType claimType)
        external
        view
        returns (UnclaimedRewardState memory state)
    {
        if (claimType == ClaimType.WNAT) state = byWeight[rewardEpochId][beneficiary];
    }

    function getStateOfRewards(address rewardOwner)
        external
        view
        returns (RewardState[][] memory states)
    {
        uint24 first = uint24(getNextClaimableRewardEpochId(rewardOwner));
        if (!isHashSet(first)) return states;
        uint24 last = lastFrom(first);
        states = new RewardState[][](last - first + 1);
        bool hasWeight = weightOf(rewardOwner) > 0;
        for (uint24 epoch = first; epoch <= last; epoch++) {
            states[epoch - first] = new RewardState[](hasWeight ? 1 : 0);
            if (!hasWeight) continue;
            bool isKnown = isInitialised(epoch, rewardOwner);
            uint120 amount = isKnown ? shareOf(epoch, rewardOwner) : 0;
            states[epoch - first][0] =
                RewardState(epoch, bytes20(rewardOwner), amount, ClaimType.WNAT, isKnown);
        }
    }

    function processProof(
        address rewardOwner,
        address recipient,
        RewardClaimWithProof calldata proof
    ) private returns (uint120) {
        RewardClaim calldata body = proof.body;
        require(body.rewardEpochId >= firstClaimable, "reward epoch expired");
        if (body.claimType != ClaimType.DIRECT && body.claimType != ClaimType.FEE) {
            initialise(proof);
            return 0;
        }
        require(address(body.beneficiary) == rewardOwner, "wrong beneficiary");
        bytes32 leaf = keccak256(abi.encode(body));
        // As on Flare: what was paid is passed over, and not refused.
        if (paid[body.rewardEpochId][leaf]) return 0;
        checkProof(proof, leaf);
        paid[body.rewardEpochId][leaf] = true;
        emit RewardClaimed(
            rewardOwner, rewardOwner, recipient, body.rewardEpochId, body.claimType, body.amount
        );
        return body.amount;
    }

    function initialise(RewardClaimWithProof calldata proof) private {
        RewardClaim calldata body = proof.body;
        address beneficiary = address(body.beneficiary);
        UnclaimedRewardState storage state = byWeight[body.rewardEpochId][beneficiary];
        if (body.claimType != ClaimType.WNAT || state.initialised) return;
        checkProof(proof, keccak256(abi.encode(body)));
        byWeight[body.rewardEpochId][beneficiary] =
            UnclaimedRewardState(true, body.amount, uint128(weightOf(beneficiary)));
        noOfInitialisedWeightBasedClaims[body.rewardEpochId] += 1;
    }

    function claimByWeight(address rewardOwner, address recipient, uint24 last)
        private
        returns (uint120 sum)
    {
        uint24 epoch = uint24(getNextClaimableRewardEpochId(rewardOwner));
        for (; epoch <= last; epoch++) {
            if (manager().noOfWeightBasedClaims(epoch, rewardManagerId()) == 0) {
                require(isHashSet(epoch), "rewards hash zero");
            }
            if (weightOf(rewardOwner) == 0) continue;
            require(isInitialised(epoch, rewardOwner), "not initialised");
            uint120 amount = shareOf(epoch, rewardOwner);
            byWeight[epoch][rewardOwner].amount -= amount;
            sum += amount;
            emit RewardClaimed(rewardOwner, rewardOwner, recipient, epoch, ClaimType.WNAT, amount);
        }
        if (nextOf[rewardOwner] < last + 1) nextOf[rewardOwner] = last + 1;
    }

    /// The only weight is the owner's own, so that all of it is the owner's.
    function shareOf(uint24 epoch, address owner) private view returns (uint120) {
        return byWeight[epoch][owner].amount;
    }

    function weightOf(address owner) private view returns (uint256) {
        return WNat(payable(resident("WNat"))).balanceOf(owner);
    }

    function isInitialised(uint24 epoch, address beneficiary) private view returns (bool) {
        uint256 all = manager().noOfWeightBasedClaims(epoch, rewardManagerId());
        return byWeight[epoch][beneficiary].initialised
            || noOfInitialisedWeightBasedClaims[epoch] >= all;
    }

    function checkProof(RewardClaimWithProof calldata proof, bytes32 leaf) private view {
        bytes32 node = leaf;
        for (uint256 i = 0; i < proof.merkleProof.length; i++) {
            bytes32 other = proof.merkleProof[i];
            node = node < other
                ? keccak256(abi.encodePacked(node, other))
                : keccak256(abi.encodePacked(other, node));
        }
        require(node == manager().rewardsHash(proof.body.rewardEpochId), "merkle proof invalid");
    }

    function lastFrom(uint24 first) private view returns (uint24 last) {
        last = first;
        while (last + 1 < manager().getCurrentRewardEpochId() && isHashSet(last + 1)) last++;
    }

    function isHashSet(uint24 epoch) private view returns (bool) {
        return manager().rewardsHash(epoch) != 0;
    }

    function manager() private view returns (FlareSystemsManager) {
        return FlareSystemsManager(resident("FlareSystemsManager"));
    }
}

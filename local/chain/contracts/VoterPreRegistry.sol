// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {EntityManager} from "./EntityManager.sol";
import {FlareSystemsManager} from "./FlareSystemsManager.sol";
import {Resident} from "./Resident.sol";
import {VoterRegistry} from "./VoterRegistry.sol";

/// Voters of the present reward epoch who have signed for the next one ahead of time: the system
/// registers them when registration opens, by the same signature.
contract VoterPreRegistry is Resident {
    struct Waiting {
        address voter;
        VoterRegistry.Signature signature;
    }

    mapping(uint256 rewardEpochId => Waiting[]) private waiting;
    mapping(uint256 rewardEpochId => mapping(address voter => uint256)) private placeOf;

    event VoterPreRegistered(address indexed voter, uint32 indexed rewardEpochId);
    event VoterRegistrationFailed(address indexed voter, uint32 indexed rewardEpochId);

    function preRegisterVoter(address voter, VoterRegistry.Signature calldata signature) external {
        FlareSystemsManager manager = FlareSystemsManager(resident("FlareSystemsManager"));
        uint24 next = manager.getCurrentRewardEpochId() + 1;
        (,,, uint64 endBlock) = manager.getRandomAcquisitionInfo(next);
        require(endBlock == 0, "pre-registration not opened anymore");
        require(voters().isVoterRegistered(voter, next - 1), "voter currently not registered");
        EntityManager entities = EntityManager(resident("EntityManager"));
        address signer = voters().signerOf(voter, next, signature);
        require(
            signer != address(0)
                && entities.getVoterForSigningPolicyAddress(signer, block.number) == voter,
            "invalid signature"
        );
        if (placeOf[next][voter] == 0) {
            waiting[next].push(Waiting(voter, signature));
            placeOf[next][voter] = waiting[next].length;
        } else {
            waiting[next][placeOf[next][voter] - 1].signature = signature;
        }
        emit VoterPreRegistered(voter, next);
    }

    function isVoterPreRegistered(uint256 rewardEpochId, address voter)
        external
        view
        returns (bool)
    {
        return placeOf[rewardEpochId][voter] != 0;
    }

    /// Registers all who wait, and passes over whom the registry does not take.
    function triggerVoterRegistration(uint24 rewardEpochId) external only("FlareSystemsManager") {
        Waiting[] storage all = waiting[rewardEpochId];
        for (uint256 i = 0; i < all.length; i++) {
            try voters().registerVoter(all[i].voter, all[i].signature) {}
            catch {
                emit VoterRegistrationFailed(all[i].voter, rewardEpochId);
            }
        }
    }

    function voters() private view returns (VoterRegistry) {
        return VoterRegistry(resident("VoterRegistry"));
    }
}

// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {FtsoRewardOffersManager} from "./FtsoRewardOffersManager.sol";
import {Relay} from "./Relay.sol";
import {Resident} from "./Resident.sol";
import {Submission} from "./Submission.sol";
import {VoterPreRegistry} from "./VoterPreRegistry.sol";
import {VoterRegistry} from "./VoterRegistry.sol";

/// The protocol's clock. Once in each voting round the keeper calls `daemonize`, which gives out the
/// round's submission flags and takes the next reward epoch one step further:
///
///     offers ─► random acquisition ─► vote-power block, registration ─► policy ─► start, offers …
///
/// On Flare the steps are hours apart; here they are counted in voting rounds, which the keeper
/// chooses.
contract FlareSystemsManager is Resident {
    struct Schedule {
        uint64 firstVotingRoundStartTs;
        uint64 votingEpochDurationSeconds;
        uint32 firstRewardEpochStartVotingRoundId;
        uint32 rewardEpochDurationInVotingEpochs;
        /// Random acquisition starts this many rounds before the expected end.
        uint32 leadRounds;
        /// Registration stays open for this many rounds.
        uint32 registrationRounds;
        /// A policy comes into force this many rounds after it was made, at the earliest.
        uint32 policyDelayRounds;
    }

    struct RewardEpoch {
        uint64 randomAcquisitionStartTs;
        uint64 votePowerBlock;
        uint32 registrationStartRound;
        uint32 startVotingRoundId;
        uint16 threshold;
        uint64 startTs;
        uint64 startBlock;
        uint256 seed;
    }

    uint64 public immutable firstVotingRoundStartTs;
    uint64 public immutable votingEpochDurationSeconds;
    uint32 public immutable firstRewardEpochStartVotingRoundId;
    uint32 public immutable rewardEpochDurationInVotingEpochs;
    uint32 private immutable leadRounds;
    uint32 private immutable registrationRounds;
    uint32 private immutable policyDelayRounds;

    uint32 public lastInitializedVotingRoundId;
    uint24 private currentRewardEpochId;
    bool private isUptimeVoteDue;
    bool private isHeld;
    /// The roots of rewards, and how many of their claims go by weight: on Flare the voters sign them.
    mapping(uint256 rewardEpochId => bytes32) public rewardsHash;
    mapping(uint256 rewardEpochId => mapping(uint256 rewardManagerId => uint256)) public
        noOfWeightBasedClaims;
    /// A week, as on the test networks.
    uint64 public constant rewardExpiryOffsetSeconds = 604800;
    mapping(uint256 rewardEpochId => RewardEpoch) private epochs;

    event RewardEpochStarted(
        uint24 indexed rewardEpochId, uint32 startVotingRoundId, uint64 timestamp
    );
    event RandomAcquisitionStarted(uint24 indexed rewardEpochId, uint64 timestamp);
    event VotePowerBlockSelected(
        uint24 indexed rewardEpochId, uint64 votePowerBlock, uint64 timestamp
    );
    event SignUptimeVoteEnabled(uint24 indexed rewardEpochId, uint64 timestamp);

    error NotInitialized();

    constructor(Schedule memory schedule) {
        firstVotingRoundStartTs = schedule.firstVotingRoundStartTs;
        votingEpochDurationSeconds = schedule.votingEpochDurationSeconds;
        firstRewardEpochStartVotingRoundId = schedule.firstRewardEpochStartVotingRoundId;
        rewardEpochDurationInVotingEpochs = schedule.rewardEpochDurationInVotingEpochs;
        leadRounds = schedule.leadRounds;
        registrationRounds = schedule.registrationRounds;
        policyDelayRounds = schedule.policyDelayRounds;
    }

    /// Begins the history of this chain in the present reward epoch, which has no voters.
    function begin() external onlyKeeper {
        uint32 round = getCurrentVotingEpochId();
        currentRewardEpochId = uint24(
            (round - firstRewardEpochStartVotingRoundId) / rewardEpochDurationInVotingEpochs
        );
        epochs[currentRewardEpochId].startVotingRoundId = expectedStart(currentRewardEpochId);
        lastInitializedVotingRoundId = round;
        startRewardEpoch(currentRewardEpochId);
    }

    /// Stands in for the voters' signatures of a reward epoch's rewards.
    function setRewards(uint256 rewardEpochId, bytes32 root, uint256 byWeight)
        external
        onlyKeeper
    {
        rewardsHash[rewardEpochId] = root;
        noOfWeightBasedClaims[rewardEpochId][block.chainid] = byWeight;
    }

    /// Keeps the next reward epoch at the step that it has reached, for as long as a test needs it.
    function hold(bool isToBeHeld) external onlyKeeper {
        isHeld = isToBeHeld;
    }

    /// Does what the first block of a voting round has to do; false if that was done before.
    function daemonize() external onlyKeeper returns (bool) {
        uint32 round = getCurrentVotingEpochId();
        if (round <= lastInitializedVotingRoundId) return false;
        lastInitializedVotingRoundId = round;

        if (isUptimeVoteDue) {
            isUptimeVoteDue = false;
            emit SignUptimeVoteEnabled(currentRewardEpochId - 1, uint64(block.timestamp));
        }
        uint24 revealing = currentRewardEpochId;
        if (!isHeld) advance(round);
        VoterRegistry voters = voterRegistry();
        Submission(resident("Submission")).initNewVotingRound(
            voters.getRegisteredSubmitAddresses(currentRewardEpochId),
            voters.getRegisteredSubmitAddresses(revealing),
            voters.getRegisteredSubmitSignaturesAddresses(revealing)
        );
        return true;
    }

    function getCurrentVotingEpochId() public view returns (uint32) {
        return uint32((block.timestamp - firstVotingRoundStartTs) / votingEpochDurationSeconds);
    }

    function getCurrentRewardEpochId() external view returns (uint24) {
        return currentRewardEpochId;
    }

    function getCurrentRewardEpoch() external view returns (uint256) {
        return currentRewardEpochId;
    }

    function firstRewardEpochStartTs() external view returns (uint64) {
        return roundStart(firstRewardEpochStartVotingRoundId);
    }

    function rewardEpochDurationSeconds() external view returns (uint64) {
        return rewardEpochDurationInVotingEpochs * votingEpochDurationSeconds;
    }

    function currentRewardEpochExpectedEndTs() external view returns (uint64) {
        return roundStart(expectedStart(currentRewardEpochId + 1));
    }

    function getStartVotingRoundId(uint256 rewardEpochId) external view returns (uint32) {
        return initialized(rewardEpochId).startVotingRoundId;
    }

    function getThreshold(uint256 rewardEpochId) external view returns (uint16) {
        return initialized(rewardEpochId).threshold;
    }

    function getSeed(uint256 rewardEpochId) external view returns (uint256) {
        return initialized(rewardEpochId).seed;
    }

    function getRewardEpochStartInfo(uint24 rewardEpochId)
        external
        view
        returns (uint64 rewardEpochStartTs, uint64 rewardEpochStartBlock)
    {
        return (epochs[rewardEpochId].startTs, epochs[rewardEpochId].startBlock);
    }

    function getVoterRegistrationData(uint256 rewardEpochId)
        external
        view
        returns (uint256 votePowerBlock, bool enabled)
    {
        return (epochs[rewardEpochId].votePowerBlock, isOpen(epochs[rewardEpochId]));
    }

    function isVoterRegistrationEnabled() external view returns (bool) {
        return isOpen(epochs[currentRewardEpochId + 1]);
    }

    function isRandomAcquisitionStarted(uint24 rewardEpochId) external view returns (bool) {
        return epochs[rewardEpochId].randomAcquisitionStartTs != 0;
    }

    /// Blocks are not kept apart from instants here: what counts is whether it has ended.
    function getRandomAcquisitionInfo(uint24 rewardEpochId)
        external
        view
        returns (uint64 startTs, uint64 startBlock, uint64 endTs, uint64 endBlock)
    {
        RewardEpoch storage epoch = epochs[rewardEpochId];
        return (epoch.randomAcquisitionStartTs, 0, 0, epoch.votePowerBlock);
    }

    function relay() public view returns (Relay) {
        return Relay(resident("Relay"));
    }

    /// The next step towards the next reward epoch, if its round has come.
    function advance(uint32 round) private {
        uint24 next = currentRewardEpochId + 1;
        RewardEpoch storage epoch = epochs[next];
        if (epoch.randomAcquisitionStartTs == 0) {
            if (round + leadRounds < expectedStart(next)) return;
            epoch.randomAcquisitionStartTs = uint64(block.timestamp);
            emit RandomAcquisitionStarted(next, uint64(block.timestamp));
        } else if (epoch.votePowerBlock == 0) {
            openRegistration(next, round);
        } else if (epoch.startVotingRoundId == 0) {
            if (round >= epoch.registrationStartRound + registrationRounds) makePolicy(next, round);
        } else if (round >= epoch.startVotingRoundId) {
            currentRewardEpochId = next;
            isUptimeVoteDue = true;
            startRewardEpoch(next);
        }
    }

    function openRegistration(uint24 rewardEpochId, uint32 round) private {
        RewardEpoch storage epoch = epochs[rewardEpochId];
        epoch.votePowerBlock = uint64(block.number - 1);
        epoch.registrationStartRound = round;
        emit VotePowerBlockSelected(rewardEpochId, epoch.votePowerBlock, uint64(block.timestamp));
        voterRegistry().registerStanding(rewardEpochId);
        VoterPreRegistry(resident("VoterPreRegistry")).triggerVoterRegistration(rewardEpochId);
    }

    function makePolicy(uint24 rewardEpochId, uint32 round) private {
        RewardEpoch storage epoch = epochs[rewardEpochId];
        (address[] memory voters, uint16[] memory weights, uint16 sum) =
            voterRegistry().policyOf(rewardEpochId);
        uint32 earliest = round + policyDelayRounds;
        uint32 expected = expectedStart(rewardEpochId);
        epoch.startVotingRoundId = earliest > expected ? earliest : expected;
        epoch.threshold = sum / 2 + sum % 2;
        epoch.seed = uint256(keccak256(abi.encode(blockhash(block.number - 1), rewardEpochId)));
        relay().setSigningPolicy(
            Relay.SigningPolicy(
                rewardEpochId,
                epoch.startVotingRoundId,
                epoch.threshold,
                epoch.seed,
                voters,
                weights
            )
        );
    }

    function startRewardEpoch(uint24 rewardEpochId) private {
        RewardEpoch storage epoch = epochs[rewardEpochId];
        epoch.startTs = uint64(block.timestamp);
        epoch.startBlock = uint64(block.number);
        emit RewardEpochStarted(rewardEpochId, epoch.startVotingRoundId, uint64(block.timestamp));
        FtsoRewardOffersManager(resident("FtsoRewardOffersManager")).triggerRewardEpochSwitchover(
            rewardEpochId
        );
    }

    function initialized(uint256 rewardEpochId) private view returns (RewardEpoch storage epoch) {
        epoch = epochs[rewardEpochId];
        if (epoch.startVotingRoundId == 0) revert NotInitialized();
    }

    function isOpen(RewardEpoch storage epoch) private view returns (bool) {
        return epoch.votePowerBlock != 0 && epoch.startVotingRoundId == 0;
    }

    function expectedStart(uint24 rewardEpochId) private view returns (uint32) {
        return firstRewardEpochStartVotingRoundId
            + rewardEpochDurationInVotingEpochs * uint32(rewardEpochId);
    }

    function roundStart(uint32 round) private view returns (uint64) {
        return firstVotingRoundStartTs + votingEpochDurationSeconds * round;
    }

    function voterRegistry() private view returns (VoterRegistry) {
        return VoterRegistry(resident("VoterRegistry"));
    }
}

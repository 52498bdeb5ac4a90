// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {FlareSystemsManager} from "./FlareSystemsManager.sol";
import {Resident} from "./Resident.sol";

/// The offers of a reward epoch, whose events say which feeds it has, in which order, and with how
/// many decimals. Nothing is paid: amounts are for show.
contract FtsoRewardOffersManager is Resident {
    struct InflationOffer {
        bytes feedIds;
        bytes decimals;
        uint256 amount;
        uint16 minRewardedTurnoutBIPS;
        uint24 primaryBandRewardSharePPM;
        bytes secondaryBandWidthPPMs;
        uint16 mode;
    }

    struct Offer {
        uint120 amount;
        bytes21 feedId;
        uint16 minRewardedTurnoutBIPS;
        uint24 primaryBandRewardSharePPM;
        uint24 secondaryBandWidthPPM;
        address claimBackAddress;
    }

    int8 private constant defaultDecimals = 5;

    InflationOffer[] private inflation;
    mapping(bytes21 feedId => int8) private decimalsOf;
    mapping(bytes21 feedId => bool) private hasDecimals;

    event InflationRewardsOffered(
        uint24 indexed rewardEpochId,
        bytes feedIds,
        bytes decimals,
        uint256 amount,
        uint16 minRewardedTurnoutBIPS,
        uint24 primaryBandRewardSharePPM,
        bytes secondaryBandWidthPPMs,
        uint16 mode
    );
    event RewardsOffered(
        uint24 indexed rewardEpochId,
        bytes21 feedId,
        int8 decimals,
        uint256 amount,
        uint16 minRewardedTurnoutBIPS,
        uint24 primaryBandRewardSharePPM,
        uint24 secondaryBandWidthPPM,
        address claimBackAddress
    );

    error NotNextRewardEpoch();
    error TooLate();
    error AmountMismatch();
    error LengthMismatch();

    /// Replaces what is offered from the next change of reward epoch on.
    function setInflationOffers(InflationOffer[] calldata offers) external onlyKeeper {
        delete inflation;
        for (uint256 i = 0; i < offers.length; i++) {
            InflationOffer calldata offer = offers[i];
            uint256 count = offer.decimals.length;
            if (offer.feedIds.length != 21 * count) revert LengthMismatch();
            if (offer.secondaryBandWidthPPMs.length != 3 * count) revert LengthMismatch();
            inflation.push(offer);
            for (uint256 j = 0; j < count; j++) {
                bytes21 feedId = bytes21(offer.feedIds[21 * j:21 * (j + 1)]);
                decimalsOf[feedId] = int8(uint8(offer.decimals[j]));
                hasDecimals[feedId] = true;
            }
        }
    }

    /// A reward epoch has begun: offers the feeds of the one after it.
    function triggerRewardEpochSwitchover(uint24 currentRewardEpochId)
        external
        only("FlareSystemsManager")
    {
        for (uint256 i = 0; i < inflation.length; i++) {
            InflationOffer storage offer = inflation[i];
            emit InflationRewardsOffered(
                currentRewardEpochId + 1,
                offer.feedIds,
                offer.decimals,
                offer.amount,
                offer.minRewardedTurnoutBIPS,
                offer.primaryBandRewardSharePPM,
                offer.secondaryBandWidthPPMs,
                offer.mode
            );
        }
    }

    /// Offers rewards of one's own for feeds of the next reward epoch, until its random is sought.
    function offerRewards(uint24 nextRewardEpochId, Offer[] calldata offers) external payable {
        FlareSystemsManager manager = FlareSystemsManager(resident("FlareSystemsManager"));
        if (nextRewardEpochId != manager.getCurrentRewardEpochId() + 1) revert NotNextRewardEpoch();
        if (manager.isRandomAcquisitionStarted(nextRewardEpochId)) revert TooLate();

        uint256 total = 0;
        for (uint256 i = 0; i < offers.length; i++) {
            Offer calldata offer = offers[i];
            total += offer.amount;
            emit RewardsOffered(
                nextRewardEpochId,
                offer.feedId,
                hasDecimals[offer.feedId] ? decimalsOf[offer.feedId] : defaultDecimals,
                offer.amount,
                offer.minRewardedTurnoutBIPS,
                offer.primaryBandRewardSharePPM,
                offer.secondaryBandWidthPPM,
                offer.claimBackAddress == address(0) ? msg.sender : offer.claimBackAddress
            );
        }
        if (total != msg.value) revert AmountMismatch();
    }
}

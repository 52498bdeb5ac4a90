// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Resident} from "./Resident.sol";

/// Where commits, reveals and signatures go. It never looks at what is submitted: a call only takes
/// the caller's flag for this method and voting round, and says whether there was one. A repeat or
/// a stranger is answered false and does not revert; the transaction counts all the same.
contract Submission is Resident {
    mapping(address => bool) private submit1Flag;
    mapping(address => bool) private submit2Flag;
    mapping(address => bool) private submitSignaturesFlag;

    event NewVotingRoundInitiated();

    error MethodDisabled();

    function submit1() external returns (bool) {
        return take(submit1Flag);
    }

    function submit2() external returns (bool) {
        return take(submit2Flag);
    }

    /// Exists and is disabled, as on Flare.
    function submit3() external pure returns (bool) {
        revert MethodDisabled();
    }

    function submitSignatures() external returns (bool) {
        return take(submitSignaturesFlag);
    }

    /// Block-latency feeds have no contract on this chain to pass their updates to.
    function submitAndPass(bytes calldata) external pure returns (bool) {
        revert MethodDisabled();
    }

    /// Gives out the flags of a new voting round. Flags that were not taken stay.
    function initNewVotingRound(
        address[] calldata submit1Addresses,
        address[] calldata submit2Addresses,
        address[] calldata submitSignaturesAddresses
    ) external only("FlareSystemsManager") {
        give(submit1Flag, submit1Addresses);
        give(submit2Flag, submit2Addresses);
        give(submitSignaturesFlag, submitSignaturesAddresses);
        emit NewVotingRoundInitiated();
    }

    function give(mapping(address => bool) storage flag, address[] calldata to) private {
        for (uint256 i = 0; i < to.length; i++) flag[to[i]] = true;
    }

    function take(mapping(address => bool) storage flag) private returns (bool) {
        if (!flag[msg.sender]) return false;
        delete flag[msg.sender];
        return true;
    }
}

// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Resident} from "./Resident.sol";

/// Who may claim for an owner, and to whom what is claimed so may go: the owner itself, and whom it
/// has allowed. An owner that claims for itself may send it anywhere.
contract ClaimSetupManager is Resident {
    mapping(address owner => address[]) private executors;
    mapping(address owner => address[]) private recipients;

    /// Replaces all of them.
    function setClaimExecutors(address[] calldata all) external payable {
        executors[msg.sender] = all;
    }

    /// Replaces all of them.
    function setAllowedClaimRecipients(address[] calldata all) external {
        recipients[msg.sender] = all;
    }

    function claimExecutors(address owner) external view returns (address[] memory) {
        return executors[owner];
    }

    function allowedClaimRecipients(address owner) external view returns (address[] memory) {
        return recipients[owner];
    }

    function checkExecutorAndAllowedRecipient(address executor, address owner, address recipient)
        external
        view
    {
        if (executor == owner) return;
        require(has(executors[owner], executor), "only owner or executor");
        require(recipient == owner || has(recipients[owner], recipient), "recipient not allowed");
    }

    function has(address[] storage all, address one) private view returns (bool) {
        for (uint256 i = 0; i < all.length; i++) if (all[i] == one) return true;
        return false;
    }
}

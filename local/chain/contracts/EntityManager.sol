// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {Resident} from "./Resident.sol";

/// Which addresses act for a voter: proposed by the voter's identity, confirmed by the address
/// itself. Until one is set, the identity stands in for it. Changes are kept by block.
contract EntityManager is Resident {
    struct VoterAddresses {
        address submitAddress;
        address submitSignaturesAddress;
        address signingPolicyAddress;
    }

    enum Role {
        Submit,
        SubmitSignatures,
        SigningPolicy,
        Delegation
    }

    struct Change {
        uint256 fromBlock;
        address to;
    }

    mapping(Role => mapping(address voter => Change[])) private changes;
    mapping(Role => mapping(address voter => address)) private proposals;
    mapping(Role => mapping(address acting => address voter)) private voterOf;

    event SubmitAddressProposed(address indexed voter, address indexed submitAddress);
    event SubmitAddressRegistrationConfirmed(address indexed voter, address indexed submitAddress);
    event SubmitSignaturesAddressProposed(
        address indexed voter, address indexed submitSignaturesAddress
    );
    event SubmitSignaturesAddressRegistrationConfirmed(
        address indexed voter, address indexed submitSignaturesAddress
    );
    event SigningPolicyAddressProposed(
        address indexed voter, address indexed signingPolicyAddress
    );
    event SigningPolicyAddressRegistrationConfirmed(
        address indexed voter, address indexed signingPolicyAddress
    );
    event DelegationAddressProposed(address indexed voter, address indexed delegationAddress);
    event DelegationAddressRegistrationConfirmed(
        address indexed voter, address indexed delegationAddress
    );

    error NotProposed();
    error AddressTaken();

    function proposeSubmitAddress(address submitAddress) external {
        propose(Role.Submit, submitAddress);
        emit SubmitAddressProposed(msg.sender, submitAddress);
    }

    function confirmSubmitAddressRegistration(address voter) external {
        confirm(Role.Submit, voter);
        emit SubmitAddressRegistrationConfirmed(voter, msg.sender);
    }

    function proposeSubmitSignaturesAddress(address submitSignaturesAddress) external {
        propose(Role.SubmitSignatures, submitSignaturesAddress);
        emit SubmitSignaturesAddressProposed(msg.sender, submitSignaturesAddress);
    }

    function confirmSubmitSignaturesAddressRegistration(address voter) external {
        confirm(Role.SubmitSignatures, voter);
        emit SubmitSignaturesAddressRegistrationConfirmed(voter, msg.sender);
    }

    function proposeSigningPolicyAddress(address signingPolicyAddress) external {
        propose(Role.SigningPolicy, signingPolicyAddress);
        emit SigningPolicyAddressProposed(msg.sender, signingPolicyAddress);
    }

    function confirmSigningPolicyAddressRegistration(address voter) external {
        confirm(Role.SigningPolicy, voter);
        emit SigningPolicyAddressRegistrationConfirmed(voter, msg.sender);
    }

    function proposeDelegationAddress(address delegationAddress) external {
        propose(Role.Delegation, delegationAddress);
        emit DelegationAddressProposed(msg.sender, delegationAddress);
    }

    function confirmDelegationAddressRegistration(address voter) external {
        confirm(Role.Delegation, voter);
        emit DelegationAddressRegistrationConfirmed(voter, msg.sender);
    }

    /// Stands in for the proposals and confirmations of a voter whose keys the keeper lacks.
    function adopt(address voter, VoterAddresses calldata acting) external onlyKeeper {
        set(Role.Submit, voter, acting.submitAddress);
        set(Role.SubmitSignatures, voter, acting.submitSignaturesAddress);
        set(Role.SigningPolicy, voter, acting.signingPolicyAddress);
    }

    function getVoterAddresses(address voter) external view returns (VoterAddresses memory) {
        return addressesAt(voter, block.number);
    }

    function getVoterAddressesAt(address voter, uint256 blockNumber)
        external
        view
        returns (VoterAddresses memory)
    {
        return addressesAt(voter, blockNumber);
    }

    function getDelegationAddressOf(address voter) external view returns (address) {
        return actingAt(Role.Delegation, voter, block.number);
    }

    /// Whom a signing-policy address acts for; itself if nobody has it.
    function getVoterForSigningPolicyAddress(address acting, uint256 blockNumber)
        external
        view
        returns (address)
    {
        address voter = voterOf[Role.SigningPolicy][acting];
        bool isIts =
            voter != address(0) && actingAt(Role.SigningPolicy, voter, blockNumber) == acting;
        return isIts ? voter : acting;
    }

    function addressesAt(address voter, uint256 blockNumber)
        private
        view
        returns (VoterAddresses memory)
    {
        return VoterAddresses(
            actingAt(Role.Submit, voter, blockNumber),
            actingAt(Role.SubmitSignatures, voter, blockNumber),
            actingAt(Role.SigningPolicy, voter, blockNumber)
        );
    }

    function actingAt(Role role, address voter, uint256 blockNumber) private view returns (address) {
        Change[] storage history = changes[role][voter];
        for (uint256 i = history.length; i > 0; i--) {
            if (history[i - 1].fromBlock <= blockNumber) return history[i - 1].to;
        }
        return voter;
    }

    function propose(Role role, address acting) private {
        if (voterOf[role][acting] != address(0)) revert AddressTaken();
        proposals[role][msg.sender] = acting;
    }

    function confirm(Role role, address voter) private {
        if (proposals[role][voter] != msg.sender) revert NotProposed();
        delete proposals[role][voter];
        set(role, voter, msg.sender);
    }

    function set(Role role, address voter, address acting) private {
        if (voterOf[role][acting] != address(0)) revert AddressTaken();
        delete voterOf[role][actingAt(role, voter, block.number)];
        voterOf[role][acting] = voter;
        changes[role][voter].push(Change(block.number, acting));
    }
}

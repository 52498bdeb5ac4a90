// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// The directory of contracts, at the one address that every Flare network has it at. Its code is
/// put there without a constructor, so the keeper is written into storage slot 0 beside it.
contract FlareContractRegistry {
    /// Who looks after this chain. Must stay the first variable.
    address public keeper;

    string[] private names;
    mapping(bytes32 nameHash => address) private addresses;

    error NotAllowed();

    function register(string calldata name, address where) external {
        if (msg.sender != keeper) revert NotAllowed();
        bytes32 key = keccak256(abi.encode(name));
        if (addresses[key] == address(0)) names.push(name);
        addresses[key] = where;
    }

    /// An unknown name has the address 0.
    function getContractAddressByName(string calldata name) external view returns (address) {
        return addresses[keccak256(abi.encode(name))];
    }

    function getContractAddressesByName(string[] calldata asked)
        external
        view
        returns (address[] memory found)
    {
        found = new address[](asked.length);
        for (uint256 i = 0; i < asked.length; i++) {
            found[i] = addresses[keccak256(abi.encode(asked[i]))];
        }
    }

    function getContractAddressByHash(bytes32 nameHash) external view returns (address) {
        return addresses[nameHash];
    }

    function getAllContracts()
        external
        view
        returns (string[] memory allNames, address[] memory allAddresses)
    {
        allNames = names;
        allAddresses = new address[](allNames.length);
        for (uint256 i = 0; i < allNames.length; i++) {
            allAddresses[i] = addresses[keccak256(abi.encode(allNames[i]))];
        }
    }
}

// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

import {FlareContractRegistry} from "./FlareContractRegistry.sol";

/// What the contracts of this chain share: they find one another by name, at the time of the call,
/// and know whom to obey.
abstract contract Resident {
    FlareContractRegistry internal constant registry =
        FlareContractRegistry(0xaD67FE66660Fb8dFE9d6b1b4240d8650e30F6019);

    error NotAllowed();

    modifier only(string memory name) {
        if (msg.sender != resident(name)) revert NotAllowed();
        _;
    }

    modifier onlyKeeper() {
        if (msg.sender != registry.keeper()) revert NotAllowed();
        _;
    }

    function resident(string memory name) internal view returns (address) {
        return registry.getContractAddressByName(name);
    }
}

// SPDX-License-Identifier: UNLICENSED
pragma solidity 0.8.37;

/// The wrapped coin: a balance for each coin that was sent here, and nothing to be voted with.
contract WNat {
    mapping(address owner => uint256) public balanceOf;

    event Transfer(address indexed from, address indexed to, uint256 value);

    receive() external payable {
        depositTo(msg.sender);
    }

    function depositTo(address recipient) public payable {
        balanceOf[recipient] += msg.value;
        emit Transfer(address(0), recipient, msg.value);
    }
}

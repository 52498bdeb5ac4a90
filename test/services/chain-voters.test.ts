/** The local chain with as many voters as its contracts take. */

import { createPublicClient, http } from 'viem'
import { expect, test } from 'vitest'
import { startChain } from '../../local/chain.ts'
import { relayAbi } from '../../src/protocol/contracts.ts'

test('a hundred voters are registered and get a policy in every reward epoch', async () => {
  const chain = await startChain({ port: 0, roundSec: 90, extraVoters: 100 })
  try {
    const policies = await createPublicClient({
      transport: http(chain.rpcUrl),
    }).getContractEvents({
      address: chain.contracts.Relay,
      abi: relayAbi,
      eventName: 'SigningPolicyInitialized',
      fromBlock: 0n,
    })
    expect(policies.length).toBeGreaterThanOrEqual(2)
    for (const { args } of policies) expect(args.voters).toHaveLength(100)
  } finally {
    await chain.stop()
  }
})

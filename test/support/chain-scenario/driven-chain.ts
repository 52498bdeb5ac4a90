/**
 * The local chain without a clock of its own: each block is mined when the test says so, stamped as
 * the test says, and holds just the transactions that the test gives it.
 */

import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Address, Hex } from 'viem'
import { z } from 'zod'
import { startAnvil } from '../../../local/chain/anvil.ts'
import { compiledContracts, type ContractName } from '../../../local/chain/compile.ts'
import { callOf, type ContractAddresses, deploy, fund } from '../../../local/chain/deploy.ts'
import { baseFeeWei, KeeperAccount, keeperAddress } from '../../../local/chain/keeper-account.ts'
import { type Call, hexOf } from '../../../local/chain/rpc.ts'
import type { ChainVoter } from '../../../local/chain/voters.ts'
import { freePort } from '../../../local/processes.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { genesisRound, schedule, startSec } from './calendar.ts'
import { chance } from '../simulated-providers.ts'
import { seed } from './cast.ts'

/** A transaction to be. */
export type Sending = {
  readonly from: Address
  /** Null makes a contract of the bytes. */
  readonly to: Address | null
  readonly data: Hex
  readonly gas: bigint
  readonly valueWei?: bigint
}

export type DrivenChain = {
  readonly rpcUrl: string
  readonly contracts: ContractAddresses
  /**
   * Mines one block.
   *
   * @returns The hashes of its transactions, in the order given.
   * @throws {Error} if one of them is not in the block.
   */
  readonly block: (atSec: number, sendings: readonly Sending[]) => Promise<readonly Hex[]>
  /** Whether a transaction did what it should. */
  readonly hasSucceeded: (hash: Hex) => Promise<boolean>
  /** A call of the account that looks after the chain. */
  readonly keeperCall: (
    contract: ContractName,
    functionName: string,
    ...args: readonly unknown[]
  ) => Sending
  readonly fund: (address: Address) => Promise<void>
  readonly stop: () => Promise<void>
}

/** The protocol's clock gives 60 voters three flags each. */
const keeperGas = 25_000_000n

/** Room for the steps of a reward epoch and a block's submissions. */
const blockGas = 100_000_000n

const hexSchema = z.templateLiteral(['0x', z.string()])
const blockSchema = z.object({ transactions: z.array(z.string()) })

/** @param voters Registered in every reward epoch, without being asked. */
export async function startDrivenChain(voters: readonly ChainVoter[]): Promise<DrivenChain> {
  const compiled = await compiledContracts()
  const atSec = startSec(genesisRound)
  const anvil = await startAnvil({
    port: await freePort(),
    chainId: networks.local.chainId,
    genesisAtSec: atSec,
    baseFeeWei,
    home: join(tmpdir(), 'chrono-chain'),
  })
  const { rpc, url: rpcUrl, stop } = anvil
  try {
    await rpc.call('evm_setBlockGasLimit', hexOf(blockGas))
    const keeper = new KeeperAccount(rpc)
    await keeper.prepare()
    const contracts = await deploy(rpc, keeper, compiled, { schedule, voters, atSec })
    await rpc.call('anvil_autoImpersonateAccount', true)

    const sent = await rpc.call('eth_getTransactionCount', keeperAddress, 'latest')
    const nonces = new Map<Address, number>([[keeperAddress, Number(sent)]])
    const send = async (
      { from, to, data, gas, valueWei = 0n }: Sending,
      blockAtSec: number,
    ): Promise<Hex> => {
      const nonce = nonces.get(from) ?? 0
      nonces.set(from, nonce + 1)
      const transaction = {
        from,
        ...(to === null ? {} : { to }),
        data,
        gas: hexOf(gas),
        value: hexOf(valueWei),
        nonce: hexOf(nonce),
        maxFeePerGas: hexOf(feeCapWei(from, blockAtSec)),
        maxPriorityFeePerGas: '0x0',
      }
      return hexSchema.parse(await rpc.call('eth_sendTransaction', transaction))
    }

    return {
      rpcUrl,
      contracts,
      block: async (blockAtSec, sendings) => {
        const hashes = await Promise.all(sendings.map((each) => send(each, blockAtSec)))
        await keeper.mine(blockAtSec)
        const mined = blockSchema.parse(await rpc.call('eth_getBlockByNumber', 'latest', false))
        const missing = hashes.findIndex((hash) => !mined.transactions.includes(hash))
        if (missing >= 0) {
          throw new Error(`Transaction ${missing} of the block at ${blockAtSec} is not in it.`)
        }
        return hashes
      },
      hasSucceeded: async (hash) => (await rpc.outcome(hash)) === 'success',
      keeperCall: (contract, functionName, ...args) => {
        const { to, data } = callOf(compiled, contracts, { contract, functionName, args })
        return { from: keeperAddress, to: addressOf(to), data, gas: keeperGas }
      },
      fund: (address) => fund(rpc, address),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/**
 * Anvil takes transactions by their caps (1.7.1, seen 2026-11-22): the keeper's first, then senders as
 * chance has it. All of one sender's in a block have one cap: were a later one's higher, it would be
 * tried before its nonce has come, and dropped.
 */
function feeCapWei(from: Address, blockAtSec: number): bigint {
  if (from === keeperAddress) return 10n ** 18n
  return baseFeeWei + BigInt(Math.floor(chance(seed, from, blockAtSec) * 1e9))
}

function addressOf(to: Call['to']): Address {
  if (to === undefined) throw new Error('A call has somebody to be called.')
  return to
}

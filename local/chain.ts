/**
 * A stand-in for Flare: anvil with the protocol's contracts, a keeper that mines and turns its
 * reward epochs, and an RPC in front that can fail on order, for development and tests.
 *
 *     node local/chain.ts --port 8545 --round-seconds 90 --data .local/chain --voter '{"identity":…}'
 *
 * Prints where everything is as one JSON line when it answers, and ends at SIGINT or SIGTERM, or
 * with the process that started it if that one keeps a channel to it. Its state lives in memory.
 */

import { once } from 'node:events'
import { createServer } from 'node:http'
import { networks } from '../src/protocol/networks.ts'
import { startAnvil } from './chain/anvil.ts'
import { type CompiledContracts, compiledContracts } from './chain/compile.ts'
import { callOf, type ContractAddresses, deploy, fund } from './chain/deploy.ts'
import { Faults, type FaultOrder, type FaultState } from './chain/faults.ts'
import { baseFeeWei, KeeperAccount } from './chain/keeper-account.ts'
import { Keeper } from './chain/keeper.ts'
import { chainOptionsOf } from './chain/options.ts'
import { type ChainOptions, type ChainPlan, chainPlanOf } from './chain/plan.ts'
import { proxyAgent, proxyListener } from './chain/proxy.ts'
import type { Rpc } from './chain/rpc.ts'
import { freePort } from './processes.ts'
import { runIfMain } from './stand-in.ts'

/** Where everything is: what is printed, too. */
export type ChainAddress = {
  readonly rpcUrl: string
  /** `POST` takes an order of faults, `GET` tells what came of it. */
  readonly controlUrl: string
  readonly port: number
  readonly chainId: number
  readonly contracts: ContractAddresses
  /** T0 of the voting rounds, Unix seconds. */
  readonly genesisSec: number
  readonly roundSec: number
  readonly rewardEpochRounds: number
  readonly blockMs: number
}

export type LocalChain = ChainAddress & {
  /** Anvil itself, whatever is ordered of the RPC in front. */
  readonly nodeUrl: string
  readonly order: (order: FaultOrder) => FaultState
  readonly stop: () => Promise<void>
}

/** Longer than any client keeps an idle connection, so that none is closed under a request. */
const keepAliveTimeoutMs = 300_000

/** A round's call of the clock may register a hundred voters, for 19 million; a block holds 30. */
const clockGas = 29_000_000n

const { chainId } = networks.local

/**
 * Starts a chain on the loopback interface, with a history of two reward epochs.
 *
 * @throws {Error} `EADDRINUSE` if the port is taken; in one sentence if anvil does not start.
 */
export async function startChain(options: ChainOptions): Promise<LocalChain> {
  const plan = chainPlanOf(options, Date.now())
  const compiled = await compiledContracts(options.cacheDirectory)
  const anvil = await startAnvil({
    port: await freePort(),
    chainId,
    genesisAtSec: plan.genesisAtSec,
    baseFeeWei,
    home: plan.home,
  })
  const faults = new Faults()
  const agent = proxyAgent()
  const server = createServer(
    { keepAliveTimeout: keepAliveTimeoutMs, noDelay: true },
    proxyListener(anvil.url, agent, faults),
  )
  let isStopping = false
  const stop = async (keeper?: Keeper): Promise<void> => {
    isStopping = true
    await keeper?.stop()
    server.close()
    server.closeAllConnections()
    agent.destroy()
    await anvil.stop()
  }

  try {
    const { contracts, keeper } = await buildUp(anvil.rpc, compiled, plan)
    server.listen(options.port, '127.0.0.1')
    await once(server, 'listening')
    keeper.start()
    void anvil.ended.then(() => {
      if (!isStopping) options.onDeath?.('Anvil ended by itself.')
    })
    return {
      ...addressOf(server.address()),
      chainId,
      contracts,
      genesisSec: plan.schedule.genesisSec,
      roundSec: plan.schedule.roundSec,
      rewardEpochRounds: plan.schedule.rewardEpochRounds,
      blockMs: plan.blockMs,
      nodeUrl: anvil.url,
      order: (order) => faults.order(order, Date.now()),
      stop: () => stop(keeper),
    }
  } catch (error) {
    await stop()
    throw error
  }
}

/** Contracts, funds and history on an empty chain, and who goes on from there. */
async function buildUp(
  rpc: Rpc,
  compiled: CompiledContracts,
  plan: ChainPlan,
): Promise<{ readonly contracts: ContractAddresses; readonly keeper: Keeper }> {
  const account = new KeeperAccount(rpc)
  await account.prepare()
  const { schedule, voters, genesisAtSec: atSec } = plan
  const contracts = await deploy(rpc, account, compiled, { schedule, voters, atSec })
  await Promise.all(plan.funded.map((address) => fund(rpc, address)))

  const call = { contract: 'FlareSystemsManager', functionName: 'daemonize', args: [] } as const
  const keeper = new Keeper(rpc, account, {
    schedule,
    blockMs: plan.blockMs,
    daemonize: { ...callOf(compiled, contracts, call), gas: clockGas },
    onTrouble: plan.onTrouble,
  })
  await keeper.rehearse(Date.now())
  return { contracts, keeper }
}

function addressOf(address: ReturnType<ReturnType<typeof createServer>['address']>) {
  if (address === null || typeof address === 'string') throw new Error('Expected a TCP address.')
  const url = `http://127.0.0.1:${address.port}`
  return { port: address.port, rpcUrl: url, controlUrl: `${url}/control` }
}

await runIfMain(import.meta.url, 'Chain', async () => {
  const chain = await startChain({
    ...chainOptionsOf(process.argv.slice(2)),
    onTrouble: (error) => {
      process.stderr.write(`${JSON.stringify({ event: 'block-failed', error: String(error) })}\n`)
    },
    onDeath: (sentence) => {
      process.stderr.write(`${sentence}\n`)
      process.exit(1)
    },
  })
  const { stop, order: _, nodeUrl: _behind, ...address } = chain
  return { address, stop }
})

/**
 * A local chain with rewards on it, an operator with keys that lie open, and `chrono-bridge` that is
 * asked for housekeeping.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  type Address,
  createPublicClient,
  encodeFunctionData,
  type Hex,
  http,
  keccak256,
  parseEther,
  stringToHex,
} from 'viem'
import { type PrivateKeyAccount, privateKeyToAccount } from 'viem/accounts'
import { compiledContracts, type CompiledContracts } from '../../local/chain/compile.ts'
import { keeperAddress } from '../../local/chain/keeper-account.ts'
import { type LocalChain, startChain } from '../../local/chain.ts'
import { runCommandLine } from '../../signer-bridge/command-line.ts'
import type { Role } from '../../signer-bridge/roles.ts'
import { merkleProof, merkleTreeOf } from '../../src/protocol/merkle-tree.ts'
import {
  claimTypes,
  type RewardClaim,
  rewardClaimLeaf,
  weightBasedClaims,
} from '../../src/protocol/reward-claims.ts'

export const roundSec = 6
export const rewardEpochRounds = 60

const keyOf = (name: string): Hex => keccak256(stringToHex(`housekeeping ${name}`))

const variableOf = (name: string) => `KEY_${name.toUpperCase().replaceAll(' ', '_')}`

/** The key of a role, worth nothing anywhere. */
export function houseAccount(name: string): PrivateKeyAccount {
  return privateKeyToAccount(keyOf(name))
}

/** The root and the published file of some claims. */
export function publishedRewards(rewardEpochId: number, claims: readonly RewardClaim[]) {
  const tree = merkleTreeOf(claims.map(rewardClaimLeaf))
  const data = {
    rewardEpochId,
    network: 'local',
    appliedMinConditions: true,
    rewardClaims: claims.map((body) => ({
      merkleProof: merkleProof(tree, rewardClaimLeaf(body)) ?? [],
      body: { ...body, amount: String(body.amount) },
    })),
    noOfWeightBasedClaims: weightBasedClaims(claims),
    merkleRoot: tree.root,
  }
  return { root: tree.root, data, byWeight: weightBasedClaims(claims) }
}

/** A fee of the identity's, in whole coins. */
export function aFee(rewardEpochId: number, coins: string, beneficiary: Address): RewardClaim {
  return { rewardEpochId, beneficiary, amount: parseEther(coins), claimType: claimTypes.fee }
}

export type Ran = { readonly code: number | null; readonly out: string; readonly err: string }

/** The chain's own loop sends from the same account, and may take a nonce that was just given. */
const maxSends = 5

export class HouseWorld {
  readonly chain: LocalChain
  readonly compiled: CompiledContracts
  readonly directory: string
  readonly dataDirectory: string
  readonly #keys = new Map<string, Hex>()
  readonly #secretFile: string

  private constructor(chain: LocalChain, compiled: CompiledContracts, directory: string) {
    this.chain = chain
    this.compiled = compiled
    this.directory = directory
    this.dataDirectory = join(directory, 'data')
    this.#secretFile = join(directory, 'secret')
    writeFileSync(this.#secretFile, 's'.repeat(64), { mode: 0o600 })
  }

  static async start(pace = { roundSec, rewardEpochRounds }): Promise<HouseWorld> {
    const compiled = await compiledContracts()
    const chain = await startChain({
      port: 0,
      ...pace,
      blockMs: 300,
      voters: [
        {
          identity: houseAccount('identity').address,
          submitAddress: houseAccount('submit').address,
          submitSignaturesAddress: houseAccount('submitSignatures').address,
          signingPolicyAddress: houseAccount('signingPolicy').address,
        },
      ],
      funded: [houseAccount('executor').address],
    })
    return new HouseWorld(chain, compiled, mkdtempSync(join(tmpdir(), 'chrono-house-')))
  }

  async stop(): Promise<void> {
    await this.chain.stop()
    rmSync(this.directory, { recursive: true })
  }

  client() {
    return createPublicClient({ transport: http(this.chain.rpcUrl), pollingInterval: 100 })
  }

  /** Calls a contract as one who looks after the chain. */
  async asKeeper(
    contract: keyof CompiledContracts,
    functionName: string,
    args: readonly unknown[],
    value = 0n,
  ): Promise<void> {
    const data = encodeFunctionData({ abi: this.compiled[contract].abi, functionName, args })
    const to = this.chain.contracts[contract]
    const send = () =>
      this.client().request<{
        Method: 'eth_sendTransaction'
        Parameters: [object]
        ReturnType: Hex
      }>({
        method: 'eth_sendTransaction',
        params: [
          { from: keeperAddress, to, data, gas: '0x200000', value: `0x${value.toString(16)}` },
        ],
      })
    let isReplaced = true
    let status = 'unsent'
    for (let sends = 0; isReplaced && sends < maxSends; sends += 1) {
      isReplaced = false
      const onReplaced = () => {
        isReplaced = true
      }
      const hash = await send()
      ;({ status } = await this.client().waitForTransactionReceipt({ hash, onReplaced }))
    }
    if (isReplaced) throw new Error(`${functionName} of the keeper's was replaced each time.`)
    if (status !== 'success') throw new Error(`${functionName} of the keeper's reverted.`)
  }

  async currentEpoch(): Promise<number> {
    const epoch: unknown = await this.client().readContract({
      address: this.chain.contracts.FlareSystemsManager,
      abi: this.compiled.FlareSystemsManager.abi,
      functionName: 'getCurrentRewardEpochId',
    })
    return Number(epoch)
  }

  /** Has a reward epoch's rewards signed and paid in, and writes its data where it is published. */
  async reward(rewardEpochId: number, claims: readonly RewardClaim[]): Promise<void> {
    const { root, data, byWeight } = publishedRewards(rewardEpochId, claims)
    const sum = claims.reduce((wei, { amount }) => wei + amount, 0n)
    await this.asKeeper('RewardManager', 'receiveRewards', [], sum)
    await this.asKeeper('FlareSystemsManager', 'setRewards', [rewardEpochId, root, byWeight])
    const folder = join(this.dataDirectory, 'local', String(rewardEpochId))
    mkdirSync(folder, { recursive: true })
    writeFileSync(join(folder, 'reward-distribution-data.json'), JSON.stringify(data))
  }

  /** Gives an address what it needs for fees. */
  async fund(address: Address): Promise<void> {
    await this.client().request<{
      Method: 'anvil_setBalance'
      Parameters: [Address, Hex]
      ReturnType: unknown
    }>({ method: 'anvil_setBalance', params: [address, '0x56bc75e2d63100000'] })
  }

  /**
   * Writes settings with keys of some roles, and says where.
   *
   * @param roles With the name of an account, or by itself with an account of its own name.
   */
  settings(
    name: string,
    roles: readonly (Role | readonly [Role, string])[],
    differing: object = {},
  ): string {
    const file = join(this.directory, `${name}.json`)
    const keys = roles.map((one) => {
      const [role, account] = typeof one === 'string' ? [one, one] : one
      this.#keys.set(variableOf(account), keyOf(account))
      return { role, address: houseAccount(account).address, env: variableOf(account) }
    })
    const settings = {
      network: 'local',
      round_seconds: roundSec,
      reward_epoch_rounds: rewardEpochRounds,
      rpc_urls: [this.chain.rpcUrl],
      worker_url: 'http://127.0.0.1:1',
      keys,
      journal_file: `${name}.sqlite`,
      ...differing,
    }
    writeFileSync(file, JSON.stringify(settings))
    return file
  }

  /** Starts `chrono-bridge`; nobody is at its terminal. */
  spawn(settings: string, ...args: readonly string[]): ChildProcess {
    const launcher = new URL('../../signer-bridge/chrono-bridge.js', import.meta.url).pathname
    const node = ['--disable-warning=ExperimentalWarning', launcher, ...args, '-s', settings]
    const env = { PATH: process.env['PATH'], ...this.#env() }
    return spawn(process.execPath, node, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** Runs a command until it ends, as a process. */
  async runAlone(settings: string, ...args: readonly string[]): Promise<Ran> {
    const child = this.spawn(settings, ...args)
    let out = ''
    let err = ''
    child.stdout?.on('data', (part: Buffer) => (out += part.toString()))
    child.stderr?.on('data', (part: Buffer) => (err += part.toString()))
    const [code] = await once(child, 'close')
    return { code: typeof code === 'number' ? code : null, out, err }
  }

  /** Runs it in this process, where its modules are loaded once: that is most of what a command costs. */
  async run(settings: string, ...args: readonly string[]): Promise<Ran> {
    let code = 0
    let out = ''
    let err = ''
    await runCommandLine([...args, '-s', settings], {
      env: this.#env(),
      print: (text) => (out += `${text}\n`),
      warn: (text) => (err += `${text}\n`),
      log: () => {},
      onEnd: () => {},
      exitWith: (asked) => (code = asked),
    })
    return { code, out, err }
  }

  #env() {
    return {
      CHRONO_OPERATOR_SECRET_FILE: this.#secretFile,
      CHRONO_BRIDGE_SECRET_FILE: this.#secretFile,
      ...Object.fromEntries(this.#keys),
    }
  }
}

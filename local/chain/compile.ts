/**
 * The contracts of the local chain, compiled: by the compiler from npm in a process of its own,
 * once for each state of the sources, and from then on out of a cache.
 */

import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Abi, Hex } from 'viem'
import { z } from 'zod'

/** The contracts that are compiled, in the order in which they are deployed. */
export const contractNames = [
  'FlareContractRegistry',
  'Submission',
  'FlareSystemsManager',
  'Relay',
  'FtsoRewardOffersManager',
  'VoterRegistry',
  'EntityManager',
  'VoterPreRegistry',
  'RewardManager',
  'ClaimSetupManager',
  'WNat',
] as const
export type ContractName = (typeof contractNames)[number]

export type CompiledContract = {
  readonly abi: Abi
  /** Code that runs the constructor. */
  readonly creation: Hex
  /** Code as it lies on chain, for contracts without a constructor. */
  readonly runtime: Hex
}
export type CompiledContracts = Readonly<Record<ContractName, CompiledContract>>

const sourceDirectory = join(import.meta.dirname, 'contracts')
const compilerProgram = join(import.meta.dirname, 'solc.ts')
const defaultCache = join(import.meta.dirname, '..', '..', 'node_modules', '.cache', 'contracts')

/** Compiling takes 2 s on an idle machine. Milliseconds. */
const compileWithinMs = 60_000

/** The compiler's whole answer; it is some 300 kB. Bytes. */
const maxOutputBytes = 16_000_000

/** The optimiser's second half makes compiling twice as long and a call no cheaper than 2 %. */
const settings = {
  evmVersion: 'cancun',
  optimizer: { enabled: true, runs: 200, details: { yul: false } },
  outputSelection: {
    '*': { '*': ['abi', 'evm.bytecode.object', 'evm.deployedBytecode.object'] },
  },
} as const

const code = z
  .string()
  .regex(/^([0-9a-f]{2})+$/)
  .transform((hex): Hex => `0x${hex}`)

const contractSchema = z.object({
  // The compiler's word is taken for it: an ABI's own type is too wide to check here.
  abi: z.custom<Abi>((value) => Array.isArray(value)),
  evm: z.object({
    bytecode: z.object({ object: code }),
    deployedBytecode: z.object({ object: code }),
  }),
})

const outputSchema = z.object({
  errors: z.array(z.object({ severity: z.string(), formattedMessage: z.string() })).default([]),
  contracts: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
})

/**
 * The compiled contracts.
 *
 * @param cacheDirectory Where they are kept; below `node_modules/.cache` unless told otherwise.
 * @throws {Error} with the compiler's own words if it refuses the sources.
 */
export async function compiledContracts(
  cacheDirectory: string = defaultCache,
): Promise<CompiledContracts> {
  const input = JSON.stringify({ language: 'Solidity', sources: await sources(), settings })
  const file = join(cacheDirectory, `${hashOf(input)}.json`)
  const cached = await readFile(file, 'utf8').catch(() => undefined)
  if (cached !== undefined) return contractsOf(cached)

  const output = await compile(input)
  const contracts = contractsOf(output)
  await mkdir(cacheDirectory, { recursive: true })
  // Two processes may compile at once: whoever renames last leaves a whole file, as did the other.
  const unfinished = `${file}.${randomUUID()}`
  await writeFile(unfinished, output)
  await rename(unfinished, file)
  return contracts
}

async function sources(): Promise<Record<string, { readonly content: string }>> {
  const names = (await readdir(sourceDirectory)).filter((name) => name.endsWith('.sol')).toSorted()
  const read = names.map(async (name) => {
    const content = await readFile(join(sourceDirectory, name), 'utf8')
    return [name, { content }] as const
  })
  return Object.fromEntries(await Promise.all(read))
}

/** Changes with the sources, the settings and the compiler. */
function hashOf(input: string): string {
  const manifest: unknown = createRequire(import.meta.url)('solc/package.json')
  const { version } = z.object({ version: z.string() }).parse(manifest)
  return createHash('sha256').update(version).update(input).digest('hex')
}

function compile(input: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { maxBuffer: maxOutputBytes, timeout: compileWithinMs }
    const child = execFile(process.execPath, [compilerProgram], options, (error, stdout) => {
      if (error === null) resolve(stdout)
      else reject(new Error('The Solidity compiler could not be run.', { cause: error }))
    })
    // A compiler that died is told of by its exit, not by the pipe that it left behind.
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })
}

function contractsOf(text: string): CompiledContracts {
  const { errors, contracts } = outputSchema.parse(JSON.parse(text))
  const refusals = errors.filter(({ severity }) => severity === 'error')
  if (refusals.length > 0) {
    throw new Error(refusals.map(({ formattedMessage }) => formattedMessage).join('\n'))
  }
  const compiled = (name: ContractName): CompiledContract => {
    const { abi, evm } = contractSchema.parse(contracts[`${name}.sol`]?.[name])
    return { abi, creation: evm.bytecode.object, runtime: evm.deployedBytecode.object }
  }
  return {
    FlareContractRegistry: compiled('FlareContractRegistry'),
    Submission: compiled('Submission'),
    FlareSystemsManager: compiled('FlareSystemsManager'),
    Relay: compiled('Relay'),
    FtsoRewardOffersManager: compiled('FtsoRewardOffersManager'),
    VoterRegistry: compiled('VoterRegistry'),
    EntityManager: compiled('EntityManager'),
    VoterPreRegistry: compiled('VoterPreRegistry'),
    RewardManager: compiled('RewardManager'),
    ClaimSetupManager: compiled('ClaimSetupManager'),
    WNat: compiled('WNat'),
  }
}

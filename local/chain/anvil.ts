/**
 * Anvil as a child: the platform's own binary without its wrapper, which would cost a Node process,
 * under a shell that ends it as soon as the pipe from us is closed, be it that we were killed.
 */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { Rpc } from './rpc.ts'

export type Anvil = {
  readonly url: string
  readonly rpc: Rpc
  /** Whether it was asked to stop or not, it has ended once this resolves. */
  readonly ended: Promise<void>
  readonly stop: () => Promise<void>
}

export type AnvilPlan = {
  readonly port: number
  readonly chainId: number
  /** Of the genesis block, Unix seconds. */
  readonly genesisAtSec: number
  readonly baseFeeWei: bigint
  /** Where it may keep files of its own. */
  readonly home: string
}

/** Starting takes 0.1 s on an idle machine. Milliseconds. */
const startWithinMs = 20_000
const askAgainAfterMs = 15

/**
 * States of this many blocks can be asked about. With anvil's own default every block leaves a file
 * of 200 kB on disk and a day of blocks 10 GB (version 1.7.1, seen 2026-11-22).
 */
const keptStates = 16

/** Our end of the pipe is standard input: reading from it returns when nobody holds the other. */
const leash = `
  exec 3<&0
  "$@" </dev/null 3<&- & anvil=$!
  (read -r _ <&3; kill -KILL "$anvil") & watcher=$!
  wait "$anvil"; code=$?
  kill "$watcher" 2>/dev/null
  exit "$code"`

/**
 * Starts anvil without any mining of its own and without accounts.
 *
 * @throws {Error} in one sentence if it does not answer.
 */
export async function startAnvil(plan: AnvilPlan): Promise<Anvil> {
  const url = `http://127.0.0.1:${plan.port}`
  mkdirSync(plan.home, { recursive: true })
  const child = spawn('/bin/sh', ['-c', leash, 'anvil', anvilBinary(), ...argumentsOf(plan)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: { ...process.env, HOME: plan.home },
  })
  // Closing the pipe of a shell that has ended already is no failure.
  child.stdin.on('error', () => undefined)
  const lastWords = lastWordsOf(child)
  const ended = once(child, 'exit').then(() => undefined)
  const rpc = new Rpc(url)
  try {
    await answering(rpc, child)
  } catch (error) {
    child.stdin.end()
    throw new Error(`Anvil did not start. ${lastWords()}`.trim(), { cause: error })
  }
  return {
    url,
    rpc,
    ended,
    stop: async () => {
      child.stdin.end()
      await ended
    },
  }
}

function argumentsOf(plan: AnvilPlan): string[] {
  const options: Readonly<Record<string, string>> = {
    host: '127.0.0.1',
    port: String(plan.port),
    'chain-id': String(plan.chainId),
    timestamp: String(plan.genesisAtSec),
    'base-fee': String(plan.baseFeeWei),
    accounts: '0',
    'prune-history': String(keptStates),
  }
  const flags = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  return [...flags, '--no-mining', '--quiet']
}

/**
 * Where the binary for this machine is: npm installs just the package that fits.
 *
 * @throws {Error} if there is none for this platform.
 */
export function anvilBinary(
  platform: string = process.platform,
  architecture: string = process.arch,
): string {
  const machine = `${platform}-${architecture === 'x64' ? 'amd64' : architecture}`
  const require = createRequire(import.meta.url)
  // The package of a platform depends on the wrapper's manifest alone, which knows its siblings.
  const siblings = createRequire(require.resolve('@foundry-rs/anvil/package.json'))
  try {
    return siblings.resolve(`@foundry-rs/anvil-${machine}/bin/anvil`)
  } catch (error) {
    throw new Error(`No anvil is installed for ${machine}.`, { cause: error })
  }
}

async function answering(rpc: Rpc, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + startWithinMs
  for (;;) {
    try {
      await rpc.call('eth_chainId')
      return
    } catch (error) {
      if (performance.now() > deadline || child.exitCode !== null) throw error
    }
    await new Promise((resolve) => setTimeout(resolve, askAgainAfterMs))
  }
}

/** What it said last on standard error, for the sentence that tells of its end. */
function lastWordsOf(child: ChildProcess): () => string {
  let words = ''
  child.stderr?.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString()).slice(-500)
  })
  return () => words.trim()
}

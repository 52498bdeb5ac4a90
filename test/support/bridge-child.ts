/**
 * A process that goes through a commit with a journal on the disk, says how far it is, and stops
 * there until it is killed: `node bridge-child.ts <journal file> <stage>`.
 */

import { digestsIn } from '../../signer-bridge/call-digests.ts'
import { callOf } from '../../signer-bridge/endings.ts'
import { openJournal } from '../../signer-bridge/journal/journal.ts'
import { signCall } from '../../signer-bridge/signer.ts'
import { calldataOf } from '../../signer-bridge/vote.ts'
import { account } from './bridge-world.ts'
import { journalOwner, journalVote as vote } from './bridge-journal.ts'

const [file = '', stage = ''] = process.argv.slice(2)

function reached(name: string): Promise<void> {
  if (name !== stage) return Promise.resolve()
  process.stdout.write(`${name}\n`)
  setInterval(() => undefined, 1_000)
  return new Promise(() => undefined)
}

const journal = openJournal(file, journalOwner)
await reached('opened')
journal.prepare(vote, 1)
await reached('prepared')
const calldata = calldataOf(vote, 'submit1')
const claim = { ...callOf(vote, 'submit1'), nonce: 0 }
journal.claimNonce(
  { ...claim, calldata, digests: digestsIn('submit1', calldata), atMs: 1 },
  () => false,
)
await reached('claimed')
const fees = { maxFeePerGas: 3n, maxPriorityFeePerGas: 1n }
const { chainId } = journalOwner
const gas = 50_000n
const key = { role: 'submit', address: account.address, signer: account } as const
const signed = await signCall(key, { ...claim, chainId, calldata, gas, fees, ceilingWei: 3n })
await reached('signed')
journal.recordAttempt({ ...claim, ...signed, gas, fees, signedAtMs: 2, state: 'signed' })
await reached('recorded')

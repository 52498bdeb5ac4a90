/**
 * Gets a planned call of housekeeping on chain and follows it until it is final: one step at a time,
 * each written down before it has an effect, so that it can be taken up again after any end.
 */

import type { FeePolicy, Fees } from '../fees.ts'
import { type Chain, ChainError, type Receipt } from '../chain/chain.ts'
import type { HouseBook, HouseJob } from '../journal/housekeeping.ts'
import type { RoleKey } from '../roles.ts'
import { SigningError } from '../signer.ts'
import { nextStep } from './next-step.ts'
import type { HousePolicy } from './policy.ts'
import { signHouse } from './sign.ts'

export type PursuitDeps = {
  readonly chain: Pick<Chain, 'head' | 'receiptsOf' | 'latestCount' | 'send'>
  readonly book: Pick<HouseBook, 'attempts' | 'recordAttempt' | 'markAttempt' | 'settle'>
  readonly key: RoleKey
  readonly chainId: number
  readonly feePolicy: FeePolicy
  readonly policy: HousePolicy
  readonly nowMs: () => number
  readonly steadyMs: () => number
  readonly sleep: (ms: number) => Promise<void>
  readonly resendMs: number
  /** Whether nobody waits for it any more. */
  readonly isOver?: () => boolean
  /** Tells the person who waits. */
  readonly say: (text: string) => void
}

export type Pursued =
  | { readonly kind: 'landed' | 'reverted'; readonly receipt: Receipt }
  /** Another transaction of the sender has the nonce: this one can never land. */
  | { readonly kind: 'replaced' }
  /** A person said no, and nothing of it was ever sent. */
  | { readonly kind: 'denied' }
  /** It may still land; the journal knows of it. */
  | { readonly kind: 'pending' }

/** A person waits for it; whoever does not wait so long follows it with the same command later. */
export const patienceMs = 180_000

/** Between two looks. */
const pollMs = 1_000

/** Blocks above that of the receipt: what is in a block of Flare stays, what a node says need not. */
const finalBlocks = 2

/** A nonce is used for so long without a receipt of ours before it counts as a stranger's. */
const strangerMs = 30_000

/** Until it is final, or for as long as a person waits. */
export async function pursueJob(deps: PursuitDeps, job: HouseJob): Promise<Pursued> {
  const { steadyMs, isOver = () => false } = deps
  const untilMs = steadyMs() + patienceMs
  let usedSinceMs: number | undefined
  // A person who has said no to a higher fee is not asked again: what is out is followed.
  let maySign = true
  while (steadyMs() < untilMs && !isOver()) {
    const seen = await look(deps, job, maySign)
    if (seen.kind === 'denied') maySign = false
    usedSinceMs = seen.kind === 'used' ? (usedSinceMs ?? steadyMs()) : undefined
    const usedMs = steadyMs() - (usedSinceMs ?? steadyMs())
    const ended = endedBy(deps, job, { seen, usedMs })
    if (ended !== undefined) return ended
    await deps.sleep(pollMs)
  }
  return { kind: 'pending' }
}

/** Writes down the end that a look has shown; `undefined` if it goes on. */
function endedBy(
  { book, nowMs }: PursuitDeps,
  { id }: HouseJob,
  { seen, usedMs }: { readonly seen: Look; readonly usedMs: number },
): Pursued | undefined {
  if (seen.kind === 'final') {
    const kind = seen.receipt.hasReverted ? 'reverted' : 'landed'
    book.settle(id, kind, nowMs(), seen.receipt)
    return { kind, receipt: seen.receipt }
  }
  const isRefused = seen.kind === 'denied' && book.attempts(id).length === 0
  const kind = isRefused ? 'denied' : usedMs >= strangerMs ? 'replaced' : undefined
  if (kind === undefined) return undefined
  book.settle(id, kind, nowMs())
  return { kind }
}

type Look =
  | { readonly kind: 'final'; readonly receipt: Receipt }
  | { readonly kind: 'used' | 'going' | 'denied' }

/** One look and one step; what the nodes cannot answer just now is asked again. */
async function look(deps: PursuitDeps, job: HouseJob, maySign: boolean): Promise<Look> {
  try {
    const { chain, book } = deps
    const hashes = book.attempts(job.id).map(({ txHash }) => txHash)
    const [receipt] = hashes.length === 0 ? [] : await chain.receiptsOf(hashes)
    const head = await chain.head()
    if (receipt !== undefined) {
      const isFinal = head.number >= receipt.blockNumber + finalBlocks
      return isFinal ? { kind: 'final', receipt } : { kind: 'going' }
    }
    return await step(deps, job, { baseFeeWei: head.baseFeeWei, maySign })
  } catch (error) {
    if (!(error instanceof ChainError) || error.code !== 'chain-unreachable') throw error
    deps.say(`No node answers; asked again in a moment. ${error.message}`)
    return { kind: 'going' }
  }
}

async function step(
  deps: PursuitDeps,
  job: HouseJob,
  { baseFeeWei, maySign }: { readonly baseFeeWei: bigint; readonly maySign: boolean },
): Promise<Look> {
  const { chain, book, feePolicy, nowMs, resendMs } = deps
  const next = nextStep({
    attempts: book.attempts(job.id),
    nonce: job.nonce,
    freeNonce: await chain.latestCount(job.sender),
    baseFeeWei,
    policy: feePolicy,
    nowMs: nowMs(),
    resendMs,
  })
  switch (next.kind) {
    case 'used':
      return { kind: 'used' }
    case 'wait':
      return { kind: 'going' }
    case 'repeat':
      await send(deps, job, next.attempt)
      return { kind: 'going' }
    case 'sign':
      return maySign ? await signAndSend(deps, job, next.fees) : { kind: 'going' }
  }
}

async function signAndSend(deps: PursuitDeps, job: HouseJob, fees: Fees): Promise<Look> {
  const { book, key, chainId, policy, nowMs, say } = deps
  try {
    const signed = await signHouse(key, { ...job, chainId, fees }, policy)
    const attempt = { ...signed, nonce: job.nonce, fees, signedAtMs: nowMs() }
    book.recordAttempt(job.id, { ...attempt, state: 'signed' })
    say(`Signed at nonce ${job.nonce}: ${signed.txHash}`)
    await send(deps, job, signed)
    return { kind: 'going' }
  } catch (error) {
    if (error instanceof SigningError && error.code === 'signing-denied') return { kind: 'denied' }
    throw error
  }
}

async function send(
  { chain, book, say }: PursuitDeps,
  { sender }: HouseJob,
  { raw, txHash }: { readonly raw: `0x${string}`; readonly txHash: `0x${string}` },
): Promise<void> {
  const outcome = await chain.send(raw, sender)
  if (outcome.kind === 'accepted' || outcome.kind === 'underpriced') {
    book.markAttempt(txHash, outcome.kind)
  } else if (outcome.kind !== 'nonce-used') say(`Not taken: ${outcome.reason}`)
}

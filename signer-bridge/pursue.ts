/**
 * Gets one call on chain, one step at a time: look for it, and if it is not there, send it, or send
 * it again, or replace it by the same call with a higher fee. The same calldata always.
 */

import { type Hex, size } from 'viem'
import { isUnusedBeside, nonceBeside } from './abreast.ts'
import type { CallName, OwnCall } from './call.ts'
import { digestsIn } from './call-digests.ts'
import { callRefusal, signaturesRefusal } from './call-policy.ts'
import { type FeePolicy, highestFees } from './fees.ts'
import { gasLimitOf } from './gas.ts'
import type { NonceHolder } from './journal/attempts.ts'
import type { Attempt } from './journal/rows.ts'
import { type AttemptFacts, type AttemptPlan, attemptPlan, maySignBeyond } from './nonce.ts'
import { shownOf } from './landed.ts'
import { reportOf } from './reports.ts'
import { anewText, landable, mayBeAskedAnew, noteRefusedAnew } from './ledger/asked-anew.ts'
import { isLedgerSigner, keyFor, type LedgerSigner } from './ledger/signer.ts'
import { isKeptBack } from './ledger/sitting-room.ts'
import type { RoleKey } from './roles.ts'
import { signCall, type SignedCall, SigningError, unsignedEnd } from './signer.ts'
import { isProvenPast, type Moment } from './timeline.ts'
import { boundReveal, isWritten, keepUnwritten, unwrittenOf } from './unwritten.ts'
import { lastSentMs, windowOf } from './windows.ts'
import type { World } from './world.ts'

/** A call to be brought on chain. */
export type Quarry = {
  readonly call: CallName
  /** Who sends it. */
  readonly key: RoleKey
  /** Asked for as long as nothing has been claimed: what it said first is kept by the journal. */
  readonly compose: () => { readonly calldata: Hex }
  readonly policy: FeePolicy
  readonly moment: () => Moment
  /** Asked before each signature, and after it, before anything is written or sent. */
  readonly maySend: () => boolean
}

/** As much of the world as it takes. */
export type Hunt = Pick<
  World,
  'chain' | 'journal' | 'breaker' | 'network' | 'pace' | 'nowMs' | 'sleep' | 'log'
>

/** Sends a call that is not on chain yet, if it is time to. */
export async function pursue(world: Hunt, quarry: Quarry): Promise<void> {
  const { chain, journal } = world
  const call = ownCall(quarry)
  const { head } = quarry.moment()
  if (head === undefined || journal.isDenied(call)) return

  const unwritten = unwrittenOf(journal, call)
  // Whoever looks through the journal does not know of these.
  if (await isAnyOnChain(chain, unwritten)) return
  const attempts = [...journal.attempts(call), ...unwritten]
  const freeNonce = await freeNonceFor(world, call, attempts)
  if (freeNonce === undefined) return
  if (await isKept(world, quarry, attempts, freeNonce)) return
  const terms = { attempts, freeNonce, baseFeeWei: head.baseFeeWei }
  const plan = await planFor(world, quarry, terms)
  if (plan.kind === 'wait' || !quarry.maySend()) return
  const attempt = await attemptFor(world, quarry, plan, attempts)
  if (attempt !== undefined) await send(world, attempt)
}

/** What to do at the nonce that is free; nothing where enough is out. */
async function planFor(
  world: Hunt,
  quarry: Quarry,
  terms: Pick<AttemptFacts<Attempt>, 'attempts' | 'freeNonce' | 'baseFeeWei'>,
): Promise<AttemptPlan<Attempt>> {
  const { journal, pace, nowMs } = world
  const call = ownCall(quarry)
  const offered = offeredAt(journal, call, terms.freeNonce)
  const plan = attemptPlan({
    ...terms,
    ...(offered !== undefined && { offered }),
    policy: quarry.policy,
    nowMs: nowMs(),
    resendMs: pace.resendMs,
  })
  return (await isEnoughOut(world, call, terms.attempts, plan)) ? { kind: 'wait' } : plan
}

/** The first nonce that a call may take. A node that cannot count may still take what is sent. */
async function freeNonceFor(
  { chain, journal }: Hunt,
  call: OwnCall,
  attempts: readonly Attempt[],
): Promise<number | undefined> {
  const count = await chain
    .latestCount(call.signer)
    .catch(() => attempts.at(-1)?.nonce ?? nonceAfterCommit(journal, call))
  if (count === undefined) return undefined
  return nonceBeside(journal, call, Math.max(count, journal.nonceFloor(call.signer)))
}

/** Where a reveal goes that nobody can count for: its commit has landed, so that all before is known. */
function nonceAfterCommit(journal: Hunt['journal'], call: OwnCall): number | undefined {
  if (call.kind !== 'submit2') return undefined
  const isLanded = journal.statusOf({ ...call, kind: 'submit1' }) === 'confirmed'
  return isLanded ? journal.nonceFloor(call.signer) : undefined
}

/** Whether a call that is shown on chain by some node has been signed at as many nonces as it may. */
async function isEnoughOut(
  world: Hunt,
  call: OwnCall,
  attempts: readonly Attempt[],
  plan: AttemptPlan<Attempt>,
): Promise<boolean> {
  if (plan.kind !== 'sign' || attempts.length === 0) return false
  if (attempts.some(({ nonce }) => nonce === plan.nonce)) return false
  const shown = await shownOf(world, call)
  return !maySignBeyond(attempts, plan.nonce, shown?.attempt.nonce)
}

/** Whether what a person has signed beforehand must wait for the call before it; that is told. */
async function isKept(
  world: Hunt,
  quarry: Quarry,
  [first]: readonly Attempt[],
  freeNonce: number,
): Promise<boolean> {
  const { chain, journal, log } = world
  // The one of the sitting: what was signed anew since has not its commit before it.
  if (first === undefined || !isLedgerSigner(quarry.key.signer)) return false
  const call = ownCall(quarry)
  const { votingRoundId, nonce } = first
  if (!isKeptBack(journal, call, nonce, freeNonce)) return false
  // After a crash nobody knows who took the commit. One node that has it is enough, whatever others say.
  const reached = await chain.pendingCount(call.signer).catch(() => freeNonce)
  if (!isKeptBack(journal, call, nonce, reached)) return false
  if ((await shownOf(world, { ...call, kind: 'submit1' })) !== undefined) return false
  log({ event: 'reveal-kept-back', voting_round_id: votingRoundId, nonce })
  return true
}

/** The highest fees at a nonce. Those of what could not be written down have outbid all before. */
function offeredAt(journal: Hunt['journal'], call: OwnCall, nonce: number) {
  const unwritten = unwrittenOf(journal, call).findLast((attempt) => attempt.nonce === nonce)
  return unwritten?.fees ?? journal.offeredAt(call.signer, nonce)
}

type SignPlan = Extract<AttemptPlan<Attempt>, { kind: 'sign' }>

/** What is to be sent: signed now, or before. */
async function attemptFor(
  world: Hunt,
  quarry: Quarry,
  plan: Exclude<AttemptPlan<Attempt>, { kind: 'wait' }>,
  attempts: readonly Attempt[],
): Promise<Attempt | undefined> {
  if (plan.kind === 'repeat') return plan.attempt
  const last = attempts.at(-1)
  const { signer } = quarry.key
  if (last === undefined || !isLedgerSigner(signer)) return await signedAttempt(world, quarry, plan)
  const before = landable(attempts, plan.nonce)
  if (before !== undefined) return before
  const call = ownCall(quarry)
  const mayAsk = mayBeAskedAnew(world.journal, call) && (await shownOf(world, call)) === undefined
  return mayAsk ? await signedAnew(world, { quarry, signer, last, plan }) : last
}

/** Has a person sign a call once more. */
async function signedAnew(
  world: Hunt,
  anew: {
    readonly quarry: Quarry
    readonly signer: LedgerSigner
    readonly last: Attempt
    readonly plan: SignPlan
  },
): Promise<Attempt | undefined> {
  const { quarry, signer, last, plan } = anew
  const call = ownCall(quarry)
  const why = anewText(call, { nonce: last.nonce, freeNonce: plan.nonce })
  // Told when the review is about to come, once the nonce is ours.
  const reviewing: LedgerSigner['reviewing'] = (review) => {
    signer.show(why)
    return signer.reviewing(review)
  }
  const told = { ...quarry, key: { ...quarry.key, signer: { ...signer, reviewing } } }
  // As dear as before at least: nobody is asked a third time in a spike.
  const terms = { nonce: plan.nonce, fees: highestFees([last, plan]) ?? plan.fees }
  try {
    return await sendingMeanwhile(world, last, signedAttempt(world, told, terms))
  } catch (error) {
    if (unsignedEnd(error) === 'denied') noteRefusedAnew(world.journal, call)
    throw error
  }
}

/**
 * Goes on sending what was signed before while a person takes their time: whoever has said that its
 * nonce is used may be wrong.
 */
async function sendingMeanwhile<T>(world: Hunt, before: Attempt, asked: Promise<T>): Promise<T> {
  let isAnswered = false
  const answered = asked.finally(() => {
    isAnswered = true
  })
  // If the sending fails, nobody waits for it any more.
  answered.catch(() => undefined)
  while (!isAnswered) {
    await send(world, before)
    await Promise.race([answered, world.sleep(world.pace.resendMs)])
  }
  return await answered
}

/**
 * Claims the nonce, signs, and writes down what was signed, in this order. A reveal that was bound
 * before its commit goes out also when the disk takes nothing: it can say nothing else.
 */
async function signedAttempt(
  world: Hunt,
  quarry: Quarry,
  { nonce, fees }: Pick<Attempt, 'nonce' | 'fees'>,
): Promise<Attempt | undefined> {
  const { journal, nowMs } = world
  const { key, moment, maySend } = quarry
  const call = ownCall(quarry)
  const composed = journal.calldataOf(call) ?? quarry.compose().calldata
  const refusal =
    callRefusal(key.role, call, composed) ?? signaturesRefusal(call.kind, composed, journal.rootOf)
  if (refusal !== undefined) throw new SigningError('call-refused', refusal)
  const digests = digestsIn(call.kind, composed)
  const claim = { ...call, calldata: composed, digests, nonce, atMs: Math.round(nowMs()) }
  const owed = boundReveal(journal, call, composed)
  const isClaimed = writes(world, call, owed !== undefined, () =>
    journal.claimNonce(
      claim,
      (holder) => isOver(world, holder, moment()) || isUnusedBeside(journal, call, holder),
    ),
  )
  const calldata = isClaimed ? composed : (journal.calldataOf(call) ?? owed ?? composed)
  const gas = gasLimitOf(size(calldata), journal.gasMeasured(call.kind))
  const signed = await signedBy(world, quarry, { calldata, nonce, fees, gas })
  // A slow signer may have let the window pass: then nothing is out, and nothing is owed for it.
  if (!maySend()) return undefined
  const attempt: Attempt = {
    ...call,
    nonce,
    gas,
    fees,
    signedAtMs: Math.round(nowMs()),
    state: 'signed',
    ...signed,
  }
  const isRecorded = writes(world, call, owed !== undefined, () => journal.recordAttempt(attempt))
  if (!isRecorded) keepUnwritten(journal, attempt)
  return attempt
}

/** Writes; where a reveal is owed, whether that was done is told, and else a failure is thrown. */
function writes({ log }: Hunt, call: OwnCall, isOwed: boolean, write: () => void): boolean {
  if (isOwed) return isWritten(log, call, write)
  write()
  return true
}

async function isAnyOnChain(chain: Hunt['chain'], attempts: readonly Attempt[]): Promise<boolean> {
  if (attempts.length === 0) return false
  const receipts = await chain.receiptsOf(attempts.map(({ txHash }) => txHash)).catch(() => [])
  return receipts.length > 0
}

/** Asks the signer, and notes it where that was refused or lost. */
async function signedBy(
  { journal, breaker, network, nowMs }: Hunt,
  quarry: Quarry,
  terms: Pick<Attempt, 'nonce' | 'fees' | 'gas'> & { readonly calldata: Hex },
): Promise<SignedCall> {
  const { call, key, policy } = quarry
  const { chainId } = network
  const { ceilingWei } = policy
  try {
    const untilMs = lastSentMs(network.schedule, call)
    const what = `${call.kind} of round ${call.votingRoundId}`
    const named = call.kind === 'submitSignatures' ? undefined : call
    const sign = () =>
      signCall(keyFor(key, { what, untilMs }), { ...call, ...terms, chainId, ceilingWei })
    return await breaker.watched(key.address, sign, named)
  } catch (error) {
    const end = unsignedEnd(error)
    if (end !== undefined) journal.noteCall(ownCall(quarry), end, Math.round(nowMs()))
    throw error
  }
}

async function send(world: Hunt, attempt: Attempt): Promise<void> {
  const { chain, journal, log, network, nowMs } = world
  const { votingRoundId, kind, txHash, nonce, signer } = attempt
  const outcome = await chain.send(attempt.raw, signer)
  const what = { voting_round_id: votingRoundId, kind, tx_hash: txHash, nonce }
  const isUnwritten = unwrittenOf(journal, attempt).some((other) => other.txHash === txHash)
  if (isUnwritten && (outcome.kind === 'accepted' || outcome.kind === 'underpriced')) {
    keepUnwritten(journal, { ...attempt, state: outcome.kind })
    log({ event: outcome.kind === 'accepted' ? 'call-sent' : 'call-not-taken', ...what })
    return
  }
  if (outcome.kind !== 'accepted') {
    if (outcome.kind === 'underpriced') journal.markAttempt(txHash, 'underpriced')
    const reason = 'reason' in outcome ? { reason: outcome.reason } : {}
    log({ event: 'call-not-taken', ...what, outcome: outcome.kind, ...reason })
    return
  }
  const attempts = journal.attempts(attempt).length
  const { chainId } = network
  const told = { call: attempt, chainId, status: 'sent', atMs: nowMs(), attempts, attempt } as const
  journal.markAttempt(txHash, 'accepted', attempt.part === 'main' ? reportOf(told) : undefined)
  log({ event: 'call-sent', ...what, attempts })
}

/** Whether no block can count a call any more: then another call may have its nonce. */
function isOver({ network: { schedule } }: Hunt, holder: NonceHolder, moment: Moment): boolean {
  return isProvenPast(moment, windowOf(schedule, holder).untilMs)
}

function ownCall({ call, key }: Quarry): OwnCall {
  const { votingRoundId, kind, part } = call
  return { votingRoundId, kind, part, signer: key.address }
}

/**
 * What the judge makes of blocks, nonces and captured lines. Imports nothing of the house, and reads
 * nothing by itself. Pure.
 */

import {
  concatHex,
  encodeAbiParameters,
  type Hex,
  keccak256,
  numberToHex,
  parseTransaction,
} from 'viem'
import {
  callsIn,
  type ChainCall,
  framesOf,
  type SeenChain,
  submissionSelectors,
} from './chain-calls.ts'
import { companionMessage, companionProtocol } from './companion-words.ts'
import { asksOf, type DeviceAsk } from './device-asks.ts'

/** What is judged: whose calls, by which clock, in which rounds. */
export type Terms = {
  /** Of the provider. */
  readonly submit: Hex
  readonly submitSignatures: Hex
  readonly signingPolicy: Hex
  readonly chainId: number
  /** Whether a data connector's client has spoken along. */
  readonly hasCompanion: boolean
  readonly genesisSec: number
  readonly roundSec: number
  /** Into the next round, seconds. */
  readonly revealDeadlineSec: number
  /** Rounds that are judged, both included. */
  readonly firstRound: number
  readonly lastRound: number
}

export type Verdict = {
  readonly rounds: number
  readonly committed: number
  readonly revealed: number
  readonly signed: number
  /** Rounds without a commit on chain: allowed, and named. */
  readonly missing: readonly number[]
  /** Rounds with a commit and no reveal that answers for it: never. */
  readonly unrevealed: readonly number[]
  /** What must never happen, in sentences. */
  readonly doubleSignatures: readonly string[]
  readonly outsideTheirWindow: readonly string[]
  readonly stuckNonces: readonly string[]
  /** Rounds of the companion's whose bits and whose root are on chain. */
  readonly companionBits: number
  readonly companionRoots: number
  /** How many signatures were asked for. */
  readonly asks: number
}

const ownProtocol = 100

/** All that the rules below go by. */
type Case = {
  readonly terms: Terms
  readonly calls: readonly ChainCall[]
  readonly asks: readonly DeviceAsk[]
}

/**
 * Judges the rounds of the terms.
 *
 * @param captures What was asked of the signers, a line an ask: a text a bridge.
 */
export function verdictOn(terms: Terms, chain: SeenChain, captures: readonly string[]): Verdict {
  const { firstRound, lastRound } = terms
  const given: Case = {
    terms,
    calls: callsIn(chain.blocks, sendersOf(terms)),
    asks: captures.flatMap(asksOf),
  }
  const rounds = Array.from({ length: lastRound - firstRound + 1 }, (_, i) => firstRound + i)
  const commits = lastPayloads(given, 'submit1')
  const reveals = lastPayloads(given, 'submit2')
  const signatures = lastPayloads(given, 'submitSignatures')
  const committed = rounds.filter((round) => commits.has(round))
  const isRevealed = (round: number) =>
    commitOf(terms, round, reveals.get(round)) === commits.get(round)
  return {
    rounds: rounds.length,
    committed: committed.length,
    revealed: committed.filter(isRevealed).length,
    signed: rounds.filter((round) => signatures.has(round)).length,
    missing: rounds.filter((round) => !commits.has(round)),
    unrevealed: committed.filter((round) => !isRevealed(round)),
    doubleSignatures: [...doubleCalls(given), ...doubleRoots(given)],
    outsideTheirWindow: outsideTheirWindow(given),
    stuckNonces: stuckNonces(terms, chain),
    companionBits: countIn(lastPayloads(given, 'submit2', companionProtocol), rounds),
    companionRoots: countIn(lastPayloads(given, 'submitSignatures', companionProtocol), rounds),
    asks: given.asks.length,
  }
}

/** Whose calls and nonces are looked at. */
export function sendersOf({ submit, submitSignatures, signingPolicy }: Terms): readonly Hex[] {
  return [submit, submitSignatures, signingPolicy]
}

function startSec({ genesisSec, roundSec }: Terms, round: number): number {
  return genesisSec + round * roundSec
}

function outsideTheirWindow({ terms, calls }: Case): readonly string[] {
  return calls.flatMap((call) =>
    framesOf(call.input)
      .filter(({ round }) => !isInWindow(terms, call, round))
      .map(
        ({ round }) =>
          `${call.kind} of ${round} in a block ${call.timestampSec - startSec(terms, round)} s into it`,
      ),
  )
}

/** Of each round the last payload of a protocol in a block of its window. */
function lastPayloads(
  { terms, calls }: Case,
  kind: ChainCall['kind'],
  of = ownProtocol,
): ReadonlyMap<number, string> {
  const payloads = new Map<number, string>()
  for (const call of calls.filter((each) => each.kind === kind)) {
    for (const { protocol, round, payload } of framesOf(call.input)) {
      if (protocol === of && isInWindow(terms, call, round)) payloads.set(round, payload)
    }
  }
  return payloads
}

function countIn(payloads: ReadonlyMap<number, string>, rounds: readonly number[]): number {
  return rounds.filter((round) => payloads.has(round)).length
}

function isInWindow(terms: Terms, { kind, timestampSec }: ChainCall, round: number): boolean {
  const { roundSec, revealDeadlineSec } = terms
  const sec = timestampSec - startSec(terms, round)
  const deadline = roundSec + revealDeadlineSec
  if (kind === 'submit1') return sec >= 0 && sec < roundSec
  if (kind === 'submit2') return sec >= roundSec && sec < deadline
  return sec >= deadline && sec < 2 * roundSec
}

/** The commit that a reveal answers for. */
function commitOf(
  { submit }: Terms,
  round: number,
  reveal: string | undefined,
): string | undefined {
  if (reveal === undefined) return undefined
  const hash = keccak256(
    encodeAbiParameters(
      [{ type: 'address' }, { type: 'uint32' }, { type: 'uint256' }, { type: 'bytes' }],
      [submit, round, BigInt(`0x${reveal.slice(0, 64)}`), `0x${reveal.slice(64)}`],
    ),
  )
  return hash.slice(2)
}

/** Transactions asked of the device that say two different things of one thing. */
function doubleCalls({ asks }: Case): readonly string[] {
  const said = new Map<string, Set<string>>()
  for (const ask of asks) {
    const calldata = ask.kind === 'transaction' ? calldataIn(ask.unsigned) : undefined
    // Making a round final is no call of the Submission contract.
    if (calldata !== undefined && !isSubmission(calldata)) continue
    for (const { protocol, round, payload } of framesOf(calldata ?? '')) {
      const name = `${calldata?.slice(0, 10)} of protocol ${protocol}, round ${round}`
      said.set(name, (said.get(name) ?? new Set()).add(payload))
    }
  }
  return [...said]
    .filter(([, payloads]) => payloads.size > 1)
    .map(([name, payloads]) => `${payloads.size} payloads were signed for ${name}.`)
}

function isSubmission(calldata: string): boolean {
  return submissionSelectors.has(calldata.slice(0, 10))
}

function calldataIn(unsigned: Hex): string {
  const { data, value } = parseTransaction(unsigned)
  if ((value ?? 0n) !== 0n) throw new Error('A transaction with a value went to the device.')
  return data ?? ''
}

/**
 * Roots reach the device as hashes. Those of one round are signed between its reveal deadline and the
 * end of the next round, when those of no other are: so in each such stretch there is one hash.
 */
function doubleRoots({ terms, asks }: Case): readonly string[] {
  const { roundSec, revealDeadlineSec } = terms
  const openMs = startSec(terms, 0) * 1_000 + (roundSec + revealDeadlineSec) * 1_000
  const hashes = new Map<number, Set<string>>()
  for (const ask of asks) {
    if (ask.kind !== 'message') continue
    const round = Math.floor((ask.atMs - openMs) / (roundSec * 1_000))
    if (companionHashes(terms, round).includes(ask.message)) continue
    hashes.set(round, (hashes.get(round) ?? new Set()).add(ask.message))
  }
  return [...hashes]
    .filter(([, found]) => found.size > 1)
    .map(([round, found]) => `${found.size} roots were signed for round ${round}.`)
}

/** What the companion's root of a round is signed as, in both forms; none without a companion. */
function companionHashes({ hasCompanion, chainId }: Terms, round: number): readonly string[] {
  if (!hasCompanion) return []
  const message = companionMessage(round)
  const bound = concatHex([numberToHex(chainId, { size: 32 }), message])
  return [message, bound].map((bytes) => keccak256(bytes).slice(2))
}

/** A transaction that waits at the end waits for ever: nothing was sent for some rounds. */
function stuckNonces(terms: Terms, { counts }: SeenChain): readonly string[] {
  return sendersOf(terms).flatMap((address) => {
    const { latest, pending } = counts.get(address) ?? { latest: 0, pending: 0 }
    return latest === pending ? [] : [`${pending - latest} of ${address} wait at nonce ${latest}.`]
  })
}

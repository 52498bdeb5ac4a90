/** The soak's judge, on blocks and captured lines made by hand: it says exactly what is wrong, and no more. */

import { type Hex, keccak256, numberToHex, serializeTransaction, toHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { commitHash, encodeReveal } from '../../../src/protocol/commit.ts'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { submissionCalldata, type SubmissionMethod } from '../../../src/protocol/submission.ts'
import type { SeenBlock } from '../../soak/chain-calls.ts'
import { companionMessage, companionProtocol } from '../../soak/companion-words.ts'
import { type Terms, verdictOn } from '../../soak/judge.ts'

const addressOf = (digit: string): Hex => `0x${digit.repeat(40)}`
const terms: Terms = {
  submit: addressOf('a'),
  submitSignatures: addressOf('b'),
  signingPolicy: addressOf('c'),
  chainId: 31_337,
  hasCompanion: false,
  genesisSec: 1_000,
  roundSec: 90,
  revealDeadlineSec: 45,
  firstRound: 1,
  lastRound: 3,
}
const senders: Readonly<Record<string, Hex>> = {
  submit1: terms.submit,
  submit2: terms.submit,
  submitSignatures: terms.submitSignatures,
}

/** A call, and how long into its round its block is. */
type Said = {
  readonly method: SubmissionMethod
  readonly round: number
  readonly sec: number
  readonly payload: Hex
  readonly protocolId?: number
}

/** What was done in a soak, as the judge gets to see it. */
class Stage {
  calls: readonly Said[] = []
  lines: readonly object[] = []
  /** Of the submit key: on chain, and with what waits. */
  counts = { latest: 6, pending: 6 }
  terms = terms

  /** A transaction is asked for, and lands. */
  send(...calls: readonly Said[]): this {
    for (const call of calls) this.ask(call)
    this.calls = [...this.calls, ...calls]
    return this
  }

  /** Asked for, and never seen on chain. */
  ask(call: Said): this {
    const to = submissionAddress
    const transaction = {
      type: 'eip1559',
      chainId: terms.chainId,
      to,
      data: calldataOf(call),
    } as const
    const line = { atMs: atMs(call.round, call.sec), unsigned: serializeTransaction(transaction) }
    this.lines = [...this.lines, line]
    return this
  }

  askRoot(round: number, sec: number, message: Hex): this {
    this.lines = [...this.lines, { atMs: atMs(round, sec), message }]
    return this
  }

  verdict() {
    const blocks = this.calls.map((call): SeenBlock => ({
      timestampSec: atMs(call.round, call.sec) / 1_000,
      transactions: [
        { from: senders[call.method] ?? '', to: submissionAddress, input: calldataOf(call) },
        // A stranger's, with the same words.
        { from: addressOf('f'), to: submissionAddress, input: calldataOf({ ...call, round: 2 }) },
      ],
    }))
    const still = { latest: 3, pending: 3 }
    const counts = new Map([
      [terms.submit, this.counts],
      [terms.submitSignatures, still],
      [terms.signingPolicy, still],
    ])
    // Two bridges share them.
    const text = (which: number) =>
      this.lines
        .filter((_, i) => i % 2 === which)
        .map((line) => `${JSON.stringify(line)}\n`)
        .join('')
    const byTime = blocks.toSorted((a, b) => a.timestampSec - b.timestampSec)
    return verdictOn(this.terms, { blocks: byTime, counts }, [text(0), text(1)])
  }
}

function atMs(round: number, sec: number): number {
  return (terms.genesisSec + round * terms.roundSec + sec) * 1_000
}

function calldataOf({ method, round: votingRoundId, payload, protocolId = 100 }: Said): Hex {
  return submissionCalldata(method, [{ protocolId, votingRoundId, payload }])
}

/** By the house's own encoding, which the judge does not know. */
const secretOf = (round: number) =>
  ({
    random: keccak256(numberToHex(round)),
    feedValues: '0x8000007b80000001',
  }) as const

const commit = (round: number, sec = 72): Said => {
  const hash = commitHash({ submitAddress: terms.submit, votingRoundId: round, ...secretOf(round) })
  return { method: 'submit1', round, sec, payload: hash }
}
const reveal = (round: number, sec = 102): Said => ({
  method: 'submit2',
  round,
  sec,
  payload: encodeReveal(secretOf(round)),
})
const signatures = (round: number, sec = 150): Said => ({
  method: 'submitSignatures',
  round,
  sec,
  payload: toHex(`signature of ${round}`),
})
const root = (round: number) => keccak256(toHex(`root of ${round}`))

/** Rounds in which all went well. */
function quiet(...rounds: readonly number[]): Stage {
  const stage = new Stage()
  for (const round of rounds) {
    stage
      .send(commit(round), reveal(round))
      .askRoot(round, 147, root(round))
      .send(signatures(round))
  }
  return stage
}

/** What is said of three of them. */
const clean = {
  rounds: 3,
  committed: 3,
  revealed: 3,
  signed: 3,
  missing: [],
  unrevealed: [],
  doubleSignatures: [],
  outsideTheirWindow: [],
  stuckNonces: [],
  companionBits: 0,
  companionRoots: 0,
  asks: 12,
}

test('a clean run is clean', () => {
  expect(quiet(1, 2, 3).verdict()).toEqual(clean)
})

test('a round without a commit is named, and is no offence', () => {
  const verdict = quiet(1, 3).verdict()
  expect(verdict).toEqual({ ...clean, committed: 2, revealed: 2, signed: 2, missing: [2], asks: 8 })
})

describe('a double signature is told', () => {
  const otherCommit = { ...commit(2), payload: keccak256('0xff') }

  test('of a call, also where the second was asked of another bridge and never landed', () => {
    const doubleSignatures = ['2 payloads were signed for 0x6c532fae of protocol 100, round 2.']
    expect(quiet(1, 2, 3).ask(otherCommit).verdict()).toEqual({
      ...clean,
      doubleSignatures,
      asks: 13,
    })
  })

  test('of a root', () => {
    const doubleSignatures = ['2 roots were signed for round 2.']
    const stage = quiet(1, 2, 3).askRoot(2, 160, keccak256('0xff'))
    expect(stage.verdict()).toEqual({ ...clean, doubleSignatures, asks: 13 })
  })

  test('and the same once more is none', () => {
    const stage = quiet(1, 2, 3).ask(commit(2)).askRoot(2, 160, root(2)).ask(signatures(2, 160))
    expect(stage.verdict()).toEqual({ ...clean, asks: 15 })
  })

  test('of a root beside that of a companion, which is none', () => {
    const stage = quiet(1, 2, 3).askRoot(2, 148, keccak256(companionMessage(2)))
    const doubleSignatures = ['2 roots were signed for round 2.']
    expect(stage.verdict()).toEqual({ ...clean, doubleSignatures, asks: 13 })
    stage.terms = { ...terms, hasCompanion: true }
    expect(stage.verdict()).toEqual({ ...clean, asks: 13 })
  })
})

describe('a call outside of its window is told', () => {
  test.each([
    { name: 'a commit before its round', said: commit(2, -1) },
    { name: 'a commit at the end of its round', said: commit(2, 90) },
    { name: 'a reveal within its round', said: reveal(2, 89) },
    { name: 'a reveal at its deadline', said: reveal(2, 135) },
    { name: 'signatures before the deadline of reveals', said: signatures(2, 134) },
    { name: 'signatures in the second round after', said: signatures(2, 180) },
  ])('$name', ({ said }) => {
    const outsideTheirWindow = [`${said.method} of 2 in a block ${said.sec} s into it`]
    expect(quiet(1, 2, 3).send(said).verdict()).toEqual({ ...clean, outsideTheirWindow, asks: 13 })
  })

  test.each([commit(2, 0), commit(2, 89), reveal(2, 90), reveal(2, 134), signatures(2, 135)])(
    'and $method at second $sec is not',
    (said) => {
      expect(quiet(1, 2, 3).send(said).verdict()).toEqual({ ...clean, asks: 13 })
    },
  )

  test('and answers for nothing: a late reveal leaves its commit unrevealed', () => {
    const stage = quiet(1, 3).send(commit(2), reveal(2, 140), signatures(2))
    expect(stage.verdict()).toEqual({
      ...clean,
      revealed: 2,
      unrevealed: [2],
      outsideTheirWindow: ['submit2 of 2 in a block 140 s into it'],
      asks: 11,
    })
  })
})

test('a nonce that waits at the end is told', () => {
  const stage = quiet(1, 2, 3)
  stage.counts = { latest: 5, pending: 6 }
  const stuckNonces = [`1 of ${terms.submit} wait at nonce 5.`]
  expect(stage.verdict()).toEqual({ ...clean, stuckNonces })
})

test('a commit without its reveal is told', () => {
  const stage = quiet(1, 3).send(commit(2), signatures(2))
  expect(stage.verdict()).toEqual({ ...clean, revealed: 2, unrevealed: [2], asks: 10 })
})

test.each([
  { name: 'of another random', payload: encodeReveal({ ...secretOf(2), random: keccak256('0x') }) },
  { name: 'of other values', payload: encodeReveal({ ...secretOf(2), feedValues: '0x8000007b' }) },
  { name: 'of another round', payload: encodeReveal(secretOf(1)) },
])('a reveal $name opens no commit', ({ payload }) => {
  const stage = quiet(1, 3).send(commit(2), { ...reveal(2), payload }, signatures(2))
  expect(stage.verdict()).toEqual({ ...clean, revealed: 2, unrevealed: [2], asks: 11 })
})

test('of two commits in a round the last one is to be opened', () => {
  const stage = quiet(1, 3).send({ ...commit(2, 71), payload: keccak256('0xff') }, commit(2, 73))
  const { unrevealed } = stage.send(reveal(2), signatures(2)).verdict()
  expect(unrevealed).toEqual([])
})

test('a companion’s words are counted by themselves', () => {
  const theirs = { protocolId: companionProtocol, payload: '0xf1' } as const
  const stage = quiet(1, 2, 3).send(
    { ...reveal(2, 103), ...theirs },
    { ...signatures(2), ...theirs },
  )
  expect(stage.verdict()).toEqual({ ...clean, companionBits: 1, companionRoots: 1, asks: 14 })
})

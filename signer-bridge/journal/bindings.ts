/**
 * The journal's bindings: one digest for one signer, kind, protocol and round, for ever; how far its
 * signature has come; and the watermarks below which nothing is bound any more.
 */

import type { Address, Hex } from 'viem'
import { lowerCase } from '../../src/protocol/address.ts'
import { type Database, JournalError } from './database.ts'
import { bindingRowsSchema, signingRowsSchema, watermarkRowsSchema } from './rows.ts'

/** What is signed: a commit, a reveal, a round's root, a transaction that carries signatures. */
export const boundKinds = ['commit', 'reveal', 'root', 'sigtx'] as const
export type BoundKind = (typeof boundKinds)[number]

/** What a watermark is of: each kind of signature of each protocol by itself. */
export type WatermarkName = {
  /** In any case of letters. */
  readonly signer: Address
  readonly kind: BoundKind
  readonly protocolId: number
}

export type BindingName = WatermarkName & { readonly votingRoundId: number }

export type Binding = BindingName & {
  /** 32 bytes. */
  readonly digest: Hex
}

export type Watermark = WatermarkName & {
  /** The first round that may be bound. */
  readonly minRound: number
}

/** In the order in which one may follow another; those of one rank replace each other. */
const ranks = {
  reserved: 0,
  denied: 1,
  unknown: 1,
  signed: 2,
  sent: 3,
  expired: 4,
  included: 5,
} as const
export type SigningState = keyof typeof ranks

/** What a person did or may have done says more than that the time is over. */
const outlivesTime: ReadonlySet<SigningState> = new Set(['denied', 'unknown'])

export type Signing = {
  readonly digest: Hex
  readonly state: SigningState
  /** Where it was asked for by itself, as a root's is. */
  readonly signature?: Hex
}

export type BindingBook = {
  /**
   * Binds all of these or none, before anything of them is signed. The same again changes nothing.
   *
   * @throws {JournalError} `digest-conflict` if one is bound otherwise; `below-watermark` if one is
   *   new and its round is past.
   */
  readonly reserve: (bindings: readonly Binding[], atMs: number) => void
  readonly signingOf: (name: BindingName) => Signing | undefined
  /** Notes how far a signature has come. What it has left behind it never comes back to. */
  readonly noteSigning: (
    name: BindingName,
    state: SigningState,
    atMs: number,
    signature?: Hex,
  ) => void
  /** The first round that may be bound; 0 where there is no watermark. */
  readonly watermarkOf: (name: WatermarkName) => number
  /** Raises watermarks; one that is higher stays. */
  readonly raiseWatermarks: (watermarks: readonly Watermark[]) => void
}

const nameSql = 'signer = ? AND kind = ? AND protocol_id = ? AND voting_round_id = ?'

export function bindingBook(database: Database): BindingBook {
  const { all, atomically } = database
  return {
    reserve: (bindings, atMs) =>
      atomically(() => {
        for (const binding of bindings) bindTo(database, binding, atMs)
      }),
    signingOf: (name) => {
      const [bound] = bindingRowsSchema.parse(
        all(`SELECT * FROM binding WHERE ${nameSql}`, valuesOf(name)),
      )
      if (bound === undefined) return undefined
      const sql = `SELECT state, signature FROM signing WHERE ${nameSql}`
      const [row] = signingRowsSchema.parse(all(sql, valuesOf(name)))
      return { digest: bound.digest, state: 'reserved', ...row }
    },
    noteSigning: (name, state, atMs, signature) =>
      atomically(() => {
        advance(database, name, state, atMs)
        if (signature !== undefined) keep(database, name, signature)
      }),
    watermarkOf: (name) => watermarkOf(database, name),
    raiseWatermarks: (watermarks) =>
      atomically(() => {
        for (const watermark of watermarks) raise(database, watermark)
      }),
  }
}

/**
 * Binds within a transaction of the caller's.
 *
 * @throws {JournalError} `digest-conflict`, `below-watermark`
 */
export function bindTo(database: Database, binding: Binding, atMs: number): void {
  const { kind, votingRoundId, digest } = binding
  const [bound] = bindingRowsSchema.parse(
    database.all(`SELECT * FROM binding WHERE ${nameSql}`, valuesOf(binding)),
  )
  if (bound !== undefined) {
    if (bound.digest === digest) return
    throw new JournalError(
      'digest-conflict',
      `Round ${votingRoundId} is not bound to this ${kind}, so it is not signed.`,
    )
  }
  const minRound = watermarkOf(database, binding)
  if (votingRoundId < minRound) {
    throw new JournalError(
      'below-watermark',
      `Nothing is signed any more before round ${minRound}, and this ${kind} is of ${votingRoundId}.`,
    )
  }
  const values = valuesOf(binding)
  database.run('INSERT INTO binding VALUES (?, ?, ?, ?, ?, ?)', [...values, digest, atMs])
  database.run(`INSERT INTO signing VALUES (?, ?, ?, ?, NULL, 'reserved', NULL, ?)`, [
    ...values,
    atMs,
  ])
}

/** Raises a watermark within a transaction of the caller's. */
export function raise(database: Database, { minRound, ...name }: Watermark): void {
  database.run(
    `INSERT INTO watermark VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET min_round = max(min_round, excluded.min_round)`,
    [lowerCase(name.signer), name.kind, name.protocolId, minRound],
  )
}

/** Keeps the signature of what is bound; the first stays. */
function keep({ run }: Database, name: BindingName, signature: Hex): void {
  run(`UPDATE signing SET signature = ? WHERE ${nameSql} AND signature IS NULL`, [
    signature,
    ...valuesOf(name),
  ])
}

/** Notes a state within a transaction of the caller's, if it is no step back. */
export function advance(
  database: Database,
  name: BindingName,
  state: SigningState,
  atMs: number,
): void {
  const sql = `SELECT state, signature FROM signing WHERE ${nameSql}`
  const [known] = signingRowsSchema.parse(database.all(sql, valuesOf(name)))
  if (known === undefined || ranks[known.state] > ranks[state]) return
  if (state === 'expired' && outlivesTime.has(known.state)) return
  database.run(`UPDATE signing SET state = ?, noted_at_ms = ? WHERE ${nameSql}`, [
    state,
    atMs,
    ...valuesOf(name),
  ])
}

/** The first round that may be bound; 0 where there is no watermark. */
export function watermarkOf(
  { all }: Database,
  { signer, kind, protocolId }: WatermarkName,
): number {
  const sql = 'SELECT * FROM watermark WHERE signer = ? AND kind = ? AND protocol_id = ?'
  return (
    watermarkRowsSchema.parse(all(sql, [lowerCase(signer), kind, protocolId]))[0]?.minRound ?? 0
  )
}

function valuesOf({ signer, kind, protocolId, votingRoundId }: BindingName) {
  return [lowerCase(signer), kind, protocolId, votingRoundId] as const
}

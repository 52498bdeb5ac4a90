/**
 * The journal's roots: the one message that was or may be signed of a round. A round has one root for
 * ever, whichever key signs it.
 */

import { type Address, type Hex, keccak256 } from 'viem'
import { z } from 'zod'
import type { DigestForm } from '../../src/protocol/digests.ts'
import { encodeSignature, readSignature, type Signature } from '../../src/protocol/signatures.ts'
import { advance, type BindingName, bindTo } from './bindings.ts'
import { type Database, JournalError } from './database.ts'

export type RootName = { readonly protocolId: number; readonly votingRoundId: number }

/** What a round is bound to. Addresses in lower case. */
export type BoundRoot = RootName & {
  readonly rewardEpochId: number
  /** Whose signature it is. */
  readonly signer: Address
  /** Who sends it. */
  readonly sender: Address
  /** 38 bytes. */
  readonly message: Hex
  /** Goes behind the signature as it stands; of the first binding. In lower case. */
  readonly unsigned?: Hex
}

export type RootRow = BoundRoot & {
  /** Set once; the same bytes for ever. */
  readonly signed?: { readonly form: DigestForm; readonly signature: Signature }
  /** Why it is never to be signed or sent; a code. */
  readonly refusedAs?: string
}

export type RootBook = {
  readonly rootOf: (name: RootName) => RootRow | undefined
  /**
   * Binds a round and its signer to a root, before it is reserved or signed. The same again changes
   * nothing.
   *
   * @throws {JournalError} `digest-conflict` if the round is bound to another message or key;
   *   `below-watermark` if it is new and its round is past.
   */
  readonly bindRoot: (root: BoundRoot, atMs: number) => void
  /**
   * Notes the signature. The first stays.
   *
   * @throws {JournalError} `digest-conflict` if the round is not bound, or refused.
   */
  readonly noteRootSigned: (
    name: RootName,
    signed: NonNullable<RootRow['signed']>,
    atMs: number,
  ) => void
  /** Notes that a person has refused a bound root, or that nobody knows whether it was signed. */
  readonly noteRootUnsigned: (name: RootName, state: 'denied' | 'unknown', atMs: number) => void
  /** Notes that a bound root is never to be signed or sent again. The first reason stays. */
  readonly refuseRoot: (name: RootName, reason: string) => void
  /** Roots of a protocol whose end is not known, oldest first. */
  readonly openRoots: (protocolId: number) => readonly RootRow[]
  /** Notes that a root's end is known. */
  readonly closeRoot: (name: RootName) => void
}

/** More cannot be open: one a round, and they are closed a round later. */
const maxOpen = 50

const hexSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]*$/)])

const rootRowsSchema = z.array(
  z
    .object({
      protocol_id: z.int(),
      voting_round_id: z.int(),
      reward_epoch_id: z.int(),
      signer: hexSchema,
      sender: hexSchema,
      message: hexSchema,
      digest_form: z.enum(['legacy', 'chain-bound']).nullable(),
      signature: hexSchema.nullable(),
      refused_as: z.string().nullable(),
      unsigned: hexSchema.nullable(),
    })
    .transform((row): RootRow => {
      const signature = row.signature === null ? undefined : readSignature(row.signature)
      const form = row.digest_form
      return {
        protocolId: row.protocol_id,
        votingRoundId: row.voting_round_id,
        rewardEpochId: row.reward_epoch_id,
        signer: row.signer,
        sender: row.sender,
        message: row.message,
        ...(row.unsigned !== null && { unsigned: row.unsigned }),
        ...(signature !== undefined && form !== null && { signed: { form, signature } }),
        ...(row.refused_as !== null && { refusedAs: row.refused_as }),
      }
    }),
)

const rootSql = `SELECT root.*, unsigned
  FROM root LEFT JOIN root_tail USING (protocol_id, voting_round_id)`

/**
 * What is below the watermark of its own key can never be bound again, so that it need not be kept:
 * those of keys and protocols that have been given up, too.
 */
const forgetSql = `
  DELETE FROM root WHERE is_open = 0 AND EXISTS (
    SELECT 1 FROM watermark
    WHERE watermark.signer = root.signer AND watermark.kind = 'root'
      AND watermark.protocol_id = root.protocol_id AND min_round > root.voting_round_id)`

const forgetTailsSql = `
  DELETE FROM root_tail WHERE NOT EXISTS (
    SELECT 1 FROM root
    WHERE root.protocol_id = root_tail.protocol_id
      AND root.voting_round_id = root_tail.voting_round_id)`

export function rootBook(database: Database): RootBook {
  const { run, all, atomically } = database
  return {
    rootOf: (name) => rootIn(database, name),
    bindRoot: (root, atMs) => atomically(() => bindRoot(database, root, atMs)),
    noteRootSigned: (name, signed, atMs) =>
      atomically(() => noteRootSigned(database, name, signed, atMs)),
    noteRootUnsigned: (name, state, atMs) =>
      atomically(() => {
        const bound = rootIn(database, name)
        if (bound !== undefined) advance(database, bindingOf(bound), state, atMs)
      }),
    refuseRoot: ({ protocolId, votingRoundId }, reason) => {
      const sql = `UPDATE root SET refused_as = ?
        WHERE protocol_id = ? AND voting_round_id = ? AND refused_as IS NULL`
      atomically(() => run(sql, [reason, protocolId, votingRoundId]))
    },
    openRoots: (protocolId) => {
      const sql = `${rootSql} WHERE protocol_id = ? AND is_open = 1
        ORDER BY voting_round_id LIMIT ?`
      return rootRowsSchema.parse(all(sql, [protocolId, maxOpen]))
    },
    closeRoot: ({ protocolId, votingRoundId }) => {
      const sql = 'UPDATE root SET is_open = 0 WHERE protocol_id = ? AND voting_round_id = ?'
      atomically(() => run(sql, [protocolId, votingRoundId]))
    },
  }
}

function rootIn({ all }: Database, { protocolId, votingRoundId }: RootName): RootRow | undefined {
  const sql = `${rootSql} WHERE protocol_id = ? AND voting_round_id = ?`
  return rootRowsSchema.parse(all(sql, [protocolId, votingRoundId]))[0]
}

function bindRoot(database: Database, root: BoundRoot, atMs: number): void {
  const { protocolId, votingRoundId, rewardEpochId, signer, sender, message, unsigned } = root
  bindTo(database, { ...bindingOf(root), digest: keccak256(message) }, atMs)
  const isNew = database.run(
    `INSERT INTO root (protocol_id, voting_round_id, reward_epoch_id, signer, sender, message,
       bound_at_ms) VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    [protocolId, votingRoundId, rewardEpochId, signer, sender, message, atMs],
  )
  const bound = rootIn(database, root)
  if (bound?.message !== message || bound.signer !== signer) {
    throw new JournalError(
      'digest-conflict',
      `Round ${votingRoundId} is bound to another root of protocol ${protocolId}.`,
    )
  }
  if (isNew === 1 && unsigned !== undefined) {
    database.run('INSERT INTO root_tail VALUES (?, ?, ?)', [protocolId, votingRoundId, unsigned])
  }
  database.run(forgetSql)
  database.run(forgetTailsSql)
}

function noteRootSigned(
  database: Database,
  name: RootName,
  { form, signature }: NonNullable<RootRow['signed']>,
  atMs: number,
): void {
  const { protocolId, votingRoundId } = name
  const bound = rootIn(database, name)
  if (bound === undefined || bound.refusedAs !== undefined) {
    throw new JournalError(
      'digest-conflict',
      `The root of round ${votingRoundId} is not to be signed.`,
    )
  }
  database.run(
    `UPDATE root SET digest_form = ?, signature = ?, signed_at_ms = ?
     WHERE protocol_id = ? AND voting_round_id = ? AND signature IS NULL`,
    [form, encodeSignature(signature), atMs, protocolId, votingRoundId],
  )
  advance(database, bindingOf(bound), 'signed', atMs)
}

function bindingOf({ signer, protocolId, votingRoundId }: BoundRoot): BindingName {
  return { signer, kind: 'root', protocolId, votingRoundId }
}

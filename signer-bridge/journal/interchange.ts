/**
 * What a journal is bound to, as a file to be carried elsewhere, in the manner of EIP-3076. It
 * protects against signing twice: randoms and values stay where they are.
 *
 * @see https://eips.ethereum.org/EIPS/eip-3076
 */

import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import { addressSchema, hashSchema } from '../../src/protocol/bridge-wire.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { advance, type Binding, bindTo, boundKinds, raise, watermarkOf } from './bindings.ts'
import { type Database, JournalError } from './database.ts'
import { bindingRowsSchema, watermarkRowsSchema } from './rows.ts'

const named = {
  signer: addressSchema,
  kind: z.enum(boundKinds),
  protocol_id: z.int().min(0).max(255),
}

/** A year of one key's rounds has 350 000 commits, reveals, roots and carriers each. */
const maxRows = 2_000_000

export const interchangeSchema = z.strictObject({
  metadata: z.strictObject({
    format: z.literal('chrono-bridge-journal'),
    format_version: z.literal('1'),
    chain_id: z.int().positive(),
    /** The hash of the chain's first block, where the journal knew it. */
    genesis: z.string().max(66).optional(),
    submission: addressSchema,
  }),
  data: z
    .array(z.strictObject({ ...named, voting_round_id: z.int().nonnegative(), digest: hashSchema }))
    .max(maxRows),
  watermarks: z.array(z.strictObject({ ...named, min_round: z.int().nonnegative() })).max(maxRows),
})
export type Interchange = z.infer<typeof interchangeSchema>

export type Exchange = {
  readonly exported: () => Interchange
  /**
   * Adds what another journal of the same chain is bound to: all of it or nothing.
   *
   * @param maxRound The last round that anything in it may be of: what is bound is bound for ever, and
   *   a watermark of far ahead would end all votes until then.
   * @returns How many bindings were new here.
   * @throws {JournalError} `journal-of-another` if it is of another chain; `digest-conflict` if the
   *   two are bound to different things, naming the first; `round-ahead` if something is of a later
   *   round than `maxRound`.
   */
  readonly merge: (other: Interchange, atMs: number, maxRound: number) => number
}

export function exchange(database: Database): Exchange {
  return {
    exported: () => exported(database),
    merge: (other, atMs, maxRound) => {
      refuseAhead(other, maxRound)
      return database.atomically(() => merge(database, other, atMs))
    },
  }
}

function exported(database: Database): Interchange {
  const { all } = database
  const genesis = metaOf(database, 'genesis')
  const bindings = all('SELECT * FROM binding ORDER BY signer, voting_round_id, kind, protocol_id')
  const watermarks = all('SELECT * FROM watermark ORDER BY signer, kind, protocol_id')
  return {
    metadata: {
      format: 'chrono-bridge-journal',
      format_version: '1',
      chain_id: Number(metaOf(database, 'chain_id')),
      ...(genesis !== undefined && { genesis }),
      submission: submissionAddress,
    },
    data: bindingRowsSchema
      .parse(bindings)
      .map(({ signer, kind, protocolId, votingRoundId, digest }) => ({
        signer,
        kind,
        protocol_id: protocolId,
        voting_round_id: votingRoundId,
        digest: hashSchema.parse(digest),
      })),
    watermarks: watermarkRowsSchema
      .parse(watermarks)
      .map(({ signer, kind, protocolId, minRound }) => ({
        signer,
        kind,
        protocol_id: protocolId,
        min_round: minRound,
      })),
  }
}

function merge(
  database: Database,
  { metadata, data, watermarks }: Interchange,
  atMs: number,
): number {
  const genesis = metaOf(database, 'genesis')
  const isSameChain =
    String(metadata.chain_id) === metaOf(database, 'chain_id') &&
    metadata.submission.toLowerCase() === submissionAddress.toLowerCase() &&
    (metadata.genesis ?? genesis) === (genesis ?? metadata.genesis)
  if (!isSameChain) {
    throw new JournalError('journal-of-another', 'The file is of a journal of another chain.')
  }
  let added = 0
  for (const row of data) {
    const { signer, kind, protocol_id: protocolId, voting_round_id: votingRoundId, digest } = row
    if (take(database, { signer, kind, protocolId, votingRoundId, digest }, atMs)) added += 1
  }
  for (const { protocol_id: protocolId, min_round: minRound, ...row } of watermarks) {
    raise(database, { ...row, protocolId, minRound })
  }
  return added
}

function refuseAhead({ data, watermarks }: Interchange, maxRound: number): void {
  const isAhead = (round: number) => round > maxRound
  const ahead =
    data.find(({ voting_round_id: round }) => isAhead(round))?.voting_round_id ??
    watermarks.find(({ min_round: round }) => isAhead(round))?.min_round
  if (ahead === undefined) return
  throw new JournalError(
    'round-ahead',
    `The file speaks of round ${ahead}, and by this machine's clock ${maxRound} is the last it may.`,
  )
}

/** Whether a binding was new here. What our own watermark covers is refused by that already. */
function take(database: Database, binding: Binding, atMs: number): boolean {
  const { signer, kind, protocolId, votingRoundId } = binding
  const bound = database.all(
    `SELECT 1 FROM binding
     WHERE signer = ? AND kind = ? AND protocol_id = ? AND voting_round_id = ?`,
    [lowerCase(signer), kind, protocolId, votingRoundId],
  )
  const isNew = bound.length === 0
  if (isNew && votingRoundId < watermarkOf(database, binding)) return false
  bindTo(database, binding, atMs)
  // Whether it was signed elsewhere, nobody here knows.
  advance(database, binding, 'unknown', atMs)
  return isNew
}

/** What the journal has noted of itself under a name. */
export function metaOf({ all }: Database, name: string): string | undefined {
  const rows = all('SELECT value FROM meta WHERE name = ?', [name])
  return z.array(z.object({ value: z.string() })).parse(rows)[0]?.value
}

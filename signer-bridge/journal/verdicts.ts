/** The journal's verdicts: how our root of each round compared with the one that was made final. */

import type { Hex } from 'viem'
import { z } from 'zod'
import type { Database } from './database.ts'

export type RootVerdict = {
  readonly votingRoundId: number
  readonly verdict: string
  readonly ours?: Hex
  readonly theirs?: Hex
}

export type VerdictBook = {
  readonly verdictOn: (votingRoundId: number) => RootVerdict | undefined
  /** Notes a verdict, and what it rests on if that is worth keeping. The first stays. */
  readonly noteVerdict: (verdict: RootVerdict, atMs: number, evidence?: unknown) => void
  /** What was kept of mismatches, newest first, as it was noted. */
  readonly rootEvidence: (most: number) => readonly unknown[]
}

/** A mismatch takes some 30 kB; more of them than this say no more. The oldest are forgotten. */
const maxEvidence = 100

/** Verdicts of some ten days. */
const maxVerdicts = 10_000

const hexSchema = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]*$/)])

const verdictRowsSchema = z.array(
  z
    .object({
      voting_round_id: z.int(),
      verdict: z.string(),
      ours: hexSchema.nullable(),
      theirs: hexSchema.nullable(),
    })
    .transform((row): RootVerdict => ({
      votingRoundId: row.voting_round_id,
      verdict: row.verdict,
      ...(row.ours !== null && { ours: row.ours }),
      ...(row.theirs !== null && { theirs: row.theirs }),
    })),
)

const evidenceRowsSchema = z.array(
  z.object({ body: z.string() }).transform(({ body }): unknown => JSON.parse(body)),
)

export function verdictBook(database: Database): VerdictBook {
  const { all, atomically } = database
  return {
    verdictOn: (votingRoundId) =>
      verdictRowsSchema.parse(
        all('SELECT * FROM root_verdict WHERE voting_round_id = ?', [votingRoundId]),
      )[0],
    noteVerdict: (verdict, atMs, evidence) =>
      atomically(() => noteVerdict(database, verdict, atMs, evidence)),
    rootEvidence: (most) =>
      evidenceRowsSchema.parse(
        all('SELECT body FROM root_evidence ORDER BY serial DESC LIMIT ?', [most]),
      ),
  }
}

function noteVerdict(
  { run }: Database,
  { votingRoundId, verdict, ours, theirs }: RootVerdict,
  atMs: number,
  evidence: unknown,
): void {
  const isNew = run('INSERT INTO root_verdict VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING', [
    votingRoundId,
    verdict,
    ours ?? null,
    theirs ?? null,
    atMs,
  ])
  run('DELETE FROM root_verdict WHERE voting_round_id < ?', [votingRoundId - maxVerdicts])
  if (isNew === 0 || evidence === undefined) return
  run('INSERT INTO root_evidence (voting_round_id, body, at_ms) VALUES (?, ?, ?)', [
    votingRoundId,
    JSON.stringify(evidence),
    atMs,
  ])
  run('DELETE FROM root_evidence WHERE serial <= (SELECT max(serial) FROM root_evidence) - ?', [
    maxEvidence,
  ])
}

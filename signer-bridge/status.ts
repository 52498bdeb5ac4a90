/** `chrono-bridge status`: what the journal knows, also while a bridge writes to it. No secrets. */

import { z } from 'zod'
import { protocolIds } from '../src/protocol/payload.ts'
import { readDatabase } from './journal/database.ts'

const summarySchema = z.object({
  voting_round_id: z.int(),
  reward_epoch_id: z.int(),
  commit_status: z.string(),
  reveal_status: z.string(),
  obligation: z.string(),
  signatures_status: z.string(),
  /** Of our root: none, bound, signed, refused; and once it was checked, the verdict. */
  root_status: z.string(),
  attempts: z.int(),
})
export type RoundSummary = z.infer<typeof summarySchema>

const metaSchema = z.object({ name: z.string(), value: z.string() })

export type JournalStatus = {
  readonly chainId: string
  /** Whose journal it is: the addresses of the operator's keys. */
  readonly signers: readonly string[]
  /** Rounds whose reveal is owed. */
  readonly owed: number
  /** Some of them, the oldest first. */
  readonly owedRounds: readonly number[]
  readonly reportsWaiting: number
  /** Newest first. */
  readonly rounds: readonly RoundSummary[]
}

const countSchema = z.tuple([z.object({ count: z.int() })])

/**
 * The state of a journal.
 *
 * @param most Rounds to tell of.
 * @throws {JournalError} `journal-missing`
 */
export function journalStatus(file: string, most: number): JournalStatus {
  const database = readDatabase(file)
  try {
    const meta = new Map(
      z
        .array(metaSchema)
        .parse(database.all('SELECT name, value FROM meta'))
        .map(({ name, value }) => [name, value]),
    )
    const count = (sql: string) => countSchema.parse(database.all(sql))[0].count
    return {
      chainId: meta.get('chain_id') ?? '',
      signers: z
        .array(z.object({ address: z.string() }).transform(({ address }) => address))
        .parse(database.all('SELECT address FROM signer ORDER BY added_at_ms, address')),
      owed: count(`SELECT count(*) AS count FROM obligation WHERE state = 'open'`),
      owedRounds: z
        .array(z.object({ voting_round_id: z.int() }))
        .parse(database.all(owedSql))
        .map(({ voting_round_id: votingRoundId }) => votingRoundId),
      reportsWaiting: count('SELECT count(*) AS count FROM report'),
      rounds: z.array(summarySchema).parse(database.all(roundsSql, [most])),
    }
  } finally {
    database.close()
  }
}

/** More than two are owed only after a long absence. */
const owedSql = `
  SELECT voting_round_id FROM obligation WHERE state = 'open' ORDER BY voting_round_id LIMIT 16`

const roundsSql = `
  SELECT round.voting_round_id, round.reward_epoch_id,
         submit1.status AS commit_status, submit2.status AS reveal_status,
         coalesce(obligation.state, 'none') AS obligation,
         coalesce((SELECT max(status) FROM call
                   WHERE call.voting_round_id = round.voting_round_id
                     AND call.kind = 'submitSignatures' AND call.part = 'main'), 'none')
           AS signatures_status,
         coalesce(root_verdict.verdict,
                  CASE WHEN root.signature IS NOT NULL THEN 'signed'
                       WHEN root.refused_as IS NOT NULL THEN 'refused'
                       WHEN root.message IS NOT NULL THEN 'bound' END, 'none') AS root_status,
         (SELECT count(*) FROM attempt WHERE attempt.voting_round_id = round.voting_round_id) AS attempts
  FROM round
  JOIN call AS submit1 ON submit1.voting_round_id = round.voting_round_id
   AND submit1.signer = round.submit_address AND submit1.kind = 'submit1' AND submit1.part = 'main'
  JOIN call AS submit2 ON submit2.voting_round_id = round.voting_round_id
   AND submit2.signer = round.submit_address AND submit2.kind = 'submit2' AND submit2.part = 'main'
  LEFT JOIN obligation ON obligation.voting_round_id = round.voting_round_id
  LEFT JOIN root ON root.voting_round_id = round.voting_round_id
   AND root.protocol_id = ${protocolIds.ftso}
  LEFT JOIN root_verdict ON root_verdict.voting_round_id = round.voting_round_id
  ORDER BY round.voting_round_id DESC
  LIMIT ?`

/** The state as lines for a person. */
export function statusText(status: JournalStatus): string {
  const rounds = status.rounds.map((round) => {
    const { commit_status: commit, reveal_status: reveal, obligation, attempts } = round
    const signatures =
      round.signatures_status === 'none' ? '' : `, signatures ${round.signatures_status}`
    const root = round.root_status === 'none' ? '' : `, root ${round.root_status}`
    return `  ${round.voting_round_id}  commit ${commit}, reveal ${reveal}${root}${signatures}, obligation ${obligation}, ${attempts} transactions`
  })
  return [
    `Chain ${status.chainId}, keys ${status.signers.join(', ')}`,
    `Reveals owed: ${status.owed}. Reports waiting: ${status.reportsWaiting}.`,
    rounds.length === 0 ? 'No rounds yet.' : 'Rounds, newest first:',
    ...rounds,
  ].join('\n')
}

/** The journal's outbox: reports wait here until the Worker acknowledges them. */

import { z } from 'zod'
import { type SubmissionReport, submissionReportSchema } from '../../src/protocol/bridge-wire.ts'
import type { Database } from './database.ts'

export type Outbox = {
  readonly dueReports: (most: number) => readonly SubmissionReport[]
  readonly length: () => number
  /** Forgets reports that the Worker has, or will never take. */
  readonly forget: (ids: readonly string[]) => void
  readonly queueReport: (report: SubmissionReport) => void
}

/** Some three months of a Worker that is away; beyond it the oldest are given up. */
const maxQueued = 250_000

const reportRowsSchema = z.array(
  z
    .object({ body: z.string() })
    .transform(({ body }) => submissionReportSchema.parse(JSON.parse(body))),
)

const countSchema = z.tuple([z.object({ count: z.int() })])

export function outbox(database: Database): Outbox {
  const { run, all, atomically } = database
  return {
    dueReports: (most) =>
      reportRowsSchema.parse(all('SELECT body FROM report ORDER BY rowid LIMIT ?', [most])),
    length: () => countSchema.parse(all('SELECT count(*) AS count FROM report'))[0].count,
    forget: (ids) =>
      atomically(() => {
        for (const id of ids) run('DELETE FROM report WHERE id = ?', [id])
      }),
    queueReport: (report) => atomically(() => queue(database, report, report.at)),
  }
}

/** Puts a report into the queue, within a transaction of the caller's. */
export function queue(database: Database, report: SubmissionReport, atMs: number): void {
  database.run(
    'INSERT INTO report (id, body, queued_at_ms) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
    [report.id, JSON.stringify(report), atMs],
  )
  database.run(`DELETE FROM report WHERE rowid <= (SELECT max(rowid) FROM report) - ${maxQueued}`)
}

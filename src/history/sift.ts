/**
 * A batch that history refuses as a whole, sifted: what it takes is stored, and only the rows that
 * it refuses are left. Halving finds one such row among 165 in 16 statements.
 */

import { type Batch, batchSchema, type History } from './history.ts'
import { HistoryError } from './history-error.ts'

export type Sifted = {
  /** Rows that history will never take. */
  readonly refused: readonly unknown[]
  /** Why the last of them was refused. */
  readonly refusal?: HistoryError
  /** Rows that were not tried to the end. */
  readonly left: readonly unknown[]
  /** Why not; absent where there were too many statements. */
  readonly failure?: Error
}

/** Whether history will not have these rows, now or later. */
export function isRefusal(error: unknown): error is HistoryError {
  return error instanceof HistoryError && error.code === 'history-refused'
}

/** Stores what history takes of a batch, by at most so many statements. Never throws. */
export async function sift(
  batch: Batch,
  insert: History['insert'],
  maxStatements: number,
): Promise<Sifted> {
  const waiting = batch.rows.length === 0 ? [] : [batch]
  const refused: unknown[] = []
  let refusal: HistoryError | undefined
  for (let statement = 1; statement <= maxStatements; statement += 1) {
    const part = waiting.pop()
    if (part === undefined) break
    try {
      await insert(part)
    } catch (error) {
      if (!isRefusal(error)) {
        const failure = error instanceof Error ? error : new Error(String(error))
        return { refused, left: rowsOf([...waiting, part]), failure }
      }
      refusal = error
      if (part.rows.length === 1) refused.push(...part.rows)
      else waiting.push(...halvesOf(part).toReversed())
    }
  }
  return { refused, left: rowsOf(waiting), ...(refusal === undefined ? {} : { refusal }) }
}

export type Checked = {
  readonly sound: Batch
  /** Rows that are not what a row of this kind is. */
  readonly unsound: readonly unknown[]
}

/** The rows of a batch that are what they should be, and those that are not. */
export function checked({
  kind,
  rows,
}: Pick<Batch, 'kind'> & { rows: readonly unknown[] }): Checked {
  const isSound = rows.map((row) => batchSchema.safeParse({ kind, rows: [row] }).success)
  return {
    sound: batchSchema.parse({ kind, rows: rows.filter((_, at) => isSound[at]) }),
    unsound: rows.filter((_, at) => !isSound[at]),
  }
}

function rowsOf(batches: readonly Batch[]): readonly unknown[] {
  return batches.flatMap(({ rows }): readonly unknown[] => rows)
}

function halvesOf(batch: Batch): readonly Batch[] {
  const middle = Math.ceil(batch.rows.length / 2)
  return [part(batch, 0, middle), part(batch, middle)]
}

function part(batch: Batch, from: number, to?: number): Batch {
  switch (batch.kind) {
    case 'quotes':
      return { kind: batch.kind, rows: batch.rows.slice(from, to) }
    case 'aggregates':
      return { kind: batch.kind, rows: batch.rows.slice(from, to) }
    case 'submissions':
      return { kind: batch.kind, rows: batch.rows.slice(from, to) }
  }
}

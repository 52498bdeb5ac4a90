/** The copy of what the chain has said of reward epochs: a restart need not search again. */

import { z } from 'zod'
import { type EpochEvent, epochEventSchema } from '../chain/reward-epochs.ts'
import type { Database } from '../journal/database.ts'

/** Which blocks have been searched, both included. */
export type Searched = {
  readonly fromBlock: number
  readonly toBlock: number
  /** The addresses that were asked about, in a text of their own. */
  readonly contracts?: string
}

export type ChainEvents = {
  readonly searched: () => Searched | undefined
  /** In the chain's order; the same list until something is added that was not there. */
  readonly all: () => readonly EpochEvent[]
  /** Adds events together with how far has been searched. */
  readonly add: (events: readonly EpochEvent[], searched: Searched) => void
  /** Forgets what else was kept of some blocks, both ends included: two nodes tell of these events only. */
  readonly retain: (
    events: readonly EpochEvent[],
    stretch: { readonly fromBlock: number; readonly toBlock: number },
  ) => void
  /** Forgets what was said of reward epochs before this one. */
  readonly forgetBefore: (rewardEpochId: number) => void
  /** Forgets all: the last search was too long ago to go on from. */
  readonly clear: () => void
}

const searchedSchema = z.object({
  fromBlock: z.int(),
  toBlock: z.int(),
  contracts: z.string().exactOptional(),
})

export function chainEvents({ run, all, atomically }: Database): ChainEvents {
  let list: readonly EpochEvent[] | undefined
  return {
    searched: () => {
      const rows = all(`SELECT value FROM meta WHERE name = 'searched'`)
      const [row] = z.array(z.object({ value: z.string() })).parse(rows)
      return row === undefined ? undefined : searchedSchema.parse(JSON.parse(row.value))
    },
    all: () => {
      list ??= z
        .array(z.object({ body: z.string() }).transform(({ body }) => JSON.parse(body)))
        .parse(all('SELECT body FROM chain_event ORDER BY block_number, log_index'))
        .map((event) => epochEventSchema.parse(event))
      return list
    },
    add: (events, searched) => {
      const changes = atomically(() => {
        run(
          `INSERT INTO meta VALUES ('searched', ?) ON CONFLICT DO UPDATE SET value = excluded.value`,
          [JSON.stringify(searched)],
        )
        return events.reduce((sum, event) => sum + run(insertSql, rowOf(event)), 0)
      })
      if (changes > 0) list = undefined
    },
    retain: (events, { fromBlock, toBlock }) => {
      const places = JSON.stringify(events.map((event) => `${event.blockNumber}/${event.logIndex}`))
      if (run(retainSql, [fromBlock, toBlock, places]) > 0) list = undefined
    },
    forgetBefore: (rewardEpochId) => {
      const sql = `DELETE FROM chain_event WHERE body ->> 'rewardEpochId' < ?`
      if (run(sql, [rewardEpochId]) > 0) list = undefined
    },
    clear: () => {
      atomically(() => {
        run('DELETE FROM chain_event')
        run(`DELETE FROM meta WHERE name = 'searched'`)
      })
      list = undefined
    },
  }
}

const retainSql = `
  DELETE FROM chain_event WHERE block_number BETWEEN ? AND ?
    AND block_number || '/' || log_index NOT IN (SELECT value FROM json_each(?))`

const insertSql = `
  INSERT INTO chain_event VALUES (?, ?, ?)
  ON CONFLICT DO UPDATE SET body = excluded.body WHERE body <> excluded.body`

function rowOf(event: EpochEvent) {
  return [event.blockNumber, event.logIndex, JSON.stringify(event)]
}

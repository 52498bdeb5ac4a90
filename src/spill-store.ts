/** Where batches wait that history did not take: objects in R2, their keys in a queue. */

import { withDeadline } from './deadline.ts'
import type { DrainDeps, KeepDeps, SweepDeps } from './history/spill.ts'

/** R2 and Queues answer in tens of milliseconds; a tick cannot wait for ever. Milliseconds. */
const withinMs = 8_000

type SpillStore = Pick<KeepDeps, 'putObject' | 'enqueue'> &
  Pick<DrainDeps, 'readObject' | 'deleteObject'> &
  Pick<SweepDeps, 'listObjects'>

export function spillStore(env: Pick<Env, 'ARCHIVE' | 'SPILL'>): SpillStore {
  return {
    putObject: async (key, body) => {
      await withDeadline(env.ARCHIVE.put(key, body), withinMs, `put ${key}`)
    },
    enqueue: async (key) => {
      await withDeadline(env.SPILL.send({ key }), withinMs, `enqueue ${key}`)
    },
    readObject: async (key) => {
      const object = await withDeadline(env.ARCHIVE.get(key), withinMs, `get ${key}`)
      return object === null ? undefined : withDeadline(object.text(), withinMs, `read ${key}`)
    },
    deleteObject: async (key) => withDeadline(env.ARCHIVE.delete(key), withinMs, `delete ${key}`),
    listObjects: async (prefix, limit) => {
      const { objects } = await withDeadline(env.ARCHIVE.list({ prefix, limit }), withinMs, 'list')
      return objects.map(({ key, uploaded }) => ({ key, uploadedAtMs: uploaded.getTime() }))
    },
  }
}

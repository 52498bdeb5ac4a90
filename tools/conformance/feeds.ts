/** `13`: the published list of feeds: ids by name, and places in fast updates. */

import { z } from 'zod'
import { type Delta, packDeltas, readDeltas } from '../../src/protocol/fast-update.ts'
import { feedId, feedSymbol } from '../../src/protocol/feed.ts'
import { hexSchema } from './fields.ts'
import type { VectorCase } from './vector-case.ts'

const schema = z.array(
  z.object({ feed_name: z.string(), feed_id: hexSchema, feed_index: z.int().nonnegative() }),
)

/** All of the list are crypto. */
const category = 1

export function feedCases(json: unknown): readonly VectorCase[] {
  const feeds = schema.parse(json)
  return feeds.flatMap(({ feed_name: name, feed_id: id, feed_index: index }) => [
    {
      name: `${name}: id`,
      published: id,
      ours: () => feedId({ symbol: feedSymbol(name), category }),
    },
    {
      name: `${name}: place in a fast update`,
      published: index,
      ours: () => {
        const deltas = Array.from({ length: index + 1 }, (_, at): Delta => (at === index ? -1 : 1))
        return readDeltas(packDeltas(deltas))?.indexOf(-1)
      },
    },
  ])
}

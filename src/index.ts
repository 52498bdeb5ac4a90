/** The Worker's roof: requests, cron and queue come in here and are handed on. */

import { waitUntil } from 'cloudflare:workers'
import { z } from 'zod'
import { createApi } from './api/app.ts'
import { runMinute } from './cron.ts'
import { retryDelaySec } from './history/spill.ts'
import { type World, worldOf } from './world.ts'

export { CollectorObject } from '../durable-objects/collector.ts'
export { FeedObject } from '../durable-objects/feed.ts'
export { InboxObject } from '../durable-objects/inbox.ts'
export { RoundObject } from '../durable-objects/round.ts'
export { ScheduleObject } from '../durable-objects/schedule.ts'
export { StreamObject } from '../durable-objects/stream.ts'
export { ValuesObject } from '../durable-objects/values.ts'

type Joined = { readonly world: World; readonly api: ReturnType<typeof createApi> }

/** What an isolate shares between requests: values, never promises of another request. */
let joined: Joined | undefined

async function join(env: Env): Promise<Joined> {
  if (joined !== undefined) return joined
  const world = await worldOf(env, waitUntil)
  // Another request may have joined meanwhile; the first one's limits and memories are kept.
  joined ??= { world, api: createApi(world.api) }
  return joined
}

const spilledSchema = z.object({ key: z.string() })

export default {
  async fetch(request, env): Promise<Response> {
    const { api } = await join(env)
    return api.fetch(request)
  },

  async scheduled({ scheduledTime }, env): Promise<void> {
    const { world } = await join(env)
    await runMinute(scheduledTime, world.cron)
  },

  async queue(batch, env): Promise<void> {
    const { world } = await join(env)
    for (const message of batch.messages) {
      try {
        await world.drain(spilledSchema.parse(message.body).key)
        message.ack()
      } catch (error) {
        world.cron.log({
          event: 'drain-failed',
          attempts: message.attempts,
          reason: String(error),
        })
        message.retry({ delaySeconds: retryDelaySec(message.attempts) })
      }
    }
  },
} satisfies ExportedHandler<Env>

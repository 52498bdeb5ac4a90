/**
 * A Worker beside the Worker, in workerd only: `workerd serve` has no cron and no door for us to a
 * `Stream`, so this one fires the former and speaks to the latter over bindings. What is measured
 * stays the deployed bundle, without a hook in it.
 *
 *     POST /cron?at=<Unix milliseconds>   runs that minute; answers when it is over
 *     POST /broadcast                     {at_ms, records}: tells the listeners of the first shard
 */

import type { PriceRecord } from '../../src/protocol/wire.ts'

type Env = {
  readonly CHRONO: {
    readonly scheduled: (event: {
      readonly scheduledTime: Date
      readonly cron: string
    }) => Promise<{ readonly outcome: string }>
  }
  readonly STREAM: {
    readonly getByName: (name: string) => {
      readonly broadcast: (atMs: number, records: readonly PriceRecord[]) => Promise<unknown>
    }
  }
}

/** What `/broadcast` is told. */
export type Broadcast = { readonly at_ms: number; readonly records: readonly PriceRecord[] }

// oxlint-disable-next-line import/no-default-export -- A Worker's entry is its default export.
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    if (pathname === '/cron') {
      const scheduledTime = new Date(Number(searchParams.get('at')))
      return Response.json(await env.CHRONO.scheduled({ scheduledTime, cron: '* * * * *' }))
    }
    if (pathname === '/broadcast') {
      // The bench wrote it, with this type.
      const { at_ms: atMs, records } = (await request.json()) as Broadcast
      return Response.json(await env.STREAM.getByName('stream:v1:0').broadcast(atMs, records))
    }
    return new Response(null, { status: 404 })
  },
}

/** How long a broadcast takes to reach the last of a thousand listeners, beside a plain server. */

import { type Audience, audienceOf, type Heard, type Stage } from './audience.ts'
import { median, percentile } from './figures.ts'

const broadcasts = 100

/** Not counted. */
const warmUpBroadcasts = 10

export type FanOut = {
  readonly broadcasts: number
  readonly listeners: number
  readonly ours: Spread
  readonly yardstick: Spread
}

/** From the request for the broadcast, milliseconds. */
export type Spread = {
  readonly firstP50Ms: number
  readonly lastP50Ms: number
  readonly lastP99Ms: number
}

/** Both tell the same number of listeners the same messages, in turns. */
export async function fanOut(listeners: number, ours: Stage, yardstick: Stage): Promise<FanOut> {
  const ourAudience = await audienceOf(listeners, ours)
  const theirAudience = await audienceOf(listeners, yardstick)
  const heard: { readonly ours: Heard; readonly yardstick: Heard }[] = []
  try {
    for (let i = 0; i < broadcasts + warmUpBroadcasts; i += 1) {
      heard.push(await inTurn(i, ourAudience, theirAudience))
    }
  } finally {
    ourAudience.leave()
    theirAudience.leave()
  }
  const counted = heard.slice(warmUpBroadcasts)
  return {
    broadcasts,
    listeners,
    ours: spreadOf(counted.map((pair) => pair.ours)),
    yardstick: spreadOf(counted.map((pair) => pair.yardstick)),
  }
}

async function inTurn(turn: number, ours: Audience, yardstick: Audience) {
  if (turn % 2 === 0) return { ours: await ours.hear(), yardstick: await yardstick.hear() }
  const first = await yardstick.hear()
  return { ours: await ours.hear(), yardstick: first }
}

function spreadOf(heard: readonly Heard[]): Spread {
  const lastMs = heard.map((each) => each.lastMs)
  return {
    firstP50Ms: median(heard.map(({ firstMs }) => firstMs)),
    lastP50Ms: median(lastMs),
    lastP99Ms: percentile(lastMs, 0.99),
  }
}

/** The objects that remember what keys were told, behind plain functions with deadlines. */

import { z } from 'zod'
import type { ToldValues, Values } from './api/value-ports.ts'
import { withDeadline } from './deadline.ts'
import type { NetworkName } from './protocol/networks.ts'
import { priceSchema } from './protocol/wire.ts'

/** A client that asks at second 75 of a round has the time to ask again. Milliseconds. */
const answerWithinMs = 3_000

const bodySchema = z.record(z.string(), priceSchema)

export function valueMemoryOf(env: Pick<Env, 'VALUES'>, network: NetworkName): ToldValues {
  const stub = (keyId: string) => env.VALUES.getByName(`values:v1:${network}:${keyId}`)
  const within = async <P extends Promise<unknown>>(work: P): Promise<Awaited<P>> =>
    withDeadline(work, answerWithinMs, 'The memory of values')

  return {
    recall: async (keyId, votingRoundId) => {
      const body = await within(stub(keyId).recall(votingRoundId))
      return body === undefined ? undefined : valuesOf(body)
    },
    tell: async (keyId, votingRoundId, values) => {
      const body = JSON.stringify(Object.fromEntries(values))
      return valuesOf(await within(stub(keyId).tell(votingRoundId, body)))
    },
  }
}

function valuesOf(body: string): Values {
  return new Map(Object.entries(bodySchema.parse(JSON.parse(body))))
}

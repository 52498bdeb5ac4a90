/** A client's key as the doors know it. The key itself is never kept, only its SHA-256. */

import { z } from 'zod'

export const scopeSchema = z.enum(['read', 'value-provider'])
export type Scope = z.infer<typeof scopeSchema>

export const keyRecordSchema = z.strictObject({
  id: z.uuid(),
  name: z.string(),
  limit_per_minute: z.int().positive(),
  scopes: z.array(scopeSchema).readonly(),
})
export type KeyRecord = z.infer<typeof keyRecordSchema>

/** In which the Worker tells a shard of the stream whose listener it brings: the key's id. */
export const keyIdHeader = 'X-Chrono-Key-Id'

/** In which it tells how many requests a minute that key may make. */
export const keyLimitHeader = 'X-Chrono-Key-Limit'

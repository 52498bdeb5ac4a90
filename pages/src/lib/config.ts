/**
 * Where this page listens, read when it is opened and not when it is built: `/chrono.json` is served
 * beside the page, so that one build serves every stack.
 */

import { z } from 'zod'

/** `api_key` is seen by everybody who can open the page: a key that may read, and nothing else. */
export const pageConfigSchema = z.object({
  worker_url: z.url({ protocol: /^https?$/ }),
  api_key: z.string().min(1),
})
export type PageConfig = z.infer<typeof pageConfigSchema>

const address = '/chrono.json'

/** Served from beside the page: it comes at once or not at all. Milliseconds. */
const deadlineMs = 5_000

export type ConfigOutcome =
  | { readonly kind: 'config'; readonly config: PageConfig }
  | { readonly kind: 'none'; readonly reason: string }

/** The page's configuration, or in one sentence why there is none. */
export async function readConfig(fetch: typeof globalThis.fetch): Promise<ConfigOutcome> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(deadlineMs) })
    if (!response.ok) return none(`${address} answered with status ${response.status}.`)
    const parsed = pageConfigSchema.safeParse(await response.json())
    if (parsed.success) return { kind: 'config', config: parsed.data }
    return none(`${address} lacks ${parsed.error.issues.map(({ path }) => path[0]).join(', ')}.`)
  } catch {
    // Not there, too late, or not JSON, as when a server answers everything with the page itself.
    return none(`${address} could not be read.`)
  }
}

function none(reason: string): ConfigOutcome {
  return { kind: 'none', reason }
}

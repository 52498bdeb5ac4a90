/** What the ingest route needs of the real world, and what a tick hears of it. */

import type { CollectorGuest, IngestPorts } from './api/ingest-ports.ts'
import { listings } from './catalogue.ts'
import type { CollectorSettings, Settings } from './config.ts'
import { withDeadline } from './deadline.ts'
import { hmacWith, sha256OfBytes } from './digest.ts'
import { ingestBatch, type IngestDeps } from './ingest.ts'
import { feedsOf } from './objects.ts'
import type { QuotingDeps } from './quoting.ts'

/** An inbox answers from its memory. Milliseconds. */
const answerWithinMs = 2_000

type Parts = {
  readonly env: Env
  readonly settings: Pick<Settings, 'collectors'>
  readonly policy: Parameters<typeof feedsOf>[1] & { readonly staleAfterMs: number }
  readonly keep: IngestDeps['keep']
  readonly quoting: Pick<QuotingDeps, 'sha1' | 'nowMs'>
  readonly log: IngestDeps['log']
}

/**
 * The collectors that settings name.
 *
 * @throws {Error} if one of them is to speak for a source that is not in the catalogue.
 */
export async function ingestPorts(parts: Parts): Promise<IngestPorts | undefined> {
  const { collectors } = parts.settings
  if (collectors.length === 0) return undefined
  const known = new Set(listings.map(({ source }) => source))
  for (const { name, sources } of collectors) {
    const strange = sources.find((source) => !known.has(source))
    if (strange !== undefined) {
      throw new Error(`INGEST_COLLECTORS: ${name} names ${strange}, which no feed has.`)
    }
  }
  const deps = ingestDeps(parts)
  const guests = await Promise.all(collectors.map(async (each) => guestOf(each, parts, deps)))
  const secret = crypto.randomUUID() + crypto.randomUUID()
  const nobody = { name: '', secret, sources: [], requestsPerMinute: 0 }
  return {
    collectors: new Map(guests.map((guest) => [guest.name, guest])),
    stranger: await guestOf(nobody, parts, deps),
  }
}

/** One function an inbox: what its collector has brought lately, for a tick or a freeze to hear. */
export function inboxes(
  env: Pick<Env, 'INBOX'>,
  { collectors }: Pick<Settings, 'collectors'>,
): QuotingDeps['collectors'] {
  return collectors.map(({ name }) => async () => {
    const tickers = await answered(inboxOf(env, name).delivered(Date.now()), name)
    return { tickers, failures: [], latencyMs: {} }
  })
}

function ingestDeps({ env, policy, keep, quoting, log }: Parts): IngestDeps {
  return {
    ...quoting,
    listings,
    latest: feedsOf(env, policy).latest,
    keep,
    deliver: async (name, tickers) =>
      answered(inboxOf(env, name).deliver([...tickers], Date.now()), name),
    staleAfterMs: policy.staleAfterMs,
    log,
  }
}

async function guestOf(
  { name, secret, sources, requestsPerMinute }: CollectorSettings,
  { env }: Parts,
  deps: IngestDeps,
): Promise<CollectorGuest> {
  const bearer = { name, sources: new Set(sources) }
  return {
    name,
    requestsPerMinute,
    hmacHex: await hmacWith(secret),
    sha256OfBytes,
    admit: async (nonce, nowMs) =>
      answered(inboxOf(env, name).admit(nonce, nowMs, requestsPerMinute), name),
    ingest: async (batch, bodySha256) => ingestBatch(batch, { bearer, bodySha256 }, deps),
  }
}

function inboxOf({ INBOX }: Pick<Env, 'INBOX'>, name: string) {
  return INBOX.getByName(`inbox:v1:${name}`)
}

async function answered<P extends Promise<unknown>>(work: P, name: string): Promise<Awaited<P>> {
  return withDeadline(work, answerWithinMs, `The inbox of ${name}`)
}

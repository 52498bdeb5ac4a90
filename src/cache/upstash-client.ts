/**
 * Upstash's client, tamed: one attempt, one deadline, a breaker for when it hangs, no telemetry,
 * nothing guessed about values, and errors of ours, which name no address and no token.
 */

import { errors, Redis } from '@upstash/redis/cloudflare'
import { z } from 'zod'
import { Breaker } from './breaker.ts'
import { CacheError } from './cache-error.ts'

export type UpstashSettings = {
  /** Address of the REST interface, without credentials. */
  readonly url: string
  readonly token: string
  /** A call that takes longer has failed. Milliseconds. */
  readonly timeoutMs?: number
  /** The breaker's clock: Unix milliseconds. */
  readonly nowMs?: () => number
}

/** Ten times what the farthest region takes; by then a reader is better served from elsewhere. */
const defaultTimeoutMs = 1_000

/** The answer to one command of a pipeline. */
const replySchema = z.object({ result: z.unknown().optional(), error: z.string().optional() })
export type Reply = z.infer<typeof replySchema>

/** Made once: making a schema takes longer than everything else in a call. */
const repliesSchema = z.array(replySchema)

/** A pipeline or a transaction of the client: some commands that make one request. */
export type Batch = {
  readonly length: () => number
  readonly exec: (options: { keepErrors: true }) => Promise<unknown>
}

/** A command as Redis has it: its name and its arguments. */
export type Command = readonly (string | number)[]

/**
 * The client, with a way to send commands as they are. A pipeline object costs more than all else in
 * a call, since it makes a closure for each of some two hundred commands (`docs/performance.md`).
 */
class CommandClient extends Redis {
  batchOf(commands: readonly Command[]): Batch {
    return {
      length: () => commands.length,
      exec: async () => this.client.request({ path: ['pipeline'], body: commands }),
    }
  }
}

export type UpstashClient = {
  readonly client: CommandClient
  /**
   * Sends a batch in one request and gives the reply to each of its commands, in their order.
   *
   * @throws {CacheError} if the request as a whole failed; at once while the breaker is open.
   */
  readonly ask: Ask
  /** The same, tried even while the breaker is open: for what no reader waits for. */
  readonly insist: Ask
}

export type Ask = (batch: Batch) => Promise<readonly Reply[]>

/**
 * A client for one database.
 *
 * @throws {CacheError} `cache-misconfigured` if the address or the token can be used for no request.
 */
export function upstashClient(settings: UpstashSettings): UpstashClient {
  const { url, token, timeoutMs = defaultTimeoutMs, nowMs = Date.now } = settings
  refuseUnusable(url, token)

  const client = new CommandClient({
    url,
    token,
    // Not `false`, with which version 1.39.0 still tries twice: a lost answer would count double.
    retry: { retries: 0 },
    // A function, since with a plain signal the client takes the abort for an answer.
    signal: () => AbortSignal.timeout(timeoutMs),
    // A text that looks like a number or like JSON stays the text that was written.
    automaticDeserialization: false,
    // All values are JSON of ours, hence valid UTF-8.
    responseEncoding: false,
    // Pipelines are explicit: automatic ones send reads and writes as two requests.
    enableAutoPipelining: false,
    enableTelemetry: false,
    // `fetch` limits bodies to 64 KiB with it, and connections are kept anyway.
    keepAlive: false,
    // It is a cache: whoever reads may be a moment late.
    readYourWrites: false,
  })

  const breaker = new Breaker()

  /** What the batch came to; the breaker is told whether anybody answered, sense or nonsense. */
  async function answerTo(batch: Batch): Promise<unknown> {
    try {
      const answer = await batch.exec({ keepErrors: true })
      breaker.succeeded()
      return answer
    } catch (cause) {
      const error = cacheErrorOf(cause, timeoutMs)
      if (isSilence(error)) breaker.failed(nowMs())
      else breaker.succeeded()
      throw error
    }
  }

  async function insist(batch: Batch): Promise<readonly Reply[]> {
    const commands = batch.length()
    const answer = await answerTo(batch)
    const replies = repliesSchema.safeParse(answer)
    if (replies.success && replies.data.length === commands) return replies.data
    throw new CacheError('cache-malformed', 'The cache did not answer every command.')
  }

  async function ask(batch: Batch): Promise<readonly Reply[]> {
    if (breaker.lets(nowMs())) return insist(batch)
    throw new CacheError('cache-unreachable', 'The cache was silent lately and is left alone.')
  }

  return { client, ask, insist }
}

function isSilence({ code }: CacheError): boolean {
  return code === 'cache-timed-out' || code === 'cache-unreachable'
}

/** What would otherwise fail at each request, with the address or the token in the message. */
function refuseUnusable(url: string, token: string): void {
  const address = URL.canParse(url) ? new URL(url) : undefined
  if (address?.protocol !== 'https:' && address?.protocol !== 'http:') {
    throw new CacheError('cache-misconfigured', 'The address of the cache is no HTTP address.')
  }
  if (address.username + address.password + address.search + address.hash !== '') {
    const message = 'The address of the cache has credentials, a query or a fragment.'
    throw new CacheError('cache-misconfigured', message)
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    const message = 'The token of the cache is empty or has characters that no header takes.'
    throw new CacheError('cache-misconfigured', message)
  }
}

function cacheErrorOf(error: unknown, timeoutMs: number): CacheError {
  // The client's errors show the request or the answer, so they are not passed on as causes.
  if (error instanceof errors.UpstashJSONParseError) {
    return new CacheError('cache-malformed', 'The cache answered what is no JSON.')
  }
  if (error instanceof errors.UpstashError) {
    const reason = error.message.split(', command was: ')[0]?.slice(0, 200) ?? ''
    return new CacheError('cache-refused', `The cache refused the request: ${reason}.`)
  }
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return new CacheError('cache-timed-out', `The cache did not answer within ${timeoutMs} ms.`)
  }
  return new CacheError('cache-unreachable', 'The cache could not be reached.', { cause: error })
}

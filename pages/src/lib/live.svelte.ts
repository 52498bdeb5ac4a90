/**
 * What the page knows, and how it comes to know it: prices and submissions from the stream, the rest
 * asked for every few seconds while somebody looks. Components show this and nothing else.
 */

import { SvelteMap } from 'svelte/reactivity'
import type { Client } from '../../../src/client/client.ts'
import { ClientError } from '../../../src/client/client-error.ts'
import type { PriceStream } from '../../../src/client/stream.ts'
import type { StreamState } from '../../../src/client/stream-event.ts'
import type { FeedSymbol } from '../../../src/protocol/feed.ts'
import type { Status } from '../../../src/protocol/status.ts'
import type { RoundsResponse } from '../../../src/protocol/wire-rest.ts'
import { type FeedState, moved } from './price-row.ts'
import { adjusted, type ServerClock, unseenClock } from './server-clock.ts'
import { type SubmissionLog, withSubmissions } from './submission-log.ts'

/** How often the page's clock ticks: ages count seconds, the round's hand should not jump. */
const clockMs = 250

/** How often the state is asked for, and rounds with it. Milliseconds. */
const askEveryMs = 10_000

/** Rounds on the page, newest first. */
const shownRounds = 24

/** Two ticks and their work: the rule by which the API calls a price stale. */
function staleAfterMsOf({ tick_seconds: tickSec }: Status): number {
  return tickSec * 2_000 + 15_000
}

export class Live {
  /** The server's clock, Unix milliseconds. */
  nowMs = $state(Date.now())
  connection = $state.raw<StreamState>({ kind: 'connecting' })
  status = $state.raw<Status>()
  feeds = $state.raw<readonly FeedSymbol[]>([])
  submissions = $state.raw<SubmissionLog>([])
  rounds = $state.raw<RoundsResponse['rounds']>([])
  /** What the last question ran into, in one sentence; none once it is answered. */
  trouble = $state.raw<string>()
  readonly prices = new SvelteMap<FeedSymbol, FeedState>()
  readonly staleAfterMs = $derived(
    this.status === undefined ? Number.POSITIVE_INFINITY : staleAfterMsOf(this.status),
  )

  readonly #client: Client
  #clock: ServerClock = unseenClock

  constructor(client: Client) {
    this.#client = client
  }

  /** Begins to listen; what it returns ends that. */
  start(): () => void {
    const stream = this.#client.stream({
      onPrice: (price) =>
        this.prices.set(price.symbol, moved(this.prices.get(price.symbol), price)),
      onSubmission: (submission) => {
        this.submissions = withSubmissions(this.submissions, [submission])
      },
      onState: (state) => {
        this.connection = state
        // What was told while nobody listened is asked for.
        if (state.kind === 'open') void this.#askForRounds()
      },
      onProblem: ({ message }) => {
        this.trouble = message
      },
    })
    void this.#askAll(stream)

    const ticking = setInterval(() => {
      this.nowMs = Date.now() + this.#clock.offsetMs
    }, clockMs)
    const asking = setInterval(() => {
      if (!document.hidden) void this.#askAll(stream)
    }, askEveryMs)
    const stopWatching = whenLookedAt(() => {
      stream.nudge()
      void this.#askAll(stream)
    })
    return () => {
      clearInterval(ticking)
      clearInterval(asking)
      stopWatching()
      stream.close()
    }
  }

  async #askAll(stream: PriceStream): Promise<void> {
    this.trouble = await this.#troubleOf(async () => {
      // First of all whether prices are simulated: none is shown before that is known.
      await this.#askForStatus()
      if (this.feeds.length === 0) await this.#askForFeeds(stream)
    })
    await this.#askForRounds()
  }

  async #askForFeeds(stream: PriceStream): Promise<void> {
    const { feeds } = await this.#client.feeds()
    this.feeds = feeds.map(({ symbol }) => symbol)
    stream.subscribe(this.feeds)
  }

  async #askForStatus(): Promise<void> {
    const askedAtMs = Date.now()
    const status = await this.#client.status()
    const glance = { askedAtMs, servedAtMs: status.served_at, answeredAtMs: Date.now() }
    this.#clock = adjusted(this.#clock, glance)
    this.status = status
  }

  async #askForRounds(): Promise<void> {
    const trouble = await this.#troubleOf(async () => {
      const [{ rounds }, { submissions }] = await Promise.all([
        this.#client.rounds({ limit: shownRounds }),
        this.#client.submissions(),
      ])
      this.rounds = rounds
      this.submissions = withSubmissions(this.submissions, submissions)
    })
    this.trouble ??= trouble
  }

  /** A failure of the world in its own words; a bug is thrown on. */
  async #troubleOf(work: () => Promise<void>): Promise<string | undefined> {
    try {
      await work()
      return undefined
    } catch (error) {
      if (error instanceof ClientError) return error.message
      throw error
    }
  }
}

/** Calls back whenever the page is looked at again, or the network may be back. */
function whenLookedAt(callback: () => void): () => void {
  const looked = (): void => {
    if (!document.hidden) callback()
  }
  document.addEventListener('visibilitychange', looked)
  window.addEventListener('online', callback)
  return () => {
    document.removeEventListener('visibilitychange', looked)
    window.removeEventListener('online', callback)
  }
}

/**
 * What a socket is to tell of: the markets that are wanted, those that have been asked for on this
 * connection, those still to be asked for, and those that were refused. A new connection knows of
 * none of them, so everything is asked for again.
 */

import type { LiveExchange, Refusal } from './live-exchange.ts'
import { type LiveRules, maxLiveMarkets } from './rules.ts'

export type Subscriptions = {
  readonly wanted: readonly string[]
  /** Groups that one message each will ask for, in this order. */
  readonly pending: readonly (readonly string[])[]
  /** Groups that were asked for on this connection, by the numbers of their messages. */
  readonly asked: ReadonlyMap<number, readonly string[]>
  /** The next message is not sent before then, Unix milliseconds. */
  readonly nextAtMs: number
  /** How often this connection has refused something. */
  readonly refusals: number
  /** Refused markets, and until when they are left to REST. */
  readonly refusedUntilMs: ReadonlyMap<string, number>
}

export const noSubscriptions: Subscriptions = {
  wanted: [],
  pending: [],
  asked: new Map(),
  nextAtMs: 0,
  refusals: 0,
  refusedUntilMs: new Map(),
}

/** A connection that refuses more often than this has a quarrel with us, not with a market. */
const maxRefusals = 20

type Terms = Pick<LiveExchange, 'maxMarkets' | 'refusesWhole'> & Pick<LiveRules, 'refusedForMs'>

/** With the markets that somebody wants now; whichever are new will be asked for. */
export function wanting(
  subscriptions: Subscriptions,
  markets: readonly string[],
  { atMs, maxMarkets }: { readonly atMs: number } & Pick<Terms, 'maxMarkets'>,
): Subscriptions {
  const wanted = [...new Set(markets)].slice(0, maxLiveMarkets)
  const { pending, asked, refusedUntilMs } = subscriptions
  const known = new Set([...pending.flat(), ...[...asked.values()].flat()])
  const missing = wanted.filter(
    (market) => !known.has(market) && atMs >= (refusedUntilMs.get(market) ?? 0),
  )
  return { ...subscriptions, wanted, pending: [...pending, ...groupsOf(missing, maxMarkets)] }
}

/** For a connection that has just opened: everything is to be asked for. */
export function afresh(
  { wanted, refusedUntilMs }: Subscriptions,
  terms: { readonly atMs: number } & Pick<Terms, 'maxMarkets'>,
): Subscriptions {
  return wanting({ ...noSubscriptions, nextAtMs: terms.atMs, refusedUntilMs }, wanted, terms)
}

/** When the next message is due, Unix milliseconds; undefined where all have been sent. */
export function nextAskAtMs({ pending, nextAtMs }: Subscriptions): number | undefined {
  return pending.length === 0 ? undefined : nextAtMs
}

/** With the first pending group asked for under a number. */
export function asking(subscriptions: Subscriptions, id: number, nextAtMs: number): Subscriptions {
  const [group, ...pending] = subscriptions.pending
  if (group === undefined) return subscriptions
  return { ...subscriptions, pending, asked: new Map(subscriptions.asked).set(id, group), nextAtMs }
}

/**
 * After a refusal: the markets that it names are left to REST for a while, and the others of their
 * message are asked for again. Where it names none, halves of the refused message find the one.
 *
 * @returns Undefined where nobody can tell what is refused, or too much of it is.
 */
export function refusing(
  subscriptions: Subscriptions,
  refusal: Refusal,
  atMs: number,
  terms: Terms,
): Subscriptions | undefined {
  const counted = { ...subscriptions, refusals: subscriptions.refusals + 1 }
  if (counted.refusals > maxRefusals) return undefined

  const named = new Set(refusal.markets)
  if (named.size > 0) return leavingOut(counted, named, atMs, terms)

  const { id = 0 } = refusal
  const group = counted.asked.get(id)
  if (group === undefined) return undefined
  if (group.length === 1) return leavingOut(counted, new Set(group), atMs, terms)
  const asked = new Map(counted.asked)
  asked.delete(id)
  const halves = groupsOf(group, Math.ceil(group.length / 2))
  return { ...counted, asked, pending: [...counted.pending, ...halves] }
}

function leavingOut(
  subscriptions: Subscriptions,
  named: ReadonlySet<string>,
  atMs: number,
  { refusesWhole, refusedForMs }: Terms,
): Subscriptions {
  const asked = new Map<number, readonly string[]>()
  const again: (readonly string[])[] = []
  for (const [id, group] of subscriptions.asked) {
    const rest = group.filter((market) => !named.has(market))
    const isLost = refusesWhole && rest.length < group.length
    if (isLost && rest.length > 0) again.push(rest)
    if (!isLost && rest.length > 0) asked.set(id, rest)
  }
  // Refusals that are over go with every new one, so that the memory does not grow.
  const held = [...subscriptions.refusedUntilMs].filter(([, untilMs]) => atMs < untilMs)
  const until = [...named].map((market) => [market, atMs + refusedForMs] as const)
  return {
    ...subscriptions,
    asked,
    pending: [...subscriptions.pending, ...again],
    refusedUntilMs: new Map([...held, ...until]),
  }
}

function groupsOf(markets: readonly string[], size: number): (readonly string[])[] {
  return Array.from({ length: Math.ceil(markets.length / size) }, (_, i) =>
    markets.slice(i * size, (i + 1) * size),
  )
}

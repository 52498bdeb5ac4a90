/**
 * A Worker for bridges that fight: it leases, freezes, reserves and listens over real HTTP, by the
 * house's own rules, and is slow, silent or lost on order.
 */

import { createHash, createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { type HeldLease, leaseAfter } from '../../src/core/lease.ts'
import { answerText, bridgeHeaders, requestText } from '../../src/protocol/bridge-auth.ts'
import {
  freezeRequestSchema,
  leaseRequestSchema,
  reportsRequestSchema,
  reservationSchema,
  standbyRequestSchema,
} from '../../src/protocol/bridge-wire.ts'

export type WorkerFaults = {
  /** Every answer comes this much later. */
  delayMs: number
  /** Nobody is answered until then, Unix milliseconds. */
  downUntilMs: number
  /** Answers that are made and then lost on their way. */
  loseNext: number
}

export type SoakWorker = {
  readonly url: string
  readonly secret: string
  readonly faults: WorkerFaults
  readonly counts: () => Readonly<Record<string, number>>
  /**
   * From the last word of one holder to the lease of the next, of each takeover but for those during
   * which this Worker was away: then it could be given to nobody. Milliseconds.
   */
  readonly takeoversMs: readonly number[]
  readonly stop: () => void
}

type Said = { readonly status: number; readonly body: unknown }

const sha256 = (bytes: Buffer | string) => createHash('sha256').update(bytes).digest('hex')

/** Only what a new standby could ask for is kept. */
const maxFrozen = 50

export async function startSoakWorker(): Promise<SoakWorker> {
  const secret = randomBytes(24).toString('hex')
  const hmac = (text: string) => createHmac('sha256', secret).update(text).digest('hex')
  const faults: WorkerFaults = { delayMs: 0, downUntilMs: 0, loseNext: 0 }
  const rules = houseRules()

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const body = await buffer(request)
    if (Date.now() < faults.downUntilMs) {
      rules.noteAway()
      return void response.destroy()
    }
    await pause(faults.delayMs)
    const header = (name: string) => String(request.headers[name.toLowerCase()] ?? '')
    const [nonce, path] = [header(bridgeHeaders.nonce), request.url ?? '']
    const timeMs = Number(header(bridgeHeaders.time))
    const asked = { method: 'POST', path, timeMs, nonce, bodySha256: sha256(body) }
    if (header(bridgeHeaders.signature) !== hmac(requestText(asked))) {
      return void response.writeHead(401).end('{}')
    }
    const { status, body: said } = rules.answerTo(path, JSON.parse(body.toString()))
    if (faults.loseNext > 0) {
      faults.loseNext -= 1
      return void response.destroy()
    }
    const text = JSON.stringify(said)
    const signature = hmac(answerText({ status, nonce, bodySha256: sha256(text) }))
    response.writeHead(status, { [bridgeHeaders.signature]: signature }).end(text)
  }

  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  // A server that listens on TCP has an address with a port.
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    secret,
    faults,
    counts: rules.counts,
    takeoversMs: rules.takeoversMs,
    stop: () => {
      server.closeAllConnections()
      server.close()
    },
  }
}

/** What `Round` remembers, in memory: one lease, first freeze wins, one digest for a name. */
function houseRules() {
  let held: HeldLease | undefined
  let heldAtMs = 0
  let awayAtMs = 0
  const takeoversMs: number[] = []
  const frozen = new Map<number, { readonly feeds: string; readonly round: object }>()
  const reserved = new Map<string, string>()
  const standbys = new Map<string, { readonly atMs: number; readonly heldRound: number }>()
  const counts: Record<string, number> = {}
  const count = (what: string) => {
    counts[what] = (counts[what] ?? 0) + 1
  }
  const refused = (code: string): Said => {
    count(`refused ${code}`)
    return { status: 409, body: { code } }
  }
  const answered = (body: unknown): Said => ({ status: 200, body })

  const lease = (body: unknown): Said => {
    const { holder } = leaseRequestSchema.parse(body)
    const before = held?.holder
    const outcome = leaseAfter(held, holder, Date.now())
    if (outcome.kind === 'taken') return refused('lease-taken')
    held = outcome.lease
    if (before !== undefined && before !== holder) {
      const wasAway = awayAtMs > heldAtMs
      count(wasAway ? 'takeovers after an absence of its own' : 'takeovers')
      if (!wasAway) takeoversMs.push(Date.now() - heldAtMs)
    }
    heldAtMs = Date.now()
    const { fencingToken: fencing_token, expiresAtMs: expires_at } = held
    return answered({ fencing_token, expires_at })
  }
  const freeze = (round: number, body: unknown): Said => {
    const { fencing_token, feeds } = freezeRequestSchema.parse(body)
    if (fencing_token !== held?.fencingToken) return refused('lease-lost')
    const known = frozen.get(round)
    if (known !== undefined) {
      return known.feeds === JSON.stringify(feeds) ? answered(known.round) : refused('feeds-differ')
    }
    count('freezes')
    // Two freezes of one round would differ, were the second made.
    const entries = feeds.map((feed, i) => ({
      ...feed,
      price: (i + 1) / 8 + (Date.now() % 97) / 1e6,
    }))
    const made = { voting_round_id: round, frozen_at: Date.now(), entries }
    frozen.set(round, { feeds: JSON.stringify(feeds), round: made })
    frozen.delete(round - maxFrozen)
    return answered(made)
  }
  const reserve = (body: unknown): Said => {
    const asked = reservationSchema.parse(body)
    if (asked.fencing_token !== held?.fencingToken) return refused('lease-lost')
    const { signer, kind, protocol_id, voting_round_id, digest } = asked
    const name = [signer.toLowerCase(), kind, protocol_id, voting_round_id].join(' ')
    const first = reserved.get(name) ?? digest
    reserved.set(name, first)
    if (first !== digest) return refused('digest-differs')
    const waits =
      kind === 'commit' &&
      [...standbys].some(
        ([holder, { atMs, heldRound }]) =>
          holder !== held?.holder && Date.now() - atMs < 10_000 && heldRound < voting_round_id,
      )
    return answered({ reserved: true, ...(waits && { standby_waits: true }) })
  }
  const standBy = (body: unknown): Said => {
    const { holder, held_round: heldRound = -1 } = standbyRequestSchema.parse(body)
    standbys.set(holder, { atMs: Date.now(), heldRound })
    const newest = [...frozen.keys()].toSorted((a, b) => b - a)[0]
    const known = newest === undefined ? undefined : frozen.get(newest)
    return answered(known === undefined ? {} : { frozen: known.round })
  }
  const report = (body: unknown): Said => {
    const { reports } = reportsRequestSchema.parse(body)
    for (const { kind, status } of reports) count(`reported ${kind} ${status}`)
    return answered({ acknowledged: reports.map(({ id }) => id) })
  }

  return {
    counts: () => counts,
    takeoversMs,
    /** Somebody was turned away just now. */
    noteAway: () => {
      awayAtMs = Date.now()
    },
    answerTo: (path: string, body: unknown): Said => {
      const round = /\/rounds\/(\d+)\/freeze$/.exec(path)?.[1]
      if (round !== undefined) return freeze(Number(round), body)
      if (path.endsWith('/lease')) return lease(body)
      if (path.endsWith('/reservations')) return reserve(body)
      if (path.endsWith('/standby')) return standBy(body)
      return report(body)
    },
  }
}

/**
 * The local chain's RPC as the world sees it: anvil, byte for byte, unless a test has ordered a
 * fault by `POST /control`; `GET /control` tells what came of it.
 */

import { Agent, type IncomingMessage, request, type RequestListener } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import { type Faults, requestSchema, type RpcRequest } from './faults.ts'

/** Open connections to anvil; further requests wait for one. */
const maxSockets = 64

/** Anvil's own limit. Bytes. */
const maxBodyBytes = 2_000_000

const batchSchema = z.union([requestSchema.transform((one) => [one]), z.array(requestSchema)])

type Node = { readonly url: string; readonly agent: Agent }
type Response = Parameters<RequestListener>[1]

/** Answers requests for a node. The agent's idle connections are the caller's to destroy. */
export function proxyListener(nodeUrl: string, agent: Agent, faults: Faults): RequestListener {
  const node = { url: nodeUrl, agent }
  return (incoming, response) => {
    answer(incoming, response, node, faults).catch(() => {
      // Either side broke off: the other is told in the same way.
      response.destroy()
    })
  }
}

export function proxyAgent(): Agent {
  return new Agent({ keepAlive: true, maxSockets })
}

async function answer(
  incoming: IncomingMessage,
  response: Response,
  node: Node,
  faults: Faults,
): Promise<void> {
  if (Number(incoming.headers['content-length'] ?? 0) > maxBodyBytes) {
    response.writeHead(413, { Connection: 'close' }).end()
    return
  }
  const body = await buffer(incoming)
  if (incoming.url === '/control') {
    answerControl(incoming, response, body, faults)
    return
  }
  if (faults.isDown(Date.now())) {
    response.destroy()
    return
  }
  if (faults.delayMs > 0) await pause(faults.delayMs)

  const requests = faults.areOrdered ? requestsOf(body) : undefined
  if (requests === undefined) await forward(incoming, response, node, body)
  else await answerFaultily(response, node, requests, faults)
}

function answerControl(
  { method }: IncomingMessage,
  response: Response,
  body: Buffer,
  faults: Faults,
): void {
  try {
    const state =
      method === 'POST' ? faults.order(JSON.parse(body.toString()), Date.now()) : faults.state()
    writeJson(response, 200, state)
  } catch (error) {
    writeJson(response, 400, { error: error instanceof Error ? error.message : String(error) })
  }
}

type Requests = { readonly isBatch: boolean; readonly all: readonly RpcRequest[] }

/** The requests of a body, or `undefined` if it is for the node to say what is wrong with it. */
function requestsOf(body: Buffer): Requests | undefined {
  try {
    const parsed: unknown = JSON.parse(body.toString())
    const all = batchSchema.safeParse(parsed)
    return all.success ? { isBatch: Array.isArray(parsed), all: all.data } : undefined
  } catch {
    return undefined
  }
}

/** Sends what comes in on to the node, and its answer back, without a look at either. */
function forward(
  { method, headers }: IncomingMessage,
  response: Response,
  { url, agent }: Node,
  body: Buffer,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      agent,
      method,
      headers: { ...endToEnd(headers), 'content-length': body.length },
    })
    outgoing.on('error', reject)
    outgoing.on('response', (answered) => {
      response.writeHead(answered.statusCode ?? 502, endToEnd(answered.headers))
      pipeline(answered, response).then(resolve, reject)
    })
    outgoing.end(body)
  })
}

/** Headers without those that are between two neighbours only. */
function endToEnd(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  const { connection, 'keep-alive': keepAlive, 'transfer-encoding': encoding, ...rest } = headers
  void [connection, keepAlive, encoding]
  return rest
}

async function answerFaultily(
  response: Response,
  node: Node,
  { isBatch, all }: Requests,
  faults: Faults,
): Promise<void> {
  const verdicts = all.map((one) => ({ one, verdict: faults.verdictOn(one) }))
  const answers: unknown[] = []
  // One after the other: the node would not keep a batch in order either way.
  for (const { one, verdict } of verdicts) {
    answers.push(verdict.kind === 'answer' ? verdict.answer : await ask(node, one))
  }
  if (verdicts.some(({ verdict }) => verdict.kind === 'lose')) response.destroy()
  else writeJson(response, 200, isBatch ? answers : answers[0])
}

async function ask({ url }: Node, one: RpcRequest): Promise<unknown> {
  const answered = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', ...one }),
  })
  return answered.json()
}

function writeJson(response: Response, status: number, value: unknown): void {
  const body = JSON.stringify(value)
  response
    .writeHead(status, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    })
    .end(body)
}

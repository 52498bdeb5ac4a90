/** Several JSON-RPC calls in one request, with a deadline and a limit on what comes back. */

import { z } from 'zod'
import type { Node } from './nodes.ts'

export type RpcCall = { readonly method: string; readonly params: readonly unknown[] }

/**
 * The results of calls, in their order, from one node.
 *
 * @param mostBytes More of an answer than this is not read.
 * @throws {Error} if the node does not answer in time or says too much, or any call fails.
 */
export type Batch = (
  node: Pick<Node, 'url'>,
  calls: readonly RpcCall[],
  mostBytes: number,
) => Promise<unknown[]>

const answersSchema = z.array(
  z.object({
    id: z.int(),
    result: z.unknown().optional(),
    error: z.object({ message: z.string() }).nullish(),
  }),
)

/** Enough to see what a node meant. */
const maxReason = 200

/** Batches over HTTP. @param deadlineMs For the whole of a request and its answer. */
export function batchOver(fetchIt: typeof fetch, deadlineMs: number): Batch {
  return async ({ url }, calls, mostBytes) => {
    const { address, headers } = doorOf(url)
    const response = await fetchIt(address, {
      method: 'POST',
      headers,
      body: JSON.stringify(calls.map((call, id) => ({ jsonrpc: '2.0', id, ...call }))),
      signal: AbortSignal.timeout(deadlineMs),
    })
    if (!response.ok) throw new Error(`The node answers with status ${response.status}.`)
    const answers = answersSchema.parse(JSON.parse(await textOf(response, mostBytes)))
    const byId = new Map(answers.map((answer) => [answer.id, answer]))
    return calls.map(({ method }, id) => {
      const answer = byId.get(id)
      if (answer === undefined) throw new Error(`The node leaves ${method} unanswered.`)
      if (!answer.error) return answer.result
      throw new Error(`The node refuses ${method}: ${answer.error.message.slice(0, maxReason)}`)
    })
  }
}

/** Credentials in an address go into a header: `fetch` refuses them where they are. */
function doorOf(url: string) {
  const address = new URL(url)
  const { username, password } = address
  address.username = ''
  address.password = ''
  const basic = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`)
  return {
    address,
    headers: {
      'Content-Type': 'application/json',
      ...(username !== '' && { Authorization: `Basic ${basic.toString('base64')}` }),
    },
  }
}

async function textOf(response: Response, mostBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  const parts: string[] = []
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.length
    if (bytes > mostBytes) throw new Error(`The node says more than ${mostBytes} bytes.`)
    parts.push(decoder.decode(chunk, { stream: true }))
  }
  return parts.join('') + decoder.decode()
}

/**
 * The faults that a test orders of the local chain's RPC, and what they make of each request. No
 * network: whoever answers requests asks here first.
 */

import { type Hex, keccak256, parseTransaction } from 'viem'
import { z } from 'zod'

const count = z.int().min(0).max(10_000)
const spanMs = z.int().min(0).max(600_000)

/** Of transactions with this selector only; of all without it. */
const selector = z.templateLiteral(['0x', z.string().regex(/^[0-9a-f]{8}$/)]).optional()

/** The body of `POST /control`. What is not named stays as it was ordered before. */
export const faultOrderSchema = z.strictObject({
  /** The next transactions are answered with their hashes and never reach the chain. */
  drop: z.strictObject({ count, selector }).optional(),
  /** The next transactions reach the chain, and the connection breaks instead of an answer. */
  lose: z.strictObject({ count, selector }).optional(),
  /** The next requests, or those of one method, are answered with an error. */
  fail: z
    .strictObject({
      count,
      method: z.string().optional(),
      code: z.int().default(-32_000),
      message: z.string().default('the node is not well'),
    })
    .optional(),
  /** Every answer comes this much later. */
  delayMs: spanMs.optional(),
  /** Connections break for so long from now on. */
  downForMs: spanMs.optional(),
})
export type FaultOrder = z.input<typeof faultOrderSchema>
type ParsedOrder = z.output<typeof faultOrderSchema>

/** What has happened so far, beside what is still ordered. */
export type FaultState = {
  readonly pending: { readonly drop: number; readonly lose: number; readonly fail: number }
  readonly dropped: readonly Hex[]
  readonly lost: readonly Hex[]
  readonly failed: number
}

export const requestSchema = z.object({
  id: z.unknown(),
  method: z.string(),
  params: z.unknown().optional(),
})
export type RpcRequest = z.infer<typeof requestSchema>

export type Verdict =
  | { readonly kind: 'forward' }
  /** Forward, and break the connection when the answer is there. */
  | { readonly kind: 'lose' }
  | { readonly kind: 'answer'; readonly answer: object }

const rawTransactionSchema = z.tuple([z.templateLiteral(['0x', z.string()])]).rest(z.unknown())

/** Of hashes, only so many are told of. */
const maxTold = 1_000

export class Faults {
  #drop: NonNullable<ParsedOrder['drop']> = { count: 0 }
  #lose: NonNullable<ParsedOrder['lose']> = { count: 0 }
  #fail: NonNullable<ParsedOrder['fail']> = { count: 0, code: 0, message: '' }
  #delayMs = 0
  #downUntilMs = 0
  readonly #dropped: Hex[] = []
  readonly #lost: Hex[] = []
  #failed = 0

  /** @throws {z.ZodError} if the order is none. */
  order(order: unknown, nowMs: number): FaultState {
    const { drop, lose, fail, delayMs, downForMs } = faultOrderSchema.parse(order)
    this.#drop = drop ?? this.#drop
    this.#lose = lose ?? this.#lose
    this.#fail = fail ?? this.#fail
    this.#delayMs = delayMs ?? this.#delayMs
    if (downForMs !== undefined) this.#downUntilMs = nowMs + downForMs
    return this.state()
  }

  state(): FaultState {
    return {
      pending: { drop: this.#drop.count, lose: this.#lose.count, fail: this.#fail.count },
      dropped: [...this.#dropped],
      lost: [...this.#lost],
      failed: this.#failed,
    }
  }

  isDown(nowMs: number): boolean {
    return nowMs < this.#downUntilMs
  }

  get delayMs(): number {
    return this.#delayMs
  }

  /** Whether requests have to be read at all, or may pass as they are. */
  get areOrdered(): boolean {
    return this.#drop.count + this.#lose.count + this.#fail.count > 0
  }

  /** Decides over one request, and counts it. */
  verdictOn(request: RpcRequest): Verdict {
    const { id, method } = request
    if (this.#fail.count > 0 && (this.#fail.method ?? method) === method) {
      this.#fail = { ...this.#fail, count: this.#fail.count - 1 }
      this.#failed += 1
      const { code, message } = this.#fail
      return { kind: 'answer', answer: { jsonrpc: '2.0', id, error: { code, message } } }
    }
    const transaction = transactionOf(request)
    if (transaction === undefined) return { kind: 'forward' }
    if (isMeant(this.#drop, transaction)) {
      this.#drop = { ...this.#drop, count: this.#drop.count - 1 }
      remember(this.#dropped, transaction.hash)
      return { kind: 'answer', answer: { jsonrpc: '2.0', id, result: transaction.hash } }
    }
    if (isMeant(this.#lose, transaction)) {
      this.#lose = { ...this.#lose, count: this.#lose.count - 1 }
      remember(this.#lost, transaction.hash)
      return { kind: 'lose' }
    }
    return { kind: 'forward' }
  }
}

type SentTransaction = { readonly hash: Hex; readonly selector: string }

function transactionOf({ method, params }: RpcRequest): SentTransaction | undefined {
  if (method !== 'eth_sendRawTransaction') return undefined
  const given = rawTransactionSchema.safeParse(params)
  if (!given.success) return undefined
  const [raw] = given.data
  try {
    const { data = '0x' } = parseTransaction(raw)
    return { hash: keccak256(raw), selector: data.slice(0, 10).toLowerCase() }
  } catch {
    // No transaction at all: the node shall say what is wrong with it.
    return undefined
  }
}

function isMeant(
  { count, selector }: { readonly count: number; readonly selector?: string | undefined },
  transaction: SentTransaction,
): boolean {
  return count > 0 && (selector ?? transaction.selector) === transaction.selector
}

function remember(hashes: Hex[], hash: Hex): void {
  hashes.push(hash)
  if (hashes.length > maxTold) hashes.shift()
}

/**
 * Which transactions of full blocks do not prove themselves. One that does needs no second node but
 * for its hash: the fields make the hash, and the signature names the sender where that matters.
 */

import { formatTransaction, type Hash, type RpcTransaction } from 'viem'
import { z } from 'zod'
import { addressSchema, hash32Schema, quantitySchema } from '../chain/hex.ts'
import { hashOf, hashSignedBy } from '../chain/signed-transaction.ts'
import { submissionSelectors } from '../../src/protocol/submission.ts'
import { submissionAddress } from '../../src/protocol/contracts.ts'
import { transactionSchema, transactionWordOf } from './block-word.ts'
import { breath } from './breath.ts'

/** A transaction whose fields another node has to confirm. */
export type Doubt = {
  readonly blockNumber: number
  readonly txHash: Hash
  /** As `transactionWordOf`. */
  readonly said: Hash
}

/** A transaction as a node tells of it, with all of its fields. */
export type ToldTransaction = { readonly hash: Hash } & Readonly<Record<string, unknown>>

/** A commit or a reveal takes 3.7 ms, for its sender is recovered: after so many others are let in. */
const provedAtOnce = 10

/** Any other transaction takes 0.2 ms, so that as many of them are a quarter of that. */
const hashedAtOnce = 50

const submission = submissionAddress.toLowerCase()
/** What a result is made of; whoever sends a signature is recovered from it. */
const selectors: readonly string[] = [submissionSelectors.submit1, submissionSelectors.submit2]

/** @param chainId Of the chain that senders have to have signed for. */
export async function doubtsIn(
  blocks: readonly { readonly number: number; readonly told: readonly ToldTransaction[] }[],
  chainId: number,
): Promise<readonly Doubt[]> {
  const doubts: Doubt[] = []
  let proved = 0
  let hashed = 0
  for (const { number, told } of blocks) {
    for (const [place, one] of told.entries()) {
      if (isCall(one)) proved += 1
      else hashed += 1
      if (proved >= provedAtOnce || hashed >= hashedAtOnce) {
        await breath()
        proved = 0
        hashed = 0
      }
      if (await isProven(one, place, chainId)) continue
      // What is no transaction at all is found by whoever parses it.
      const said = transactionSchema.safeParse(one)
      const word = said.success ? transactionWordOf(said.data) : one.hash
      doubts.push({ blockNumber: number, txHash: one.hash, said: word })
    }
  }
  return doubts
}

const placeSchema = z.object({ from: addressSchema, transactionIndex: quantitySchema })

async function isProven(one: ToldTransaction, place: number, chainId: number): Promise<boolean> {
  const read = placeSchema.safeParse(one)
  // The list of hashes gives the order.
  if (!read.success || read.data.transactionIndex !== place) return false
  try {
    // The formatter takes whatever fields there are, and the hash shows whether they were right.
    const transaction = formatTransaction(one as unknown as RpcTransaction)
    const hash = isCall(one)
      ? await hashSignedBy(read.data.from, transaction, chainId)
      : hashOf(transaction)
    return hash === one.hash
  } catch {
    // A field that is no number: it proves nothing.
    return false
  }
}

function isCall({ to, input }: ToldTransaction): boolean {
  if (typeof to !== 'string' || typeof input !== 'string') return false
  if (to.toLowerCase() !== submission) return false
  return selectors.includes(input.slice(0, 10).toLowerCase())
}

const hashedSchema = z.looseObject({ hash: hash32Schema })

/** A node's transactions, of which nothing is known but that each has a hash. */
export const toldSchema: z.ZodType<ToldTransaction> = hashedSchema

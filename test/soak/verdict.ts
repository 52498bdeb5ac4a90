/**
 * The judge of the soak, a process of its own: it reads the chain's blocks and what was asked of the
 * signing device, and imports nothing of the house. What the bridges say of themselves it never hears.
 *
 *     node verdict.ts '<question as JSON>'  →  the verdict as JSON
 */

import { readFileSync } from 'node:fs'
import { readChain } from './chain-calls.ts'
import { sendersOf, type Terms, verdictOn } from './judge.ts'

export type Question = Terms & {
  readonly rpcUrl: string
  /** What was asked of the signers: a file a bridge. */
  readonly captures: readonly string[]
}

const question = JSON.parse(process.argv[2] ?? '{}') as Question
const chain = await readChain(question.rpcUrl, sendersOf(question))
const captures = question.captures.map((file) => readFileSync(file, 'utf8'))
process.stdout.write(`${JSON.stringify(verdictOn(question, chain, captures))}\n`)

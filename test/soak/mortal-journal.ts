/** A journal that says where it is: before and after each of its calls, by the state that it leaves. */

import { z } from 'zod'
import type { Journal } from '../../signer-bridge/journal/journal.ts'

const aboutCallSchema = z.object({ kind: z.enum(['submit1', 'submit2', 'submitSignatures']) })
const withStatusSchema = z.object({ status: z.string() })
const withHashSchema = z.object({ txHash: z.string() })

/** A settlement or a mark is worth its state; a nonce and an attempt are worth their call. */
const named: ReadonlySet<string> = new Set([
  'claimNonce',
  'recordAttempt',
  'markAttempt',
  'settle',
  'noteCall',
])

/** Of a few rounds. */
const maxKnown = 200

/** @param reached Is told `before <write>` and `after <write>`, as `places.ts` has them. */
export function mortalJournal(journal: Journal, reached: (place: string) => void): Journal {
  const kindOf = new Map<string, string>()
  const nameOf = (write: string, args: readonly unknown[]): string => {
    if (!named.has(write)) return write
    const [about, state] = args
    if (write === 'markAttempt') return [write, kindOf.get(String(about)), state].join(' ')
    if (write === 'noteCall') return [write, state].join(' ')
    const kind = aboutCallSchema.safeParse(about).data?.kind
    if (write === 'settle') return [write, kind, withStatusSchema.parse(about).status].join(' ')
    const hash = withHashSchema.safeParse(about).data?.txHash
    if (hash !== undefined && kind !== undefined) remember(kindOf, hash, kind)
    return [write, kind].join(' ')
  }
  // A proxy keeps every function's type, which mapping over them would lose.
  return new Proxy(journal, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key)
      if (typeof value !== 'function') return value
      return (...args: unknown[]) => {
        const name = nameOf(String(key), args)
        reached(`before ${name}`)
        const done: unknown = Reflect.apply(value, target, args)
        reached(`after ${name}`)
        return done
      }
    },
  })
}

function remember(known: Map<string, string>, hash: string, kind: string): void {
  known.set(hash, kind)
  const [oldest] = known.keys()
  if (known.size > maxKnown && oldest !== undefined) known.delete(oldest)
}

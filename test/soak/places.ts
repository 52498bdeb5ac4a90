/**
 * Where a bridge is killed: at every write of its journal by which a round goes on, before it and
 * after it, and on its way to a signature. Pure.
 */

/** What has to be done to the world so that a bridge comes to a place at all. */
export type Provocation =
  /** A person says no. */
  | 'refusal'
  /** The device is unplugged while it is being asked. */
  | 'unplugging'
  /** No node lets a commit through. */
  | 'lost-commit'
  /** Whoever has committed is gone before the reveal. */
  | 'absence'

export type KillTarget = { readonly place: string; readonly provocation?: Provocation }

/** How the keys of the soak's bridges are kept. */
export const signerKinds = ['ledger', 'keystore'] as const
export type SignerKind = (typeof signerKinds)[number]

const kinds = ['submit1', 'submit2', 'submitSignatures'] as const

/**
 * The journal's writes with the state that each leaves behind: what a kill beside it leaves half
 * done. `mortal-journal.ts` names them so.
 */
const writes: readonly { readonly write: string; readonly provocation?: Provocation }[] = [
  // A round's commit and reveal, and a standby's knowledge of them.
  { write: 'prepare' },
  { write: 'keepHeld' },
  { write: 'adopt', provocation: 'absence' },
  // Reserved: bound to a nonce, before the signature.
  ...kinds.map((kind) => ({ write: `claimNonce ${kind}` })),
  { write: 'bindRoot' },
  // Signed, and not sent.
  ...kinds.map((kind) => ({ write: `recordAttempt ${kind}` })),
  { write: 'noteRootSigned' },
  // Sent: a node has said that it has it.
  ...kinds.map((kind) => ({ write: `markAttempt ${kind} accepted` })),
  // Included.
  ...kinds.map((kind) => ({ write: `settle ${kind} confirmed` })),
  { write: 'closeRoot' },
  // Expired: its window is over, and its nonce is another's.
  { write: 'settle submit1 failed', provocation: 'lost-commit' },
]

const writesOnLedger: typeof writes = [
  { write: 'noteCall denied', provocation: 'refusal' },
  { write: 'noteCall unknown', provocation: 'unplugging' },
  // Nothing was sent for a round that was bound.
  { write: 'settle submit1 missed', provocation: 'refusal' },
]

/** On the way to a signature: nothing has been asked, it is being asked, it is made and not told. */
export const signerPlaces: Readonly<Record<SignerKind, readonly string[]>> = {
  ledger: ['before-command', 'after-command', 'before-answer'],
  keystore: ['before-command', 'before-answer'],
}

/** Every place at which a bridge with such keys can be killed. */
export function killTargets(signer: SignerKind): readonly KillTarget[] {
  const all = signer === 'ledger' ? [...writes, ...writesOnLedger] : writes
  return [
    ...all.flatMap(({ write, ...rest }) =>
      ['before', 'after'].map((side) => ({ place: `${side} ${write}`, ...rest })),
    ),
    ...signerPlaces[signer].flatMap((place) =>
      ['transaction', 'message'].map((what) => ({ place: `signer ${place} ${what}` })),
    ),
  ]
}

export type Deck = {
  /** The next place; each has its turn before any comes again. */
  readonly next: () => KillTarget
  /** Nobody came there: it is among the next ones again. */
  readonly putBack: (target: KillTarget) => void
  /** So many times everything has been dealt before. */
  readonly passes: () => number
}

/** @param shuffled A new order of all of them, for each pass. */
export function deckOf(
  targets: readonly KillTarget[],
  shuffled: (targets: readonly KillTarget[], pass: number) => readonly KillTarget[],
): Deck {
  let passes = 0
  let left = [...shuffled(targets, passes)]
  return {
    next: () => {
      const [first] = left
      if (first !== undefined) {
        left = left.slice(1)
        return first
      }
      passes += 1
      const [again, ...others] = shuffled(targets, passes)
      if (again === undefined) throw new Error('A deck has cards.')
      left = others
      return again
    },
    putBack: (target) => {
      left = [...left.slice(0, restUntilAgain), target, ...left.slice(restUntilAgain)]
    },
    passes: () => passes,
  }
}

/** A place that nobody comes to now may be reached under another leaseholder, some kills later. */
const restUntilAgain = 5

/**
 * Where a Ledger stands between "not there" and "ready", by what it said when it was looked at. Each
 * state but two asks a person for one thing, in one sentence. Pure.
 */

import type { Address, Hex } from 'viem'
import type { RunningApp } from './ethereum-app.ts'
import type { Trouble } from './status-words.ts'

/** A key on the device, and the address that it must have: another seed or passphrase has another. */
export type PinnedKey = { readonly path: string; readonly address: Address }

export type LedgerState = ArmingState | ReviewState

type ArmingState =
  /** Not plugged in, or not answering. */
  | { readonly kind: 'disconnected'; readonly reason: string }
  /** A review that nobody waits for any more may be on the screen: nothing is sent until it is not. */
  | { readonly kind: 'screen-unknown' }
  | { readonly kind: 'app-wrong'; readonly name: string }
  | { readonly kind: 'old-version'; readonly version: string }
  | { readonly kind: 'locked' }
  | { readonly kind: 'blind-signing-off' }
  | { readonly kind: 'address-differs'; readonly key: PinnedKey; readonly found: Address }
  | { readonly kind: 'failed'; readonly instruction: string }
  | { readonly kind: 'ready' }

type ReviewState =
  | { readonly kind: 'reviewing'; readonly what: string; readonly digest: Hex }
  /** A review whose time is over, still on the screen. */
  | { readonly kind: 'stale-review'; readonly what: string; readonly digest: Hex }

/**
 * The oldest version of the app that this program was tried with: how it shows calldata, and what it
 * does when it is spoken to during a review, differs between versions.
 */
export const oldestAppVersion = '1.22.0'

/** What is wrong with the app that is open; `undefined` if nothing. */
export function wrongApp({ name, version }: RunningApp): LedgerState | undefined {
  if (name !== 'Ethereum') return { kind: 'app-wrong', name }
  return isOlder(version, oldestAppVersion) ? { kind: 'old-version', version } : undefined
}

/** What is wrong with a key of the device; `undefined` if it is the one that is pinned. */
export function wrongKey(key: PinnedKey, found: Address): LedgerState | undefined {
  const isPinned = found.toLowerCase() === key.address.toLowerCase()
  return isPinned ? undefined : { kind: 'address-differs', key, found }
}

/** The state after the device or its driver reported trouble. */
export function stateInTrouble({ kind, instruction }: Trouble): LedgerState {
  if (kind === 'locked') return { kind: 'locked' }
  if (kind === 'app-wrong') return { kind: 'app-wrong', name: 'another' }
  if (kind === 'lost') return { kind: 'disconnected', reason: 'It does not answer.' }
  // The app is there, and its screen is free.
  if (kind === 'refused') return { kind: 'ready' }
  return { kind: 'failed', instruction }
}

/** What a person has to do now; `undefined` if nothing. */
export function instructionFor(state: LedgerState): string | undefined {
  if (state.kind === 'reviewing') {
    return `Look at the Ledger and accept or reject: ${state.what}.`
  }
  if (state.kind === 'stale-review') {
    return `Reject what the Ledger shows (${state.what}): its time is over. If it shows nothing, press Enter here.`
  }
  return armingInstruction(state)
}

function armingInstruction(state: ArmingState): string | undefined {
  switch (state.kind) {
    case 'disconnected':
      return `Plug the Ledger in, unlock it and open the Ethereum app. (${state.reason})`
    case 'screen-unknown':
      return 'A transaction from before may still be on the screen of the Ledger. If so, reject it; then quit and reopen the Ethereum app, or press Enter here.'
    case 'app-wrong':
      return `Open the Ethereum app on the Ledger: ${state.name} is open.`
    case 'old-version':
      return `Update the Ethereum app: it is ${state.version}, and ${oldestAppVersion} is the oldest that will do.`
    case 'locked':
      return 'Unlock the Ledger with its PIN.'
    case 'blind-signing-off':
      return 'Turn on "Blind signing" in the settings of the Ethereum app: what is signed here has calldata, which the app cannot read.'
    case 'address-differs':
      return `The Ledger has ${state.found} at ${state.key.path}, and the settings say ${state.key.address}: it is another device, another passphrase or another path.`
    case 'failed':
      return state.instruction
    case 'ready':
      return undefined
  }
}

/** Whether one version of three numbers is below another. */
function isOlder(version: string, than: string): boolean {
  const parts = (text: string) => text.split('.').map(Number)
  const [ours, theirs] = [parts(version), parts(than)]
  for (const [place, least] of theirs.entries()) {
    const part = ours[place] ?? 0
    // What is no number is no version that is known.
    if (Number.isNaN(part)) return true
    if (part !== least) return part < least
  }
  return false
}

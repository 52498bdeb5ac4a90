/**
 * The keys of a round's later steps: one signs its root, the other sends the signature. Whether they
 * can act is asked before the commit, with all else that must hold for the whole chain of steps.
 */

import { isLedgerSigner } from './ledger/signer.ts'
import type { Keyring, RoleKey } from './roles.ts'
import type { World } from './world.ts'

/** What is known of the keys of a round's root. */
export type RootMeans = {
  /** Why one of them is to be asked for nothing now; absent where nothing stands against them. */
  readonly refusal?: string
  /** Of the submitSignatures address. */
  readonly balanceWei: bigint | undefined
}

/** The two of a reward epoch; without either no root is signed in it, and none is counted. */
export function rootKeysOf(
  { keyOf }: Keyring,
  rewardEpochId: number,
): { readonly signingPolicy: RoleKey; readonly sender: RoleKey } | undefined {
  const signingPolicy = keyOf('signingPolicy', rewardEpochId)
  const sender = keyOf('submitSignatures', rewardEpochId)
  return signingPolicy && sender && { signingPolicy, sender }
}

/** `undefined` where no root of ours follows in that reward epoch. */
export function rootMeansOf(
  { keyring, breaker, balanceWei }: Pick<World, 'keyring' | 'breaker' | 'balanceWei'>,
  rewardEpochId: number,
): RootMeans | undefined {
  const keys = rootKeysOf(keyring, rewardEpochId)
  if (keys === undefined) return undefined
  const { signingPolicy, sender } = keys
  const refusal = [signingPolicy, sender]
    .map(({ role, address, signer }) => {
      // Only then is it known that its password is right.
      if (signer.isOpen?.() === false) return `The keystore of the key for ${role} is being opened.`
      const why = breaker.signerRefusal(address)
      return why && `The key for ${role} is not to be asked. ${why}`
    })
    .find((why) => why !== undefined)
  return { balanceWei: balanceWei(sender.address), ...(refusal !== undefined && { refusal }) }
}

/**
 * What a person has to do before all keys of a round that are on devices can sign; `undefined` if
 * nothing. Each device is asked once, all at the same time.
 */
export async function unreadyDevice(
  keyring: Keyring,
  submitKey: RoleKey | undefined,
  rewardEpochId: number,
): Promise<string | undefined> {
  const { signingPolicy, sender } = rootKeysOf(keyring, rewardEpochId) ?? {}
  const signers = [submitKey, signingPolicy, sender]
    .flatMap((key) => key?.signer ?? [])
    .filter(isLedgerSigner)
  const byDevice = new Map(signers.map((signer) => [signer.device, signer]))
  const told = await Promise.all([...byDevice.values()].map((signer) => signer.unready()))
  return told.find((instruction) => instruction !== undefined)
}

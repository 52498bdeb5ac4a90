/** A registration as an errand: signed with the signing-policy key, sent and paid by another or the same. */

import { keyFor as reviewedKey } from '../ledger/signer.ts'
import type { RoleKey } from '../roles.ts'
import { doErrand, type Done, type ErrandDeps, reviewMs } from './errand.ts'
import { HouseError } from './house-error.ts'
import type { VoterContracts } from './registration-reads.ts'
import { type RegistrationFacts, registrationForm } from './registration.ts'
import { signRegistration } from './sign.ts'

export type RegistrationAsked = {
  readonly kind: 'register' | 'pre-register'
  readonly facts: RegistrationFacts
  readonly contracts: Pick<VoterContracts, 'voterRegistry' | 'voterPreRegistry'>
}

/**
 * Signs the registration, for without it nothing can be simulated, and does the errand.
 *
 * @throws {HouseError} as `doErrand` does
 */
export async function doRegistration(
  deps: ErrandDeps,
  { kind, facts, contracts }: RegistrationAsked,
  { key, signingKey }: { readonly key: RoleKey; readonly signingKey: RoleKey },
): Promise<Done> {
  const { name, chainId } = deps.settings.network
  const { voter, next: rewardEpochId } = facts
  const contract = kind === 'register' ? contracts.voterRegistry : contracts.voterPreRegistry
  if (contract === undefined) {
    throw new HouseError('house-refused', 'The registry knows no VoterPreRegistry.')
  }
  const what = `the registration of ${voter} for reward epoch ${rewardEpochId}, to be signed`
  const review = { what, untilMs: Date.now() + reviewMs }
  const form = registrationForm(name, rewardEpochId)
  const registration = { voter, rewardEpochId, chainId, form }
  const signature = await signRegistration(reviewedKey(signingKey, review), registration)
  const verb = kind === 'register' ? 'Registers' : 'Pre-registers'
  return await doErrand(
    deps,
    {
      deed: { kind, owner: voter, signature },
      rewardEpochId,
      contract,
      lines: () => [
        `${verb} ${voter} for reward epoch ${rewardEpochId}`,
        `  Signed by ${signingKey.address} (signingPolicy)`,
      ],
      simulationRefusal: () => undefined,
    },
    key,
  )
}

/** What the chain knows of a voter, held against the settings, for a person. Pure. */

import { isAddressEqual } from 'viem'
import type { ComparedRole, RegistrationFacts } from './registration.ts'

export function registrationText(
  facts: RegistrationFacts,
  compared: readonly ComparedRole[],
): string {
  const { voter, next, delegation, isSnapshot, isVoter } = facts
  const when = isSnapshot ? `for reward epoch ${next}, as of its snapshot` : 'as of now'
  return [
    `The voter ${voter}, ${when}:`,
    ...compared.map(roleText),
    `  ${'delegation'.padEnd(width)}  ${delegation}${
      isAddressEqual(delegation, voter) ? '  not confirmed: the identity stands in for it' : ''
    }`,
    `  In the present reward epoch, ${next - 1}, it is ${isVoter ? 'a voter' : 'no voter'}.`,
  ].join('\n')
}

/** Of the longest role's name. */
const width = 16

function roleText({ role, onChain, inSettings, verdict }: ComparedRole): string {
  return `  ${role.padEnd(width)}  ${onChain}  ${words[verdict](inSettings ?? '')}`
}

const words: Readonly<Record<ComparedRole['verdict'], (inSettings: string) => string>> = {
  same: () => 'the settings have the same',
  differs: (inSettings) => `DIFFERS: the settings have ${inSettings}`,
  'not-in-settings': () => 'not in the settings',
  'not-confirmed': () => 'not confirmed: the identity stands in for it',
}

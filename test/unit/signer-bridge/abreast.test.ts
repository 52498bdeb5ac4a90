import { describe, expect, test } from 'vitest'
import { isUnusedBeside, nonceBeside } from '../../../signer-bridge/abreast.ts'
import type { OwnCall } from '../../../signer-bridge/call.ts'
import type { NonceHolder } from '../../../signer-bridge/journal/attempts.ts'
import type { CallStatus } from '../../../signer-bridge/journal/calls.ts'
import type { Attempt } from '../../../signer-bridge/journal/rows.ts'
import { account } from '../../support/bridge-world.ts'

const ours: OwnCall = {
  votingRoundId: 7,
  kind: 'submitSignatures',
  part: 'main',
  signer: account.address,
}
const theirs: OwnCall = { ...ours, part: 'late' }
const holder: NonceHolder = { ...theirs, calldataHash: '0x' }

/** A journal that knows of the companion's call alone. */
function aJournal({
  status = 'planned' as CallStatus | undefined,
  nonces = [5] as readonly number[],
} = {}) {
  const isTheirs = ({ part, votingRoundId }: OwnCall) => part === 'late' && votingRoundId === 7
  // Of a transaction its nonce is all that is asked.
  const attempts = nonces.map((nonce) => ({ nonce })) as unknown as readonly Attempt[]
  return {
    statusOf: (call: OwnCall) => (isTheirs(call) ? status : undefined),
    attempts: (call: OwnCall) => (isTheirs(call) ? attempts : []),
  }
}

describe('the nonce of our call', () => {
  test.each([
    { how: 'is the next one behind a companion’s call', given: {}, nonce: 6 },
    { how: 'is the first where that has none there', given: { nonces: [4] }, nonce: 5 },
    { how: 'is the first where that was never signed', given: { nonces: [] }, nonce: 5 },
    { how: 'is the first where that has ended', given: { status: 'failed' as const }, nonce: 5 },
  ])('$how', ({ given, nonce }) => {
    expect(nonceBeside(aJournal(given), ours, 5)).toBe(nonce)
  })

  test('is the first where the other is of another round', () => {
    expect(nonceBeside(aJournal(), { ...ours, votingRoundId: 8 }, 5)).toBe(5)
  })
})

describe('a nonce of a companion’s call', () => {
  test('is unused where nothing was signed with it, and only for ours of the same round and kind', () => {
    const unsigned = aJournal({ nonces: [] })
    expect(isUnusedBeside(unsigned, ours, holder)).toBe(true)
    expect(isUnusedBeside(unsigned, { ...ours, votingRoundId: 8 }, holder)).toBe(false)
    expect(isUnusedBeside(unsigned, { ...ours, kind: 'submit2' }, holder)).toBe(false)
    expect(isUnusedBeside(unsigned, theirs, { ...holder, part: 'main' })).toBe(false)
  })

  test('stays with it once anything was signed, whatever became of that', () => {
    expect(isUnusedBeside(aJournal(), ours, holder)).toBe(false)
    expect(isUnusedBeside(aJournal({ nonces: [9] }), ours, holder)).toBe(false)
  })
})

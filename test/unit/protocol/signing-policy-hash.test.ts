import { type Hex, keccak256 } from 'viem'
import { describe, expect, test } from 'vitest'
import {
  confirmedPolicyHash,
  signingPolicyHash,
} from '../../../src/protocol/signing-policy-hash.ts'

const voters =
  '0000000000000000000000000000000000000000000000000000000000001234' +
  '1eff47bc3a10a45d4b230b5d10e37751fe6aa7180064' +
  '2b5ad5c4795c026514f8317c7a215e218dccd6cf0064' +
  '6813eb9362372eef6200f3b1dbc3f819671cba690064' +
  '7e5f4552091a69125d5dfcb7b8c2659029395bdf0064' +
  'e1ab8145f7e55dc933d51a18c793f901a3a0b2760064'

// What real Relay contracts store for these bytes, chain id 114; published by flare-system-client,
// client/epoch/policy_hash_vectors_test.go.
const policyBytes: Hex = `0x000500000100000d200104${voters}`
const legacy = '0x804446241e0bde9220bf0b8fdfdbf50a65a949039a940c8f956c6705b932a799'
const chainBound = '0x416149338e7fa025aeea3154a8f2c39f929b1e62ecfef6b0c0d27280c5464b6a'

describe('signingPolicyHash', () => {
  test('is what the Relays store', () => {
    expect(signingPolicyHash('legacy', policyBytes, 114)).toBe(legacy)
    expect(signingPolicyHash('chain-bound', policyBytes, 114)).toBe(chainBound)
  })

  test('is what the deployed Relay of Coston2 stores for its epoch 5956', () => {
    expect(signingPolicyHash('legacy', `0x00050017440015dbf00104${voters}`, 114)).toBe(
      '0x1971bd4b3dc21fc8f443434bb2cde6cc7ab1b3c508f8becb453a849e272ec443',
    )
  })

  test('binds itself to the chain since Relay v2 only', () => {
    expect(signingPolicyHash('legacy', policyBytes, 14)).toBe(legacy)
    expect(signingPolicyHash('chain-bound', policyBytes, 14)).not.toBe(chainBound)
  })

  test('whole words are not filled up, and a byte more begins a word', () => {
    const words: Hex = `0x${'11'.repeat(64)}`
    const folded = keccak256(words)
    expect(signingPolicyHash('legacy', words, 14)).toBe(folded)
    expect(signingPolicyHash('legacy', `${words}22`, 14)).toBe(
      keccak256(`0x${folded.slice(2)}22${'00'.repeat(31)}`),
    )
  })

  test.each<Hex>(['0x', `0x${'11'.repeat(32)}`, `${policyBytes}0`])('refuses %s', (bytes) => {
    expect(() => signingPolicyHash('legacy', bytes, 14)).toThrow(
      expect.objectContaining({ name: 'ProtocolError', code: 'malformed-payload' }),
    )
  })
})

describe('confirmedPolicyHash', () => {
  test.each<{ stored: Hex; hash: string | undefined }>([
    { stored: legacy, hash: legacy },
    { stored: chainBound, hash: chainBound },
    { stored: `0x${chainBound.slice(2).toUpperCase()}`, hash: chainBound },
    { stored: `0x${'00'.repeat(32)}`, hash: undefined },
  ])('of a stored $stored is $hash', ({ stored, hash }) => {
    expect(confirmedPolicyHash(policyBytes, 114, stored)).toBe(hash)
  })
})

import { type Hex, numberToHex } from 'viem'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { digestInForce, type PeerSignature } from '../../../src/protocol/digest-in-force.ts'
import type { DigestForm } from '../../../src/protocol/digests.ts'
import { readSubmission } from '../../../src/protocol/submission.ts'
import { readSubmitSignatures } from '../../../src/protocol/submit-signatures.ts'
import { readSigningPolicy } from '../../../src/protocol/signing-policy.ts'
import { publishedVectors, vectorsAreHere } from '../../support/published-vectors.ts'
import { addressOf, aPolicy, signed, withHighS } from '../../support/policy-signers.ts'

const message: Hex = `0x${'5a'.repeat(38)}`
const chainId = 14

async function peer(key: number, form: DigestForm): Promise<PeerSignature> {
  return { message, signature: await signed(key, message, { form, chainId }) }
}

const noise: PeerSignature = {
  message,
  signature: { v: 27, r: numberToHex(1, { size: 32 }), s: numberToHex(1, { size: 32 }) },
}

describe('digestInForce', () => {
  test.each<DigestForm>(['legacy', 'chain-bound'])('%s where voters sign so', async (form) => {
    const evidence = await digestInForce(aPolicy([10, 20, 30]), chainId, [
      await peer(2, form),
      await peer(1, form),
    ])
    expect(evidence.form).toBe(form)
    expect(evidence.signers[form]).toEqual([addressOf(2), addressOf(1)])
    expect(evidence.weight).toEqual({ legacy: 0, 'chain-bound': 0, [form]: 30 })
  })

  test('nothing is known where nobody of the policy signed', async () => {
    const evidence = await digestInForce(aPolicy([10]), chainId, [noise, await peer(99, 'legacy')])
    expect(evidence).toEqual({
      signers: { legacy: [], 'chain-bound': [] },
      weight: { legacy: 0, 'chain-bound': 0 },
    })
  })

  test('nothing is known where nobody signed, or on another chain', async () => {
    expect((await digestInForce(aPolicy([10]), chainId, [])).form).toBeUndefined()
    const elsewhere = await digestInForce(aPolicy([10]), 19, [await peer(1, 'chain-bound')])
    expect(elsewhere.form).toBeUndefined()
  })

  test('those who were left behind do not decide', async () => {
    const evidence = await digestInForce(aPolicy([10, 20, 30]), chainId, [
      await peer(1, 'legacy'),
      await peer(2, 'chain-bound'),
    ])
    expect(evidence.form).toBe('chain-bound')
    expect(evidence.weight).toEqual({ legacy: 10, 'chain-bound': 20 })
  })

  test('equal weights decide nothing, and a weight of 0 decides nothing', async () => {
    const split = await digestInForce(aPolicy([10, 10, 30]), chainId, [
      await peer(1, 'legacy'),
      await peer(2, 'chain-bound'),
    ])
    expect(split.form).toBeUndefined()
    const weightless = await digestInForce(aPolicy([0, 10]), chainId, [await peer(1, 'legacy')])
    expect(weightless.form).toBeUndefined()
    expect(weightless.signers.legacy).toEqual([addressOf(1)])
  })

  test('a voter counts once, however often and however it spells its signature', async () => {
    const once = await peer(1, 'legacy')
    const evidence = await digestInForce(aPolicy([10, 90]), chainId, [
      once,
      once,
      { ...once, signature: withHighS(once.signature) },
    ])
    expect(evidence.weight.legacy).toBe(10)
  })

  test('a malformed peer is skipped', async () => {
    const evidence = await digestInForce(aPolicy([10, 20]), chainId, [
      { ...noise, message: '0x00' },
      { message, signature: { v: 200, r: '0x', s: '0x01' } },
      await peer(1, 'legacy'),
    ])
    expect(evidence.form).toBe('legacy')
  })

  test('looks no further than more than half of the weight', async () => {
    const evidence = await digestInForce(aPolicy([51, 49]), chainId, [
      await peer(1, 'legacy'),
      await peer(2, 'chain-bound'),
    ])
    expect(evidence.weight).toEqual({ legacy: 51, 'chain-bound': 0 })
  })

  test('looks at 400 signatures and no more', async () => {
    const crowd = Array.from({ length: 400 }, () => ({ ...noise, message: '0x' as const }))
    const last = await peer(1, 'legacy')
    expect((await digestInForce(aPolicy([10]), chainId, [...crowd, last])).form).toBeUndefined()
    const within = [...crowd.slice(1), last]
    expect((await digestInForce(aPolicy([10]), chainId, within)).form).toBe('legacy')
  })
})

const hex = z.templateLiteral(['0x', z.string()])

if (vectorsAreHere) {
  test('a real signature is of the real policy, as before Relay v2', aRealSignature)
} else {
  test('the published vectors are not here, and keys of our own stand in', () => {
    expect(() => publishedVectors('07-signing-policy.json', z.unknown())).toThrow('ENOENT')
  })
}

async function aRealSignature(): Promise<void> {
  const { flare309 } = publishedVectors(
    '07-signing-policy.json',
    z.object({ flare309: z.object({ rawBytes: hex }) }),
  )
  const { cases } = publishedVectors(
    '02-submission-calldata.json',
    z.object({ cases: z.array(z.object({ name: z.string(), calldata: hex })) }),
  )
  const policy = readSigningPolicy(flare309.rawBytes)
  const calldata = cases.find(({ name }) => name.startsWith('submitSignatures flare'))?.calldata
  const [frame] = readSubmission(calldata ?? '0x')?.frames ?? []
  const read = frame && readSubmitSignatures(frame.payload)
  if (policy === undefined || read?.type !== 0) throw new Error('The vectors are not these.')

  const evidence = await digestInForce(policy, chainId, [read])
  expect(evidence.form).toBe('legacy')
  expect(evidence.signers).toEqual({
    legacy: [`0x${'84824513537a6d24cfcedd'}${'c1ab8f4079a6bd4cfb'}`],
    'chain-bound': [],
  })
}

/**
 * ECDSA signatures as the protocol writes them: 65 bytes, v first.
 *
 *     v             r         s
 *     1 byte 27/28  32 bytes  32 bytes
 *
 * What we send is canonical (low s, v 27 or 28): Relay v2 reverts a whole call for one signature
 * that is not. What peers send is made canonical where it is a signature at all.
 */

import { type Address, bytesToHex, concatHex, type Hex, numberToHex, recoverAddress } from 'viem'
import { lowerCase } from './address.ts'
import { ProtocolError } from './errors.ts'
import { isBytes, peerBytes } from './peer-bytes.ts'

/** A signature as it was sent; nothing says that it is one. */
export type Signature = {
  /** One byte. */
  readonly v: number
  /** 32 bytes. */
  readonly r: Hex
  /** 32 bytes. */
  readonly s: Hex
}

/** The length of a signature on the chain. */
export const signatureBytes = 65

const wordBytes = 32

/** The order of secp256k1's group. */
const curveOrder =
  0xffff_ffff_ffff_ffff_ffff_ffff_ffff_fffe_baae_dce6_af48_a03b_bfd2_5e8c_d036_4141n

/** The largest s that Relay v2 takes: half of the order. */
const largestLowS = curveOrder / 2n

/** By what stands as v: even and odd y, in both of the spellings in use. */
const canonicalV: ReadonlyMap<number, 27 | 28> = new Map([
  [0, 27],
  [1, 28],
  [27, 27],
  [28, 28],
])

/**
 * Encodes a signature of ours.
 *
 * @returns 65 bytes: v, r, s.
 * @throws {ProtocolError} `malformed-payload` if it is not canonical.
 * @see https://github.com/flare-foundation/flare-smart-contracts-v2 `Relay`: `BadV`, `BadS`
 */
export function encodeSignature(signature: Signature): Hex {
  const canonical = canonicalSignature(signature)
  if (
    canonical === undefined ||
    canonical.v !== signature.v ||
    canonical.s !== signature.s.toLowerCase()
  ) {
    throw new ProtocolError(
      'malformed-payload',
      'A signature of ours is canonical: low s, v 27/28.',
    )
  }
  return concatHex([numberToHex(canonical.v, { size: 1 }), canonical.r, canonical.s])
}

/**
 * Reads 65 bytes of v, r, s: anybody's, as they stand.
 *
 * @returns `undefined` if there are not 65 whole bytes.
 */
export function readSignature(vrs: Hex): Signature | undefined {
  const bytes = peerBytes(vrs)
  return bytes?.length === signatureBytes ? signatureOf(bytes) : undefined
}

/**
 * The canonical signature behind what a wallet answered: 65 bytes of r, s, v, as Ethereum's
 * libraries and hardware wallets have it, v being 0, 1, 27 or 28.
 *
 * @throws {ProtocolError} `malformed-payload` if it is no signature.
 */
export function signatureOfWallet(rsv: Hex): Signature {
  const bytes = peerBytes(rsv)
  const canonical =
    bytes?.length === signatureBytes
      ? canonicalSignature({
          v: bytes[2 * wordBytes] ?? 0,
          r: bytesToHex(bytes.subarray(0, wordBytes)),
          s: bytesToHex(bytes.subarray(wordBytes, 2 * wordBytes)),
        })
      : undefined
  if (canonical === undefined) {
    throw new ProtocolError('malformed-payload', 'The wallet answered with no signature.')
  }
  return canonical
}

/**
 * The same signature as Relay v2 takes it: v 27 or 28, s in the lower half of the group's order. A
 * high s is replaced by order - s, which turns v around.
 *
 * @returns Its hex in lower case; `undefined` if v is none of 0, 1, 27 and 28, or r or s is not
 *   between 0 and the order: nobody signed that.
 */
export function canonicalSignature({ v, r, s }: Signature): Signature | undefined {
  const parity = canonicalV.get(v)
  if (parity === undefined || !isScalar(r) || !isScalar(s)) return undefined
  const sValue = BigInt(s)
  return sValue <= largestLowS
    ? { v: parity, r: word(BigInt(r)), s: word(sValue) }
    : { v: parity === 27 ? 28 : 27, r: word(BigInt(r)), s: word(curveOrder - sValue) }
}

/**
 * Who signed a digest.
 *
 * @param digest 32 bytes, what the curve's signature is over: after EIP-191.
 * @returns The address in lower case; `undefined` if nobody can have signed so. Of another digest
 *   than the one that was signed it is the address of nobody.
 */
export async function recoverSigner(
  digest: Hex,
  signature: Signature,
): Promise<Address | undefined> {
  const canonical = canonicalSignature(signature)
  if (canonical === undefined || !isBytes(digest, wordBytes)) return undefined
  const { r, s, v } = canonical
  try {
    const address = await recoverAddress({ hash: digest, signature: { r, s, v: BigInt(v) } })
    return lowerCase(address)
  } catch {
    // An r that is no point's x: the library throws, and what it throws says no more than that.
    return undefined
  }
}

function signatureOf(vrs: Uint8Array): Signature {
  return {
    v: vrs[0] ?? 0,
    r: bytesToHex(vrs.subarray(1, 1 + wordBytes)),
    s: bytesToHex(vrs.subarray(1 + wordBytes)),
  }
}

function isScalar(hex: Hex): boolean {
  if (!isBytes(hex, wordBytes)) return false
  const value = BigInt(hex)
  return value > 0n && value < curveOrder
}

function word(value: bigint): Hex {
  return numberToHex(value, { size: wordBytes })
}

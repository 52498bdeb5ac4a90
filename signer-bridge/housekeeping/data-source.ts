/**
 * Where reward data is read from: a file, a directory in the published layout, or an http(s) address
 * with that layout below it. In size and time bounded, wherever it is.
 */

import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { NetworkName } from '../../src/protocol/networks.ts'
import { textOf } from './data-file.ts'
import { HouseError } from './house-error.ts'
import { readRewardData, type RewardData, rewardEpochIn } from './reward-data.ts'

/** `undefined` where there is none of that reward epoch. */
export type DataSource = (rewardEpochId: number) => Promise<RewardData | undefined>

/** Of one reward epoch of Flare: half a megabyte (2026). */
export const maxDataBytes = 32_000_000

/** For one file from elsewhere. */
const patienceMs = 30_000

const fileName = 'reward-distribution-data.json'

export type SourceDeps = { readonly network: NetworkName; readonly fetch: typeof fetch }

/**
 * @param place As the operator gave it.
 * @throws {HouseError} `data-unreadable` if nothing is there; and what it returns throws that and
 *   `data-malformed`.
 */
export function dataSourceAt(place: string, { network, fetch }: SourceDeps): DataSource {
  if (/^https?:\/\//i.test(place)) return remembered(overHttp(place, network, fetch))
  if (!existsSync(place)) throw new HouseError('data-unreadable', `There is no ${place}.`)
  if (!statSync(place).isDirectory()) return inFile(place, network)
  return remembered(async (rewardEpochId) => {
    const file = join(place, network, String(rewardEpochId), fileName)
    if (!existsSync(file)) return undefined
    return readRewardData(textOf(file, maxDataBytes), { network, rewardEpochId })
  })
}

/** Claims that are kept in all: 60 reward epochs of Flare have some 20 000. */
const maxKeptClaims = 100_000

/** Several owners are looked for in the same data: each reward epoch is read once, or refused once. */
function remembered(source: DataSource): DataSource {
  const kept = new Map<number, Promise<RewardData | undefined>>()
  let claims = 0
  return async (rewardEpochId) => {
    const known = kept.get(rewardEpochId)
    if (known !== undefined) return await known
    const asked = source(rewardEpochId)
    kept.set(rewardEpochId, asked)
    const data = await asked
    claims += data?.rewardClaims.length ?? 0
    if (claims > maxKeptClaims) kept.delete(rewardEpochId)
    return data
  }
}

/** One reward epoch's: the others have none here. */
function inFile(file: string, network: NetworkName): DataSource {
  const text = textOf(file, maxDataBytes)
  const own = rewardEpochIn(text)
  const data = readRewardData(text, { network, rewardEpochId: own })
  return (rewardEpochId) => Promise.resolve(rewardEpochId === own ? data : undefined)
}

function overHttp(base: string, network: NetworkName, ask: typeof fetch): DataSource {
  const { address, headers } = doorOf(base)
  const path = address.pathname.replace(/\/+$/, '')
  let hasHung = false
  return async (rewardEpochId) => {
    // One deadline for each of sixty reward epochs would be half an hour.
    if (hasHung) throw unreachable('it did not answer in time before.')
    const url = new URL(address)
    url.pathname = `${path}/${network}/${rewardEpochId}/${fileName}`
    const signal = AbortSignal.timeout(patienceMs)
    try {
      // Whoever was named is asked, and nobody whom it names in turn.
      const response = await ask(url, { headers, redirect: 'error', signal })
      const text = await textIn(response)
      return text === undefined ? undefined : readRewardData(text, { network, rewardEpochId })
    } catch (error) {
      if (error instanceof HouseError) throw error
      hasHung = signal.aborted
      // In its own words it may name the address with all that is in it.
      throw unreachable(hasHung ? 'it did not answer in time.' : 'nobody answers there.', error)
    }
  }
}

/** Credentials in an address go into a header: `fetch` refuses them where they are, and says them. */
function doorOf(base: string) {
  const address = addressOf(base)
  const { username, password } = address
  address.username = ''
  address.password = ''
  const [name, secret] = [username, password].map(unescaped)
  const basic = Buffer.from(`${name}:${secret}`).toString('base64')
  const headers: Readonly<Record<string, string>> =
    username === '' && password === '' ? {} : { Authorization: `Basic ${basic}` }
  return { address, headers }
}

function addressOf(base: string): URL {
  if (URL.canParse(base)) return new URL(base)
  throw new HouseError('data-unreadable', 'What --data says is no address.')
}

/** A password may have a per cent sign that escapes nothing. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    // It is meant as it stands.
    return text
  }
}

function unreachable(why: string, cause?: unknown): HouseError {
  const sentence = `The reward data could not be fetched: ${why}`
  return new HouseError('data-unreadable', sentence, { cause })
}

const notFound = 404

async function textIn(response: Response): Promise<string | undefined> {
  if (response.status === notFound) return undefined
  if (!response.ok) throw unreachable(`it was answered with ${response.status}.`)
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > maxDataBytes) throw unreachable(`it is longer than ${maxDataBytes} bytes.`)
    parts.push(part)
  }
  return Buffer.concat(parts).toString('utf8')
}

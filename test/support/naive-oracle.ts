/**
 * A second opinion on rounds: the protocol's rules once more, as plainly as they can be said and
 * however slowly they then run. It reads the blocks itself and imports nothing of the house, so that
 * a misunderstanding in `src/protocol` has to be made twice to go unseen.
 */

import { keccak256 } from 'viem'

export type OracleBlock = {
  readonly number: number
  readonly timestampSec: number
  readonly transactions: readonly {
    readonly from: string
    readonly to: string | null
    readonly input: string
    readonly transactionIndex: number
  }[]
}

export type OracleEpoch = {
  readonly rewardEpochId: number
  readonly startVotingRoundId: number
  readonly beforeFip16: boolean
  readonly feeds: readonly { readonly id: string; readonly decimals: number }[]
  readonly voters: readonly { readonly submitAddress: string; readonly weight: bigint }[]
}

export type OracleWorld = {
  readonly genesisSec: number
  readonly blocks: readonly OracleBlock[]
  readonly epochs: readonly OracleEpoch[]
}

export type OracleVerdict = {
  readonly root: string
  readonly random: bigint
  readonly isSecure: boolean
  readonly values: readonly number[]
  readonly turnouts: readonly number[]
}

const submission = '0x2ca6571daa15ce734bbd0bf27d5c9d16787fc33f'
const commitCall = '6c532fae'
const revealCall = '9d00c9fd'
const ftso = 100

/** Gives the result of a round, or `undefined` where there is none. */
export function naiveOracle(world: OracleWorld): (round: number) => OracleVerdict | undefined {
  const known = new Map<number, Judged>()
  return (round) =>
    verdictOf(world, round, (asked) => {
      const judgement = known.get(asked) ?? judged(world, asked)
      known.set(asked, judgement)
      return judgement
    })
}

/** Gives whose valid reveal of a round adds nothing to its random, voters or not. */
export function naiveBench(world: OracleWorld): (round: number) => readonly string[] {
  return (round) => {
    const benched = benchedIn(round, (asked) => judged(world, asked))
    return [...judged(world, round).reveals.keys()].filter((address) => benched.has(address))
  }
}

function benchedIn(round: number, judgedIn: (round: number) => Judged): ReadonlySet<string> {
  const benched = new Set<string>()
  for (let past = round - 20; past < round; past += 1) {
    for (const offender of judgedIn(past).offenders) benched.add(offender)
  }
  return benched
}

function verdictOf(
  world: OracleWorld,
  round: number,
  judgedIn: (round: number) => Judged,
): OracleVerdict | undefined {
  const epoch = epochOf(world, round)
  const voters = new Set(epoch.voters.map((voter) => voter.submitAddress.toLowerCase()))
  const benched = benchedIn(round, judgedIn)
  const { reveals, offenders } = judgedIn(round)
  const own = [...reveals].filter(([address]) => voters.has(address))
  if (own.length === 0) return undefined

  const heard = own.filter(([address]) => !benched.has(address))
  let random = 0n
  for (const [, reveal] of heard) random += BigInt(`0x${reveal.slice(0, 64)}`)
  random &= (1n << 256n) - 1n
  const fresh = [...offenders].filter((each) => voters.has(each) && !benched.has(each))
  const isSecure = fresh.length === 0 && heard.length >= 2

  let total = 0n
  for (const voter of epoch.voters) total += voter.weight
  const feeds = epoch.feeds.map((feed, place) => {
    const votes = epoch.voters.flatMap(({ submitAddress, weight }) => {
      const slot = reveals.get(submitAddress.toLowerCase())?.slice(64 + 8 * place, 72 + 8 * place)
      if (slot === undefined || slot === '' || slot === '00000000') return []
      return [{ value: Number.parseInt(slot, 16) - 2_147_483_648, weight }]
    })
    const sum = votes.reduce((all, vote) => all + vote.weight, 0n)
    const value = votes.length === 0 ? 0 : naiveMedian(votes)
    if (value === undefined) throw new Error('The scenario has a lone vote without weight.')
    return { ...feed, value, turnout: Number((sum * 10_000n) / total) }
  })

  const leaves = [
    keccak(word(BigInt(round)) + word(random) + word(isSecure ? 1n : 0n)),
    ...feeds.map(({ id, value, turnout, decimals }) =>
      keccak(
        word(BigInt(round)) +
          id.slice(2).toLowerCase().padEnd(64, '0') +
          word(BigInt(value)) +
          word(BigInt(turnout)) +
          word(BigInt(decimals)),
      ),
    ),
  ]
  return {
    root: `0x${rootOf(leaves)}`,
    random,
    isSecure,
    values: feeds.map((feed) => feed.value),
    turnouts: feeds.map((feed) => feed.turnout),
  }
}

/**
 * The weighted median straight from its definition, at quadratic cost: each vote's weight at or
 * below it is summed anew. Votes of equal value stand in the order given.
 *
 * @returns `undefined` for a single vote without weight.
 */
export function naiveMedian(
  votes: readonly { readonly value: number; readonly weight: bigint }[],
): number | undefined {
  const isAtMost = (i: number, j: number) =>
    valueOf(i) < valueOf(j) || (valueOf(i) === valueOf(j) && i <= j)
  const places = votes.map((_, i) => i)
  const atOrBelow = places.map((j) =>
    places.reduce((sum, i) => (isAtMost(i, j) ? sum + weightOf(i) : sum), 0n),
  )
  const all = places.reduce((sum, i) => sum + weightOf(i), 0n)

  const reaching = places.filter((j) => 2n * (atOrBelow[j] ?? 0n) >= all)
  const lowest = reaching.find((j) => reaching.every((other) => isAtMost(j, other)))
  if (lowest === undefined) return undefined
  if (2n * (atOrBelow[lowest] ?? 0n) !== all) return valueOf(lowest)

  const above = places.filter((j) => j !== lowest && isAtMost(lowest, j))
  const next = above.find((j) => above.every((other) => isAtMost(j, other)))
  if (next === undefined) return undefined
  const sum = BigInt(valueOf(lowest)) + BigInt(valueOf(next))
  const isDownwards = sum < 0n && sum % 2n !== 0n
  return Number(sum / 2n - (isDownwards ? 1n : 0n))

  function valueOf(i: number): number {
    return votes[i]?.value ?? Number.NaN
  }
  function weightOf(i: number): bigint {
    return votes[i]?.weight ?? 0n
  }
}

/** Of everybody: reveals without `0x` by sender, and who committed to what was not revealed. */
type Judged = {
  readonly reveals: ReadonlyMap<string, string>
  readonly offenders: ReadonlySet<string>
}

function judged(world: OracleWorld, round: number): Judged {
  const epoch = epochOf(world, round)
  const startSec = world.genesisSec + 90 * round
  const commits = new Map<string, string>()
  for (const { from, payload } of payloads(world, commitCall, round, [startSec, startSec + 90])) {
    if (payload.length === 64) commits.set(from, payload)
  }
  const said = new Map<string, string>()
  const window = [startSec + 90, startSec + 135] as const
  for (const { from, payload } of payloads(world, revealCall, round, window)) {
    if (isReadable(payload, epoch)) said.set(from, payload)
  }

  const reveals = new Map<string, string>()
  const offenders = new Set<string>()
  for (const [from, commit] of commits) {
    const reveal = said.get(from)
    if (reveal !== undefined && commitOf(from, round, reveal) === commit) reveals.set(from, reveal)
    else offenders.add(from)
  }
  return { reveals, offenders }
}

function isReadable(reveal: string, epoch: OracleEpoch): boolean {
  const values = (reveal.length - 64) / 8
  if (values === 0) return !epoch.beforeFip16
  return Number.isInteger(values) && values > 0 && values <= epoch.feeds.length
}

/** abi.encode(address, uint32, uint256, bytes), by hand. */
function commitOf(from: string, round: number, reveal: string): string {
  const values = reveal.slice(64)
  const filled = values.padEnd(Math.ceil(values.length / 64) * 64, '0')
  return keccak(
    from.slice(2).padStart(64, '0') +
      word(BigInt(round)) +
      reveal.slice(0, 64) +
      word(128n) +
      word(BigInt(values.length / 2)) +
      filled,
  )
}

function payloads(
  { blocks }: OracleWorld,
  call: string,
  round: number,
  [fromSec, beforeSec]: readonly [number, number],
) {
  return blocks
    .filter(({ timestampSec }) => timestampSec >= fromSec && timestampSec < beforeSec)
    .sort((one, other) => one.number - other.number)
    .flatMap(({ transactions }) =>
      [...transactions].sort((one, other) => one.transactionIndex - other.transactionIndex),
    )
    .filter(({ to, input }) => to?.toLowerCase() === submission && input.startsWith(`0x${call}`))
    .flatMap(({ from, input }) =>
      messagesOf(input.slice(10))
        .filter((message) => message.protocol === ftso && message.round === round)
        .map(({ payload }) => ({ from: from.toLowerCase(), payload })),
    )
}

function messagesOf(digits: string) {
  const messages: { protocol: number; round: number; payload: string }[] = []
  let rest = digits
  while (rest.length > 0) {
    const length = Number.parseInt(rest.slice(10, 14), 16) * 2
    if (rest.length < 14 || rest.length < 14 + length) return []
    messages.push({
      protocol: Number.parseInt(rest.slice(0, 2), 16),
      round: Number.parseInt(rest.slice(2, 10), 16),
      payload: rest.slice(14, 14 + length),
    })
    rest = rest.slice(14 + length)
  }
  return messages
}

function epochOf({ epochs }: OracleWorld, round: number): OracleEpoch {
  const begun = epochs.filter((epoch) => epoch.startVotingRoundId <= round)
  const [latest] = begun.sort((one, other) => other.rewardEpochId - one.rewardEpochId)
  if (latest === undefined) throw new Error(`No reward epoch holds round ${round}.`)
  return latest
}

/** The root by its recursive definition; hashes without `0x`. */
function rootOf(leaves: readonly string[]): string {
  const sorted = leaves.filter((leaf, i) => leaves.indexOf(leaf) === i).sort()
  const node = (i: number): string => {
    const leaf = sorted[i - sorted.length + 1]
    if (leaf !== undefined) return leaf
    return keccak([node(2 * i + 1), node(2 * i + 2)].sort().join(''))
  }
  return node(0)
}

/** 32 bytes, two's complement. */
function word(value: bigint): string {
  return BigInt.asUintN(256, value).toString(16).padStart(64, '0')
}

function keccak(digits: string): string {
  return keccak256(Buffer.from(digits, 'hex')).slice(2)
}

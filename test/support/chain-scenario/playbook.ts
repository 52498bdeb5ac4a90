/**
 * All that providers send in the fifty rounds, laid out in blocks beforehand: one for each second in
 * which somebody calls, two where there is enough for two, and some that are empty.
 */

import { type Address, hexToBytes, type Hex } from 'viem'
import { submissionAddress } from '../../../src/protocol/contracts.ts'
import { behaviours, type BehaviourName, type Call, chance } from '../simulated-providers.ts'
import { firstRound, lastRound, phaseOf, startSec } from './calendar.ts'
import { anAddress, cast, type Provider, seed } from './cast.ts'
import type { Sending } from './driven-chain.ts'
import { orderIn } from './offers.ts'
import { vectorOf } from './vectors.ts'

export type PlannedBlock = {
  /** Unix seconds. */
  readonly atSec: number
  readonly sendings: readonly Sending[]
}

export type Playbook = {
  /** In the order of their stamps; each round's first and its reveal deadline have one. */
  readonly blocks: readonly PlannedBlock[]
  /** Rounds played, and calls sent, by behaviour. */
  readonly counts: ReadonlyMap<BehaviourName, { rounds: number; calls: number }>
}

/** What a submission is given: some four times what it takes. */
const ampleGas = 120_000n

/** Of this share of calls the bytes are sent once more, past the contract, where they say nothing. */
const echoes = 0.1

/** With so many calls in a second there are two blocks of that second. */
const manyCalls = 7

/** Where further blocks are, empty if nobody calls: a round's first, and around its deadlines. */
const beats = [0, 44, 45, 89]

export function playbook(): Playbook {
  const counts = new Map<BehaviourName, { rounds: number; calls: number }>()
  const bySecond = new Map<number, Sending[]>()
  for (let round = firstRound; round <= lastRound; round += 1) {
    for (const provider of cast) {
      const turn = turnOf(provider, round)
      const behaviour = provider.behaviour[phaseOf(round)]
      const calls = behaviours[behaviour](turn)
      const count = counts.get(behaviour) ?? { rounds: 0, calls: 0 }
      counts.set(behaviour, {
        rounds: count.rounds + 1,
        calls: count.calls + calls.length,
      })
      for (const call of calls) {
        const second = startSec(round) + call.atSec
        bySecond.set(second, [...(bySecond.get(second) ?? []), ...sendingsOf(turn.address, call)])
      }
    }
  }
  for (let round = firstRound; round <= lastRound + 1; round += 1) {
    for (const beat of beats) {
      const second = startSec(round) + beat
      if (!bySecond.has(second)) bySecond.set(second, [])
    }
  }
  const blocks = [...bySecond]
    .toSorted(([one], [other]) => one - other)
    .flatMap(([atSec, sendings]) => inBlocks(atSec, sendings))
  return { blocks, counts }
}

function turnOf(provider: Provider, round: number) {
  const phase = phaseOf(round)
  return {
    address: provider.submitAddress[phase],
    votingRoundId: round,
    values: vectorOf(provider, round),
    feedCount: orderIn(phase).length,
  }
}

function sendingsOf(from: Address, call: Call): readonly Sending[] {
  const { calldata: data, isStarved, past } = call
  const gas = isStarved === true ? leastGas(data) : ampleGas
  if (past === 'to make a contract') return [{ from, to: null, data, gas: creationGas }]
  if (past === 'to another address') return [{ from, to: bystander, data, gas }]
  const sending = { from, to: submissionAddress, data, gas } as const
  if (chance(seed, 'echo', data) >= echoes) return [sending]
  // Said again by somebody else, and to somebody else: neither takes part.
  return [
    sending,
    { ...sending, to: bystander },
    { ...sending, from: bystander, to: null, gas: creationGas },
  ]
}

/** An address without code, which takes whatever it is sent. */
export const bystander = anAddress('a bystander')

/** For code that is none and runs into its end, or into an instruction that eats all gas. */
const creationGas = 400_000n

/** Cut at a place that differs; a sender's calls stay in their order, by their nonces. */
function inBlocks(atSec: number, sendings: readonly Sending[]): readonly PlannedBlock[] {
  if (sendings.length < manyCalls) return [{ atSec, sendings }]
  const cut = Math.floor(chance(seed, 'cut', atSec) * sendings.length)
  return [
    { atSec, sendings: sendings.slice(0, cut) },
    { atSec, sendings: sendings.slice(cut) },
  ]
}

/**
 * What a transaction has to be given at the very least (EIP-7623): for little calldata it is so
 * close to what the bytes alone cost that nothing can be done with the rest.
 */
function leastGas(data: Hex): bigint {
  const tokens = hexToBytes(data).reduce((sum, byte) => sum + (byte === 0 ? 1 : 4), 0)
  return 21_000n + 10n * BigInt(tokens)
}

/** Where the soak kills: at writes that there are, each in its turn, whoever comes there first. */

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { type DeathOrder, executionerOf, type Mortal } from '../../soak/executioner.ts'
import { mortalJournal } from '../../soak/mortal-journal.ts'
import { deckOf, killTargets } from '../../soak/places.ts'
import { mishapOf } from '../../soak/plan.ts'

const signer = `0x${'a'.repeat(40)}` as const
const opened: { close: () => void }[] = []
afterEach(() => {
  for (const one of opened.splice(0)) one.close()
})

function aJournal() {
  const journal = openJournal(inMemory, { chainId: 31_337, signers: [signer] })
  opened.push(journal)
  return journal
}

it('every write at which somebody is killed is one of the journal', () => {
  const journal = aJournal()
  const writes = killTargets('ledger')
    .map(({ place }) => /^(?:before|after) (\w+)/.exec(place)?.[1])
    .filter((write) => write !== undefined)
  expect(writes.length).toBeGreaterThan(30)
  for (const write of new Set(writes)) expect(typeof Reflect.get(journal, write)).toBe('function')
})

it('a journal says where it is, by the call or the state that a write is of', () => {
  const places: string[] = []
  const journal = mortalJournal(aJournal(), (place) => places.push(place))
  const call = { signer, votingRoundId: 7, kind: 'submitSignatures', part: 'main' } as const
  journal.noteCall(call, 'denied', 1)
  journal.settle({ ...call, status: 'missed', atMs: 2 })
  journal.recordAttempt({
    ...call,
    txHash: `0x${'1'.repeat(64)}`,
    nonce: 0,
    gas: 100_000n,
    fees: { maxFeePerGas: 2n, maxPriorityFeePerGas: 1n },
    raw: '0x02',
    signature: '0x',
    signedAtMs: 3,
    state: 'signed',
  })
  journal.markAttempt(`0x${'1'.repeat(64)}`, 'accepted')
  expect(places).toEqual([
    'before noteCall denied',
    'after noteCall denied',
    'before settle submitSignatures missed',
    'after settle submitSignatures missed',
    'before recordAttempt submitSignatures',
    'after recordAttempt submitSignatures',
    'before markAttempt submitSignatures accepted',
    'after markAttempt submitSignatures accepted',
  ])
})

it('each place has its turn before any comes again, and what nobody came to comes again soon', () => {
  const targets = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((place) => ({ place }))
  const deck = deckOf(targets, (all) => all)
  const first = deck.next()
  deck.putBack(first)
  const dealt = targets.map(() => deck.next().place)
  expect(dealt).toEqual(['b', 'c', 'd', 'e', 'f', 'a', 'g', 'h'])
  expect(deck.passes()).toBe(0)
  expect(deck.next().place).toBe('a')
  expect(deck.passes()).toBe(1)
})

it('one who dies at a place spares the other, and an order is told of once', () => {
  const told: (readonly DeathOrder[])[][] = [[], []]
  const mortals = told.map((orders): Mortal => ({
    dieAt: (next) => void orders.push(next),
    onDeath: () => undefined,
  }))
  const executioner = executionerOf(mortals)
  executioner.order([{ place: 'x', nth: 1 }])
  mortals[1]?.onDeath('x')
  expect(told.map((orders) => orders.at(-1))).toEqual([[], []])
  expect(executioner.spare()).toEqual(['x'])
  expect(executioner.spare()).toEqual([])
})

it('a seed has the same mishaps again, and every third round a kill', () => {
  const rounds = Array.from({ length: 200 }, (_, round) => round)
  const of = (seed: string) => rounds.map((round) => mishapOf(seed, round, 'ledger'))
  expect(of('one')).toEqual(of('one'))
  expect(of('one')).not.toEqual(of('two'))
  const kills = of('one').filter((mishap) => mishap?.kind === 'kill').length
  expect(kills).toBeGreaterThan(60)
})

it('the judge and what it is made of import nothing of the house', () => {
  const seen = new Set<string>()
  const look = (file: string) => {
    if (seen.has(file)) return
    seen.add(file)
    const text = readFileSync(join(import.meta.dirname, '../../soak', file), 'utf8')
    for (const [, from = ''] of text.matchAll(/ from '([^']+)'/g)) {
      expect(from).toMatch(/^(\.\/[\w-]+\.ts|viem|node:\w+)$/)
      if (from.startsWith('./')) look(from.slice(2))
    }
  }
  look('verdict.ts')
  expect(seen.size).toBeGreaterThan(2)
})

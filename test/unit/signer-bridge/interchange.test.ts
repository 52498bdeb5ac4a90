import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { keccak256, numberToHex } from 'viem'
import { afterAll, describe, expect, test } from 'vitest'
import {
  exportJournal,
  importJournal,
  pruneJournal,
} from '../../../signer-bridge/journal-commands.ts'
import { callOf } from '../../../signer-bridge/endings.ts'
import { inMemory } from '../../../signer-bridge/journal/database.ts'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { votingRoundStartMs } from '../../../src/protocol/epoch.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { journalOwner, journalVote } from '../../support/bridge-journal.ts'
import { account } from '../../support/bridge-world.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-interchange-'))
afterAll(() => rmSync(directory, { recursive: true }))

const mark = { signer: account.address, kind: 'root', protocolId: 100 } as const
const aRoot = (votingRoundId: number, said = votingRoundId) => ({
  ...mark,
  votingRoundId,
  digest: keccak256(numberToHex(said)),
})

/** The last round that a file may speak of. */
const maxRound = 10_000

function aJournal() {
  const journal = openJournal(inMemory, journalOwner)
  journal.bindGenesis('0x01')
  return journal
}

test('what is exported is all that binds, and nothing that is secret', () => {
  const journal = aJournal()
  journal.prepare(journalVote, 1)
  journal.raiseWatermarks([{ ...mark, minRound: 3 }])
  const exported = journal.exported()
  const signer = account.address.toLowerCase()
  const named = { signer, protocol_id: 100, voting_round_id: 7 }
  expect(exported).toEqual({
    metadata: {
      format: 'chrono-bridge-journal',
      format_version: '1',
      chain_id: 31_337,
      genesis: '0x01',
      submission: '0x2cA6571Daa15ce734Bbd0Bf27D5C9D16787fc33f',
    },
    data: [
      { ...named, kind: 'commit', digest: journalVote.commit },
      { ...named, kind: 'reveal', digest: expect.stringMatching(/^0x[0-9a-f]{64}$/) },
    ],
    watermarks: [{ signer, kind: 'root', protocol_id: 100, min_round: 3 }],
  })
  expect(JSON.stringify(exported)).not.toContain(journalVote.random.slice(2))
})

describe('an import', () => {
  test('adds the rows and takes the higher of each watermark', () => {
    const [from, to] = [aJournal(), aJournal()]
    from.reserve([aRoot(7), aRoot(8)], 1)
    to.reserve([aRoot(8), aRoot(9)], 1)
    from.raiseWatermarks([{ ...mark, kind: 'sigtx', minRound: 5 }])
    to.raiseWatermarks([
      { ...mark, kind: 'sigtx', minRound: 6 },
      { ...mark, minRound: 2 },
    ])
    expect(to.merge(from.exported(), 2, maxRound)).toBe(1)
    expect(() => to.reserve([aRoot(7, 0)], 3)).toThrow(
      expect.objectContaining({ code: 'digest-conflict' }),
    )
    expect(to.watermarkOf({ ...mark, kind: 'sigtx' })).toBe(6)
    expect(to.watermarkOf(mark)).toBe(2)
    // What was signed elsewhere may be out: nobody here knows.
    expect(to.signingOf(aRoot(7))).toEqual({ digest: aRoot(7).digest, state: 'unknown' })
  })

  test('of what contradicts is refused, and leaves nothing', () => {
    const [from, to] = [aJournal(), aJournal()]
    from.reserve([aRoot(7), aRoot(8, 0)], 1)
    to.reserve([aRoot(8)], 1)
    expect(() => to.merge(from.exported(), 2, maxRound)).toThrow(
      expect.objectContaining({
        code: 'digest-conflict',
        message: 'Round 8 is not bound to this root, so it is not signed.',
      }),
    )
    expect(to.signingOf(aRoot(7))).toBeUndefined()
  })

  test.each([
    { name: 'a binding', minRound: 3, bound: 10_001 },
    { name: 'a watermark', minRound: 10_001, bound: 7 },
  ])('with $name of a round that is far ahead is refused', ({ minRound, bound }) => {
    const [from, to] = [aJournal(), aJournal()]
    from.reserve([aRoot(bound), aRoot(10_000)], 1)
    from.raiseWatermarks([{ ...mark, minRound }])
    expect(() => to.merge(from.exported(), 2, maxRound)).toThrow(
      expect.objectContaining({ code: 'round-ahead', message: expect.stringContaining('10001') }),
    )
    expect([to.watermarkOf(mark), to.signingOf(aRoot(10_000))]).toEqual([0, undefined])
    expect(to.merge(from.exported(), 2, 10_001)).toBeGreaterThan(0)
  })

  test('leaves out what a watermark here refuses anyway', () => {
    const [from, to] = [aJournal(), aJournal()]
    from.reserve([aRoot(7)], 1)
    to.raiseWatermarks([{ ...mark, minRound: 8 }])
    expect(to.merge(from.exported(), 2, maxRound)).toBe(0)
    expect(() => to.reserve([aRoot(7)], 3)).toThrow(
      expect.objectContaining({ code: 'below-watermark' }),
    )
  })

  test.each([
    { name: 'chain id', other: { chain_id: 14 } },
    { name: 'first block', other: { genesis: '0x02' } },
    { name: 'contract', other: { submission: account.address } },
  ])('of a journal of another $name is refused', ({ other }) => {
    const exported = aJournal().exported()
    const metadata = { ...exported.metadata, ...other }
    expect(() => aJournal().merge({ ...exported, metadata }, 1, maxRound)).toThrow(
      expect.objectContaining({ code: 'journal-of-another' }),
    )
  })

  test('property: in any order and however often, journals come to the same', () => {
    const rounds = fc.uniqueArray(fc.integer({ min: 1, max: 30 }), { maxLength: 12 })
    fc.assert(
      fc.property(rounds, rounds, fc.nat(20), (one, other, minRound) => {
        const [a, b, ab, ba] = [aJournal(), aJournal(), aJournal(), aJournal()]
        a.reserve(
          one.map((round) => aRoot(round)),
          1,
        )
        b.reserve(
          other.map((round) => aRoot(round)),
          1,
        )
        b.raiseWatermarks([{ ...mark, minRound }])
        for (const each of [a, b, a, b]) ab.merge(each.exported(), 1, maxRound)
        for (const each of [b, a]) ba.merge(each.exported(), 1, maxRound)
        for (let round = 1; round <= 30; round += 1) {
          const isBound = one.includes(round) || other.includes(round)
          for (const journal of [ab, ba]) {
            const refused = () => journal.reserve([aRoot(round, 0)], 2)
            // Bound, or below the watermark: either way another root is not signed.
            if (isBound || round < minRound) expect(refused).toThrow()
            else expect(refused).not.toThrow()
          }
        }
        for (const journal of [a, b, ab, ba]) journal.close()
      }),
      { numRuns: 30 },
    )
  })
})

describe('forgetting', () => {
  const kept = 6_720

  test('takes what is two reward epochs old, and raises the watermark above it first', () => {
    const journal = aJournal()
    const latest = 7 + kept + 1
    journal.prepare(journalVote, 1)
    journal.reserve([aRoot(7), aRoot(8), aRoot(latest)], 1)
    expect(journal.prune()).toBe(3)
    expect(journal.vote(7)).toBeUndefined()
    expect(journal.signingOf(aRoot(7))).toBeUndefined()
    expect(journal.signingOf(aRoot(8))?.digest).toBe(aRoot(8).digest)
    expect(() => journal.reserve([aRoot(7, 0)], 2)).toThrow(
      expect.objectContaining({ code: 'below-watermark' }),
    )
    expect(() => journal.prepare(journalVote, 2)).toThrow(
      expect.objectContaining({ code: 'below-watermark' }),
    )
    expect(journal.prune()).toBe(0)
  })

  test('leaves what is owed', () => {
    const journal = aJournal()
    journal.prepare(journalVote, 1)
    journal.recordAttempt({
      ...callOf(journalVote, 'submit1'),
      nonce: 0,
      gas: 9n,
      fees: { maxFeePerGas: 5n, maxPriorityFeePerGas: 1n },
      txHash: '0x03',
      raw: '0x02',
      signature: '0x12',
      signedAtMs: 1,
      state: 'signed',
    })
    journal.reserve([aRoot(7 + kept + 1)], 1)
    expect(journal.prune()).toBe(0)
    expect(journal.vote(7)).toEqual(journalVote)
    expect(journal.openRounds()).toMatchObject([{ votingRoundId: 7, owesReveal: true }])
  })
})

describe('the commands', () => {
  /** In the fifth round: a file may speak of the seventh. */
  const nowMs = votingRoundStartMs(networks.local.schedule, 5)

  const settings = (name: string) => ({
    journalFile: join(directory, name),
    network: networks.local,
    keys: [
      {
        role: 'submit' as const,
        address: account.address,
        fromRewardEpoch: 0,
        place: { kind: 'elsewhere' as const },
      },
    ],
  })

  test('carry a journal into a new one, also out of one that is in use', () => {
    const file = join(directory, 'export.json')
    const journal = openJournal(settings('used').journalFile, journalOwner)
    journal.prepare(journalVote, 1)
    expect(exportJournal(settings('used'), file)).toMatch(/^2 bindings and 0 watermarks written/)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(importJournal(settings('new'), file, nowMs)).toBe('2 bindings read, 2 of them new.')
    expect(importJournal(settings('new'), file, nowMs + 1)).toBe('2 bindings read, 0 of them new.')
    expect(pruneJournal(settings('new'))).toBe('0 bindings forgotten.')
    expect(() => importJournal(settings('early'), file, nowMs - 1)).toThrow(
      expect.objectContaining({ code: 'round-ahead' }),
    )
    journal.close()
    // A file that is there is not written over.
    expect(() => exportJournal(settings('used'), file)).toThrow(
      expect.objectContaining({ code: 'interchange-unwritable' }),
    )
  })

  test.each([
    { name: 'no JSON', text: '{' },
    { name: 'another format', text: '{"metadata":{"interchange_format_version":"5"},"data":[]}' },
  ])('refuse a file with $name', ({ text }) => {
    const file = join(directory, 'odd.json')
    writeFileSync(file, text)
    expect(() => importJournal(settings('odd'), file, 1)).toThrow(
      expect.objectContaining({ code: 'interchange-malformed' }),
    )
  })

  test('refuse a digest that is none', () => {
    const file = join(directory, 'odd.json')
    const text = readFileSync(join(directory, 'export.json'), 'utf8')
    writeFileSync(file, text.replace(journalVote.commit, '0x12'))
    expect(() => importJournal(settings('odd'), file, 1)).toThrow(
      expect.objectContaining({ code: 'interchange-malformed' }),
    )
  })
})

import { afterEach, describe, expect, test } from 'vitest'
import { bindingBook } from '../../../signer-bridge/journal/bindings.ts'
import { type Database, inMemory, openDatabase } from '../../../signer-bridge/journal/database.ts'
import { migrate } from '../../../signer-bridge/journal/migrate.ts'
import { type BoundRoot, rootBook } from '../../../signer-bridge/journal/roots.ts'
import { verdictBook } from '../../../signer-bridge/journal/verdicts.ts'
import { aResult } from '../../support/observed-rounds.ts'
import { addressOf, signed } from '../../support/policy-signers.ts'

const opened: Database[] = []
afterEach(() => {
  for (const database of opened.splice(0)) database.close()
})

function aBook() {
  const database = openDatabase(inMemory, migrate)
  opened.push(database)
  const verdicts = verdictBook(database)
  return { database, book: rootBook(database), bindings: bindingBook(database), verdicts }
}

const root: BoundRoot = {
  protocolId: 100,
  votingRoundId: 1_000,
  rewardEpochId: 309,
  signer: addressOf(1),
  sender: addressOf(101),
  message: aResult(1_000).message,
}
const other = aResult(1_000, 124).message
const conflict = expect.objectContaining({ code: 'digest-conflict' })

describe('a round’s root in the journal', () => {
  test('is bound to one message and one key for ever', () => {
    const { book } = aBook()
    book.bindRoot(root, 1)
    book.bindRoot(root, 2)
    expect(book.rootOf(root)).toEqual(root)
    expect(() => book.bindRoot({ ...root, message: other }, 3)).toThrow(conflict)
    expect(() => book.bindRoot({ ...root, signer: addressOf(2) }, 3)).toThrow(conflict)
    expect(book.rootOf(root)).toEqual(root)
    expect(book.rootOf({ ...root, protocolId: 200 })).toBeUndefined()
  })

  test('leaves no binding of the key that came second', () => {
    const { book, bindings } = aBook()
    book.bindRoot(root, 1)
    expect(() => book.bindRoot({ ...root, signer: addressOf(2) }, 3)).toThrow(conflict)
    const name = { kind: 'root', protocolId: 100, votingRoundId: 1_000 } as const
    expect(bindings.signingOf({ ...name, signer: addressOf(1) })?.state).toBe('reserved')
    expect(bindings.signingOf({ ...name, signer: addressOf(2) })).toBeUndefined()
  })

  test('keeps the first signature', async () => {
    const { book, bindings } = aBook()
    const one = { form: 'legacy', signature: await signed(1, root.message) } as const
    const two = { form: 'chain-bound', signature: await signed(2, root.message) } as const
    expect(() => book.noteRootSigned(root, one, 2)).toThrow(conflict)
    book.bindRoot(root, 1)
    book.noteRootSigned(root, one, 2)
    book.noteRootSigned(root, two, 3)
    expect(book.rootOf(root)).toEqual({ ...root, signed: one })
    expect(bindings.signingOf({ ...root, kind: 'root' })?.state).toBe('signed')
  })

  test('that is refused is never signed, and the first reason stays', async () => {
    const { book } = aBook()
    book.bindRoot(root, 1)
    book.refuseRoot(root, 'reserved-by-another')
    book.refuseRoot(root, 'root-conflict')
    expect(book.rootOf(root)).toEqual({ ...root, refusedAs: 'reserved-by-another' })
    const signature = await signed(1, root.message)
    expect(() => book.noteRootSigned(root, { form: 'legacy', signature }, 2)).toThrow(conflict)
  })

  test.each([
    `UPDATE root SET message = '0x00'`,
    `UPDATE root SET signer = '0x00'`,
    'UPDATE root SET voting_round_id = 7',
    `UPDATE root SET signature = '0x00'`,
    'UPDATE root SET signature = NULL',
    'DELETE FROM root',
    `INSERT OR REPLACE INTO root SELECT protocol_id, voting_round_id, reward_epoch_id, signer,
       sender, '0x00', bound_at_ms, NULL, NULL, NULL, NULL, 1 FROM root`,
  ])('is not changed by anybody: %s', async (sql) => {
    const { database, book } = aBook()
    book.bindRoot(root, 1)
    const signature = await signed(1, root.message)
    book.noteRootSigned(root, { form: 'legacy', signature }, 2)
    expect(() => database.run(sql)).toThrow('a root is for ever')
  })

  test('of a companion keeps what stands behind its signature, as it was said first', () => {
    const { database, book } = aBook()
    const theirs = { ...root, protocolId: 200, message: other, unsigned: '0x0003f1' } as const
    book.bindRoot(theirs, 1)
    book.bindRoot({ ...theirs, unsigned: '0x00' }, 2)
    book.bindRoot(root, 3)
    expect(book.rootOf(theirs)).toEqual(theirs)
    expect(book.openRoots(200)).toEqual([theirs])
    expect(book.rootOf(root)).toEqual(root)
    for (const sql of [
      `UPDATE root_tail SET unsigned = '0x00'`,
      'DELETE FROM root_tail',
      `INSERT OR REPLACE INTO root_tail VALUES (200, 1000, '0x00')`,
    ]) {
      expect(() => database.run(sql), sql).toThrow('what stands behind a signature is fixed')
    }
  })

  test('of a companion is forgotten together with what stands behind its signature', () => {
    const { database, book, bindings } = aBook()
    const theirs = { ...root, protocolId: 200, unsigned: '0x0003f1' } as const
    book.bindRoot(theirs, 1)
    book.closeRoot(theirs)
    bindings.raiseWatermarks([{ ...theirs, kind: 'root', minRound: 1_001 }])
    book.bindRoot({ ...theirs, votingRoundId: 1_001 }, 2)
    expect(database.all('SELECT voting_round_id FROM root_tail')).toEqual([
      { voting_round_id: 1_001 },
    ])
  })

  test('is open until its end is known', () => {
    const { book } = aBook()
    const next = { ...root, votingRoundId: 1_001, message: aResult(1_001).message }
    book.bindRoot(next, 1)
    book.bindRoot(root, 1)
    expect(book.openRoots(100).map(({ votingRoundId }) => votingRoundId)).toEqual([1_000, 1_001])
    book.closeRoot(root)
    expect(book.openRoots(100)).toEqual([next])
    expect(book.openRoots(200)).toEqual([])
  })

  test('below the watermark is not bound any more, and forgotten with the next one', () => {
    const { book, bindings } = aBook()
    book.bindRoot(root, 1)
    book.closeRoot(root)
    bindings.raiseWatermarks([{ ...root, kind: 'root', minRound: 1_001 }])
    book.bindRoot({ ...root, votingRoundId: 1_001, message: aResult(1_001).message }, 2)
    expect(book.rootOf(root)).toBeUndefined()
    expect(() => book.bindRoot({ ...root, votingRoundId: 999 }, 3)).toThrow(
      expect.objectContaining({ code: 'below-watermark' }),
    )
  })
})

test('roots of a key or protocol that has been given up are forgotten by their own watermark', () => {
  const { database, book, bindings } = aBook()
  const old = { ...root, signer: addressOf(2), votingRoundId: 990, message: aResult(990).message }
  const companion = { ...root, protocolId: 200, votingRoundId: 991, unsigned: '0xab' } as const
  const young = { ...old, votingRoundId: 995, message: aResult(995).message }
  for (const one of [old, companion, young]) {
    book.bindRoot(one, 1)
    book.closeRoot(one)
    bindings.raiseWatermarks([{ ...one, kind: 'root', minRound: 992 }])
  }
  book.bindRoot(root, 2)
  expect([old, companion, young].map((one) => book.rootOf(one)?.votingRoundId)).toEqual([
    undefined,
    undefined,
    995,
  ])
  expect(database.all('SELECT * FROM root_tail')).toEqual([])
})

test('an open root is not forgotten, however old', () => {
  const { book, bindings } = aBook()
  const old = { ...root, signer: addressOf(2), votingRoundId: 990, message: aResult(990).message }
  book.bindRoot(old, 1)
  bindings.raiseWatermarks([{ ...old, kind: 'root', minRound: 999 }])
  book.bindRoot(root, 2)
  expect(book.rootOf(old)).toEqual(old)
})

describe('verdicts', () => {
  test('the first of a round stays', () => {
    const { verdicts: book } = aBook()
    const verdict = { votingRoundId: 7, verdict: 'equal', ours: root.message } as const
    book.noteVerdict(verdict, 1)
    book.noteVerdict({ votingRoundId: 7, verdict: 'mismatch' }, 2, { some: 'evidence' })
    expect(book.verdictOn(7)).toEqual(verdict)
    expect(book.rootEvidence(10)).toEqual([])
    expect(book.verdictOn(8)).toBeUndefined()
  })

  test('the evidence of the last hundred mismatches is kept, newest first', () => {
    const { verdicts: book } = aBook()
    for (let votingRoundId = 1; votingRoundId <= 105; votingRoundId += 1) {
      book.noteVerdict({ votingRoundId, verdict: 'mismatch' }, 1, { votingRoundId })
    }
    const kept = book.rootEvidence(1_000)
    expect(kept).toHaveLength(100)
    expect(kept[0]).toEqual({ votingRoundId: 105 })
    expect(kept[99]).toEqual({ votingRoundId: 6 })
  })

  test('those of rounds long ago are forgotten', () => {
    const { verdicts: book } = aBook()
    book.noteVerdict({ votingRoundId: 1, verdict: 'equal' }, 1)
    book.noteVerdict({ votingRoundId: 10_001, verdict: 'equal' }, 2)
    expect(book.verdictOn(1)).toBeDefined()
    book.noteVerdict({ votingRoundId: 10_002, verdict: 'equal' }, 3)
    expect(book.verdictOn(1)).toBeUndefined()
    expect(book.verdictOn(10_001)).toBeDefined()
  })
})

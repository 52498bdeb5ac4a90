/** The journal on a real disk, and processes that end without being asked. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { callOf } from '../../signer-bridge/endings.ts'
import { openJournal } from '../../signer-bridge/journal/journal.ts'
import { journalStatus } from '../../signer-bridge/status.ts'
import { journalOwner, journalVote } from '../support/bridge-journal.ts'

let directory: string
let child: ChildProcess | undefined
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'chrono-bridge-'))
})
afterEach(async () => {
  await killed()
  rmSync(directory, { recursive: true })
})

const script = new URL('../support/bridge-child.ts', import.meta.url).pathname

/** A process that has come so far, and waits. */
async function stoppedAt(file: string, stage: string): Promise<void> {
  const args = ['--disable-warning=ExperimentalWarning', script, file, stage]
  child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  if (child.stdout === null) throw new Error('The child has a standard output.')
  await once(child.stdout, 'data')
}

async function killed(): Promise<void> {
  if (child === undefined) return
  const exited = once(child, 'exit')
  if (child.kill('SIGKILL')) await exited
  child = undefined
}

describe('after SIGKILL', () => {
  test.each([
    { stage: 'opened', rounds: [], attempts: 0 },
    { stage: 'prepared', rounds: [{ owesReveal: false }], attempts: 0 },
    { stage: 'claimed', rounds: [{ owesReveal: false }], attempts: 0 },
    { stage: 'signed', rounds: [{ owesReveal: false }], attempts: 0 },
    // From here on the transaction may be out: between this and the sending nothing is written.
    { stage: 'recorded', rounds: [{ owesReveal: true }], attempts: 1 },
  ])(
    'when it was $stage, the journal knows exactly what is owed',
    async ({ stage, rounds, attempts }) => {
      const file = join(directory, 'journal.sqlite')
      await stoppedAt(file, stage)
      await killed()

      const journal = openJournal(file, journalOwner)
      expect(journal.openRounds()).toMatchObject(rounds)
      expect(journal.attempts(callOf(journalVote, 'submit1'))).toHaveLength(attempts)
      if (stage !== 'opened') {
        expect(journal.vote(7)).toEqual(journalVote)
        const other = { ...journalVote, commit: `0x${'00'.repeat(32)}` } as const
        expect(() => journal.prepare(other, 9)).toThrow(
          expect.objectContaining({ code: 'digest-conflict' }),
        )
      }
      journal.close()
    },
  )
})

test('while a process lives no other can have its journal, and once it is killed any can', async () => {
  const file = join(directory, 'journal.sqlite')
  await stoppedAt(file, 'recorded')
  expect(() => openJournal(file, journalOwner)).toThrow(
    expect.objectContaining({ code: 'journal-in-use' }),
  )
  expect(journalStatus(file, 5)).toMatchObject({ owed: 1, rounds: [{ voting_round_id: 7 }] })
  await killed()
  openJournal(file, journalOwner).close()
})

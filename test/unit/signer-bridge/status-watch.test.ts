import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, expect, test } from 'vitest'
import { openJournal } from '../../../signer-bridge/journal/journal.ts'
import { settingsOf } from '../../../signer-bridge/settings.ts'
import { type Surface, watching } from '../../../signer-bridge/status-watch.ts'
import { journalOwner, journalVote } from '../../support/bridge-journal.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-watch-'))
afterAll(() => rmSync(directory, { recursive: true }))

const settingsFile = join(directory, 'settings.json')
writeFileSync(
  settingsFile,
  JSON.stringify({
    network: 'local',
    rpc_urls: ['http://127.0.0.1:1'],
    worker_url: 'http://127.0.0.1:2',
    submit_address: journalOwner.signers[0],
    journal_file: 'journal.sqlite',
    metrics_port: 9_100,
  }),
)
const settings = settingsOf(settingsFile)

/** What is written until so many screens were drawn. */
async function written(screens: number, surface: Partial<Surface>): Promise<readonly string[]> {
  const texts: string[] = []
  const ended = new AbortController()
  let read = 0
  await watching(
    settings,
    { rounds: 3, intervalMs: 1 },
    {
      surface: { ...surface, write: (text) => texts.push(text) },
      fetch: async () => {
        read += 1
        if (read === screens) ended.abort()
        return new Response('chrono_bridge_lease_held 1\n')
      },
      nowMs: () => 1_700_000_000_000,
      signal: ended.signal,
    },
  )
  return texts
}

test('a pipe gets one plain screen after the other, with a line between them', async () => {
  const texts = await written(2, {})
  expect(texts).toHaveLength(2)
  for (const text of texts) {
    expect(text).toMatch(/^Chrono bridge on local\n[\s\S]*\n---\n$/)
    expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u)
  }
})

test('a terminal is drawn over, never cleared, and is as before at the end', async () => {
  const [begin, one, other, end, ...rest] = await written(2, { isTTY: true, columns: 40, rows: 4 })
  expect(rest).toEqual([])
  expect([begin, end]).toEqual(['\u001b[?1049h\u001b[?25l', '\u001b[?25h\u001b[?1049l'])
  for (const drawn of [one, other]) {
    expect(drawn?.startsWith('\u001b[H')).toBe(true)
    expect(drawn).not.toContain('\u001b[2J')
    const lines = drawn?.slice(3).split('\r\n') ?? []
    expect(lines).toHaveLength(4)
    for (const line of lines) expect(line.split('\u001b')[0]?.length).toBeLessThanOrEqual(40)
  }
})

test('a terminal that does not know its size gets a whole screen', async () => {
  const [, drawn = ''] = await written(1, { isTTY: true, columns: 0, rows: 0 })
  expect(drawn).toContain('Chrono bridge on local')
  expect(drawn).toContain('Alerts')
})

test('a journal that is made meanwhile is seen, with its rounds and without its secrets', async () => {
  expect((await written(1, {}))[0]).toContain('There is no journal')
  const journal = openJournal(settings.journalFile, journalOwner)
  journal.prepare(journalVote, 1)
  const [text = ''] = await written(1, {})
  journal.close()
  expect(text).toMatch(/\n\s+7 +planned +planned +none/)
  expect(text).not.toContain(journalVote.random.slice(2))
})

test('the check of a root is seen beside its round', async () => {
  const connection = new DatabaseSync(settings.journalFile)
  connection.exec(`INSERT INTO root_verdict VALUES (7, 'mismatch', NULL, NULL, 1)`)
  connection.close()
  const [text = ''] = await written(1, {})
  expect(text).toMatch(/\n\s+7 +planned +planned +mismatch/)
  expect(text).toContain('NOW: our root is not the one that was made final')
})

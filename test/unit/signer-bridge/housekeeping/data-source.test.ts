import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { textOf } from '../../../../signer-bridge/housekeeping/data-file.ts'
import { dataSourceAt } from '../../../../signer-bridge/housekeeping/data-source.ts'
import { aClaim } from '../../../support/house-claims.ts'
import { publishedRewards } from '../../../support/housekeeping.ts'

const directory = mkdtempSync(join(tmpdir(), 'chrono-data-source-'))
afterAll(() => rmSync(directory, { recursive: true }))

/** Of every system; Node itself makes no pipes that have a name. */
const pipeMaker = 'mkfifo'

const { data } = publishedRewards(417, [aClaim()])
const source = (where: string, ask: typeof fetch) =>
  dataSourceAt(where, { network: 'local', fetch: ask })
const answering = () => Promise.resolve(new Response(JSON.stringify(data)))

describe('a file of reward data', () => {
  test('that leads to a device is not read: it never ends', () => {
    const file = join(directory, 'zeros.json')
    symlinkSync('/dev/zero', file)
    expect(() => textOf(file, 1_000)).toThrow(expect.objectContaining({ code: 'data-unreadable' }))
  })

  test('that is a pipe is not waited for', () => {
    const file = join(directory, 'pipe.json')
    execFileSync(pipeMaker, [file])
    expect(() => textOf(file, 1_000)).toThrow('It is no file.')
  })

  test('is read if it is exactly as long as it may be, and not if it is longer', () => {
    const file = join(directory, 'long.json')
    writeFileSync(file, 'x'.repeat(1_000))
    expect(textOf(file, 1_000)).toHaveLength(1_000)
    expect(() => textOf(file, 999)).toThrow('It is longer than 999 bytes.')
  })
})

describe('an address of reward data', () => {
  test('has its credentials sent in a header, and nowhere else', async () => {
    const asked: unknown[] = []
    const ask: typeof fetch = (input, init) => {
      asked.push([new Request(input).url, init?.headers])
      return answering()
    }
    await source('https://user:p%40ss%@data.example/of/us/?key=1', ask)(417)
    const url = 'https://data.example/of/us/local/417/reward-distribution-data.json?key=1'
    const basic = Buffer.from('user:p%40ss%').toString('base64')
    expect(asked).toEqual([[url, { Authorization: `Basic ${basic}` }]])
  })

  test('is not told of in what is said when nobody answers', async () => {
    const ask: typeof fetch = () => Promise.reject(new TypeError('https://user:pass@data.example'))
    await expect(source('https://user:pass@data.example', ask)(417)).rejects.toMatchObject({
      code: 'data-unreadable',
      message: 'The reward data could not be fetched: nobody answers there.',
    })
    expect(() => source('https://user:pass@', ask)).toThrow('What --data says is no address.')
  })

  test('is asked once for each reward epoch, however many owners are looked for', async () => {
    let asked = 0
    const ask: typeof fetch = () => {
      asked += 1
      return answering()
    }
    const of = source('https://data.example', ask)
    expect(await of(417)).toEqual(await of(417))
    expect(asked).toBe(1)
  })
})

test('a directory is read once as well', async () => {
  const folder = join(directory, 'local', '417')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, 'reward-distribution-data.json')
  writeFileSync(file, JSON.stringify(data))
  const of = source(directory, () => Promise.reject(new Error('Nobody is asked.')))
  const first = await of(417)
  writeFileSync(file, '{')
  expect(await of(417)).toBe(first)
  expect(await of(418)).toBeUndefined()
})

test('data that names an unknown network is refused without repeating the name', () => {
  const file = join(directory, 'odd.json')
  writeFileSync(file, JSON.stringify({ ...data, network: '\u001b[2Jlocal' }))
  const never = () => Promise.reject(new Error('Nobody is asked.'))
  expect(() => source(file, never)).toThrow('This is no reward data. It has another shape.')
})

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { endingOf } from '../../../../tools/conformance/command.ts'
import { conformanceOf } from '../../../../tools/conformance/conformance.ts'
import { reportText } from '../../../../tools/conformance/report.ts'
import { type CasesOf, vectorFiles } from '../../../../tools/conformance/vector-files.ts'
import {
  publishedVectors,
  vectorsAreHere,
  vectorsFolder,
} from '../../../support/published-vectors.ts'

const tool = fileURLToPath(new URL('../../../../tools/conformance.ts', import.meta.url))

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conformance-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

function put(file: string, json: unknown): void {
  writeFileSync(join(folder, file), JSON.stringify(json))
}

/** Two vectors: the second is as the file says. */
const casesOf: CasesOf = (json) => [
  { name: 'big', published: 2n ** 70n, ours: () => Promise.resolve(2n ** 70n) },
  { name: 'told', published: 'a', ours: () => z.object({ told: z.string() }).parse(json).told },
]
const files = new Map([
  ['a.json', casesOf],
  ['b.json', casesOf],
])

describe('a run', () => {
  test('judges each vector, and names what it does not know and what is not there', async () => {
    put('a.json', { told: 'b' })
    put('c.json', {})
    put('README.md', '')
    mkdirSync(join(folder, 'd'))
    const conformance = await conformanceOf(folder, files)
    expect(conformance).toEqual({
      verdicts: [
        {
          file: 'a.json',
          name: 'big',
          isOk: true,
          published: '"1180591620717411303424"',
          ours: '"1180591620717411303424"',
        },
        { file: 'a.json', name: 'told', isOk: false, published: '"a"', ours: '"b"' },
      ],
      unknown: ['c.json', 'd'],
      absent: ['b.json'],
    })
    expect(reportText(conformance).split('\n')).toEqual([
      'ok       a.json  big',
      'differs  a.json  told: published "a", ours "b"',
      'unknown  c.json  nothing here reads it',
      'unknown  d  nothing here reads it',
      'absent   b.json  known, and not in the folder',
      '',
      'a.json: 1 of 2 ok',
      '2 vectors: 1 ok, 1 differ; 2 unknown files, 1 absent',
    ])
  })

  test('what throws differs, and so does a file that is no JSON', async () => {
    put('a.json', {})
    writeFileSync(join(folder, 'b.json'), '{')
    const { verdicts } = await conformanceOf(folder, files)
    expect(verdicts.map(({ isOk }) => isOk)).toEqual([true, false, false])
    expect(verdicts[1]?.ours).toContain('threw ZodError')
    expect(verdicts[2]?.name).toBe('the file')
  })

  test('long values are cut', async () => {
    put('a.json', { told: 'x'.repeat(1_000) })
    const text = reportText(await conformanceOf(folder, files))
    expect(text).toContain(`ours "${'x'.repeat(399)}…`)
  })

  test('a folder that is not there, and one without vectors, are a sentence', async () => {
    await expect(conformanceOf(join(folder, 'no'))).rejects.toMatchObject({
      code: 'folder-missing',
      message: `There is no folder ${join(folder, 'no')} to be read.`,
    })
    await expect(conformanceOf(folder)).rejects.toMatchObject({ code: 'no-vectors' })
  })
})

describe('the command', () => {
  test.each([{ args: [] }, { args: ['a', 'b'] }, { args: ['/there/is/none'] }])(
    'with $args ends with one sentence and an error',
    async ({ args }) => {
      const { stdout, stderr, exitCode } = await endingOf(args)
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 1 })
      expect(stderr.trim().split('\n')).toHaveLength(1)
    },
  )

  test.each([
    { median: 1, exitCode: 0, line: 'ok       06-median.json  case 1: 1 votes' },
    { median: 2, exitCode: 1, line: 'published {"median":2}, ours {"median":1}' },
  ])('ends with $exitCode where $median is published and 1 computed', async (each) => {
    const unasserted = { quartile1: null, quartile3: null, participatingWeight: null }
    put('06-median.json', {
      cases: [{ values: [1], weights: [1], median: each.median, ...unasserted }],
    })
    const { stdout, exitCode } = await endingOf([folder])
    expect(exitCode).toBe(each.exitCode)
    expect(stdout).toContain(each.line)
  })

  // A process of its own takes seconds on a machine that does other things.
  test('is a process that ends so', { timeout: 60_000 }, () => {
    const command = ['--disable-warning=ExperimentalWarning', tool, join(folder, 'no')]
    const ended = spawnSync(process.execPath, command, { encoding: 'utf8' })
    expect(ended).toMatchObject({
      status: 1,
      stdout: '',
      stderr: `There is no folder ${join(folder, 'no')} to be read.\n`,
    })
  })
})

if (vectorsAreHere) {
  describe('the published vectors', thePublished)
} else {
  test('the published vectors are not here, and literals stand in other tests', () => {
    expect(() => publishedVectors('06-median.json', z.unknown())).toThrow('ENOENT')
  })
}

function thePublished(): void {
  test('are all as published, and not few', async () => {
    const { verdicts, absent } = await conformanceOf(fileURLToPath(vectorsFolder))
    expect(verdicts.filter(({ isOk }) => !isOk)).toEqual([])
    expect(absent).toEqual([])
    const byFile = Map.groupBy(verdicts, ({ file }) => file)
    expect(Object.fromEntries([...byFile].map(([file, each]) => [file, each.length]))).toEqual({
      '01-commit-reveal-flare.json': 4,
      '02-submission-calldata.json': 22,
      '03-anchor-tree-785250.json': 73,
      '06-median.json': 21,
      '07-signing-policy.json': 8,
      '09-flare-392-reward-distribution-data.json': 309,
      '12-signatures.json': 5,
      '13-feeds-developer-hub.json': 126,
    })
  })

  // One digit of what is published is turned; the run must see it.
  test.each([...vectorFiles.keys()].map((file) => ({ file, turned: turnedDigits[file] ?? [] })))(
    '$file: a turned digit is seen',
    async ({ file, turned }) => {
      expect(turned.length).toBeGreaterThan(0)
      for (const [from, to] of turned) {
        const text = JSON.stringify(publishedVectors(file, z.unknown()))
        expect(text).toContain(from)
        writeFileSync(join(folder, file), text.replace(from, to))
        const { verdicts } = await conformanceOf(folder)
        expect(verdicts.filter(({ isOk }) => !isOk)).not.toEqual([])
        rmSync(join(folder, file))
      }
    },
  )
}

const turnedDigits: Readonly<Record<string, readonly (readonly [string, string])[]>> = {
  '01-commit-reveal-flare.json': [['"expectedCommitHash":"0x05', '"expectedCommitHash":"0x06']],
  '02-submission-calldata.json': [
    ['"commitHash":"0x05', '"commitHash":"0x06'],
    ['"values":[1742399', '"values":[1742398'],
    ['"merkleRoot":"0x20', '"merkleRoot":"0x21'],
    ['"unsignedMessage":"0x0008ff"', '"unsignedMessage":"0x0008fe"'],
    ['"expect":"0xc8', '"expect":"0xc9'],
    ['"expect":"0xff00000100', '"expect":"0xff00000101'],
  ],
  '03-anchor-tree-785250.json': [
    ['"merkleRoot":"0x91', '"merkleRoot":"0x92'],
    ['"turnoutBIPS":9280', '"turnoutBIPS":9281'],
    ['"isSecure":true', '"isSecure":false'],
  ],
  '06-median.json': [
    ['"median":71', '"median":72'],
    ['"quartile1":50', '"quartile1":51'],
    ['"participatingWeight":73938', '"participatingWeight":73939'],
  ],
  '07-signing-policy.json': [
    ['"rawBytes":"0x0055000135', '"rawBytes":"0x0055000136'],
    ['"legacyHash":"0x96', '"legacyHash":"0x97'],
    ['"chainBoundHash14":"0x1a', '"chainBoundHash14":"0x1b'],
    ['"voterWeight":9', '"voterWeight":8'],
    ['"index":16', '"index":15'],
  ],
  '09-flare-392-reward-distribution-data.json': [
    ['"merkleRoot":"0xd2', '"merkleRoot":"0xd3'],
    ['0x7f00b73612f399', '0x7f00b73612f398'],
    ['"amount":"193502231080118663152474"', '"amount":"193502231080118663152475"'],
    ['"noOfWeightBasedClaims":220', '"noOfWeightBasedClaims":221'],
  ],
  '12-signatures.json': [
    ['"type0Payload":"0x64', '"type0Payload":"0x65'],
    ['"type1Payload":"0x6400000001004401', '"type1Payload":"0x6400000001004400'],
    ['"relayCalldata":"0xb59589d101', '"relayCalldata":"0xb59589d1010'],
  ],
  '13-feeds-developer-hub.json': [['"feed_id":"0x01464c52', '"feed_id":"0x01464c53']],
}

/** Whether a commit has the round to itself, by the Worker and by the chain. */

import { expect, test } from 'vitest'
import { clearanceOf } from '../../../signer-bridge/clearance.ts'
import { paceOf } from '../../../signer-bridge/pace.ts'
import { calldataOf } from '../../../signer-bridge/vote.ts'
import type { Answer } from '../../../signer-bridge/worker-client.ts'
import type { World } from '../../../signer-bridge/world.ts'
import type { Reserved } from '../../../src/protocol/bridge-wire.ts'
import { networks } from '../../../src/protocol/networks.ts'
import { aCall, anothersVote, startMs, vote } from '../../support/standby-world.ts'

const answers = {
  reserved: { kind: 'answered', value: { reserved: true } },
  skipped: { kind: 'unreachable', reason: 'nobody is there' },
  'of another': { kind: 'refused', status: 409, code: 'digest-differs' },
} as const satisfies Record<string, Answer<Reserved>>

const never = new Promise<never>(() => undefined)
const looks = {
  nothing: async () => [],
  'the same commit': async () => [aCall(calldataOf(vote, 'submit1'))],
  'another commit': async () => [aCall(calldataOf(anothersVote, 'submit1'))],
  'no answer': () => never,
  'an error': () => Promise.reject(new Error('No node gives full blocks.')),
} as const

type Case = {
  readonly answer: keyof typeof answers
  /** Calls of the key that the journal knows nothing of. */
  readonly foreign: number
  readonly shows: keyof typeof looks
}

/** What comes of it, how often blocks were read, and what was told. */
async function cleared({ answer, foreign, shows }: Case, tokens: (number | undefined)[] = []) {
  const told: string[] = []
  let read = 0
  const world = {
    network: networks.local,
    pace: paceOf(networks.local.schedule),
    nowMs: () => startMs + 72_000,
    // Long after any answer, and at once after none.
    sleep: () => new Promise((wake) => void setTimeout(wake, 20)),
    log: ({ event }: { readonly event: string }) => void told.push(event),
    lease: { token: () => (tokens.length > 0 ? tokens.shift() : 7) },
    worker: { reserve: async () => answers[answer] },
    journal: { nonceFloor: () => 5, statusOf: () => undefined },
    chain: {
      pendingCount: async () => 5 + foreign,
      callsBy: () => {
        read += 1
        return looks[shows]()
      },
    },
  }
  // As much of the world as it uses.
  const { kind } = await clearanceOf(world as unknown as World, vote)
  return { kind, read, told }
}

test.each<Case & { kind: string; read: number; told: string[] }>([
  { answer: 'reserved', foreign: 0, shows: 'another commit', kind: 'clear', read: 0, told: [] },
  { answer: 'reserved', foreign: -1, shows: 'another commit', kind: 'clear', read: 0, told: [] },
  { answer: 'reserved', foreign: 1, shows: 'nothing', kind: 'clear', read: 1, told: [] },
  { answer: 'reserved', foreign: 1, shows: 'the same commit', kind: 'clear', read: 1, told: [] },
  {
    answer: 'reserved',
    foreign: 1,
    shows: 'another commit',
    kind: 'of-another',
    read: 1,
    told: ['commit-of-another'],
  },
  // A node that is merely slow stops nothing that the Worker vouches for.
  {
    answer: 'reserved',
    foreign: 1,
    shows: 'no answer',
    kind: 'clear',
    read: 1,
    told: ['look-failed'],
  },
  {
    answer: 'reserved',
    foreign: 1,
    shows: 'an error',
    kind: 'clear',
    read: 1,
    told: ['look-failed'],
  },
  {
    answer: 'skipped',
    foreign: 0,
    shows: 'no answer',
    kind: 'clear',
    read: 0,
    told: ['reservation-skipped'],
  },
  {
    answer: 'skipped',
    foreign: 1,
    shows: 'nothing',
    kind: 'clear',
    read: 1,
    told: ['reservation-skipped'],
  },
  {
    answer: 'skipped',
    foreign: 1,
    shows: 'another commit',
    kind: 'of-another',
    read: 1,
    told: ['reservation-skipped', 'commit-of-another'],
  },
  // Nobody speaks against a second digest.
  {
    answer: 'skipped',
    foreign: 1,
    shows: 'no answer',
    kind: 'not-now',
    read: 1,
    told: ['reservation-skipped', 'look-failed', 'commit-refused'],
  },
  {
    answer: 'of another',
    foreign: 0,
    shows: 'nothing',
    kind: 'of-another',
    read: 0,
    told: ['reservation-refused'],
  },
])(
  'a commit whose reservation is $answer, with $foreign foreign calls and $shows in blocks, is $kind',
  async ({ kind, read, told, ...given }) => {
    expect(await cleared(given)).toEqual({ kind, read, told })
  },
)

test('a lease that ends during the look takes the commit with it', async () => {
  const given = { answer: 'reserved', foreign: 1, shows: 'nothing' } as const
  expect(await cleared(given, [7, undefined])).toMatchObject({
    kind: 'not-now',
    told: ['commit-refused'],
  })
})

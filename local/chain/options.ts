/** What `node local/chain.ts` can be told on its command line. */

import { parseArgs } from 'node:util'
import { z } from 'zod'
import { minRewardEpochRounds } from './schedule.ts'
import { chainVoterSchema } from './voters.ts'

const whole = z.string().regex(/^\d+$/).transform(Number)

const voter = z.string().transform((text, context) => {
  try {
    return chainVoterSchema.parse(JSON.parse(text))
  } catch (error) {
    context.addIssue(error instanceof Error ? error.message : String(error))
    return z.NEVER
  }
})

const optionsSchema = z
  .object({
    port: whole.pipe(z.int().min(0).max(65_535)),
    'round-seconds': whole.pipe(z.int().min(6).max(3_600)),
    'reward-epoch-rounds': whole.pipe(z.int().min(minRewardEpochRounds).max(10_000)).optional(),
    'block-ms': whole.pipe(z.int().min(200).max(60_000)).optional(),
    'extra-voters': whole.pipe(z.int().min(0).max(97)),
    voter: z.array(voter),
    data: z.string().optional(),
    cache: z.string().optional(),
  })
  .transform((given) => ({
    port: given.port,
    roundSec: given['round-seconds'],
    extraVoters: given['extra-voters'],
    voters: given.voter,
    ...(given['reward-epoch-rounds'] === undefined
      ? {}
      : { rewardEpochRounds: given['reward-epoch-rounds'] }),
    ...(given['block-ms'] === undefined ? {} : { blockMs: given['block-ms'] }),
    ...(given.data === undefined ? {} : { dataDirectory: given.data }),
    ...(given.cache === undefined ? {} : { cacheDirectory: given.cache }),
  }))

/**
 * The options that arguments name. A voter is JSON: `identity`, `submitAddress`,
 * `submitSignaturesAddress`, `signingPolicyAddress`, and `weight` if it matters.
 *
 * @throws {Error} in one sentence, if they make no sense.
 */
export function chainOptionsOf(args: readonly string[]): z.output<typeof optionsSchema> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      port: { type: 'string', default: '8545' },
      'round-seconds': { type: 'string', default: '90' },
      'reward-epoch-rounds': { type: 'string' },
      'block-ms': { type: 'string' },
      'extra-voters': { type: 'string', default: '2' },
      voter: { type: 'string', multiple: true, default: [] },
      data: { type: 'string' },
      cache: { type: 'string' },
    },
  })
  const parsed = optionsSchema.safeParse(values)
  if (parsed.success) return parsed.data
  const names = parsed.error.issues.map(({ path, message }) => `--${path.join('.')}: ${message}`)
  throw new Error(`The options make no sense. ${names.join('; ')}`)
}

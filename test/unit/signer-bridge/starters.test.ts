import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const textOf = (file: string) => readFileSync(new URL(`../../../${file}`, import.meta.url), 'utf8')

/** Of a first line, a unit's ExecStart or a list in code. */
function flagsIn(text: string): readonly string[] {
  return [...text.matchAll(/--(?:max-semi|v8|optimize|disable-warning)[\w=-]*/g)].map(
    ([flag]) => flag,
  )
}

test('whoever starts the bridge tells V8 the same', () => {
  const [first = ''] = textOf('signer-bridge/chrono-bridge.js').split('\n')
  const flags = flagsIn(first)
  expect(flags).toContain('--max-semi-space-size=2')
  const unit = textOf('signer-bridge/deploy/chrono-bridge.service')
  expect(flagsIn(unit)).toEqual(flags)
  const plan = textOf('local/plans.ts')
    .split('\n')
    .filter((line) => line.includes('nodeFlags: ['))
  expect(flagsIn(plan.join(''))).toEqual(flags.slice(1))
})

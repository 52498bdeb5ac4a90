import { spawnSync } from 'node:child_process'
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

/** `chrono-bridge --version` in a Node that says that it is of this version. */
function versionBy(node: string) {
  const faked = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${node}' } })`
  const launcher = new URL('../../../signer-bridge/chrono-bridge.js', import.meta.url).pathname
  return spawnSync(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(faked)}`, launcher, '--version'],
    { encoding: 'utf8', env: { NODE_NO_WARNINGS: '1' }, timeout: 30_000 },
  )
}

test.each(['18.20.8', '20.19.5', '22.17.1', '23.5.0'])(
  'a Node that cannot read TypeScript, %s, is refused in one sentence that names another',
  (node) => {
    const { status, stderr, stdout } = versionBy(node)
    expect(status).toBe(1)
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /^chrono-bridge needs Node 22\.18 or newer.* node_modules\/\.bin\/node,.*\.\n$/,
    )
    expect(stderr).toContain(node)
  },
)

test.each(['22.18.0', '23.6.0', '24.0.0'])('Node %s is new enough', (node) => {
  expect(versionBy(node)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    stderr: '',
  })
})

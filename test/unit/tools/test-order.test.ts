import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { orderOf } from '../../../tools/test-order.ts'

const root = join(import.meta.dirname, '..', '..', '..')
const file = (path: string) => ({ project: path.split('/')[1] ?? '', path })

test('workerd starts first and stays, chains are waited for from the start, pure functions fill', () => {
  const given = [
    'test/unit/poll.test.ts',
    'test/unit/signer-bridge/crash.test.ts',
    'test/services/cache.test.ts',
    'test/services/neon.test.ts',
    'test/worker/feed.test.ts',
    'test/services/chain.test.ts',
    'test/worker/collector.test.ts',
    'test/services/roots.test.ts',
  ].map(file)
  const order = orderOf('test/worker/collector.test.ts')
  expect(given.toSorted(order).map(({ path }) => path)).toEqual([
    'test/worker/collector.test.ts',
    'test/services/roots.test.ts',
    'test/services/chain.test.ts',
    'test/worker/feed.test.ts',
    'test/services/neon.test.ts',
    'test/services/cache.test.ts',
    'test/unit/signer-bridge/crash.test.ts',
    'test/unit/poll.test.ts',
  ])
})

test('property: the order is the same, however the files were found', () => {
  const some = fc.uniqueArray(
    fc.tuple(
      fc.constantFrom('unit', 'services', 'worker', 'another'),
      fc.stringMatching(/^[a-z]$/),
    ),
    { maxLength: 12, selector: ([project, name]) => `${project}/${name}` },
  )
  fc.assert(
    fc.property(some, fc.nat(), (names, turn) => {
      const files = names.map(([project, name]) => file(`test/${project}/${name}.test.ts`))
      const at = turn % (files.length + 1)
      const turned = [...files.slice(at), ...files.slice(0, at)]
      const order = orderOf(undefined)
      expect(turned.toSorted(order)).toEqual(files.toSorted(order))
    }),
  )
})

test('every file that is named is there', () => {
  const named = readFileSync(join(root, 'tools', 'test-order.ts'), 'utf8').match(
    /test\/\S+\.test\.ts/g,
  )
  expect(named?.length).toBeGreaterThan(5)
  for (const path of named ?? []) expect(existsSync(join(root, path)), path).toBe(true)
})

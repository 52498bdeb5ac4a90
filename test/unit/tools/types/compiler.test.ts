import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { compilerOf } from '../../../../tools/types/compiler.ts'

const machine = { platform: 'plan9', arch: 'mips', execPath: '/bin/node' }
const directory = mkdtempSync(join(tmpdir(), 'chrono-types-'))
const program = join(import.meta.dirname, '..', '..', '..', '..', 'tools', 'check-types.ts')

afterAll(() => rmSync(directory, { recursive: true }))

test('the native compiler of this machine is taken where it is installed, on one thread', () => {
  const compiler = compilerOf(machine, (name) => `/modules/${name}`)
  expect(compiler).toEqual({
    command: '/modules/@typescript/typescript-plan9-mips/lib/tsc',
    args: ['--singleThreaded'],
  })
})

test('elsewhere TypeScript 6 checks, and a sentence says so', () => {
  const compiler = compilerOf(machine, (name) => {
    if (name.startsWith('@typescript/')) throw new Error(`Cannot find module ${name}`)
    return `/modules/${name}`
  })
  expect(compiler).toEqual({
    command: '/bin/node',
    args: ['/modules/typescript/bin/tsc'],
    notice:
      '@typescript/typescript-plan9-mips is not installed: ' +
      'TypeScript 6 checks the types, and takes longer.',
  })
})

test('without any TypeScript it fails, and says nothing of types', () => {
  const nothing = (name: string) => {
    throw new Error(`Cannot find module ${name}`)
  }
  expect(() => compilerOf(machine, nothing)).toThrow('Cannot find module typescript/package.json')
})

/** A project of one file, without the platform's types, which take the most time to read. */
function aProject(name: string, source: string): string {
  writeFileSync(join(directory, `${name}.ts`), source)
  const project = join(directory, `${name}.json`)
  const compilerOptions = { noEmit: true, strict: true, noLib: true, types: [] }
  writeFileSync(project, JSON.stringify({ compilerOptions, files: [`${name}.ts`, 'lib.d.ts'] }))
  return project
}

test('a project whose types are wrong fails the check, and the ones after it are checked too', () => {
  const globals = ['Array<T>', 'Boolean', 'CallableFunction', 'Function', 'IArguments']
  globals.push('NewableFunction', 'Number', 'Object', 'RegExp', 'String')
  writeFileSync(
    join(directory, 'lib.d.ts'),
    globals.map((each) => `interface ${each} {}`).join('\n'),
  )
  const wrong = aProject('wrong', "export const count: number = 'three'\n")
  const right = aProject('right', 'export const count: number = 3\n')
  const alsoWrong = aProject('also-wrong', 'export const name: string = 3\n')
  const check = (...projects: string[]) =>
    spawnSync(process.execPath, [program, ...projects], { encoding: 'utf8' })

  expect(check(right)).toMatchObject({ status: 0 })
  const { status, stdout } = check(wrong, right, alsoWrong)
  expect(status).toBe(1)
  expect(stdout).toContain('wrong.ts(1,14): error TS2322')
  expect(stdout).toContain('also-wrong.ts(1,14): error TS2322')
})

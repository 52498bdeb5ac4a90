/** Builds the dashboard when there is something new to build. */

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join, relative } from 'node:path'
import { promisify } from 'node:util'
import { lockDirectory } from '../directory-lock.ts'
import { pause } from '../processes.ts'

const root = join(import.meta.dirname, '..', '..')
const pages = join(root, 'pages')

/** Where the built page is. */
export const builtPage = join(pages, 'build')

/** All that a build depends on, below the root. */
const sources = [
  'pages/src',
  'pages/static',
  'pages/package.json',
  'pages/tsconfig.json',
  'pages/vite.config.ts',
  'src/client',
  'src/protocol',
  'package-lock.json',
]

/** Says of which sources the built page was made. */
const stampFile = join(pages, '.svelte-kit', 'built-from')

/** A build takes a few seconds, on a busy machine a few more. Milliseconds. */
const buildWithinMs = 120_000

/** Of a build that fails, so many of its last lines are told. */
const toldLines = 15

/**
 * Builds the page if its sources have changed since it was last built; whoever else is at it is
 * waited for.
 *
 * @returns Whether it was built.
 * @throws {Error} with the compiler's last lines, if it cannot be built.
 */
export async function buildDashboard(): Promise<boolean> {
  const unlock = await lockPages()
  try {
    const stamp = await stampOf(sources)
    if (await isBuiltFrom(stamp)) return false
    await rm(stampFile, { force: true })
    await runVite()
    await mkdir(dirname(stampFile), { recursive: true })
    await writeFile(stampFile, stamp)
    return true
  } finally {
    await unlock()
  }
}

async function isBuiltFrom(stamp: string): Promise<boolean> {
  if (!existsSync(stampFile) || !existsSync(join(builtPage, 'index.html'))) return false
  return (await readFile(stampFile, 'utf8')) === stamp
}

/** SHA-256 over names and contents of all files below the given ones. */
async function stampOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256')
  const files = await Promise.all(paths.map(async (path) => filesBelow(join(root, path))))
  for (const file of files.flat().toSorted()) {
    const digest = createHash('sha256')
      .update(await readFile(file))
      .digest('hex')
    hash.update(`${relative(root, file)} ${digest}\n`)
  }
  return hash.digest('hex')
}

async function filesBelow(path: string): Promise<readonly string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true }).catch(() => null)
  // Not a directory: the path is a file's own.
  if (entries === null) return [path]
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}

async function runVite(): Promise<void> {
  const vite = join(
    dirname(createRequire(join(pages, 'package.json')).resolve('vite/package.json')),
    'bin',
    'vite.js',
  )
  try {
    await promisify(execFile)(process.execPath, [vite, 'build'], {
      cwd: pages,
      timeout: buildWithinMs,
      env: { ...process.env, NODE_ENV: 'production', NO_COLOR: '1' },
    })
  } catch (cause) {
    throw new Error(`The dashboard could not be built. ${lastWordsOf(cause)}`, { cause })
  }
}

function lastWordsOf(error: unknown): string {
  const { stdout = '', stderr = '' }: { stdout?: unknown; stderr?: unknown } = Object(error)
  return `${String(stdout)}\n${String(stderr)}`.trim().split('\n').slice(-toldLines).join('\n')
}

/** Two builds at once would write over each other. */
async function lockPages(): Promise<() => Promise<void>> {
  const deadline = Date.now() + buildWithinMs
  for (;;) {
    try {
      return await lockDirectory(pages)
    } catch (error) {
      if (Date.now() > deadline) throw error
      await pause(200)
    }
  }
}

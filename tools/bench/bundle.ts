/** Bundles as they would be deployed, made by wrangler. */

import { execFile } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'

const repository = join(import.meta.dirname, '..', '..')

/** Three are made at once on what may be two cores. Milliseconds. */
const bundleWithinMs = 60_000

export type BundleTarget = {
  /** Made if missing. */
  readonly directory: string
  /** Ends wrangler early. */
  readonly signal: AbortSignal
}

/** Bundles the Worker, as the repository's wrangler.toml has it. Like `bundleOf` otherwise. */
export async function workerBundle(target: BundleTarget): Promise<string> {
  return bundled(join(repository, 'wrangler.toml'), 'index.js', target)
}

/**
 * Bundles another entry with the same tool.
 *
 * @returns The file of the bundle: one module, all in it.
 * @throws {Error} with what wrangler said, if it could not.
 */
export async function bundleOf(
  entry: string,
  compatibilityDate: string,
  target: BundleTarget,
): Promise<string> {
  const { directory } = target
  mkdirSync(directory, { recursive: true })
  const config = join(directory, 'wrangler.json')
  const name = basename(entry, '.ts')
  writeFileSync(
    config,
    JSON.stringify({ name, main: entry, compatibility_date: compatibilityDate }),
  )
  return bundled(config, `${name}.js`, target)
}

async function bundled(
  config: string,
  file: string,
  { directory, signal }: BundleTarget,
): Promise<string> {
  const wrangler = join(repository, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  await promisify(execFile)(
    process.execPath,
    [wrangler, 'deploy', '--config', config, '--dry-run', '--outdir', directory],
    {
      cwd: repository,
      timeout: bundleWithinMs,
      signal,
      env: {
        ...process.env,
        CI: '1',
        WRANGLER_SEND_METRICS: 'false',
        WRANGLER_LOG_PATH: join(directory, 'logs'),
      },
    },
  )
  return join(directory, file)
}

/**
 * Makes the platform's types (`worker-configuration.d.ts`) out of wrangler.toml when they are
 * missing or older: they are not committed, and every check needs them.
 */

import { execFileSync } from 'node:child_process'
import { existsSync, statSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '..')
const made = join(root, 'worker-configuration.d.ts')
const sources = ['wrangler.toml', 'package.json'].map((file) => join(root, file))

const isCurrent =
  existsSync(made) && sources.every((file) => statSync(file).mtimeMs <= statSync(made).mtimeMs)

if (!isCurrent) {
  execFileSync(
    process.execPath,
    [join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js'), 'types', '--strict-vars=false'],
    {
      cwd: root,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, CI: '1', WRANGLER_SEND_METRICS: 'false' },
    },
  )
}

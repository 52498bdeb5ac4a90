#!/usr/bin/env -S node --disable-warning=ExperimentalWarning --max-semi-space-size=2 --v8-pool-size=1 --optimize-for-size
// What V8 is told keeps some 20 MiB less in memory, and takes nothing from the seconds of a round. Other
// starters repeat it, since a first line can share no constant: deploy/chrono-bridge.service, local/plans.ts.

// No file of an import is read before this is: an older Node cannot read TypeScript.
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6)) {
  process.stderr.write(
    `chrono-bridge needs Node 22.18 or newer, and this is ${process.versions.node}: start it with node_modules/.bin/node, which npm ci has left there.\n`,
  )
  process.exit(1)
}
await import('./main.ts')

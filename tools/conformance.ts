/**
 * `npm run conformance -- ../shared/vectors`: published vectors through `src/protocol`, a line each.
 * It ends with an error if one of them differs.
 */

import { endingOf } from './conformance/command.ts'

const { stdout, stderr, exitCode } = await endingOf(process.argv.slice(2))
process.stdout.write(stdout)
process.stderr.write(stderr)
process.exitCode = exitCode

/**
 * The Solidity compiler as a program of its own, standard JSON in and out: it takes 250 MB that a
 * long-lived process must not keep. `node local/chain/solc.ts < input.json > output.json`
 */

import { text } from 'node:stream/consumers'
import solc from 'solc'

const output: string = solc.compile(await text(process.stdin))
process.stdout.write(output)

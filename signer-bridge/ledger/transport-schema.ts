/** Where Ledger's untyped objects come in: a transport is what can do these three things. */

import { z } from 'zod'
import type { Transport } from './device.ts'

export const transportSchema = z.custom<Transport>(
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    ['exchange', 'on', 'close'].every((name) => typeof Reflect.get(value, name) === 'function'),
  'Expected a transport of Ledger.',
)

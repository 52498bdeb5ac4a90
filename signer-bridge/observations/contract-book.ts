/** Every address under which the registry has told of a contract: its events of then stay true. */

import type { Address } from 'viem'
import { z } from 'zod'
import { lowerCase } from '../../src/protocol/address.ts'
import { addressSchema } from '../chain/hex.ts'
import type { Database } from '../journal/database.ts'

export type ContractBook = {
  readonly note: (name: string, address: Address) => void
  /** In lower case, sorted. */
  readonly addressesOf: (name: string) => readonly Address[]
}

const rowsSchema = z.array(z.object({ address: addressSchema }))

export function contractBook({ run, all }: Database): ContractBook {
  return {
    note: (name, address) => {
      run('INSERT INTO contract VALUES (?, ?) ON CONFLICT DO NOTHING', [name, lowerCase(address)])
    },
    addressesOf: (name) =>
      rowsSchema
        .parse(all('SELECT address FROM contract WHERE name = ? ORDER BY address', [name]))
        .map(({ address }) => address),
  }
}

/** The fields of each type of transaction that the app signs, in their order. */

/** EIP-2930, EIP-1559 and EIP-7702 by their type's byte. */
export type TransactionType = 'legacy' | 1 | 2 | 4

export type FieldName =
  | 'outer-list'
  | 'chain-id'
  | 'nonce'
  /** The price, or where there are two the greater one, which bounds the fee. */
  | 'gas-price'
  | 'priority-fee'
  | 'gas-limit'
  | 'to'
  | 'value'
  | 'data'
  | 'access-list'
  | 'authorisation-list'
  | 'v'
  | 'r'
  | 's'

export type Field = {
  readonly name: FieldName
  readonly isList: boolean
  readonly maxBytes: number
}

const word = 32
const chainIdBytes = 8
const addressBytes = 20

/** The length of a field that has none of its own. */
const anyBytes = 0xffff_ffff

const field = (name: FieldName, maxBytes: number = anyBytes): Field => ({
  name,
  maxBytes,
  isList: name.endsWith('-list'),
})

const call = [
  field('gas-limit', word),
  field('to', addressBytes),
  field('value', word),
  field('data'),
]
const typed = [field('outer-list'), field('chain-id', chainIdBytes), field('nonce', word)]
const twoFees = [field('priority-fee'), field('gas-price', word)]

const fields: Readonly<Record<TransactionType, readonly Field[]>> = {
  legacy: [
    field('outer-list'),
    field('nonce', word),
    field('gas-price', word),
    ...call,
    field('v', chainIdBytes),
    field('r'),
    field('s'),
  ],
  1: [...typed, field('gas-price', word), ...call, field('access-list')],
  2: [...typed, ...twoFees, ...call, field('access-list')],
  4: [...typed, ...twoFees, ...call, field('access-list'), field('authorisation-list')],
}

/** The fields of a type of transaction. */
export function fieldsOf(type: TransactionType): readonly Field[] {
  return fields[type]
}

/** The type that a transaction's first byte names. */
export function typeOf(first: number): TransactionType | 'not-supported' {
  if (first > 0x7f) return 'legacy'
  return first === 1 || first === 2 || first === 4 ? first : 'not-supported'
}

/**
 * Reads a transaction as it arrives, chunk after chunk, and knows by itself where it ends: the
 * fields decide, not the length of a chunk, and what follows the last field is neither looked at
 * nor hashed. The length that the outer list announces tells a legacy transaction without chain id
 * from one whose chain id is still to come, and is compared with nothing else, as in the app.
 */

import { type FieldName, fieldsOf, type TransactionType } from './transaction-fields.ts'

export type TransactionReader = {
  readonly type: TransactionType
  /** Which field is next. */
  readonly index: number
  /** The bytes of a field's RLP header that have arrived so far. */
  readonly header: Uint8Array
  /** The field that has begun, and how much of it is still to come; absent between fields. */
  readonly open?: { readonly length: number; readonly content: Uint8Array }
  readonly values: Partial<Readonly<Record<FieldName, Uint8Array>>>
  /** Where the outer list says that it ends, counted in what is hashed; absent before it begins. */
  readonly endsAt?: number
  /** All that is hashed and then signed: everything up to the last field's end. */
  readonly hashed: Uint8Array
}

export type ReadingRules = {
  readonly isBlindSigningOn: boolean
  /** The clear-signing mode, in which calldata is kept for what explains it. */
  readonly isStored: boolean
}

export type Reading =
  | { readonly kind: 'more' | 'finished'; readonly reader: TransactionReader }
  | { readonly kind: 'fault' }
  /** Calldata while blind signing is off: the device shows an alert, too. */
  | { readonly kind: 'blind-signing-off' }

/** The app's bound: lengths of at most four bytes. */
const maxHeaderBytes = 5
const selectorBytes = 4

/** Far more than any block has room for. The app itself keeps nothing, so it has no bound. */
const maxTransactionBytes = 1_048_576

const none = new Uint8Array()

/** A reader of a transaction whose type has been seen. */
export function transactionReader(type: TransactionType): TransactionReader {
  const hashed = type === 'legacy' ? none : Uint8Array.of(type)
  return { type, index: 0, header: none, values: {}, hashed }
}

/** What a chunk makes of a transaction. */
export function read(before: TransactionReader, chunk: Uint8Array, rules: ReadingRules): Reading {
  let reader = before
  let rest = chunk
  if (reader.hashed.length + chunk.length > maxTransactionBytes) return { kind: 'fault' }
  // Every turn takes a byte or ends a field, so that this ends with the chunk.
  for (;;) {
    const field = fieldsOf(reader.type)[reader.index]
    if (field === undefined || endsWithoutChainId(reader)) return { kind: 'finished', reader }
    if (rest.length === 0) return { kind: 'more', reader }

    const begun = reader.open === undefined ? begin(reader, rest) : { reader, rest }
    if (begun === 'fault') return { kind: 'fault' }
    ;({ reader, rest } = begun)
    if (reader.open === undefined) return { kind: 'more', reader }

    const objection = objectionTo(reader, rest, rules)
    if (objection !== undefined) return { kind: objection }
    ;({ reader, rest } = take(reader, rest))
  }
}

/** A legacy transaction from before EIP-155: its list ends where others have their chain id. */
function endsWithoutChainId({ type, index, hashed, endsAt = 0 }: TransactionReader): boolean {
  return type === 'legacy' && fieldsOf(type)[index]?.name === 'v' && hashed.length === endsAt
}

/** Reads a field's RLP header, as far as it has arrived. */
function begin(
  reader: TransactionReader,
  rest: Uint8Array,
): { readonly reader: TransactionReader; readonly rest: Uint8Array } | 'fault' {
  const header = Uint8Array.of(...reader.header, ...rest.slice(0, maxHeaderBytes))
  const shape = shapeOf(header)
  if (shape === 'fault') return 'fault'
  if (shape === 'incomplete') {
    return { reader: { ...reader, header, hashed: join(reader.hashed, rest) }, rest: none }
  }

  const field = fieldsOf(reader.type)[reader.index]
  if (field === undefined || shape.isList !== field.isList || shape.length > field.maxBytes) {
    return 'fault'
  }
  const taken = shape.headerBytes - reader.header.length
  const hashed = join(reader.hashed, rest.slice(0, taken))
  return {
    reader: {
      ...reader,
      header: none,
      hashed,
      ...(field.name === 'outer-list' && { endsAt: hashed.length + shape.length }),
      // The outer list is entered, its content are the fields that follow.
      open: { length: field.name === 'outer-list' ? 0 : shape.length, content: none },
    },
    rest: rest.slice(taken),
  }
}

type Shape = { readonly headerBytes: number; readonly length: number; readonly isList: boolean }

function shapeOf(header: Uint8Array): Shape | 'incomplete' | 'fault' {
  const [first = 0] = header
  // A byte that is its own content: it is read as content, so it has no header.
  if (first <= 0x7f) return { headerBytes: 0, length: 1, isList: false }
  const isList = first >= 0xc0
  const short = first - (isList ? 0xc0 : 0x80)
  if (short <= 55) return { headerBytes: 1, length: short, isList }

  const headerBytes = 1 + short - 55
  if (headerBytes > maxHeaderBytes) {
    return header.length < maxHeaderBytes ? 'incomplete' : 'fault'
  }
  if (header.length < headerBytes) return 'incomplete'
  const length = header.slice(1, headerBytes).reduce((sum, byte) => sum * 256 + byte, 0)
  return { headerBytes, length, isList }
}

/** Why the app does not take calldata that begins here; undefined if it does. */
function objectionTo(
  reader: TransactionReader,
  rest: Uint8Array,
  { isBlindSigningOn, isStored }: ReadingRules,
): 'fault' | 'blind-signing-off' | undefined {
  if (!isAtData(reader)) return undefined
  // The selector has to arrive in one piece.
  const isCut = rest.length < selectorBytes
  if (isStored) return isCut ? 'fault' : undefined
  if (!isCall(reader)) return undefined
  if (isCut) return 'fault'
  return isBlindSigningOn ? undefined : 'blind-signing-off'
}

/** Whether calldata has begun of which nothing has been taken yet. */
function isAtData({ type, index, open }: TransactionReader): boolean {
  if (open === undefined || open.length === 0) return false
  return fieldsOf(type)[index]?.name === 'data' && open.content.length === 0
}

/** New contracts and less than a selector are judged once the transaction is whole. */
function isCall({ open, values }: TransactionReader): boolean {
  return values.to?.length !== 0 && (open?.length ?? 0) >= selectorBytes
}

function take(
  reader: TransactionReader,
  rest: Uint8Array,
): { readonly reader: TransactionReader; readonly rest: Uint8Array } {
  const { open, values, index, ...same } = reader
  const field = fieldsOf(reader.type)[index]
  if (open === undefined || field === undefined) throw new Error('Expected a field that has begun.')

  const part = rest.slice(0, open.length - open.content.length)
  const content = join(open.content, part)
  const hashed = join(reader.hashed, part)
  const left = rest.slice(part.length)
  return content.length < open.length
    ? { reader: { ...reader, hashed, open: { ...open, content } }, rest: left }
    : {
        reader: { ...same, hashed, index: index + 1, values: { ...values, [field.name]: content } },
        rest: left,
      }
}

function join(first: Uint8Array, second: Uint8Array): Uint8Array {
  const whole = new Uint8Array(first.length + second.length)
  whole.set(first)
  whole.set(second, first.length)
  return whole
}

/**
 * Base of every error that this program throws on purpose, and the protocol's own.
 *
 * `code` is for programs (stable, kebab-case), `message` for people (one sentence).
 */
export abstract class OracleError<Code extends string = string> extends Error {
  readonly code: Code

  constructor(code: Code, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** A value that the protocol's encodings cannot carry, or a name that it does not know. */
export class ProtocolError extends OracleError<
  | 'symbol-too-long'
  | 'symbol-malformed'
  | 'value-out-of-range'
  | 'network-unknown'
  | 'malformed-payload'
  | 'protocol-repeated'
  | 'decimals-conflicting'
  | 'voter-repeated'
> {}

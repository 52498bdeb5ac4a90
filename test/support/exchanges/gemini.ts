/** Gemini: one pair of `/v1/pricefeed`, as documented, ordinary but for what a test names. */

export function geminiPrice(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return { pair: 'BTCUSD', price: '73360.10', percentChange24h: '0.0172', ...differing }
}

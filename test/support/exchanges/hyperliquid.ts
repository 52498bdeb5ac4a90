/** Hyperliquid: `spotMetaAndAssetCtxs`, as documented, ordinary but for what a test names. */

/** Token and pair of HYPE, of Bitcoin, and of a namesake of TRUMP; USDH is another dollar. */
export const hyperliquidMeta = {
  tokens: [
    { name: 'USDC', index: 0 },
    { name: 'PURR', index: 1 },
    { name: 'TRUMP', index: 13 },
    { name: 'HYPE', index: 150 },
    { name: 'UBTC', index: 197 },
    { name: 'USDH', index: 360 },
  ],
  universe: [
    { name: 'PURR/USDC', tokens: [1, 0], index: 0, isCanonical: true },
    { name: '@9', tokens: [13, 0], index: 9, isCanonical: false },
    { name: '@232', tokens: [150, 360], index: 232, isCanonical: false },
    { name: '@107', tokens: [150, 0], index: 107, isCanonical: false },
    { name: '@142', tokens: [197, 0], index: 142, isCanonical: false },
  ],
}

export function hyperliquidPrice(differing: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    coin: '@107',
    markPx: '31.20',
    midPx: '31.205',
    prevDayPx: '30.1',
    dayNtlVlm: '51129725.4',
    circulatingSupply: '333928180',
    ...differing,
  }
}

export function hyperliquidAnswer(...prices: unknown[]): unknown[] {
  return [hyperliquidMeta, prices]
}

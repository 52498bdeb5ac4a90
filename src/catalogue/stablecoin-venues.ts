/**
 * Exchanges that trade in USDT or USDC, and what they trade of our feeds. Their prices become
 * dollars by what the stablecoin is worth at that tick.
 *
 * Sources as for the dollar venues: Flare's own list of March 2026 and, beyond it, what is commonly
 * known to be traded there; read on 2026-11-22, none of it live. Names that mean another coin at one
 * exchange are left out there: TON is Tokamak at Upbit (so GRAM is not looked for under it), and GMT
 * at MEXC is none of ours.
 */

import type { VenueMarkets } from './venue-markets.ts'

const joined = (base: string, currency: string): string => `${base}${currency}`
const dashed = (base: string, currency: string): string => `${base}-${currency}`
const underscored = (base: string, currency: string): string => `${base}_${currency}`

export const stablecoinVenues: readonly VenueMarkets[] = [
  {
    source: 'binance',
    nameOf: joined,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        GRAM HBAR ICP JUP LINK LTC NEAR NOT ONDO OP PAXG PENGU PEPE POL PUMP PYTH QNT RENDER RUNE S
        SHIB SOL SUI TAO TRUMP TRX UNI USDC WIF XLM XPL XRP`,
    },
  },
  {
    // Its books in dollars are thin but for the coin that is worth one.
    source: 'binanceus',
    nameOf: joined,
    bases: {
      USD: 'USDT',
      USDT: `AAVE ADA ALGO APT ATOM AVAX BCH BNB BONK BTC DOGE DOT ETC ETH FET FIL HBAR ICP LINK LTC
        NEAR ONDO PEPE POL RENDER SHIB SOL SUI TRUMP UNI XLM XRP`,
    },
  },
  {
    source: 'okx',
    nameOf: dashed,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HYPE ICP JUP LEO LINK LTC MON NEAR NIGHT NOT ONDO OP PAXG PENGU PEPE POL PUMP
        PYTH RENDER S SHIB SOL SUI TRUMP TRX UNI USDC USDS WIF XLM XPL XRP`,
    },
  },
  {
    source: 'bybit',
    nameOf: joined,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HNT HYPE ICP JUP LINK LTC MON NEAR NIGHT NOT ONDO OP PENGU PEPE POL PUMP PYTH
        QNT RENDER RUNE S SHIB SOL SUI TRUMP TRX UNI USDC USDS WIF XDC XLM XPL XRP`,
    },
  },
  {
    source: 'gate',
    nameOf: underscored,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HNT HYPE ICP JUP LEO LINK LTC MON NEAR NIGHT NOT ONDO OP PAXG PENGU PEPE POL
        PUMP PYTH QNT RENDER RUNE S SHIB SOL SUI TAO TRUMP TRX UNI USDC USDS WIF XDC XLM XPL XRP`,
    },
  },
  {
    source: 'kucoin',
    nameOf: dashed,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HNT HYPE ICP JUP LINK LTC MON NEAR NIGHT NOT ONDO OP PAXG PENGU PEPE POL PUMP
        PYTH QNT RENDER RUNE S SHIB SOL SUI TAO TRUMP TRX UNI USDC WIF XDC XLM XPL XRP`,
    },
  },
  {
    source: 'mexc',
    nameOf: joined,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HYPE ICP JUP LINK LTC MON NEAR NIGHT NOT ONDO OP PAXG PENGU PEPE POL PUMP PYTH
        QNT RENDER RUNE S SGB SHIB SOL SUI TAO TRUMP TRX UNI USDC USDS WIF XDC XLM XPL XRP`,
    },
  },
  {
    source: 'htx',
    nameOf: (base, currency) => `${base}${currency}`.toLowerCase(),
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FIL FLR GRAM
        HBAR HYPE ICP JUP LINK LTC NEAR NOT ONDO OP PENGU PEPE POL PUMP PYTH SHIB SOL SUI TAO TRUMP
        TRX UNI USDC USDS WIF XDC XLM XPL XRP`,
    },
  },
  {
    source: 'bitget',
    nameOf: joined,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HNT HYPE ICP JUP LINK LTC MON NEAR NIGHT NOT ONDO OP PAXG PENGU PEPE POL PUMP
        PYTH QNT RENDER RUNE S SHIB SOL SUI TAO TRUMP TRX UNI USDC WIF XDC XLM XPL XRP`,
    },
  },
  {
    // Quote currency first. Only what is known for certain: one unknown name fails the whole call.
    source: 'upbit',
    nameOf: (base, currency) => `${currency}-${base}`,
    bases: {
      USDT: `AAVE ADA APT ARB AVAX BCH BERA BTC DOGE DOT ENA ETC ETH HBAR JUP LINK NEAR ONDO PENGU
        PEPE SHIB SOL SUI TRUMP TRX UNI USDC XLM XRP`,
    },
  },
  {
    source: 'bitmart',
    nameOf: underscored,
    bases: {
      USDT: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BNB BONK BTC DOGE DOT ENA ETC ETH FET FIL GRAM HBAR
        HYPE ICP JUP LINK LTC NEAR NOT ONDO OP PENGU PEPE POL PUMP PYTH QNT RENDER SHIB SOL SUI TAO
        TRUMP TRX UNI USDC USDX WIF XDC XLM XPL XRP`,
    },
  },
  {
    // Asked for by the coin's name; which token stands for it is the exchange's own file's business.
    source: 'hyperliquid',
    nameOf: (base, currency) => `${base}/${currency}`,
    bases: { USDC: 'BONK BTC ETH HYPE PENGU PUMP SOL XPL' },
  },
  {
    source: 'bitrue',
    nameOf: joined,
    bases: {
      USDT: `AAVE ADA ALGO ATOM AVAX BCH BNB BTC DOGE DOT ETC ETH FIL FLR HBAR LINK LTC NEAR PEPE
        SHIB SOL SUI TRX UNI USDC XDC XLM XRP`,
    },
  },
  {
    source: 'digifinex',
    nameOf: (base, currency) => `${base}_${currency}`.toLowerCase(),
    bases: {
      USDT: `AAVE ADA ALGO ATOM AVAX BCH BTC DOGE DOT ETC ETH FIL LINK LTC NEAR SHIB SOL TRX UNI XLM
        XRP`,
    },
  },
]

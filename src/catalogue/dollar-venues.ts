/**
 * Exchanges that trade in true US dollars, and what they trade of our feeds. They are also those
 * who say what a stablecoin is worth.
 *
 * Sources, all read on 2026-11-22 and none of them live: Flare's own list of March 2026, published
 * lists of Kraken's (August 2025) and Coinbase's (early 2026) markets, the exchanges' documents, and
 * what is commonly known to be traded there. A market that is not there is refused or left out by
 * its exchange and costs little; a wrong one would have to agree with all others before it votes.
 */

import type { VenueMarkets } from './venue-markets.ts'

export const dollarVenues: readonly VenueMarkets[] = [
  {
    source: 'kraken',
    nameOf: (base, currency) => `${base}${currency}`,
    spelled: { BTC: 'XBT', DOGE: 'XDG' },
    bases: {
      USD: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HNT HYPE ICP JUP LINK LTC MON NEAR NIGHT NOT ONDO OP PAXG PENGU PEPE POL PUMP
        PYTH QNT RENDER RUNE SGB SHIB SOL SUI TAO TRUMP TRX UNI USDC USDS USDT WIF XDC XLM XPL XRP`,
    },
  },
  {
    // Products in USD alone: those in USDC are the same books under another name.
    source: 'coinbase',
    nameOf: (base, currency) => `${base}-${currency}`,
    bases: {
      USD: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BNB BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL
        FLR GRAM HBAR HNT HYPE ICP LINK LTC MON NEAR ONDO OP PAXG PENGU PEPE POL PUMP PYTH QNT
        RENDER S SHIB SOL SUI TAO TRUMP UNI USDS USDT WIF XLM XPL XRP`,
    },
  },
  {
    // One request a product, so only the ten that matter most; they bring a book and a date.
    source: 'coinbase-exchange',
    nameOf: (base, currency) => `${base}-${currency}`,
    bases: { USD: 'USDT BTC ETH XRP SOL DOGE ADA LINK AVAX LTC' },
  },
  {
    source: 'bitstamp',
    nameOf: (base, currency) => `${base}/${currency}`,
    bases: {
      USD: `AAVE ADA ALGO AVAX BCH BONK BTC DOGE DOT ETH FET FLR HBAR HYPE LINK LTC NEAR ONDO PENGU
        PEPE POL SHIB SOL SUI TRUMP UNI USDC USDS USDT WIF XLM XRP`,
    },
  },
  {
    // A name of more than three letters is parted by a colon: `tAVAX:USD`.
    source: 'bitfinex',
    nameOf: (base, currency) => `t${base}${base.length > 3 ? ':' : ''}${currency}`,
    spelled: { ALGO: 'ALG', ATOM: 'ATO', BCH: 'BCHN', USDC: 'UDC', USDT: 'UST' },
    bases: {
      USD: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BONK BTC DOGE DOT ETC ETH FET FIL GRAM ICP JUP LEO
        LINK LTC NEAR PEPE POL SHIB SOL SUI TRUMP TRX UNI USDC USDS USDT WIF XDC XLM XRP`,
    },
  },
  {
    // Its prices come without book, volume or date: only busy books may be believed on such terms.
    source: 'gemini',
    nameOf: (base, currency) => `${base}${currency}`,
    bases: { USD: 'AVAX BCH BONK BTC DOGE ETH LINK LTC PAXG PEPE SHIB SOL USDC USDT XRP' },
  },
  {
    source: 'crypto.com',
    nameOf: (base, currency) => `${base}_${currency}`,
    bases: {
      USD: `AAVE ADA ALGO APT ARB ATOM AVAX BCH BERA BONK BTC DOGE DOT ENA ETC ETH ETHFI FET FIL FLR
        GRAM HBAR HNT HYPE ICP JUP LINK LTC NEAR NOT ONDO OP PAXG PENGU PEPE POL PUMP PYTH QNT
        RENDER RUNE S SHIB SOL SUI TAO TRUMP TRX UNI USDC USDS USDT WIF XLM XPL XRP`,
    },
  },
]

/** The page is made in the browser: there is nothing to show without a live connection. */

export const ssr = false

/** The dashboard's build: a static page, the same for every stack; see `src/lib/config.ts`. */

import adapter from '@sveltejs/adapter-static'
import { sveltekit } from '@sveltejs/kit/vite'
import { defineConfig } from 'vite'

// oxlint-disable-next-line import/no-default-export -- Vite reads it.
export default defineConfig({
  plugins: [
    sveltekit({
      adapter: adapter({ fallback: 'index.html' }),
      compilerOptions: { runes: true },
      csp: {
        mode: 'hash',
        directives: {
          'default-src': ['none'],
          'script-src': ['self'],
          'style-src': ['self', 'unsafe-inline'],
          'img-src': ['self'],
          // Which Worker it is to listen to is only known where it is served.
          'connect-src': ['self', 'http:', 'https:', 'ws:', 'wss:'],
          'base-uri': ['none'],
          'form-action': ['none'],
        },
      },
    }),
  ],
})

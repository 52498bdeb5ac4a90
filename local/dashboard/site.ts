/**
 * A static site held in memory. A path is looked up among the files that there were and never opened,
 * so no path leads anywhere else.
 */

import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, relative, sep } from 'node:path'

type SiteFile = { readonly body: Buffer; readonly headers: Readonly<Record<string, string>> }

/** Files by path, each beginning with a slash. */
export type Site = ReadonlyMap<string, SiteFile>

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
  '.woff2': 'font/woff2',
}

/** Rules for Cloudflare Pages, which itself does not serve them either. */
const unserved: ReadonlySet<string> = new Set(['/_headers', '/_redirects'])

/** What answers every path that is no file's: the page finds its own way. */
const fallback = '/index.html'

const immutablePrefix = '/_app/immutable/'

/**
 * The files of a directory, and `chrono.json` beside them.
 *
 * @throws {Error} `ENOENT` if there is no such directory.
 */
export async function fileSite(
  directory: string,
  config: Readonly<Record<string, string>>,
): Promise<Site> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const site = new Map<string, SiteFile>()
  for (const entry of entries) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const path = `/${relative(directory, file).split(sep).join('/')}`
    if (!unserved.has(path)) site.set(path, siteFile(path, await readFile(file)))
  }
  site.set('/chrono.json', {
    body: Buffer.from(JSON.stringify(config)),
    headers: { 'Content-Type': 'application/json', 'Cache-Control': 'no-store' },
  })
  return site
}

/** Answers requests from the site; a page of the browser's own making gets the start page. */
export function siteListener(site: Site) {
  return (request: IncomingMessage, response: ServerResponse): void => {
    const { method = '', url = '/', headers } = request
    if (method !== 'GET' && method !== 'HEAD') {
      response.writeHead(405, { Allow: 'GET, HEAD' }).end()
      return
    }
    const file = found(site, url)
    if (file === undefined) {
      response.writeHead(404, { 'Content-Type': 'text/plain' }).end('Not found.')
      return
    }
    const isKnown = headers['if-none-match'] === file.headers['ETag']
    if (isKnown && file.headers['ETag'] !== undefined) {
      response.writeHead(304, { ETag: file.headers['ETag'] }).end()
      return
    }
    response.writeHead(200, {
      'X-Content-Type-Options': 'nosniff',
      'X-Frame-Options': 'DENY',
      'Referrer-Policy': 'no-referrer',
      'Content-Length': file.body.length,
      ...file.headers,
    })
    response.end(method === 'HEAD' ? undefined : file.body)
  }
}

function found(site: Site, url: string): SiteFile | undefined {
  const path = url.split(/[?#]/, 1)[0] ?? '/'
  const file = site.get(path)
  if (file !== undefined) return file
  // A missing file is missing: the start page in place of a script would only be a riddle.
  return extname(path) === '' ? site.get(fallback) : undefined
}

function siteFile(path: string, body: Buffer): SiteFile {
  const isImmutable = path.startsWith(immutablePrefix)
  return {
    body,
    headers: {
      'Content-Type': contentTypes[extname(path)] ?? 'application/octet-stream',
      'Cache-Control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
      ETag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`,
    },
  }
}

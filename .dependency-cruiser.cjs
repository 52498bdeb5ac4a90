/** The walls of the house: who may use whom. A row says all that a room may import of the house. */

const mayUse = {
  'src/protocol': ['src/protocol'],
  'src/core': ['src/core', 'src/protocol'],
  'src/exchanges': ['src/exchanges', 'src/core', 'src/protocol'],
  'src/history': ['src/history', 'src/core', 'src/protocol'],
  'src/cache': ['src/cache', 'src/core', 'src/protocol'],
  'src/client': ['src/client', 'src/protocol'],
  // Routes read through ports, and compute no price but by the engine's one function.
  'src/api': [
    'src/api',
    'src/core',
    'src/protocol',
    'src/cache/cache.ts',
    'src/history/history.ts',
  ],
  'durable-objects': ['durable-objects', 'src/core', 'src/protocol', 'src/catalogue'],
  'signer-bridge': ['signer-bridge', 'src/protocol'],
  pages: ['pages', 'src/client', 'src/protocol'],
}

/** The one object that touches the exchanges. */
const extraUse = { 'durable-objects/collector.ts': ['src/exchanges'] }

const walls = Object.entries(mayUse).map(([room, allowed]) => ({
  name: `walls-of-${room.replaceAll('/', '-')}`,
  severity: 'error',
  from: {
    path: `^${room}/`,
    pathNot: Object.keys(extraUse).map((file) => `^${file}$`),
  },
  to: {
    path: '^(src|durable-objects|signer-bridge|pages|local|tools|test|migrations)/',
    pathNot: allowed.map((path) => `^${path}`),
  },
}))

const extraWalls = Object.entries(extraUse).map(([file, extra]) => ({
  name: `walls-of-${file.replaceAll('/', '-')}`,
  severity: 'error',
  from: { path: `^${file}$` },
  to: {
    path: '^(src|durable-objects|signer-bridge|pages|local|tools|test)/',
    pathNot: [...mayUse['durable-objects'], ...extra].map((path) => `^${path}`),
  },
}))

module.exports = {
  forbidden: [
    ...walls,
    ...extraWalls,
    {
      name: 'protocol-uses-viem-and-zod',
      severity: 'error',
      from: { path: '^src/protocol/' },
      to: { path: 'node_modules', pathNot: 'node_modules/(viem|zod)/' },
    },
    {
      name: 'core-uses-no-package',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: 'node_modules' },
    },
    {
      name: 'cloudflare-only-at-the-rim',
      severity: 'error',
      from: { path: '^(src|local|tools|signer-bridge|pages)/', pathNot: '^src/index.ts$' },
      to: { path: '^cloudflare:' },
    },
    {
      name: 'node-only-on-machines',
      severity: 'error',
      from: { path: '^(src|durable-objects|pages/src)/' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'local-only-for-development',
      severity: 'error',
      from: { pathNot: '^(local|test|tools)/' },
      to: { path: '^local/' },
    },
    {
      name: 'nobody-imports-tests',
      severity: 'error',
      from: { pathNot: '^test/' },
      to: { path: '^test/' },
    },
    {
      // What results are held against must not share a mistake with what it judges.
      name: 'oracles-know-nothing-of-the-house',
      severity: 'error',
      from: { path: '^test/support/(naive-oracle|chain-scenario/blind-oracle)\\.ts$' },
      to: {
        path: '^(src|durable-objects|signer-bridge|pages|local|tools|test)/',
        pathNot: '^test/support/naive-oracle\\.ts$',
      },
    },
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    exoticRequireStrings: [],
  },
}

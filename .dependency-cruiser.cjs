/** The import rules of docs/architecture.md. Each rule's comment is what a person sees who breaks it. */

const npm = (...names) => `(^|/)node_modules/(${names.join('|')})/`;
const LIBRARIES = '(^|/)node_modules/(?!@actions/)';

/** The domain folders, and the other ones each may import. */
const DOMAIN = {
  charts: ['helm'],
  git: [],
  github: [],
  helm: [],
  kubernetes: [],
  registry: [],
  release: ['github', 'helm', 'kubernetes'],
  reporting: ['github', 'helm', 'kubernetes', 'registry'],
  rendering: ['charts', 'helm', 'schemas'],
  schemas: [],
  stores: ['git', 'github', 'registry'],
  validation: ['charts', 'helm', 'schemas', 'stores'],
};
const FOLDERS = ['actions', 'config', 'core', 'relay', 'runtime', ...Object.keys(DOMAIN)];

/** What a folder of src/ may import besides itself; everything else is forbidden. Node's own modules are free. */
function mayImport(folder, allowed, comment) {
  return {
    name: `${folder}-imports`,
    comment,
    severity: 'error',
    from: { path: `^src/${folder}/` },
    to: { pathNot: [`^src/${folder}/`, ...allowed], dependencyTypesNot: ['core'] },
  };
}

/** A domain folder sees core, the types of config, libraries, and the other domain folders that are named. */
function domain(folder, ...others) {
  return mayImport(
    folder,
    ['^src/core/', '^src/config/types\\.ts$', ...others.map((name) => `^src/${name}/`), LIBRARIES],
    `${folder} imports ${['core', 'types of config', ...others].join(', ')} and libraries.`,
  );
}

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'Files that need each other are one idea, or three.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'resolvable',
      comment: 'What is imported must exist.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'declared',
      comment: 'src imports only what package.json names under dependencies: that is bundled, pinned and licensed.',
      severity: 'error',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'npm-optional', 'npm-peer'] },
    },
    {
      name: 'core-imports',
      comment: 'core is pure: it imports core, yaml, semver, and no module that reads, waits or asks.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { pathNot: ['^src/core/', npm('yaml', 'semver'), '^(crypto|util|url|path)$'] },
    },
    mayImport('config', ['^src/core/', npm('ajv', 'yaml')], 'config imports core, ajv and yaml.'),
    ...Object.entries(DOMAIN).map(([folder, others]) => domain(folder, ...others)),
    mayImport(
      'actions',
      [...['core', 'config', ...Object.keys(DOMAIN)].map((name) => `^src/${name}/`), LIBRARIES],
      'An action imports core, config, the domain folders and libraries.',
    ),
    {
      name: 'actions-are-separate',
      comment: 'An action never imports another action: what both need belongs to core or a domain folder.',
      severity: 'error',
      from: { path: '^src/actions/([^/]+)/' },
      to: { path: '^src/actions/', pathNot: '^src/actions/$1/' },
    },
    mayImport(
      'relay',
      [...['core', 'config', 'github', 'registry'].map((name) => `^src/${name}/`), LIBRARIES],
      'The relay imports core, config, github, registry and libraries; src/relay.ts gives it what runtime has.',
    ),
    mayImport('runtime', ['^src/core/', '(^|/)node_modules/'], 'runtime serves every action and knows none.'),
    {
      name: 'only-runtime-imports-the-actions-toolkit',
      comment: 'One folder reads inputs, writes the log and masks: src/runtime.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/runtime/' },
      to: { path: '(^|/)node_modules/@actions/' },
    },
    {
      name: 'nothing-imports-the-entry',
      comment: 'src/index.ts ties runtime and actions together; nothing imports it.',
      severity: 'error',
      from: {},
      to: { path: '^src/index\\.ts$' },
    },
    {
      name: 'known-folders',
      comment: 'A new folder of src needs its rule in this file, and its line in docs/architecture.md.',
      severity: 'error',
      from: { path: '^src/', pathNot: [`^src/(${FOLDERS.join('|')})/`, '^src/(index|actions|bump|relay)\\.ts$'] },
      to: {},
    },
    {
      name: 'src-imports-src',
      comment: 'What is shipped does not depend on tests, scripts or benchmarks.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^(test|scripts|bench|tools|demo|examples|dist)/' },
    },
  ],
  options: {
    doNotFollow: { path: '(^|/)node_modules/' },
    exclude: { path: '^(dist|coverage|reports|\\.toolchain|\\.stryker-tmp)/' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'types', 'default'],
      extensions: ['.ts', '.d.ts', '.js', '.mjs', '.cjs', '.json'],
    },
  },
};

import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import path from 'node:path';

const CHARTS = 20;
/** Commits that are there before: more than any clone of one asks for. */
const HISTORY = 80;
const SOMEBODY = 'Somebody <somebody@example.com>';

export const CHART = 'charts/service-7';
export const IMAGE_NAME = 'ghcr.io/acme/service-7';

const manifest = (kind, index) => `apiVersion: v1
kind: ${kind}
metadata:
  name: {{ .Release.Name }}-service-${index}
  labels: {{- include "service-${index}.labels" . | nindent 4 }}
spec:
${'  # What this is for is explained in the README of the chart.\n'.repeat(25)}`;

function chart(index) {
  const folder = `charts/service-${index}`;
  const kinds = ['Deployment', 'Service', 'Ingress', 'ConfigMap', 'ServiceAccount', 'HorizontalPodAutoscaler'];
  return {
    [`${folder}/Chart.yaml`]: `apiVersion: v2\nname: service-${index}\ndescription: Service ${index}\nversion: 1.0.0\nappVersion: 1.0.0\n`,
    [`${folder}/values.yaml`]: `replicaCount: 1\nimage:\n  repository: ghcr.io/acme/service-${index}\n  tag: 1.0.0\nresources: {}\n${'# A setting that hardly anybody changes.\n'.repeat(60)}`,
    [`${folder}/README.md`]: `# service-${index}\n\n${'Words about the service and its settings.\n'.repeat(40)}`,
    [`${folder}/templates/_helpers.tpl`]: `{{- define "service-${index}.labels" -}}\napp: service-${index}\n{{- end }}\n`,
    ...Object.fromEntries(
      kinds.map((kind) => [`${folder}/templates/${kind.toLowerCase()}.yaml`, manifest(kind, index)]),
    ),
  };
}

/** The files of a chart repository as a team has one: 20 charts, 200 files. */
export const chartFiles = () => Object.assign({}, ...Array.from({ length: CHARTS }, (_, index) => chart(index)));

const data = (text) => `data ${Buffer.byteLength(text)}\n${text}\n`;

/** Fills a bare repository's main with the charts and with a history of bumps. */
export function fillRepository(repository, { parent } = {}) {
  const commit = (number, message, files, from) =>
    [
      `commit refs/heads/main\nmark :${number}\ncommitter ${SOMEBODY} ${1_700_000_000 + number} +0000\n`,
      data(message),
      from,
      ...Object.entries(files).map(([file, text]) => `M 100644 inline ${file}\n${data(text)}`),
    ].join('');
  const files = chartFiles();
  const stream = [commit(1, 'All charts\n', files, parent === undefined ? '' : `from ${parent}\n`)];
  for (let number = 2; number <= HISTORY; number++) {
    const folder = `charts/service-${number % CHARTS}`;
    const changed = Object.fromEntries(
      [`${folder}/values.yaml`, `${folder}/Chart.yaml`].map((file) => {
        files[file] = files[file].replace(/(tag|version): 1\.0\.(\d+)/, (_, key, patch) => `${key}: 1.0.${+patch + 1}`);
        return [file, files[file]];
      }),
    );
    stream.push(commit(number, `Bump service-${number % CHARTS}\n`, changed, `from :${number - 1}\n`));
  }
  execFileSync('git', ['fast-import', '--quiet', '--force'], { cwd: repository, input: stream.join('') });
  // As a server keeps it: packed.
  execFileSync('git', ['repack', '-adq'], { cwd: repository });
}

/** A bare repository in a folder, for `file://`. */
export function createRepository(folder) {
  mkdirSync(path.dirname(folder), { recursive: true });
  execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', folder]);
  fillRepository(folder);
  return `file://${folder}`;
}

const git = (repository, ...args) => execFileSync('git', args, { cwd: repository, encoding: 'utf8' });

/** Makes sure that a side did what it claims: the last commit holds exactly the new tag and a new version. */
export function checkBump(repository, tag) {
  const diff = git(repository, 'diff', '-U0', 'refs/heads/main~1', 'refs/heads/main');
  const changed = diff.split('\n').filter((line) => /^[+-](?![+-]{2})/.test(line));
  const added = changed.filter((line) => line.startsWith('+'));
  if (
    changed.length !== 4 ||
    added.length !== 2 ||
    !diff.includes(`\n+  tag: ${tag}\n`) ||
    !/\n\+version: /.test(diff)
  ) {
    throw new Error(`The bump to ${tag} in ${repository} is not what was asked for:\n${diff}`);
  }
}

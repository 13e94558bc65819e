/** Indexes of chart repositories, made for the benchmark: the fields and sizes of a large public one, in helm's own layout. */
import { createHash } from 'node:crypto';

const hex = (text) => createHash('sha256').update(text).digest('hex');

const FIRST_WORDS = ['airflow', 'argo', 'cert', 'etcd', 'grafana', 'kafka', 'mongo', 'nginx', 'redis', 'zookeeper'];
const SECOND_WORDS = ['agent', 'broker', 'cluster', 'exporter', 'gateway', 'ingress', 'manager', 'operator'];

/** Chart names, in order. */
function namesOf(count) {
  const names = [];
  for (let round = 0; names.length < count; round++) {
    for (const first of FIRST_WORDS) {
      for (const second of SECOND_WORDS) names.push(`${first}-${second}${round === 0 ? '' : `-${round}`}`);
    }
  }
  return names.slice(0, count).sort();
}

/** The fields of one version, in the order in which helm writes them. */
function entryOf(name, number, total) {
  const minor = Math.floor(number / 20);
  const version = `1.${minor}.${number % 20}`;
  const app = `2.${minor}.${number % 7}`;
  const at = new Date(Date.UTC(2020, 0, 1) + number * 3_600_000 + total).toISOString();
  return {
    annotations: {
      'artifacthub.io/prerelease': String(number % 9 === 0),
      category: 'WorkFlow',
      images: `- name: ${name}\n  image: docker.io/example/${name}:${app}-debian-12-r${number % 5}\n`,
      licenses: 'Apache-2.0',
    },
    apiVersion: 'v2',
    appVersion: app,
    created: at.replace(/\d{3}Z$/, `${String(number % 1000).padStart(3, '0')}456789Z`),
    dependencies: [
      {
        condition: `${name}.enabled`,
        name: 'common',
        repository: 'oci://registry-1.docker.io/examplecharts',
        version: '2.x.x',
      },
    ],
    description: `${name} executes workflows as directed acyclic graphs. It includes utilities to schedule tasks.`,
    digest: hex(`${name} ${version}`),
    home: 'https://charts.example.com',
    icon: `https://charts.example.com/assets/${name}-220x234.png`,
    keywords: [name, 'workflow', 'dag'],
    maintainers: [{ name: 'Example, Inc. All Rights Reserved.', url: 'https://github.com/example/charts' }],
    name,
    sources: [`https://github.com/example/charts/tree/main/charts/${name}`],
    urls: [`https://charts.example.com/archives/${name}-${version}.tgz`],
    version,
  };
}

const QUOTED = /^(?:true|false|[\d.]+)$|^\d{4}-/;
const isVersion = (text) => text.split('.').length > 2 && !text.includes('T');
const scalar = (text) => (QUOTED.test(text) && !isVersion(text) ? JSON.stringify(text) : text);

/** Long text is broken at the first space behind the 80th column. */
function fold(text, column, indent) {
  let at = column;
  let folded = '';
  for (const word of text.split(' ')) {
    if (folded === '') folded = word;
    else if (at > 80) {
      folded += `\n${' '.repeat(indent)}${word}`;
      at = indent + word.length;
      continue;
    } else folded += ` ${word}`;
    at += word.length + (folded === word ? 0 : 1);
  }
  return folded;
}

/** Helm's layout, for what `entryOf` gives. */
function printItem(entry) {
  const lines = [];
  const print = (value, indent) => {
    for (const [key, item] of Object.entries(value)) {
      const head = `${' '.repeat(indent)}${key}:`;
      if (typeof item === 'string' && item.includes('\n')) {
        lines.push(`${head} |`);
        for (const line of item.trimEnd().split('\n')) lines.push(`${' '.repeat(indent + 2)}${line}`);
      } else if (typeof item === 'string') lines.push(`${head} ${fold(scalar(item), head.length + 1, indent + 2)}`);
      else if (Array.isArray(item)) {
        lines.push(head);
        for (const element of item) {
          if (typeof element === 'string') lines.push(`${' '.repeat(indent)}- ${scalar(element)}`);
          else {
            const at = lines.length;
            print(element, indent + 2);
            lines[at] = `${' '.repeat(indent)}- ${lines[at].trimStart()}`;
          }
        }
      } else {
        lines.push(head);
        print(item, indent + 2);
      }
    }
  };
  print(entry, 4);
  lines[0] = `  - ${lines[0].trimStart()}`;
  return `${lines.join('\n')}\n`;
}

/**
 * An index.
 * @param {{ charts: number, versions: number, style: 'yaml' | 'json' }} size versions: of each chart; yaml: as `helm repo
 *   index` lays it out; json: one version a line, as publish-chart begins a new index
 * @returns {{ text: string, names: readonly string[], entries: number }}
 */
export function makeIndex({ charts, versions, style }) {
  const names = charts === 1 ? ['shop'] : namesOf(charts);
  const parts = [style === 'yaml' ? 'apiVersion: v1\nentries:\n' : '{\n  "apiVersion": "v1",\n  "entries": {'];
  for (const [index, name] of names.entries()) {
    parts.push(style === 'yaml' ? `  ${name}:\n` : `${index === 0 ? '' : ','}\n    ${JSON.stringify(name)}: [`);
    for (let number = versions - 1; number >= 0; number--) {
      const entry = entryOf(name, number, index);
      if (style === 'yaml') parts.push(printItem(entry));
      else parts.push(`${number === versions - 1 ? '' : ','}\n      ${JSON.stringify(entry)}`);
    }
    if (style === 'json') parts.push('\n    ]');
  }
  const generated = '2026-01-01T00:00:00.123456789Z';
  parts.push(style === 'yaml' ? `generated: "${generated}"\n` : `\n  },\n  "generated": "${generated}"\n}\n`);
  return { text: parts.join(''), names, entries: names.length * versions };
}

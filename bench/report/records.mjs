/** Releases as helm stores them, written straight to the API server: installing thousands would take all day. */
import { gzipSync } from 'node:zlib';

const CONCURRENCY = 24;
const SERVICES = 4;

const template = (index) =>
  Buffer.from(
    `# A template such as charts have.\n${Array.from({ length: 40 }, (_, line) => `{{- if .Values.part${index}.switch${line} }}\nkey${line}: {{ .Values.part${index}.value${line} | quote }}\n{{- end }}`).join('\n')}\n`,
  ).toString('base64');
const TEMPLATES = Array.from({ length: 12 }, (_, index) => ({
  name: `templates/part${index}.yaml`,
  data: template(index),
}));

function manifest(name, revision) {
  return Array.from(
    { length: SERVICES },
    (_, index) => `---
# Source: services/templates/service${index}.yaml
apiVersion: v1
kind: Service
metadata:
  name: ${name}-${index}
  labels: { app.kubernetes.io/managed-by: Helm, app.kubernetes.io/instance: ${name} }
spec:
  selector: { app: ${name}-${index} }
  ports: [{ port: 80, targetPort: 8080 }]
---
# Source: services/templates/deployment${index}.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}-${index}
  labels: { app.kubernetes.io/managed-by: Helm, app.kubernetes.io/instance: ${name} }
spec:
  replicas: 2
  selector: { matchLabels: { app: ${name}-${index} } }
  template:
    metadata: { labels: { app: ${name}-${index} } }
    spec:
      containers:
        - name: service
          image: registry.example/${name}-${index}:1.0.${revision}
          env:
${Array.from({ length: 20 }, (_, line) => `            - { name: SETTING_${line}, value: "${name} ${line}" }`).join('\n')}
`,
  ).join('');
}

function record(name, namespace, revision, last) {
  const release = {
    name,
    info: {
      first_deployed: '2026-01-01T00:00:00Z',
      last_deployed: `2026-01-0${revision}T00:00:00Z`,
      deleted: '',
      description: 'Upgrade complete',
      status: revision === last ? 'deployed' : 'superseded',
      notes: 'Thank you for installing.',
    },
    chart: {
      metadata: { name: 'services', version: `1.0.${revision}`, appVersion: '1.0.0', apiVersion: 'v2' },
      lock: null,
      templates: TEMPLATES,
      values: { part0: { switch0: true } },
      schema: null,
      files: null,
    },
    config: { name },
    manifest: manifest(name, revision),
    version: revision,
    namespace,
  };
  const encoded = gzipSync(Buffer.from(JSON.stringify(release)), { level: 9 }).toString('base64');
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    type: 'helm.sh/release.v1',
    metadata: {
      name: `sh.helm.release.v1.${name}.v${revision}`,
      namespace,
      labels: { owner: 'helm', name, status: release.info.status, version: String(revision), modifiedAt: '1767225600' },
    },
    data: { release: Buffer.from(encoded).toString('base64') },
  };
}

async function send(url, body) {
  const headers = { 'content-type': 'application/json' };
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
    const text = await answer.text();
    if (answer.ok) return;
    if (attempt === 5 || answer.status < 429) throw new Error(`${url}: ${answer.status} ${text}`);
  }
}

/**
 * @param {string} api the root of an API server that asks for no credentials, such as kubectl's proxy
 * @param {{ releases: number, revisions: number }} options twenty releases a namespace
 */
export async function writeReleases(api, { releases, revisions }) {
  const queue = [];
  for (let index = 0; index < releases; index++) {
    const namespace = `team-${Math.floor(index / 20)}`;
    if (index % 20 === 0) {
      await send(`${api}/api/v1/namespaces`, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    }
    for (let revision = 1; revision <= revisions; revision++) queue.push([`app-${index}`, namespace, revision]);
  }
  const worker = async () => {
    for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
      const [name, namespace, revision] = next;
      await send(`${api}/api/v1/namespaces/${namespace}/secrets`, record(name, namespace, revision, revisions));
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
}

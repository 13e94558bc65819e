// The kubeconfig of a simulated cluster: one file, which needs no others (its contents can be passed on as a secret).
import fs from 'node:fs/promises';
import path from 'node:path';
import { ToolError } from './errors.mjs';

const marker = (name) => `# helm-cd: simulated cluster ${name}, removed with it\n`;

const contentsOf = (file) =>
  fs.readFile(file, 'utf8').catch((error) => {
    if (error.code === 'ENOENT') return '';
    throw new ToolError(`cannot read the kubeconfig ${file}: ${error.message}`, { cause: error });
  });

/** Throws if `file` holds something that is not a simulated cluster's: somebody's clusters are not to be overwritten. */
export async function assertWritable(file) {
  const contents = await contentsOf(file);
  if (contents.trim() === '' || contents.startsWith('# helm-cd: simulated cluster ')) return;
  throw new ToolError(
    `${file} is not a kubeconfig of tools/cluster.mjs and is left alone: choose another --kubeconfig`,
  );
}

/** @param {{ server: string, ca: Buffer, cert: Buffer, key: Buffer }} access */
export async function writeKubeconfig(file, name, { server, ca, cert, key }) {
  const id = `helm-cd-${name}`;
  const text = `${marker(name)}apiVersion: v1
kind: Config
clusters:
  - name: ${id}
    cluster:
      server: ${server}
      certificate-authority-data: ${ca.toString('base64')}
users:
  - name: ${id}
    user:
      client-certificate-data: ${cert.toString('base64')}
      client-key-data: ${key.toString('base64')}
contexts:
  - name: ${id}
    context:
      cluster: ${id}
      user: ${id}
      namespace: default
current-context: ${id}
`;
  await fs.mkdir(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  await fs.writeFile(temporary, text, { mode: 0o600 });
  await fs.rename(temporary, file);
}

/** Removes the file if it is still that of the cluster `name`. */
export async function removeKubeconfig(file, name) {
  if ((await contentsOf(file)).startsWith(marker(name))) await fs.rm(file, { force: true });
}

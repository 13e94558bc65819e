import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** helm-cd's own folder: the nearest one above this module whose package.json is named helm-cd. */
export async function packageRoot(): Promise<string> {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = await readFile(path.join(folder, 'package.json'), 'utf8').catch(() => '{}');
    if ((JSON.parse(manifest) as { name?: string }).name === 'helm-cd') return folder;
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('helm-cd was not found around its own bundle');
    folder = parent;
  }
}

import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** helm-cd's own folder: the nearest one above this module whose package.json is named helm-cd. */
export function packageRoot(): string {
  let folder = path.dirname(fileURLToPath(import.meta.url));
  for (;;) {
    const manifest = path.join(folder, 'package.json');
    if (existsSync(manifest) && (JSON.parse(readFileSync(manifest, 'utf8')) as { name?: string }).name === 'helm-cd') {
      return folder;
    }
    const parent = path.dirname(folder);
    if (parent === folder) throw new Error('helm-cd was not found around its own bundle');
    folder = parent;
  }
}

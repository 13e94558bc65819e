import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { build } from '../../scripts/build.mjs';
import { root } from '../../scripts/lib/run.mjs';

const FOLDER = path.join(root, '.toolchain/run/bench');

/** A hash of everything that a bundle is made of. */
function sourcesHash() {
  const sources = readdirSync(path.join(root, 'src'), { recursive: true }).filter((file) => /\.(ts|json)$/.test(file));
  const files = [...sources.map((file) => `src/${file}`), 'scripts/build.mjs', 'package-lock.json', 'tsconfig.json'];
  const hash = createHash('sha256');
  for (const file of files.sort())
    hash
      .update(`${file}\0`)
      .update(readFileSync(path.join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

/** Bundles of the sources as they are now, built when the last ones are of others. dist/ is left alone. */
export function privateBuild() {
  const target = path.join(FOLDER, 'dist');
  const stamp = path.join(FOLDER, 'sources');
  const hash = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return target;
  console.log('Building the bundles…');
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(stamp, '');
  build(target);
  writeFileSync(stamp, hash);
  return target;
}

import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { transformSync } from '@swc/core';
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

/** What `make` makes of the sources as they are now; made anew when the last was of others. */
function upToDate(name, make) {
  const target = path.join(FOLDER, name);
  const stamp = path.join(FOLDER, `${name}.sources`);
  const hash = sourcesHash();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === hash) return target;
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(stamp, '');
  make(target);
  writeFileSync(stamp, hash);
  return target;
}

/** Bundles of the sources as they are now. dist/ is left alone. */
export function privateBuild() {
  return upToDate('dist', (target) => {
    console.log('Building the bundles…');
    build(target);
  });
}

/** The sources as JavaScript, module by module, for programs that measure a part of them: `src/FILE.js`. */
export function privateModules() {
  return upToDate('modules', (target) => {
    rmSync(target, { recursive: true, force: true });
    for (const file of readdirSync(path.join(root, 'src'), { recursive: true })) {
      if (!file.endsWith('.ts')) continue;
      const { code } = transformSync(readFileSync(path.join(root, 'src', file), 'utf8'), {
        filename: file,
        configFile: false,
        swcrc: false,
        jsc: { parser: { syntax: 'typescript' }, target: 'es2022' },
        module: { type: 'es6' },
      });
      const module = path.join(target, 'src', file.replace(/\.ts$/, '.js'));
      mkdirSync(path.dirname(module), { recursive: true });
      writeFileSync(module, code);
    }
  });
}

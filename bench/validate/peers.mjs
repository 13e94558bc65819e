import { execFileSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';
import { root } from '../../scripts/lib/run.mjs';
import { kubeconformSchemas } from '../../tools/kubeconform-schemas.mjs';

const BIN = path.join(root, '.toolchain/bin');

function isThere(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Puts the toolchain's programs on PATH, for both sides.
 * @returns {Promise<{ helm: string, schemas?: string }>} helm: its version; schemas: for kubeconform's -schema-location;
 *   without them there is nothing to compare with, and the reason has been said
 */
export async function preparePeers() {
  if (!isThere(path.join(BIN, 'helm'))) throw new Error('There is no helm yet: run node tools/toolchain.mjs first.');
  if (!process.env.PATH.split(path.delimiter).includes(BIN))
    process.env.PATH = `${BIN}${path.delimiter}${process.env.PATH}`;
  const helm = execFileSync('helm', ['version', '--short'], { encoding: 'utf8' }).trim();
  const found = isThere(path.join(BIN, 'kubeconform'))
    ? await kubeconformSchemas({ log: (line) => console.log(line) })
    : undefined;
  if (found === undefined) console.log('No kubeconform with schemas here: only our own side is measured.');
  return { helm, ...(found === undefined ? {} : { schemas: found.location }) };
}

/** How many resources kubeconform says it has found, over all of its calls; throws when one was not valid. */
export function resourcesIn(printed) {
  const summaries = [
    ...printed.matchAll(/Summary: (\d+) resources? found.*? - Valid: (\d+), Invalid: 0, Errors: 0, Skipped: 0/g),
  ];
  const all = printed.match(/Summary: /g)?.length ?? 0;
  if (all === 0 || summaries.length !== all || summaries.some(([, found, valid]) => found !== valid)) {
    throw new Error(`kubeconform is not content:\n${printed.slice(0, 2000)}`);
  }
  return summaries.reduce((sum, [, found]) => sum + Number(found), 0);
}

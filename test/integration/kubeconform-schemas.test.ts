import { expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { projectRoot, temporaryFolder } from '../support/services.js';

it('says why there are no schemas for kubeconform where Python is missing', async () => {
  const folder = await temporaryFolder();
  try {
    const tool = path.join(projectRoot, 'tools/kubeconform-schemas.mjs');
    const env = { PATH: folder, HOME: folder, HELM_CD_TOOLCHAIN_CACHE: path.join(folder, 'cache') };
    const result = await new Promise<string>((resolve) => {
      execFile(process.execPath, [tool], { env, timeout: 30_000 }, (error, stdout) => {
        resolve(`${String(error?.code)} ${stdout.trim()}`);
      });
    });
    expect(result).toBe('1 kubeconform-schemas: no schemas for kubeconform: no python3 on PATH, no python on PATH');
    expect(await readdir(folder)).toEqual([]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

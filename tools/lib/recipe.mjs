// How a group is built, and the name of the cache folder that follows from it.
import { createHash } from 'node:crypto';
import fs from 'node:fs/promises';
import path from 'node:path';
import { requiredVersions } from './go-mod.mjs';
import { cacheDir, toolsDir } from './paths.mjs';

/**
 * @param {import('./tools.mjs').groups[number]} group
 * @param {{ version: string, os: string, arch: string }} go
 * @returns {Promise<{ name: string, moduleDir: string, cache: string, tools: { name: string, args: string[] }[] }>}
 *   `args`: of `go build`, without the output
 */
export async function recipeOf(group, go) {
  const moduleDir = path.join(toolsDir, group.name);
  const [mod, sum] = await Promise.all(
    ['go.mod', 'go.sum'].map((file) => fs.readFile(path.join(moduleDir, file), 'utf8')),
  );
  const version = requiredVersions(mod);
  const tools = group.tools.map((tool) => {
    const stamp = (tool.stamp?.(version) ?? []).map(([variable, value]) => `-X ${variable}=${value}`);
    const ldflags = ['-s', '-w', ...stamp].join(' ');
    return {
      name: tool.name,
      args: ['-mod=readonly', '-buildvcs=false', '-trimpath', '-ldflags', ldflags, tool.package],
    };
  });
  const key = createHash('sha256')
    .update(JSON.stringify([mod, sum, tools]))
    .digest('hex')
    .slice(0, 16);
  const cache = path.join(cacheDir(), group.name, `${go.os}-${go.arch}-${go.version.replaceAll(' ', '_')}-${key}`);
  return { name: group.name, moduleDir, cache, tools };
}

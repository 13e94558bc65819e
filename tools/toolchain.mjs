// The real tools that the demo and the tests run: built from pinned Go modules, kept in a cache, linked into .toolchain/bin.
//
//   node tools/toolchain.mjs                 builds what is missing of all tools
//   node tools/toolchain.mjs helm kubectl    only of these
//
// Needs Go and Node, nothing else.
import fs from 'node:fs/promises';
import path from 'node:path';
import { buildTool, removeAbandoned } from './lib/build.mjs';
import { isMain, readArguments, runCommand } from './lib/command-line.mjs';
import { ToolError } from './lib/errors.mjs';
import { findGo } from './lib/go.mjs';
import { linkOrCopy } from './lib/link.mjs';
import { withLock } from './lib/lock.mjs';
import { binDir, exeName } from './lib/paths.mjs';
import { recipeOf } from './lib/recipe.mjs';
import { seconds } from './lib/text.mjs';
import { groups, toolNames } from './lib/tools.mjs';

const exists = (file) =>
  fs.access(file).then(
    () => true,
    () => false,
  );

async function missingOf(recipe, tools) {
  const present = await Promise.all(tools.map((tool) => exists(path.join(recipe.cache, exeName(tool.name)))));
  return tools.filter((_, index) => !present[index]);
}

/** Builds what is missing of a group. Two runs do not build the same group at once: the second waits, then finds it done. */
async function buildMissing(recipe, tools, log) {
  if ((await missingOf(recipe, tools)).length === 0) return 0;
  await fs.mkdir(recipe.cache, { recursive: true });
  const onWait = (pid) => log(`process ${pid} is already building ${recipe.name}: waiting for it`);
  return withLock(`${recipe.cache}.lock`, { timeoutMs: 60 * 60_000, onWait }, async () => {
    await removeAbandoned(recipe.cache);
    const missing = await missingOf(recipe, tools);
    for (const tool of missing) await buildTool(recipe, tool, log);
    return missing.length;
  });
}

/**
 * Sees to it that the tools are there.
 *
 * @param {{ log?: (line: string) => void, tools?: string[] }} [options] log: is given a line for what takes time;
 *   tools: names, without it all of them
 * @returns {Promise<{ bin: string, built: number }>} bin: absolute path of the folder to put on PATH; built: how many were built now
 * @throws {ToolError} without a Go that is new enough, for an unknown tool, when a build fails
 */
export async function ensureToolchain({ log = () => {}, tools = toolNames } = {}) {
  const unknown = tools.filter((name) => !toolNames.includes(name));
  if (unknown.length > 0) {
    throw new ToolError(`unknown tool ${unknown.join(', ')}; the tools are ${toolNames.join(', ')}`);
  }
  const go = await findGo();
  await fs.mkdir(binDir, { recursive: true });
  let built = 0;
  for (const group of groups) {
    if (!group.tools.some((tool) => tools.includes(tool.name))) continue;
    const recipe = await recipeOf(group, go);
    const wanted = recipe.tools.filter((tool) => tools.includes(tool.name));
    built += await buildMissing(recipe, wanted, log);
    await Promise.all(
      wanted.map(({ name }) => linkOrCopy(path.join(recipe.cache, exeName(name)), path.join(binDir, exeName(name)))),
    );
  }
  return { bin: binDir, built };
}

if (isMain(import.meta.url)) {
  await runCommand('toolchain', async () => {
    const started = Date.now();
    const { positionals } = readArguments('node tools/toolchain.mjs [tool …]', { options: {} });
    const tools = positionals.length > 0 ? [...new Set(positionals)] : toolNames;
    const { bin, built } = await ensureToolchain({ tools, log: (line) => console.log(`toolchain: ${line}`) });
    const what = built > 0 ? `built ${built}, ` : '';
    const where = path.relative(process.cwd(), bin) || '.';
    console.log(`toolchain: ${what}${tools.length} tools ready in ${where} (${seconds(started)})`);
  });
}

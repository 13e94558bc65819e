import { readFile, readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import { textOf } from '../charts/chart-files.js';
import { HelmCdError, messageOf } from '../core/errors.js';
import { splitRender } from '../core/rendered-documents.js';
import { readCustomKinds, type CustomKind } from '../schemas/crds.js';
import type { ChartContents } from './chart-contents.js';
import { parseKubernetesYaml } from '../schemas/kubernetes-yaml.js';

const DOWNLOAD_TIMEOUT_MS = 30_000;
const DOWNLOAD_LIMIT_BYTES = 64 * 1024 * 1024;
const YAML_FILE = /\.(?:ya?ml|json)$/i;

/** The custom kinds that a YAML stream declares. What is no CustomResourceDefinition is passed over. */
function kindsIn(text: string, where: string): readonly CustomKind[] {
  return splitRender(text).flatMap((document) => {
    try {
      return readCustomKinds(parseKubernetesYaml(document.text));
    } catch (cause) {
      throw new HelmCdError('file', `${where} cannot be read as CustomResourceDefinitions: ${messageOf(cause)}`, {
        place: { file: where },
        cause,
      });
    }
  });
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => entry.isFile() && YAML_FILE.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name))
    .sort();
}

/** @throws HelmCdError `unreachable` when it does not come, or is too large. */
async function download(url: string): Promise<string> {
  const fail = (why: string, cause?: unknown) =>
    new HelmCdError('unreachable', `Input "schemas": ${url} could not be fetched: ${why}`, {
      hint: 'Check the address, or commit the CustomResourceDefinitions and name their folder.',
      ...(cause === undefined ? {} : { cause }),
    });
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_TIMEOUT_MS) });
    if (!response.ok) throw fail(`the server answered ${response.status}`);
    const bytes = await response.arrayBuffer();
    if (bytes.byteLength > DOWNLOAD_LIMIT_BYTES) throw fail('it is larger than 64 MiB');
    return Buffer.from(bytes).toString();
  } catch (error) {
    if (error instanceof HelmCdError) throw error;
    throw fail(messageOf(error), error);
  }
}

/**
 * The custom kinds that the input `schemas` names: files, folders or URLs of CustomResourceDefinitions in YAML or JSON.
 * @throws HelmCdError `not-found` when one does not exist, `input` when it declares no kind, `unreachable`, `file`.
 */
export async function readExtraKinds(
  items: readonly string[],
  workingDirectory: string,
): Promise<readonly CustomKind[]> {
  const kinds: CustomKind[] = [];
  for (const item of items) {
    const found: CustomKind[] = [];
    if (/^https?:\/\//.test(item)) found.push(...kindsIn(await download(item), item));
    else {
      const location = path.resolve(workingDirectory, item);
      const info = await stat(location).catch(() => undefined);
      if (info === undefined) {
        throw new HelmCdError('not-found', `Input "schemas" names what does not exist: ${item}`, {
          hint: 'It is relative to working-directory.',
        });
      }
      for (const file of info.isDirectory() ? await filesBelow(location) : [location]) {
        found.push(...kindsIn(await readFile(file, 'utf8'), path.relative(workingDirectory, file)));
      }
    }
    if (found.length === 0) {
      throw new HelmCdError('input', `Input "schemas": ${item} declares no custom kind.`, {
        hint: 'It must hold CustomResourceDefinitions (apiextensions.k8s.io/v1) in YAML or JSON.',
      });
    }
    kinds.push(...found);
  }
  return kinds;
}

/** The custom kinds in `crds/` of a chart and of its subcharts. What cannot be read there, lint and render report. */
export function readChartKinds(contents: ChartContents): readonly CustomKind[] {
  return contents.files.flatMap((file) => {
    if (!/(?:^|\/)crds\//.test(file.path) || !YAML_FILE.test(file.path)) return [];
    try {
      return kindsIn(textOf(file), file.path);
    } catch (error) {
      if (error instanceof HelmCdError) return [];
      throw error;
    }
  });
}

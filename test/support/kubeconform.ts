/** Verdicts of the real kubeconform, offline. */
import { execFile } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { toolchainBin } from './services.js';

/** What the tool says of one text. */
export interface KubeconformVerdict {
  readonly status: 'valid' | 'invalid' | 'skipped';
  /** What it finds wrong, each as `at '/spec': got null, want string` or a whole message. */
  readonly problems: readonly string[];
}

interface Resource {
  readonly filename: string;
  readonly status: 'statusValid' | 'statusInvalid' | 'statusError' | 'statusSkipped' | 'statusEmpty';
  readonly msg: string;
}

function problemsIn({ status, msg }: Resource): readonly string[] {
  if (status !== 'statusInvalid' && status !== 'statusError') return [];
  const single = [...msg.matchAll(/^.*?- (at '.*)$/gm)].map((match) => match[1] ?? '');
  return single.length === 0 ? [msg] : single;
}

function verdictOf(resources: readonly Resource[]): KubeconformVerdict {
  const problems = resources.flatMap(problemsIn);
  if (problems.length > 0) return { status: 'invalid', problems };
  return { status: resources.every(({ status }) => status === 'statusSkipped') ? 'skipped' : 'valid', problems };
}

/**
 * Asks kubeconform, as strict as it gets, about each text by itself.
 * @param folder for files; must not be there yet.
 * @param version `1.36.0`.
 * @param location of its schemas.
 */
export async function kubeconform(
  texts: readonly string[],
  { folder, version, location }: { folder: string; version: string; location: string },
): Promise<readonly KubeconformVerdict[]> {
  await mkdir(folder);
  for (const [index, text] of texts.entries()) await writeFile(path.join(folder, `${index}.yaml`), text);
  const output = await new Promise<string>((resolve, reject) => {
    const args = ['-strict', '-verbose', '-output=json', '-ignore-missing-schemas', `-kubernetes-version=${version}`];
    const all = [...args, `-schema-location=${location}`, folder];
    const options = { timeout: 120_000, maxBuffer: 512 * 1024 * 1024 };
    // Exit code 1 also stands for invalid objects.
    execFile(path.join(toolchainBin, 'kubeconform'), all, options, (error, stdout, stderr) =>
      stdout === '' ? reject(new Error(`kubeconform said nothing: ${stderr}`, { cause: error })) : resolve(stdout),
    );
  });
  const { resources } = JSON.parse(output) as { resources: readonly Resource[] };
  const byFile = new Map<string, Resource[]>();
  for (const resource of resources) {
    byFile.set(resource.filename, [...(byFile.get(resource.filename) ?? []), resource]);
  }
  return texts.map((_, index) => {
    const own = byFile.get(path.join(folder, `${index}.yaml`)) ?? [];
    if (own.length === 0) throw new Error(`kubeconform did not look at: ${texts[index] ?? ''}`);
    return verdictOf(own);
  });
}

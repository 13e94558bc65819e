/** Everything that people are told to copy: workflow files, and the YAML blocks of the documentation. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './services.js';

const filesIn = (folder: string, ending: string): readonly string[] =>
  existsSync(path.join(projectRoot, folder))
    ? readdirSync(path.join(projectRoot, folder), { recursive: true })
        .map((file) => path.join(folder, String(file)))
        .filter((file) => file.endsWith(ending))
    : [];

export const documents: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...filesIn('docs', '.md'),
  ...filesIn('actions', '.md'),
  ...filesIn('examples', '.md'),
];

export const read = (file: string): string => readFileSync(path.join(projectRoot, file), 'utf8');

/** Their names, and their texts. */
export function samples(): readonly (readonly [string, string])[] {
  const workflows = [...filesIn('examples/workflows', '.yml'), ...filesIn('.github/workflows', '.yml')];
  const blocks = documents.flatMap((file) =>
    [...read(file).matchAll(/^( *)```ya?ml\n(.*?)^\1```/gms)].map(
      ([, indent = '', text = ''], index) =>
        [`${file} (${index + 1})`, text.replaceAll(new RegExp(`^${indent}`, 'gm'), '')] as const,
    ),
  );
  return [...workflows.map((file) => [file, read(file)] as const), ...blocks];
}

import { HelmCdError } from './errors.js';
import { didYouMean } from './suggest.js';

/** Joins paths of a repository: no leading slash, no `.` and `..`, empty for the root. Leaving the root gives nothing. */
export function joinPath(...parts: readonly string[]): string | undefined {
  const joined: string[] = [];
  for (const part of parts.flatMap((text) => text.split('/'))) {
    if (part === '' || part === '.') continue;
    if (part !== '..') joined.push(part);
    else if (joined.pop() === undefined) return undefined;
  }
  return joined.join('/');
}

/** The path of a file in a folder of the repository; the root is the empty text. */
export function inFolder(folder: string, file: string): string {
  return folder === '' ? file : `${folder}/${file}`;
}

/** The folders that hold a Chart.yaml, the root as the empty text, in alphabetical order. */
export function chartFolders(paths: readonly string[]): readonly string[] {
  return paths
    .filter((path) => /(?:^|\/)Chart\.yaml$/.test(path) && !/(?:^|\/)templates\//.test(path))
    .map((path) => path.slice(0, -'Chart.yaml'.length).replace(/\/$/, ''))
    .sort();
}

/** The chart whose folder holds the file; of nested ones (`charts/`) the innermost. */
export function chartOf(path: string, folders: readonly string[]): string | undefined {
  return folders
    .filter((folder) => folder === '' || path.startsWith(`${folder}/`))
    .reduce<string | undefined>(
      (best, folder) => (best === undefined || folder.length > best.length ? folder : best),
      undefined,
    );
}

/**
 * A path that a person gave, as the repository has it.
 * @throws HelmCdError `input` or `config` (by `code`) when it is absolute or leaves the repository.
 */
export function repositoryPath(text: string, folder: string, what: string, code: 'input' | 'config' = 'input'): string {
  const path = text.startsWith('/') || /^[A-Za-z]:|\\/.test(text) ? undefined : joinPath(folder, text);
  if (path !== undefined && path !== '') return path;
  throw new HelmCdError(code, `${what} is no path inside the repository: "${text}"`, {
    hint: 'Write it relative to the repository, with forward slashes.',
  });
}

/** `not-found` with a suggestion, for a file that the repository does not have. */
export function missingFile(path: string, paths: readonly string[], what: string): HelmCdError {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const near = paths.filter((other) => other.endsWith(`/${name}`) || other === name);
  const suggestion =
    near.length === 1 && near[0] !== undefined ? `, did you mean "${near[0]}"?` : didYouMean(path, paths);
  return new HelmCdError('not-found', `${what}: the repository has no file ${path}${suggestion}`, {
    hint: 'Paths of targets are relative to the repository, those in helm-cd.yaml to the chart.',
  });
}

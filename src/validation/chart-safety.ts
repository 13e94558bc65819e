/** What a chart's folder must not hold, before anything of it is given to helm. */
import { readFile, readdir, realpath, stat } from 'node:fs/promises';
import path from 'node:path';
import { readChartFolder, readIgnoreRules } from '../charts/chart-files.js';
import { isFolder, isLocal, localFolder } from '../charts/dependencies.js';
import { describeChart, type ChartDescription } from '../charts/describe.js';
import { checkFileSize } from '../charts/limits.js';
import { HelmCdError } from '../core/errors.js';

// eslint-disable-next-line no-control-regex
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;

/** Whether a file is in the folder: both without symbolic links. */
function isInside(file: string, folder: string): boolean {
  const relative = path.relative(folder, file);
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative);
}

/** Where tools keep credentials, and what the actions that log in leave in the workspace. */
const PRIVATE = /^(?:\.git|\.env.*|\.ssh|\.aws|\.azure|\.config|\.kube|\.docker|\.netrc|\.npmrc|gha-creds-.*\.json)$/;

function isPrivate(file: string, root: string): boolean {
  return path
    .relative(root, file)
    .split(path.sep)
    .some((part) => PRIVATE.test(part));
}

async function realPathOf(file: string): Promise<string | undefined> {
  return realpath(file).catch(() => undefined);
}

/** The folder that links may lead to: the job's workspace, when the working directory is in it. */
export async function trustedRoot(
  workingDirectory: string,
  environment: Readonly<Record<string, string>>,
): Promise<string> {
  const own = (await realPathOf(workingDirectory)) ?? workingDirectory;
  const workspace = await realPathOf(environment['GITHUB_WORKSPACE'] ?? '');
  return workspace !== undefined && isInside(own, workspace) ? workspace : own;
}

/**
 * Where a file leads that must not be read: out of the workspace, or to what is private in it.
 * @param root without symbolic links.
 * @returns nothing when it may be read, or is not there.
 */
export async function leadsAstray(file: string, root: string): Promise<string | undefined> {
  const target = await realPathOf(file);
  if (target === undefined) return undefined;
  if (!isInside(target, root)) return 'out of the repository';
  return isPrivate(target, root) ? `to ${path.relative(root, target).split(path.sep).join('/')}` : undefined;
}

/** Files that are in the chart by a link only; what they hold is not the chart's own to show. */
export type LinkedFiles = readonly string[];

/**
 * Looks at all names and links of a chart's folder. Helm follows links wherever they lead, and a template can make a message of any
 * file: so a chart that somebody proposes must not reach what is not part of the repository.
 * @param folder the chart's.
 * @returns the files outside of the folder that links lead to.
 * @throws HelmCdError `refused` for a link that leads astray, and for a name that would break a report.
 */
export async function checkChartSafety(folder: string, root: string): Promise<LinkedFiles> {
  const real = (await realPathOf(folder)) ?? folder;
  const rules = await readIgnoreRules(folder);
  const linked: string[] = [];
  const seen = new Set<string>();

  const visit = async (current: string): Promise<void> => {
    const entries = await readdir(current, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) {
      const file = path.join(current, entry.name);
      if (rules.ignores(path.relative(folder, file).split(path.sep).join('/'), entry.isDirectory())) continue;
      if (CONTROL.test(entry.name)) {
        throw new HelmCdError(
          'refused',
          `a name in ${current} holds a control character: ${JSON.stringify(entry.name)}`,
          {
            hint: 'Rename the file: such names cannot be told apart from commands and line ends in a log.',
          },
        );
      }
      if (entry.isDirectory()) await visit(file);
      if (entry.isSymbolicLink()) await follow(file);
      if (entry.isFile()) checkFileSize(folder, path.relative(folder, file), (await stat(file)).size);
    }
  };
  const follow = async (link: string): Promise<void> => {
    const target = await realPathOf(link);
    if (target === undefined || isInside(target, real) || seen.has(target)) return;
    const astray = await leadsAstray(link, root);
    if (astray !== undefined) {
      throw new HelmCdError('refused', `${link} is a link that leads ${astray}: it is not followed.`, {
        hint: 'Copy what the chart needs into its folder, or name the link in .helmignore.',
        place: { file: link },
      });
    }
    seen.add(target);
    const info = await stat(target).catch(() => undefined);
    if (info?.isDirectory() === true) await visit(link);
    else if (info?.isFile() === true) linked.push(link);
  };

  await visit(folder);
  return linked;
}

/** The same for the folders that `file://` dependencies name, and theirs. */
export async function checkDependencySafety(
  folder: string,
  { dependencies }: Pick<ChartDescription, 'dependencies'>,
  root: string,
  seen = new Set<string>(),
): Promise<void> {
  for (const { repository } of dependencies.filter(isLocal)) {
    const local = localFolder(folder, repository);
    if (seen.has(local) || !(await isFolder(local))) continue;
    seen.add(local);
    await checkChartSafety(local, root);
    await checkDependencySafety(local, describeChart(await readChartFolder(local), local), root, seen);
  }
}

/** The texts of files that are in a chart by a link, but for templates, whose text helm quotes for good reasons. */
export async function linkedTexts(folder: string, linked: LinkedFiles): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const file of linked) {
    if (/^(?:charts\/[^/]+\/)*templates\//.test(path.relative(folder, file).split(path.sep).join('/'))) continue;
    texts.push(await readFile(file, 'utf8').catch(() => ''));
  }
  return texts;
}

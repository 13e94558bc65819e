import type { InputReader } from '../../core/action.js';
import type { AppVersionMode } from '../../core/bump-request.js';
import { parseTarget, type BumpTarget } from '../../core/bump-target.js';
import { repositoryPath } from '../../core/chart-folders.js';
import type { ChartVersionRule } from '../../core/chart-version.js';
import { checkMessageTemplate } from '../../core/commit-message.js';
import { HelmCdError } from '../../core/errors.js';
import {
  canonicalImageName,
  formatImageReference,
  parsePushedImage,
  type ImageReference,
} from '../../core/image-reference.js';
import { checkEventType } from '../../github/repository-dispatch.js';

export interface BumpInputs {
  readonly images: readonly ImageReference[];
  /** Path of helm-cd.yaml in the chart's repository; empty for the usual place. */
  readonly config: string;
  readonly environment: string;
  /** `owner/name` or a git URL; empty for the repository of the run. */
  readonly repository: string;
  readonly branch: string;
  readonly token: string;
  readonly chart: string;
  readonly targets: readonly BumpTarget[];
  readonly strategy: 'auto' | 'direct' | 'pull-request';
  readonly chartVersion: ChartVersionRule;
  readonly appVersion: AppVersionMode;
  readonly allowDowngrade: boolean;
  readonly dispatch: string;
  readonly commitMessage: string;
  /** Empty: that of the run. */
  readonly serverUrl: string;
  readonly apiUrl: string;
  readonly graphqlUrl: string;
  /** The helm that renders what changes; empty: whichever is there. */
  readonly helmVersion: string;
  readonly dryRun: boolean;
  /** How long others may be faster before it is given up. */
  readonly retryTimeoutMs: number;
}

/** What `git check-ref-format` refuses, and what git would take for an option. */
// eslint-disable-next-line no-control-regex -- control characters are among what git refuses
const NO_BRANCH = /^[-/.]|[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$|^@$/;

function readImages(reader: InputReader): readonly ImageReference[] {
  const images = new Map<string, ImageReference>();
  for (const text of reader.requiredList('images')) {
    const image = parsePushedImage(text, 'Input "images"');
    const name = canonicalImageName(image.name);
    const other = images.get(name);
    if (other !== undefined && formatImageReference(other) !== formatImageReference(image)) {
      throw new HelmCdError(
        'input',
        `Input "images" has two versions of one image: ${formatImageReference(other)} and ${formatImageReference(image)}`,
        { hint: 'Give each image once.' },
      );
    }
    images.set(name, image);
  }
  return [...images.values()];
}

function readBranch(reader: InputReader): string {
  const branch = reader.string('branch').replace(/^refs\/heads\//, '');
  if (!NO_BRANCH.test(branch)) return branch;
  throw new HelmCdError('input', `Input "branch" is no name of a branch: "${branch}"`);
}

function readUrl(reader: InputReader, name: string): string {
  const text = reader.string(name).replace(/\/+$/, '');
  if (text === '' || URL.canParse(text)) return text;
  throw new HelmCdError('input', `Input "${name}" is no URL: "${text}"`, {
    hint: 'Write it as https://ghe.example.com.',
  });
}

function unsupported(input: string, value: string, instead: string): never {
  throw new HelmCdError(
    'unsupported',
    `Input "${input}" is ${value}, which this version of bump-image-tag cannot do.`,
    {
      hint: instead,
    },
  );
}

/** @throws HelmCdError `input`, or `unsupported` for what this version does not do. */
export function readInputs(reader: InputReader): BumpInputs {
  const resolve = (file: string) => repositoryPath(file, '', 'Input "targets"');
  const autoMerge = reader.boolean('auto-merge', false);
  const verifyImage = reader.boolean('verify-image', false);
  const inputs: BumpInputs = {
    images: readImages(reader),
    config: reader.string('config'),
    environment: reader.string('environment'),
    repository: reader.string('repository'),
    branch: readBranch(reader),
    token: reader.secret('token'),
    chart: reader.string('chart'),
    targets: reader.list('targets').map((text) => parseTarget(text, resolve, 'Input "targets"')),
    strategy: reader.choice('strategy', ['auto', 'direct', 'pull-request'], 'auto'),
    chartVersion: reader.choice('chart-version', ['auto', 'major', 'minor', 'patch', 'prerelease', 'none'], 'auto'),
    appVersion: reader.choice('app-version', ['auto', 'always', 'never'], 'auto'),
    allowDowngrade: reader.boolean('allow-downgrade', false),
    dispatch: reader.string('dispatch'),
    commitMessage: reader.string('commit-message'),
    serverUrl: readUrl(reader, 'server-url'),
    apiUrl: readUrl(reader, 'api-url'),
    graphqlUrl: readUrl(reader, 'graphql-url'),
    helmVersion: reader.string('helm-version'),
    dryRun: reader.boolean('dry-run', false),
    retryTimeoutMs: reader.duration('retry-timeout', '5m'),
  };
  checkMessageTemplate(inputs.commitMessage);
  if (inputs.dispatch !== '') checkEventType(inputs.dispatch, 'Input "dispatch"');
  if (inputs.strategy === 'pull-request') unsupported('strategy', 'pull-request', 'Use direct.');
  if (autoMerge) unsupported('auto-merge', 'true', 'It belongs to pull requests; leave it out.');
  if (verifyImage) unsupported('verify-image', 'true', 'Leave it out, and bump after the push has succeeded.');
  if (inputs.chart !== '' && inputs.targets.length > 0) {
    throw new HelmCdError('input', 'Inputs "chart" and "targets" contradict each other.', {
      hint: 'A target names its file, and so its chart.',
    });
  }
  return inputs;
}

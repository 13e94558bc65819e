import type { InputReader } from '../../core/action.js';
import type { AppVersionMode } from '../../core/bump-request.js';
import type { BumpStrategy } from '../../core/bump-strategy.js';
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
import type { MergeMethod } from '../../core/pull-request-merge.js';
import { didYouMean } from '../../core/suggest.js';
import { checkEventType } from '../../github/repository-dispatch.js';
import { registriesOf, type VerifyOptions } from './verified-image.js';

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
  readonly strategy: BumpStrategy;
  /** Have the pull request merged when nothing is in the way any more. */
  readonly autoMerge: boolean;
  /** Empty: what the repository allows. */
  readonly mergeMethod: MergeMethod | '';
  /** Of the pull request. */
  readonly labels: readonly string[];
  readonly chartVersion: ChartVersionRule;
  readonly appVersion: AppVersionMode;
  readonly allowDowngrade: boolean;
  /** How images are looked up in their registries first; nothing when they are not. */
  readonly verify: VerifyOptions | undefined;
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

function readVerify(reader: InputReader): VerifyOptions | undefined {
  const verifies = reader.boolean('verify-image', false);
  const options = {
    username: reader.string('registry-username'),
    password: reader.secret('registry-password'),
    timeoutMs: reader.duration('verify-timeout', '30s'),
  };
  if ((options.username === '') !== (options.password === '')) {
    const names = ['registry-username', 'registry-password'] as const;
    const [given, missing] = options.username === '' ? [names[1], names[0]] : names;
    throw new HelmCdError('input', `Input "${given}" is given without "${missing}".`, {
      hint: 'Give both or neither.',
    });
  }
  return verifies ? options : undefined;
}

/** One password is for one registry, and no other is to see it. */
function checkRegistryPassword({ verify, images }: BumpInputs): void {
  const registries = registriesOf(images);
  if (verify === undefined || verify.password === '' || registries.length === 1) return;
  throw new HelmCdError(
    'input',
    `Input "registry-password" is for one registry, but there are ${registries.join(', ')}.`,
    {
      hint: 'Log in to each of them before (docker login), and leave the inputs registry-username and registry-password out.',
    },
  );
}

const MERGE_METHODS: readonly (MergeMethod | '')[] = ['', 'squash', 'merge', 'rebase'];

function readMergeMethod(reader: InputReader): MergeMethod | '' {
  const text = reader.string('merge-method');
  const method = MERGE_METHODS.find((known) => known === text);
  if (method !== undefined) return method;
  throw new HelmCdError(
    'input',
    `Input "merge-method" is no way to merge: "${text}"${didYouMean(text, MERGE_METHODS)}`,
    {
      hint: 'It is squash, merge or rebase.',
    },
  );
}

/** GitHub takes no longer ones. */
const LONGEST_LABEL = 50;

function readLabels(reader: InputReader): readonly string[] {
  const labels = [...new Set(reader.list('labels'))];
  const long = labels.find((label) => label.length > LONGEST_LABEL);
  if (long === undefined) return labels;
  throw new HelmCdError('input', `Input "labels" has a label of more than ${LONGEST_LABEL} characters: "${long}"`, {
    hint: 'Write one label a line.',
  });
}

/** @throws HelmCdError `input`, before anything is touched. */
export function readInputs(reader: InputReader): BumpInputs {
  const resolve = (file: string) => repositoryPath(file, '', 'Input "targets"');
  const verify = readVerify(reader);
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
    autoMerge: reader.boolean('auto-merge', false),
    mergeMethod: readMergeMethod(reader),
    labels: readLabels(reader),
    chartVersion: reader.choice('chart-version', ['auto', 'major', 'minor', 'patch', 'prerelease', 'none'], 'auto'),
    appVersion: reader.choice('app-version', ['auto', 'always', 'never'], 'auto'),
    allowDowngrade: reader.boolean('allow-downgrade', false),
    verify,
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
  checkRegistryPassword(inputs);
  if (inputs.dispatch !== '') checkEventType(inputs.dispatch, 'Input "dispatch"');
  if (inputs.strategy === 'direct' && inputs.autoMerge) {
    throw new HelmCdError('input', 'Inputs "strategy" and "auto-merge" contradict each other.', {
      hint: 'Without a pull request there is nothing to merge: leave auto-merge out, or set strategy to auto.',
    });
  }
  if (inputs.chart !== '' && inputs.targets.length > 0) {
    throw new HelmCdError('input', 'Inputs "chart" and "targets" contradict each other.', {
      hint: 'A target names its file, and so its chart.',
    });
  }
  return inputs;
}

import type { ConfigFile, Pointer } from '../../config/config-file.js';
import { HelmCdError } from '../../core/errors.js';
import { canonicalImageName } from '../../core/image-reference.js';
import { pathGlob } from '../../core/path-glob.js';
import { didYouMean } from '../../core/suggest.js';
import { tagPolicy } from '../../core/tag-policy.js';
import { checkEventType } from '../../github/repository-dispatch.js';
import type { RawRoute } from './raw.js';
import type { Route, Source } from './types.js';

const DEFAULT_EVENT = 'image-pushed';

/** Runs a check whose error knows the problem but not its place. */
function at<Result>(file: ConfigFile, pointer: Pointer, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof HelmCdError)) throw error;
    return file.fail(pointer, error.message, error.hint);
  }
}

/** A pattern for canonical names: `nginx` means `docker.io/library/nginx` there. */
function imageMatcher(file: ConfigFile, pointer: Pointer, pattern: string): (name: string) => boolean {
  const where = pointer.join('.');
  const host = pattern.split('/')[0] ?? '';
  if (/[*?{[]/.test(host) && !/^\[[0-9a-f:]+\]/i.test(host)) {
    const hint = 'Begin with the registry: ghcr.io/acme/*. Registries are listed, not guessed.';
    file.fail(pointer, `${where} names no registry: "${pattern}"`, hint);
  }
  // The port of a registry stands before the first slash.
  const name = pattern.includes('/') ? pattern.slice(host.length) : pattern;
  if (/[@\s]|:[^/]*$/.test(name) || pattern.includes('://')) {
    file.fail(pointer, `${where} is no image's name: "${pattern}"`, 'Write it without scheme, tag and digest.');
  }
  return pathGlob(canonicalImageName(pattern));
}

function checkSourceNames(
  file: ConfigFile,
  pointer: Pointer,
  names: readonly string[],
  known: readonly string[],
): void {
  for (const [index, name] of names.entries()) {
    if (known.includes(name)) continue;
    const message = `${pointer.join('.')} names the unknown source "${name}"${didYouMean(name, known)}`;
    file.fail([...pointer, String(index)], message, `Sources: ${known.join(', ')}.`);
  }
}

/** @throws HelmCdError `config` at the place of what is wrong. */
export function parseRoutes(file: ConfigFile, raws: readonly RawRoute[], sources: readonly Source[]): readonly Route[] {
  const known = sources.map(({ name }) => name);
  return raws.map((raw, index): Route => {
    const pointer = ['routes', String(index)];
    const { images, tags = '*', event = DEFAULT_EVENT } = raw;
    const policies = typeof tags === 'string' ? [tags] : tags;
    const imageTests = images.map((pattern, item) => imageMatcher(file, [...pointer, 'images', String(item)], pattern));
    const tagTests = policies.map((policy, item) => {
      const place = typeof tags === 'string' ? [...pointer, 'tags'] : [...pointer, 'tags', String(item)];
      return at(file, place, () => tagPolicy(policy, place.join('.')));
    });
    at(file, [...pointer, 'event'], () => checkEventType(event, [...pointer, 'event'].join('.')));
    checkSourceNames(file, [...pointer, 'sources'], raw.sources ?? [], known);
    const [owner = '', repository = ''] = raw.repository.split('/');
    return {
      matchesImage: (name) => imageTests.some((test) => test(name)),
      matchesTag: (tag) => tagTests.some((test) => test(tag)),
      sources: new Set(raw.sources ?? known),
      ...{ owner, repository, event, images, tags: policies },
    };
  });
}

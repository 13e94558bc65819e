import { HelmCdError } from '../../core/errors.js';
import { canonicalImageName, isImageDigest, isImageName, isImageTag } from '../../core/image-reference.js';
import { isRegistryHost } from './registry-host.js';
import type { ImagePush, Parsed, SourceConfig } from '../provider.js';
import { type EventField, shown } from './event-field.js';

/** One event may push as many tags as this. */
const MOST_PUSHES = 100;
/** More reasons than this are not told one by one: they go to the log and to the sender. */
const MOST_REASONS = 20;

/** Manifests and indices of images, and the configurations by which some registries tell what a manifest is of. */
const IMAGE_TYPE =
  /^application\/vnd\.(?:oci\.image\.(?:index|manifest|config)\.|docker\.distribution\.manifest\.|docker\.container\.image\.)/;

/** Tags that stand for a digest: children of an index, and what cosign and the OCI referrers fallback hang on images. */
const DIGEST_TAG = /^sha(?:256|512)[:_]+[0-9a-f]+$/;
const ATTACHED_TAG = /^sha(?:256|512)-[0-9a-f]{32,128}(?:\.[a-z]+)?$/;

/** A commit, and where it is, as far as an image's labels say something that can be one. */
export interface Origin {
  readonly revision?: string;
  readonly source?: string;
}

/** Collects what an event pushes, each tag of an image once, and why the rest means nothing. */
export class Pushes {
  private readonly found = new Map<string, ImagePush>();
  private readonly reasons = new Set<string>();

  /** @param reason for the log. */
  ignore(reason: string): void {
    this.reasons.add(reason);
  }

  /** Ignores what is known to be no image: a Helm chart, a signature. */
  isImage(mediaType: EventField, what: string): boolean {
    const type = mediaType.textOrEmpty();
    if (type === '' || IMAGE_TYPE.test(type)) return true;
    this.ignore(`${what} is ${/\bhelm\b/.test(type) ? 'a Helm chart' : 'no image'}: ${shown(type)}`);
    return false;
  }

  /**
   * Adds a tag unless it is absent, stands for a digest, or belongs to a signature.
   * @param image registry and repository.
   * @param imageField where the repository comes from.
   * @throws HelmCdError `input` when one of them cannot be what it is said to be, `refused` when there are too many.
   */
  add(image: string, imageField: EventField, tagField: EventField, digestField?: EventField, origin?: Origin): void {
    const tag = tagField.textOrEmpty();
    const reason = whyNotTag(tag);
    const digest = digestField?.textOrEmpty() ?? '';
    if (!isImageName(image)) {
      throw new HelmCdError('input', `The event’s ${imageField.path} makes no image’s name: ${shown(image)}`);
    }
    if (digest !== '' && !isImageDigest(digest)) {
      throw new HelmCdError('input', `The event’s ${digestField?.path ?? ''} is no digest: ${shown(digest)}`);
    }
    if (reason !== undefined) return this.ignore(`${tagField.path} ${reason}`);
    if (!isImageTag(tag)) {
      throw new HelmCdError('input', `The event’s ${tagField.path} is no tag: ${shown(tag)}`);
    }
    this.addPush({ image: canonicalImageName(image), tag, ...(digest === '' ? {} : { digest }), ...origin });
  }

  private addPush(push: ImagePush): void {
    const key = `${push.image}:${push.tag}`;
    const other = this.found.get(key);
    if (other === undefined && this.found.size >= MOST_PUSHES) {
      throw new HelmCdError('refused', `The event pushes more than ${MOST_PUSHES} tags.`);
    }
    if (other !== undefined && other.digest !== push.digest) {
      // Pushed twice: which one was last, the registry knows.
      const { digest: _, ...rest } = other;
      this.found.set(key, rest);
      return;
    }
    this.found.set(key, push);
  }

  result(): Parsed {
    const reasons = [...this.reasons];
    const more = reasons.length - MOST_REASONS;
    const ignored = more > 0 ? [...reasons.slice(0, MOST_REASONS), `and ${more} more reasons`] : reasons;
    return { pushes: [...this.found.values()], ignored };
  }
}

function whyNotTag(tag: string): string | undefined {
  if (tag === '') return 'is empty: pushed by digest, as the parts of a multi-platform image are';
  if (DIGEST_TAG.test(tag)) return 'is a digest: a part of a multi-platform image';
  return ATTACHED_TAG.test(tag) ? 'belongs to a signature or another attachment of an image' : undefined;
}

/** An event of which nothing is of interest. */
export function ignored(reason: string): Parsed {
  return { pushes: [], ignored: [reason] };
}

/**
 * The image's name: the repository on the configured registry, else on the one that the event names.
 * @param host reads it from the event, called only when it is needed.
 * @throws HelmCdError `input` when what the event names is no host: `acme/api` would be an image of Docker Hub.
 */
export function imageOn(source: SourceConfig, host: () => string, repository: string): string {
  if (source.registry !== undefined) return `${source.registry}/${repository}`;
  const named = host();
  if (isRegistryHost(named)) return `${named}/${repository}`;
  throw new HelmCdError('input', `The event’s registry is no host: ${shown(named)}`, {
    hint: 'Configure the source’s registry.',
  });
}

/**
 * Takes `host/name`, `host/name:tag` or `host/name@digest` of an event apart, as registries write them.
 * @throws HelmCdError `input` when there is no host before the first slash.
 */
export function splitReference(field: EventField): { readonly host: string; readonly repository: string } {
  const reference = field.someText();
  const name = reference.replace(/@.*$/s, '').replace(/:[^/]*$/s, '');
  const slash = name.indexOf('/');
  if (slash <= 0 || slash === name.length - 1) {
    throw new HelmCdError('input', `The event’s ${field.path} is no registry/repository: ${shown(reference)}`);
  }
  return { host: name.slice(0, slash), repository: name.slice(slash + 1) };
}

/** What labels say of an image's origin; what cannot be a commit or an address is left out. */
export function originOf(revision: string, source: string): Origin {
  return {
    ...(/^[0-9a-f]{7,64}$/.test(revision) ? { revision } : {}),
    ...(/^https:\/\/[A-Za-z0-9.-]+(?::\d+)?\/[A-Za-z0-9._/~-]*$/.test(source) && source.length <= 300
      ? { source }
      : {}),
  };
}

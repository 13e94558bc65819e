import { HelmCdError } from '../../core/errors.js';
import type { Services } from '../../core/ports.js';
import { openStore, storeKind, usesPassword } from '../../stores/open-store.js';
import type { ChartStore, StoreAccess } from '../../stores/store.js';

/** How to reach the chart repositories of a promotion. */
export interface PromotionAccess {
  /** The inputs without a prefix. */
  readonly both: StoreAccess;
  /** The inputs that begin with `from-`: each in place of the one without. */
  readonly from: StoreAccess;
}

function hostOf(repository: string): string {
  return /^[^:]+:\/\/([^/]*)/.exec(repository)?.[1]?.toLowerCase() ?? '';
}

/** Whether a login for one repository is one for the other, too: a password is shown to no other server. */
function sharesLogin(a: string, b: string): boolean {
  return storeKind(a) === storeKind(b) && hostOf(a) === hostOf(b);
}

/** Opens the chart repositories of a promotion, each with what is meant for it. */
export class Repositories {
  private readonly ends: { readonly from: string; readonly to: string };
  private readonly access: PromotionAccess;
  private readonly services: Services;

  /** @throws HelmCdError `input` when a login is given for a repository that has no use for one. */
  constructor(ends: { readonly from: string; readonly to: string }, access: PromotionAccess, services: Services) {
    this.ends = ends;
    this.access = access;
    this.services = services;
    const uses = (repository: string) => usesPassword(repository);
    if (access.from.username && !uses(ends.from)) {
      throw new HelmCdError(
        'input',
        `The inputs "from-username" and "from-password" have no meaning for ${ends.from}`,
        {
          hint:
            storeKind(ends.from) === 's3' ? 'S3 takes its credentials from the AWS_* variables.' : 'Leave them out.',
        },
      );
    }
    if (access.both.username && !uses(ends.from) && !uses(ends.to)) {
      throw new HelmCdError('input', 'The inputs "username" and "password" have no meaning for either repository.', {
        hint: 'S3 takes its credentials from the AWS_* variables; a folder needs none.',
      });
    }
  }

  /**
   * The login for a repository. `username` and `password` are for `to`, and for `from` when it is the same server or `to` has
   * no logins.
   */
  private accessFor(repository: string): StoreAccess {
    const { both, from } = this.access;
    const { username = '', password = '', ...others } = both;
    const none = { ...others, username: '', password: '' };
    const isFrom = repository === this.ends.from;
    const endpoint = isFrom
      ? { endpointUrl: from.endpointUrl || (both.endpointUrl ?? ''), region: from.region || (both.region ?? '') }
      : {};
    if (!usesPassword(repository)) return { ...none, ...endpoint };
    const likeFrom = isFrom || sharesLogin(repository, this.ends.from);
    const likeTo = sharesLogin(repository, this.ends.to);
    const own = from.username && from.password && (isFrom || (likeFrom && !likeTo)) ? from : undefined;
    if (own !== undefined) return { ...none, ...endpoint, username: own.username ?? '', password: own.password ?? '' };
    const isMeant = likeTo || (likeFrom && !usesPassword(this.ends.to));
    return { ...(isMeant ? { ...others, username, password } : none), ...endpoint };
  }

  /** @param signal ends all requests. */
  open(
    repository: string,
    options: { readonly readOnly?: boolean; readonly signal?: AbortSignal } = {},
  ): Promise<ChartStore> {
    const { signal, ...others } = options;
    const services = signal === undefined ? this.services : { ...this.services, cancelled: signal };
    return openStore(repository, this.accessFor(repository), services, others);
  }
}

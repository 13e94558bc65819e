/** What GitHub calls a failure in the `type` of a GraphQL error. */
export type FailureType =
  'NOT_FOUND' | 'FORBIDDEN' | 'STALE_DATA' | 'UNPROCESSABLE' | 'MISSING_PAGINATION_BOUNDARIES' | 'INTERNAL';

export interface FailureDetail {
  readonly resource?: string;
  readonly field?: string;
  readonly code?: string;
  readonly message?: string;
  readonly value?: unknown;
}

/** A request that GitHub would refuse. REST answers `status` and `message`, GraphQL an error of `type`. */
export class ApiFailure extends Error {
  readonly status: number;
  readonly type: FailureType;
  readonly details: readonly FailureDetail[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    more: { type?: FailureType; details?: readonly FailureDetail[]; headers?: Readonly<Record<string, string>> } = {},
  ) {
    super(message);
    this.status = status;
    this.type = more.type ?? (status === 404 ? 'NOT_FOUND' : status === 403 ? 'FORBIDDEN' : 'UNPROCESSABLE');
    this.details = more.details ?? [];
    this.headers = more.headers ?? {};
  }
}

export const notFound = (): ApiFailure => new ApiFailure(404, 'Not Found');

/** The 422 that GitHub answers when a field of a resource is not acceptable. */
export function invalid(details: readonly FailureDetail[]): ApiFailure {
  return new ApiFailure(422, 'Validation Failed', { details });
}

/** Something GitHub can do and this server cannot. The test that needs it should see that, not a wrong answer. */
export class NotServed extends Error {}

/** A Lease (coordination.k8s.io/v1) as it stands in the cluster. */

export interface LeaseState {
  /** Empty when nobody holds it. */
  readonly holder: string;
  readonly durationSeconds: number;
  /** RFC 3339, written by the holder's clock; empty when never renewed. */
  readonly renewTime: string;
  readonly transitions: number;
  readonly resourceVersion: string;
}

/** Reads `kubectl get lease -o json`. */
export function readLease(json: string): LeaseState {
  const { metadata, spec } = JSON.parse(json) as {
    readonly metadata?: { readonly resourceVersion?: string };
    readonly spec?: {
      readonly holderIdentity?: string;
      readonly leaseDurationSeconds?: number;
      readonly renewTime?: string;
      readonly leaseTransitions?: number;
    };
  };
  return {
    holder: spec?.holderIdentity ?? '',
    durationSeconds: spec?.leaseDurationSeconds ?? 0,
    renewTime: spec?.renewTime ?? '',
    transitions: spec?.leaseTransitions ?? 0,
    resourceVersion: metadata?.resourceVersion ?? '',
  };
}

/** One version of a chart that a repository offers. */
export interface StoredChart {
  readonly name: string;
  /** The exact version, build metadata and all. */
  readonly version: string;
  /** `sha256:…` of the archive; nothing when the repository does not say. */
  readonly digest: string | undefined;
  /** RFC 3339; nothing when the repository does not say. */
  readonly created: string | undefined;
  /** Where the archive is, for people and for `fetch`. */
  readonly url: string;
  /** Chart.yaml as the repository tells it. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

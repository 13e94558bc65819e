import { sha256Digest } from '../core/digest.js';
import { HelmCdError } from '../core/errors.js';
import { archiveName, type PackedChart } from '../core/packed-chart.js';
import type { HttpReader } from './http-reader.js';

type Named = Pick<PackedChart['metadata'], 'name' | 'version'>;

/** The archives that a ChartMuseum has, whatever its index says of them. */
export class MuseumShelf {
  private readonly url: string;
  private readonly reader: HttpReader;

  constructor(url: string, reader: HttpReader) {
    this.url = url;
    this.reader = reader;
  }

  /** Where the server itself gives an archive. */
  addressOf(chart: Named): string {
    return `${this.url}/charts/${encodeURIComponent(archiveName(chart))}`;
  }

  /** The digest of the archive that is stored; nothing when there is none. */
  async digestOf(chart: Named): Promise<string | undefined> {
    const bytes = await this.reader.read(this.addressOf(chart));
    return bytes === undefined ? undefined : sha256Digest(bytes);
  }

  takenBy(stored: string, { metadata: { name, version }, digest }: PackedChart): string {
    return `${name} ${version} is already in ${this.url} with the digest ${stored}; this one has ${digest}.`;
  }

  /**
   * @returns whether the archive is there.
   * @throws HelmCdError `conflict` when it has other bytes than ours.
   */
  async hasOurs(chart: PackedChart): Promise<boolean> {
    const stored = await this.digestOf(chart.metadata);
    if (stored !== undefined && stored !== chart.digest) throw versionConflict(this.takenBy(stored, chart));
    return stored !== undefined;
  }
}

/** The error for a version that is taken. */
export function versionConflict(reason: string): HelmCdError {
  return new HelmCdError('conflict', reason, {
    hint: 'A published version never changes: raise the version in Chart.yaml.',
  });
}

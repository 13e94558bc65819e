import { HelmCdError } from '../core/errors.js';
import type { PackedChart } from '../core/packed-chart.js';

const AND = new Intl.ListFormat('en', { type: 'conjunction' });

/** How far publishing has come: content that nobody sees before its tag, and tags. */
export class OciProgress {
  private readonly uploaded = new Set<string>();
  private readonly tagged = new Set<string>();

  private static nameOf({ metadata }: Pick<PackedChart, 'metadata'>): string {
    return `${metadata.name} ${metadata.version}`;
  }

  /** Its content is in the registry. */
  upload(chart: Pick<PackedChart, 'metadata'>): void {
    this.uploaded.add(OciProgress.nameOf(chart));
  }

  /** Consumers can pull it. */
  tag(chart: Pick<PackedChart, 'metadata'>): void {
    this.tagged.add(OciProgress.nameOf(chart));
  }

  /** Somebody else has its tag. */
  lose(chart: Pick<PackedChart, 'metadata'>): void {
    this.tagged.delete(OciProgress.nameOf(chart));
    this.uploaded.delete(OciProgress.nameOf(chart));
  }

  /** The error, with what consumers see and what they do not; as it is when nothing has happened or it tells that already. */
  tellWith(error: unknown): unknown {
    if (!(error instanceof HelmCdError) || error.code === 'timeout') return error;
    // What somebody else has a tag for is not waiting to be tagged.
    const hidden = error.code === 'conflict' ? [] : [...this.uploaded].filter((name) => !this.tagged.has(name));
    if (this.tagged.size + hidden.length === 0) return error;
    const { code, message, hint, place, cause } = error;
    const said = [
      message.replace(/[^.!?:…]$/, '$&.'),
      ...(this.tagged.size === 0 ? [] : [`Published: ${AND.format(this.tagged)}.`]),
      ...(hidden.length === 0 ? [] : [`Uploaded, but not tagged, so that nobody sees it: ${AND.format(hidden)}.`]),
    ];
    const again =
      code === 'conflict' || hint?.includes('again') === true ? '' : 'Run the job again: it completes what is missing.';
    const hints = [hint ?? '', again].filter((text) => text !== '').join(' ');
    return new HelmCdError(code, said.join(' '), {
      ...(hints === '' ? {} : { hint: hints }),
      ...(place === undefined ? {} : { place }),
      ...(cause === undefined ? {} : { cause }),
    });
  }
}

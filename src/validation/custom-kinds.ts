import { textOf } from '../charts/chart-files.js';
import { HelmCdError } from '../core/errors.js';
import type { CustomKind } from '../schemas/crds.js';
import type { ChartContents } from './chart-contents.js';
import { kindsOfText } from './schema-text.js';

/** The custom kinds in `crds/` of a chart and of its subcharts. What cannot be read there, lint and render report. */
export function readChartKinds(contents: ChartContents): readonly CustomKind[] {
  return contents.files.flatMap((file) => {
    if (!/(?:^|\/)crds\//.test(file.path) || !/\.(?:ya?ml|json)$/i.test(file.path)) return [];
    try {
      return kindsOfText(textOf(file), file.path);
    } catch (error) {
      if (error instanceof HelmCdError) return [];
      throw error;
    }
  });
}

import type { Place } from '../core/errors.js';
import { formatPlace } from '../core/errors.js';
import type { Log, Masks } from '../core/ports.js';
import * as runner from './workflow-commands.js';

/** GitHub shows at most this many annotations of each level for a step. */
const ANNOTATIONS_SHOWN = 10;

/**
 * Text that the runner shows and does not obey. It obeys `::` at the beginning of a line, behind white space or characters that have no
 * width, and the older `##[` anywhere in it. Both `\n` and `\r` begin a line.
 */
function harmless(text: string): string {
  return text.replace(/^([\s\p{C}]*)(?=::)/gmu, '$1│ ').replaceAll('##[', '##│[');
}

function properties(title: string, place: Place | undefined, locate: Locate): runner.AnnotationProperties {
  return {
    title,
    ...(place === undefined ? {} : { file: locate(place.file) }),
    ...(place?.line === undefined ? {} : { startLine: place.line }),
    ...(place?.column === undefined ? {} : { startColumn: place.column }),
  };
}

/** A file as GitHub knows it, relative to the workspace, from how the action names it. */
export type Locate = (file: string) => string;

export function createLog(action: string, masks: Masks, locate: Locate = (file) => file): Log {
  const shown = { error: 0, warning: 0 };
  const info = (line: string) => runner.info(harmless(masks.redact(line)));
  const annotate = (level: 'error' | 'warning', message: string, place: Place | undefined) => {
    const text = masks.redact(message);
    if (shown[level] < ANNOTATIONS_SHOWN) {
      shown[level] += 1;
      runner[level](text, properties(action, place, locate));
    } else {
      info(`${level}: ${place === undefined ? '' : `${formatPlace(place)}: `}${text}`);
    }
  };
  return {
    info,
    debug: (line) => runner.debug(masks.redact(line)),
    warning: (message, place) => annotate('warning', message, place),
    error: (message, place) => annotate('error', message, place),
    group(title, text) {
      runner.startGroup(masks.redact(title).replace(/\s+/g, ' '));
      for (const line of text.replace(/\n$/, '').split('\n')) info(line);
      runner.endGroup();
    },
  };
}

import { environmentOf, findEnvironment } from '../../config/load.js';
import type { Config, EnvironmentConfig } from '../../config/types.js';
import { HelmCdError } from '../../core/errors.js';
import { readOnly } from '../../stores/http.js';
import { storeKind } from '../../stores/open-store.js';

/** One end of a promotion. */
export interface End {
  /** URL of the chart repository. */
  readonly repository: string;
  /** The environment it belongs to, or empty when the URL was given. */
  readonly environment: string;
}

interface Resolved extends End {
  readonly config?: EnvironmentConfig;
}

function resolveEnd(input: 'from' | 'to', value: string, chart: string, config: Config | undefined): Resolved {
  if (value.includes('://')) {
    if (storeKind(value) === 'http' && input === 'to') throw readOnly(value);
    return { repository: value.replace(/\/+$/, ''), environment: '' };
  }
  if (config === undefined) {
    throw new HelmCdError(
      'config',
      `Input "${input}" names the environment "${value}", but there is no helm-cd.yaml.`,
      {
        hint: 'Give the URL of a chart repository, or the path of helm-cd.yaml in "config".',
      },
    );
  }
  const environment = environmentOf(config, findEnvironment(config, value, ''), chart);
  return { repository: environment.repository, environment: environment.name, config: environment };
}

/** helm-cd.yaml says what feeds an environment; nothing else does. */
function checkWay(from: Resolved, to: Resolved): void {
  if (to.config === undefined) return;
  const { name, promoteFrom, branch } = to.config;
  if (promoteFrom === undefined) {
    throw new HelmCdError(
      'refused',
      `Environment ${name} is fed by pushes to ${branch ?? 'a branch'}, never by promotion.`,
      {
        hint: `In helm-cd.yaml, write "promote-from: ${from.environment || 'ENVIRONMENT'}" in place of its branch.`,
      },
    );
  }
  if (from.config !== undefined && from.environment !== promoteFrom) {
    throw new HelmCdError(
      'refused',
      `Environment ${name} is promoted from ${promoteFrom}, not from ${from.environment}.`,
      {
        hint: `Promote from ${promoteFrom}: what is not there has not been tried there.`,
      },
    );
  }
}

/**
 * The two chart repositories of a promotion.
 * @throws HelmCdError `config` or `input` when one is unknown, `refused` when helm-cd.yaml says otherwise.
 */
export function resolveEnds(
  inputs: { readonly from: string; readonly to: string; readonly chart: string },
  config: Config | undefined,
): { readonly from: End; readonly to: End } {
  const from = resolveEnd('from', inputs.from, inputs.chart, config);
  const to = resolveEnd('to', inputs.to, inputs.chart, config);
  checkWay(from, to);
  if (from.repository === to.repository) {
    throw new HelmCdError(
      'input',
      `"${inputs.from}" and "${inputs.to}" have the same chart repository: ${to.repository}`,
      {
        hint: 'Each environment needs one of its own, or nothing is held back from it.',
      },
    );
  }
  const plain = ({ repository, environment }: Resolved): End => ({ repository, environment });
  return { from: plain(from), to: plain(to) };
}

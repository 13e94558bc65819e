import { mkdtemp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { FoundChart } from '../charts/find-charts.js';
import type { Cell, Finding } from '../core/findings.js';
import type { Services } from '../core/ports.js';
import { placeholderValues } from '../core/secret-placeholders.js';
import { isEncrypted } from '../core/secret-values.js';
import type { KubernetesVersion } from '../schemas/packs.js';
import { leadsAstray } from './chart-safety.js';

/** One environment as a chart is rendered for it. */
export interface EnvironmentPlan {
  readonly name: string;
  readonly release: string;
  readonly namespace: string;
  /** Values files in order. */
  readonly values: readonly PlannedFile[];
  /** SOPS files, after `values`. */
  readonly secrets: readonly PlannedFile[];
  readonly versions: readonly KubernetesVersion[];
  /** URL of its chart repository; empty when there is none. */
  readonly repository: string;
}

/** A file of the user's. */
export interface PlannedFile {
  readonly absolute: string;
  /** Relative to the working directory. */
  readonly path: string;
  /** Set when the workflow names it, which may lie anywhere; helm-cd.yaml may be anybody's proposal. */
  readonly named?: true;
}

/** A render to be made. */
export interface PlannedCell extends Cell {
  readonly environment: string;
  readonly kubernetes: string;
  readonly version: KubernetesVersion;
  readonly plan: EnvironmentPlan;
  /** All values files in order, as helm gets them: those for `secrets` hold stand-ins. */
  readonly valuesFiles: readonly string[];
}

export interface Plan {
  readonly cells: readonly PlannedCell[];
  readonly findings: readonly Finding[];
  /** How many values are stand-ins, by environment. */
  readonly placeholders: ReadonlyMap<string, number>;
}

function finding(chart: FoundChart, file: PlannedFile, message: string, hint?: string): Finding {
  return {
    level: 'error',
    rule: 'values-file',
    message,
    place: { file: file.path },
    chart: chart.path,
    ...(hint === undefined ? {} : { hint }),
  };
}

/**
 * The cells of a chart: each environment on each of its Kubernetes versions. SOPS files are not decrypted: their
 * stand-ins are written under `services.temp`. An environment with a file that cannot be read has a finding and no cells.
 * @param root the folder that files may lie in.
 */
export async function planCells(
  chart: FoundChart,
  environments: readonly EnvironmentPlan[],
  services: Pick<Services, 'temp'>,
  root: string,
): Promise<Plan> {
  const cells: PlannedCell[] = [];
  const findings: Finding[] = [];
  const placeholders = new Map<string, number>();
  for (const plan of environments) {
    const problems: Finding[] = [];
    const standIns: string[] = [];
    for (const file of [...plan.values, ...plan.secrets]) {
      const astray = file.named === true ? undefined : await leadsAstray(file.absolute, root);
      if (astray === undefined) continue;
      const message = `environment ${plan.name}: this file leads ${astray}: it is not read`;
      problems.push(finding(chart, file, message, 'Move it into the repository.'));
    }
    findings.push(...problems);
    if (problems.length > 0) continue;
    for (const file of plan.values) {
      const text = await readFile(file.absolute, 'utf8').catch(() => undefined);
      if (isEncrypted(text)) {
        const message = `environment ${plan.name}: this file is encrypted with SOPS but named under values`;
        problems.push(finding(chart, file, message, 'Name it under secrets: as it is, ciphertext would be deployed.'));
      }
      if (text === undefined)
        problems.push(finding(chart, file, `environment ${plan.name}: this values file does not exist`));
    }
    for (const file of plan.secrets) {
      const standIn = await writeStandIn(chart, file, plan, services);
      if ('problem' in standIn) problems.push(standIn.problem);
      else {
        standIns.push(standIn.file);
        placeholders.set(plan.name, (placeholders.get(plan.name) ?? 0) + standIn.placeholders);
      }
    }
    findings.push(...problems);
    if (problems.length > 0) continue;
    const valuesFiles = [...plan.values.map((file) => file.absolute), ...standIns];
    for (const version of plan.versions) {
      cells.push({ environment: plan.name, kubernetes: version.name, version, plan, valuesFiles });
    }
  }
  return { cells, findings, placeholders };
}

/** Whether it is one of the formats of SOPS that are neither YAML nor JSON. */
function isOtherSopsFormat(text: string): boolean {
  return isEncrypted(text) && /^(?:sops_mac=|\[sops\])/m.test(text);
}

async function writeStandIn(
  chart: FoundChart,
  file: PlannedFile,
  plan: EnvironmentPlan,
  services: Pick<Services, 'temp'>,
): Promise<{ problem: Finding } | { file: string; placeholders: number }> {
  const text = await readFile(file.absolute, 'utf8').catch(() => undefined);
  if (text === undefined) {
    return { problem: finding(chart, file, `environment ${plan.name}: this secrets file does not exist`) };
  }
  let content: ReturnType<typeof placeholderValues>;
  try {
    content = placeholderValues(text);
  } catch {
    if (isOtherSopsFormat(text)) content = undefined;
    else return { problem: finding(chart, file, `environment ${plan.name}: this secrets file is no valid YAML`) };
  }
  if (content === undefined && isOtherSopsFormat(text)) {
    const message = `environment ${plan.name}: this file is encrypted with SOPS as dotenv or INI, which helm does not read as values`;
    return { problem: finding(chart, file, message, 'Write the values in YAML or JSON, and encrypt that.') };
  }
  if (content === undefined) {
    const message = `environment ${plan.name}: this file is named under secrets but is not encrypted with SOPS`;
    return {
      problem: finding(chart, file, message, 'Encrypt it with "sops encrypt --in-place", and change what it held.'),
    };
  }
  const folder = await mkdtemp(path.join(services.temp, 'values-'));
  const standIn = path.join(folder, `${path.basename(file.absolute).replace(/\.[^.]*$/, '')}.json`);
  await writeFile(standIn, JSON.stringify(content.values), { mode: 0o600 });
  return { file: standIn, placeholders: content.placeholders };
}

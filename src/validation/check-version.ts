/** Whether a chart's version says that its content is new: against the base, and against what is published. */
import type { FoundChart } from '../charts/find-charts.js';
import type { Finding, FindingLevel } from '../core/findings.js';
import type { EnvironmentPlan } from './plan.js';
import type { PublishedVersions } from './published-version.js';
import { checkVersionIncrement, versionPlace, type ComparedWith, type StaleVersion } from './version-increment.js';

export interface VersionOptions {
  readonly level: FindingLevel;
  /** The state before; nothing when it is not known. */
  readonly compared: ComparedWith | undefined;
  readonly published: PublishedVersions;
  /** Why the state before is not known, when an answer was asked for: then one of the repositories must have it. */
  readonly unknownBase?: string;
}

export interface VersionReport {
  readonly findings: readonly Finding[];
  /** What could not be looked at, in sentences. */
  readonly notes: readonly string[];
}

/** The check of one chart, in its two halves: the second needs the chart's dependencies. */
export interface VersionCheck {
  /** @returns the finding against the base. */
  againstBase(version: string): Promise<readonly Finding[]>;
  /**
   * @param prepared the chart's folder with its dependencies.
   * @returns findings that go before those against the base: some say the same, and more.
   */
  againstRepositories(prepared: string, environments: readonly EnvironmentPlan[]): Promise<VersionReport>;
}

export function checkVersion(chart: FoundChart, options: VersionOptions, workingDirectory: string): VersionCheck {
  const { level, compared, published, unknownBase } = options;
  let stale: StaleVersion | undefined;
  let current = '';
  return {
    async againstBase(version) {
      current = version;
      if (compared === undefined) return [];
      stale = await checkVersionIncrement(chart, version, compared, level, workingDirectory);
      return stale === undefined ? [] : [stale.finding];
    },
    async againstRepositories(prepared, environments) {
      const report = await published.check({ chart, prepared, environments, level, newest: stale?.lower === true });
      const findings = [...report.findings];
      if (stale?.lower === true) {
        const { newest } = report;
        const more = newest === undefined ? '' : ` The newest in ${newest.environments} is ${newest.version}.`;
        // The same finding, with a better hint.
        findings.push({ ...stale.finding, hint: `${stale.finding.hint ?? ''}${more}` });
      }
      if (unknownBase !== undefined && report.answered === 0) {
        findings.push({
          level,
          rule: 'version-increment',
          message: `nothing says whether version ${current} is new: ${[unknownBase, ...report.unseen].join('; ')}`,
          place: await versionPlace(chart),
          chart: chart.path,
          hint: 'Give actions/checkout fetch-depth: 0, or this job what it needs to read the chart repository.',
        });
        return { findings, notes: [] };
      }
      return { findings, notes: report.unseen };
    },
  };
}

/** A chart as it is checked, and where it is in the user's files. */
import path from 'node:path';
import type { ChartDependency } from '../core/chart-metadata.js';
import type { Place } from '../core/errors.js';
import type { ChartContents } from './chart-contents.js';
import type { SourceFinder } from './chart-source.js';
import type { PlannedFile } from './plan.js';

/** The chart that helm worked on. */
export interface ChartPlaces {
  /** The chart's name, as helm puts it before paths. */
  readonly name: string;
  /** The folder, absolute and relative to the working directory. */
  readonly folder: string;
  readonly path: string;
  /** What helm was given: the same folder, or a copy with its dependencies. */
  readonly prepared: string;
  /** Whether helm-cd deploys it: helm-cd.yaml names it. */
  readonly deployed: boolean;
  readonly sources: SourceFinder;
  readonly contents: ChartContents;
  /** As Chart.yaml has them. */
  readonly dependencies: readonly ChartDependency[];
}

/** The files behind the `--values` of a call: the user's file for each file that helm was given. */
export interface ValuesOrigin {
  readonly given: string;
  readonly file: PlannedFile;
  /** Whether helm was given a stand-in, whose lines are not the file's. */
  readonly standIn: boolean;
}

/** A file of the chart, by its path in it. */
export const inChart = (chart: ChartPlaces, file: string): PlannedFile => ({
  absolute: path.join(chart.folder, file),
  path: path.posix.join(chart.path, file),
});

/** A place, and what a message needs before it, so that it is right there. */
export interface FoundPlace {
  readonly place: Place;
  readonly prefix: string;
}

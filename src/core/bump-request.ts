import type { BumpTarget } from './bump-target.js';
import type { ChartVersionRule } from './chart-version.js';
import type { Place } from './errors.js';
import type { ImageReference } from './image-reference.js';
import type { ImagePart, YamlPlace } from './image-use.js';
import type { FileChange } from './repository-branch.js';
import type { ChangeLevel, TagOrder } from './tag-order.js';

/** How images may be written to a chart and how its version follows. */
export interface BumpRules {
  /** Values files of the environment, relative to the repository, in order. */
  readonly overlays: readonly string[];
  /** Canonical image name → where it is written. An image that is not here is looked for. */
  readonly places: ReadonlyMap<string, readonly BumpTarget[]>;
  readonly versionRule: ChartVersionRule;
  /** Name of pre-releases. */
  readonly identifier: string;
  /** Default: by SemVer. */
  readonly order?: TagOrder;
  readonly acceptsTag: (tag: string) => boolean;
  /** The policy as it was written, for messages. */
  readonly tagPolicy: string;
}

/** A chart that may be changed. */
export interface ChartScope extends BumpRules {
  /** Relative to the repository; empty for its root. */
  readonly folder: string;
}

export type AppVersionMode = 'auto' | 'always' | 'never';

export interface BumpRequest {
  readonly images: readonly ImageReference[];
  /** Charts in which images are looked for, or whose configuration says where they are. */
  readonly scopes: readonly ChartScope[];
  /** Places named by hand: then nothing is looked for. */
  readonly targets: readonly BumpTarget[];
  /** For charts of targets that are in no scope. */
  readonly rules: BumpRules;
  readonly appVersion: AppVersionMode;
  readonly allowDowngrade: boolean;
  /** By a chart's folder: versions that it had or has elsewhere, and that must not be given again. */
  readonly taken?: ReadonlyMap<string, ReadonlySet<string>>;
  /** Images that stay as they are in a chart. */
  readonly held?: readonly HeldImage[];
}

/** An image that is not to be written to a chart though the rules would let it. */
export interface HeldImage {
  readonly image: string;
  /** The chart's folder; nothing for files outside every chart. */
  readonly chart: string | undefined;
  readonly reason: string;
}

/** One value that changes, or is as it should be already. */
export interface PlannedChange {
  readonly image: string;
  /** The chart's folder; nothing for a file outside every chart. */
  readonly chart: string | undefined;
  readonly file: string;
  readonly place: Place;
  readonly pointer: string;
  readonly part: ImagePart;
  readonly from: string;
  readonly to: string;
  readonly fromTag: string;
  readonly toTag: string;
  /** Other pointers of the file that show the same value through an alias, and so change with it. */
  readonly alsoAt: readonly string[];
}

/** A value that must follow: of a chart that contains a bumped one, or of a list of images. */
export interface FollowedChange {
  readonly chart: string;
  readonly file: string;
  readonly place: Place;
  readonly pointer: string;
  readonly from: string;
  readonly to: string;
  readonly target: YamlPlace;
}

/** An image that was not written, and why. */
export interface RefusedImage {
  readonly image: string;
  readonly chart: string;
  readonly reason: string;
  /** The tag is not accepted there, or what is there comes from a newer build. */
  readonly because: 'policy' | 'newer-build';
}

/** A chart's old and new version; the same when its rule is `none`. */
export interface ChartBump {
  readonly name: string;
  readonly folder: string;
  readonly from: string;
  readonly to: string;
  readonly level: ChangeLevel;
  readonly versionPlace: YamlPlace;
}

export interface BumpPlan {
  /** Empty: there is nothing to commit. */
  readonly changes: readonly PlannedChange[];
  /** Places that have the image's version already. */
  readonly upToDate: readonly PlannedChange[];
  readonly refused: readonly RefusedImage[];
  readonly charts: readonly ChartBump[];
  /** Besides the charts' own versions: `dependencies[].version`, Chart.lock, lists of images. */
  readonly followed: readonly FollowedChange[];
  readonly files: readonly FileChange[];
  readonly notes: readonly string[];
}

import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { HelmCdError } from '../core/errors.js';

/** A schema as a pack holds it: OpenAPI v2 without descriptions; `$ref` is the name of a definition. */
export interface PackSchema {
  readonly $ref?: string;
  readonly type?: string;
  readonly format?: string;
  readonly enum?: readonly string[];
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, PackSchema>>;
  readonly items?: PackSchema;
  readonly additionalProperties?: PackSchema;
  readonly 'x-kubernetes-list-type'?: string;
  readonly 'x-kubernetes-list-map-keys'?: readonly string[];
}

export interface PackKind {
  /** The name of its definition. */
  readonly schema: string;
  /** Whether its objects live in a namespace; not there for kinds that cannot be created, such as lists. */
  readonly namespaced?: boolean;
}

/** The schemas of one Kubernetes minor. */
export interface SchemaPack {
  /** The release that it was made from, such as `1.36.3`. */
  readonly version: string;
  /** By `apps/v1/Deployment`, `v1/Pod`. */
  readonly kinds: Readonly<Record<string, PackKind>>;
  readonly definitions: Readonly<Record<string, PackSchema>>;
}

/** When an API version of a kind came and goes, in minors of Kubernetes 1. */
export interface ApiLifecycle {
  readonly introduced?: number;
  readonly deprecated?: number;
  /** The first minor that does not serve it. */
  readonly removed?: number;
  /** `networking.k8s.io/v1/Ingress`. */
  readonly replacement?: string;
}

/** A Kubernetes version that was asked for. */
export interface KubernetesVersion {
  /** As reports show it: `1.36` or `1.36.2`. */
  readonly name: string;
  readonly minor: number;
  /** What helm is told: `1.36.2`. */
  readonly full: string;
}

const unzip = promisify(gunzip);
const PACK_FILE = /^v1\.(\d+)\.json\.gz$/;

async function readGzip(file: string): Promise<unknown> {
  return JSON.parse((await unzip(await readFile(file))).toString()) as unknown;
}

/** The schema packs that helm-cd ships. Each is read at most once. */
export interface SchemaPacks {
  /** The known minors, oldest first. */
  minors(): Promise<readonly number[]>;
  pack(minor: number): Promise<SchemaPack>;
  /** By `extensions/v1beta1/Ingress`. */
  lifecycle(): Promise<Readonly<Record<string, ApiLifecycle>>>;
  /**
   * @param wanted `1.36`, `v1.36.2`; empty: the newest known.
   * @throws HelmCdError `input` when it is no version, `unsupported` when there is no pack for it.
   */
  resolve(wanted: string): Promise<KubernetesVersion>;
}

/** @param packageRoot helm-cd's own folder. */
export function openSchemaPacks(packageRoot: string): SchemaPacks {
  const folder = path.join(packageRoot, 'schema/kubernetes');
  let minors: Promise<readonly number[]> | undefined;
  let lifecycle: Promise<Readonly<Record<string, ApiLifecycle>>> | undefined;
  const packs = new Map<number, Promise<SchemaPack>>();

  const packsIn = async () => {
    const found = (await readdir(folder)).flatMap((name) => PACK_FILE.exec(name)?.[1] ?? []).map(Number);
    return found.sort((a, b) => a - b);
  };
  const opened: SchemaPacks = {
    minors: () => (minors ??= packsIn()),
    pack(minor) {
      const pack = packs.get(minor) ?? (readGzip(path.join(folder, `v1.${minor}.json.gz`)) as Promise<SchemaPack>);
      packs.set(minor, pack);
      return pack;
    },
    lifecycle: () =>
      (lifecycle ??= readGzip(path.join(folder, 'lifecycle.json.gz')) as Promise<Record<string, ApiLifecycle>>),
    async resolve(wanted) {
      const known = await opened.minors();
      const names = known.map((minor) => `1.${minor}`).join(', ');
      if (wanted === '') {
        const newest = known.at(-1) ?? 0;
        return { name: `1.${newest}`, minor: newest, full: `1.${newest}.0` };
      }
      const match = /^v?1\.(\d+)(?:\.(\d+))?$/.exec(wanted);
      if (match === null) {
        throw new HelmCdError('input', `"${wanted}" is no Kubernetes version.`, {
          hint: `Write it as 1.36 or 1.36.2, in quotes where it is YAML (1.30 without quotes is 1.3). Known: ${names}.`,
        });
      }
      const minor = Number(match[1]);
      if (!known.includes(minor)) {
        throw new HelmCdError('unsupported', `helm-cd has no schemas of Kubernetes 1.${minor}.`, {
          hint: `It has those of ${names}.`,
        });
      }
      const name = wanted.replace(/^v/, '');
      return { name, minor, full: match[2] === undefined ? `1.${minor}.0` : name };
    },
  };
  return opened;
}

import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';

/** Refuses what GITHUB_SERVER_REFUSALS names (`ref|words`, a line each), in the words that are there. */
const UPDATE_HOOK = `#!/bin/sh
printf '%s\\n' "$GITHUB_SERVER_REFUSALS" | while IFS='|' read -r ref words; do
  [ "$ref" = "$1" ] || continue
  printf '%b\\n' "$words" >&2
  exit 1
done || exit 1
exit 0
`;

const CONFIG = `[core]
	repositoryformatversion = 0
	filemode = true
	bare = true
	fsync = none
	filesRefLockTimeout = 2000
[http]
	receivepack = true
[receive]
	autogc = false
	unpackLimit = 1000
[gc]
	auto = 0
[uploadpack]
	allowFilter = true
	allowAnySHA1InWant = true
`;

/** Makes a bare repository as GitHub keeps them: partial clones and any commit can be fetched, protection by a hook. */
export async function createBareRepository(folder: string, branch: string): Promise<void> {
  for (const part of ['objects/info', 'objects/pack', 'refs/heads', 'refs/tags', 'hooks']) {
    await mkdir(path.join(folder, part), { recursive: true });
  }
  await writeFile(path.join(folder, 'HEAD'), `ref: refs/heads/${branch}\n`);
  await writeFile(path.join(folder, 'config'), CONFIG);
  await writeFile(path.join(folder, 'hooks/update'), UPDATE_HOOK, { mode: 0o755 });
}

// The Go installation that builds the tools.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { ToolError } from './errors.mjs';
import { toolsDir } from './paths.mjs';

const oldest = { major: 1, minor: 26 };

const install = `install Go ${oldest.major}.${oldest.minor} or newer (https://go.dev/dl/) and put its \`go\` command on PATH`;

/**
 * The environment of every `go` command: what the user set for other projects must not change what is built here, and a Go that is
 * too old must not fetch a newer one behind the user's back.
 */
export function goEnv() {
  return { ...process.env, CGO_ENABLED: '0', GOTOOLCHAIN: 'local', GOFLAGS: '', GOWORK: 'off' };
}

/**
 * Finds Go and checks that it is new enough.
 * @returns {Promise<{ version: string, os: string, arch: string }>} e.g. go1.26.8, linux, amd64
 */
export async function findGo() {
  let found;
  try {
    const { stdout } = await promisify(execFile)('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
      // Not below a go.mod: a Go older than that file asks for could then not even say its version.
      cwd: toolsDir,
      env: goEnv(),
      timeout: 30_000,
    });
    const [version, os, arch] = stdout.trim().split(/\r?\n/);
    found = { version, os, arch };
  } catch (error) {
    if (error.code === 'ENOENT') throw new ToolError(`no Go was found on PATH: ${install}`);
    throw new ToolError(`the \`go\` command on PATH does not work: ${install}`, {
      details: error.stderr,
      cause: error,
    });
  }
  const [, major, minor] = /^(?:devel )?go(\d+)\.(\d+)/.exec(found.version) ?? [];
  if (Number(major) > oldest.major || (Number(major) === oldest.major && Number(minor) >= oldest.minor)) return found;
  throw new ToolError(`found ${found.version || 'a Go without a version'}, which is too old: ${install}`);
}

import { createRequire as __WEBPACK_EXTERNAL_createRequire } from "module";
/******/ var __webpack_modules__ = ({

/***/ 247:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  n: () => (/* binding */ bumpAction)
});

// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
var external_node_path_default = /*#__PURE__*/__nccwpck_require__.n(external_node_path_);
// EXTERNAL MODULE: ./src/core/errors.ts
var errors = __nccwpck_require__(296);
;// CONCATENATED MODULE: ./src/core/chart-folders.ts


/** Joins paths of a repository: no leading slash, no `.` and `..`, empty for the root. Leaving the root gives nothing. */
function joinPath(...parts) {
    const joined = [];
    for (const part of parts.flatMap((text) => text.split('/'))) {
        if (part === '' || part === '.')
            continue;
        if (part !== '..')
            joined.push(part);
        else if (joined.pop() === undefined)
            return undefined;
    }
    return joined.join('/');
}
/** The path of a file in a folder of the repository; the root is the empty text. */
function inFolder(folder, file) {
    return folder === '' ? file : `${folder}/${file}`;
}
/** The folders that hold a Chart.yaml, the root as the empty text, in alphabetical order. */
function chartFolders(paths) {
    return paths
        .filter((path) => /(?:^|\/)Chart\.yaml$/.test(path) && !/(?:^|\/)templates\//.test(path))
        .map((path) => path.slice(0, -'Chart.yaml'.length).replace(/\/$/, ''))
        .sort();
}
/** The chart whose folder holds the file; of nested ones (`charts/`) the innermost. */
function chartOf(path, folders) {
    return folders
        .filter((folder) => folder === '' || path.startsWith(`${folder}/`))
        .reduce((best, folder) => (best === undefined || folder.length > best.length ? folder : best), undefined);
}
/**
 * A path that a person gave, as the repository has it.
 * @throws HelmCdError `input` or `config` (by `code`) when it is absolute or leaves the repository.
 */
function repositoryPath(text, folder, what, code = 'input') {
    const path = text.startsWith('/') || /^[A-Za-z]:|\\/.test(text) ? undefined : joinPath(folder, text);
    if (path !== undefined && path !== '')
        return path;
    throw new errors/* HelmCdError */.EF(code, `${what} is no path inside the repository: "${text}"`, {
        hint: 'Write it relative to the repository, with forward slashes.',
    });
}
/** `not-found` with a suggestion, for a file that the repository does not have. */
function missingFile(path, paths, what) {
    const name = path.slice(path.lastIndexOf('/') + 1);
    const near = paths.filter((other) => other.endsWith(`/${name}`) || other === name);
    const suggestion = near.length === 1 && near[0] !== undefined ? `, did you mean "${near[0]}"?` : didYouMean(path, paths);
    return new HelmCdError('not-found', `${what}: the repository has no file ${path}${suggestion}`, {
        hint: 'Paths of targets are relative to the repository, those in helm-cd.yaml to the chart.',
    });
}

// EXTERNAL MODULE: ./src/core/duration.ts
var duration = __nccwpck_require__(571);
;// CONCATENATED MODULE: ./src/core/image-reference.ts

const TAG = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/;
const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;
const HOST = /^(?:\[[0-9a-fA-F:]+\]|[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*)(?::\d+)?$/;
const PATH_PART = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
/** The repository's path may have at most this many characters, the registry's host not counted. */
const LONGEST_PATH = 255;
const DOCKER_HUB = 'docker.io';
const DOCKER_HUB_ALIASES = ['index.docker.io', 'registry-1.docker.io', 'registry.hub.docker.com'];
/** Whether the text is a tag by the OCI grammar. */
function isImageTag(text) {
    return TAG.test(text);
}
/** Whether the text is a whole digest with its algorithm. */
function image_reference_isImageDigest(text) {
    return DIGEST.test(text);
}
/** The registry's host, which may be absent, and the path: only a first part that looks like a host is one. */
function splitName(name) {
    const slash = name.indexOf('/');
    const first = name.slice(0, Math.max(0, slash));
    const isHost = slash > 0 && (/[.:[]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
    return isHost ? { host: first, path: name.slice(slash + 1) } : { host: undefined, path: name };
}
/** Whether the text is an image's name: a registry (or none) and a repository, no tag and no digest. */
function image_reference_isImageName(name) {
    const { host, path } = splitName(name);
    if (host !== undefined && !HOST.test(host))
        return false;
    return path.length <= LONGEST_PATH && path.split('/').every((part) => PATH_PART.test(part));
}
/**
 * Takes `name`, `name:tag`, `name@digest` or `name:tag@digest` apart.
 * @returns nothing when the text is no image reference.
 */
function image_reference_parseImageReference(text) {
    const at = text.indexOf('@');
    const digest = at < 0 ? undefined : text.slice(at + 1);
    const rest = at < 0 ? text : text.slice(0, at);
    const colon = rest.indexOf(':', rest.lastIndexOf('/') + 1);
    const tag = colon < 0 ? undefined : rest.slice(colon + 1);
    const name = colon < 0 ? rest : rest.slice(0, colon);
    if (!image_reference_isImageName(name))
        return undefined;
    if (tag !== undefined && !isImageTag(tag))
        return undefined;
    if (digest !== undefined && !image_reference_isImageDigest(digest))
        return undefined;
    return { name, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}
/** The reference as one text. */
function image_reference_formatImageReference(image) {
    return `${image.name}${image.tag === undefined ? '' : `:${image.tag}`}${image.digest === undefined ? '' : `@${image.digest}`}`;
}
/**
 * One spelling for all that mean the same repository: `nginx` is `docker.io/library/nginx`. Two names denote the same
 * image exactly when their canonical names are equal.
 */
function image_reference_canonicalImageName(name) {
    const { host, path } = splitName(name);
    const registry = (host ?? DOCKER_HUB).toLowerCase();
    const known = DOCKER_HUB_ALIASES.includes(registry) ? DOCKER_HUB : registry;
    return `${known}/${known === DOCKER_HUB && !path.includes('/') ? `library/${path}` : path}`;
}
/** The registry's host and the repository below it, of an image's name. */
function registryPlaceOf(name) {
    const canonical = image_reference_canonicalImageName(name);
    const slash = canonical.indexOf('/');
    return { host: canonical.slice(0, slash), repository: canonical.slice(slash + 1) };
}
/** The last part of an image's name, for messages: `api` of `ghcr.io/acme/api`. */
function image_reference_shortImageName(name) {
    return name.slice(name.lastIndexOf('/') + 1);
}
/**
 * Reads an image that was just pushed: it must say which version, by tag, digest or both.
 * @throws HelmCdError `input` that says what the reference lacks or which part the grammar forbids.
 */
function parsePushedImage(text, what) {
    const fail = (reason, hint) => {
        throw new errors/* HelmCdError */.EF('input', `${what}: "${text}" ${reason}`, { hint });
    };
    const image = image_reference_parseImageReference(text);
    if (image !== undefined) {
        if (image.tag !== undefined || image.digest !== undefined)
            return image;
        return fail('has neither a tag nor a digest', `Write it as ${text}:1.2.3 or ${text}@sha256:….`);
    }
    if (/^[a-z]+:\/\//.test(text))
        return fail('is a URL', 'Write the image without the scheme: ghcr.io/acme/api:1.2.3.');
    const [name = '', digest] = text.split('@');
    if (digest !== undefined && !image_reference_isImageDigest(digest)) {
        return fail(`has a digest that is none: "${digest}"`, 'A digest is sha256: and 64 characters of 0-9 and a-f.');
    }
    const colon = name.indexOf(':', name.lastIndexOf('/') + 1);
    const tag = colon < 0 ? undefined : name.slice(colon + 1);
    if (tag !== undefined && image_reference_isImageName(name.slice(0, colon))) {
        return fail(`has a tag that no registry accepts: "${tag}"`, 'A tag has at most 128 letters, digits, ".", "_" and "-", and starts with a letter, a digit or "_".');
    }
    if (image_reference_isImageName((colon < 0 ? name : name.slice(0, colon)).toLowerCase())) {
        return fail('has upper-case letters in its repository', 'Repositories are in lower case.');
    }
    return fail('is no image reference', 'Write it as ghcr.io/acme/api:1.2.3.');
}

;// CONCATENATED MODULE: ./src/git/git-environment.ts
/** Tokens that GitHub issues say so. They are never sent to another host than GitHub's. */
const GITHUB_TOKEN = /^(?:gh[a-z]_|github_pat_)/;
/** What git reads from the job's environment besides what every child gets. */
const PASSED_ON = /^(?:GIT_SSH(?:_COMMAND|_VARIANT)?|GIT_ASKPASS|SSH_ASKPASS|SSH_AGENT_PID|GIT_HTTP_USER_AGENT|GIT_TRACE\w*)$/;
/** Settings that make git behave the same everywhere: no hooks, no questions, no background work. */
const SETTINGS = [
    ['core.hooksPath', '/dev/null'],
    ['gc.auto', '0'],
    ['maintenance.auto', 'false'],
    ['push.gpgSign', 'false'],
    ['push.recurseSubmodules', 'no'],
    ['fetch.recurseSubmodules', 'no'],
    ['safe.bareRepository', 'all'],
    // Of a clone that is thrown away nothing needs to outlast a power cut.
    ['core.fsync', 'none'],
    // The new commit stays a pack: another process would have to make loose objects of it.
    ['fastimport.unpackLimit', '0'],
    // A connection that hangs is given up.
    ['http.lowSpeedLimit', '1'],
    ['http.lowSpeedTime', '60'],
];
/** Whether the token may be sent to the remote: one that GitHub issued only to the server that issued it. */
function mayUseToken(remote, token, serverUrl) {
    if (token === '' || remote.origin === undefined)
        return false;
    return !GITHUB_TOKEN.test(token) || remote.origin === new URL(serverUrl).origin;
}
/** Settings that the job gave to git in the environment, which ours are added to. */
function givenSettings(environment) {
    const count = Number(environment['GIT_CONFIG_COUNT'] ?? '0');
    if (!Number.isInteger(count) || count < 0 || count > 1000)
        return [];
    return Array.from({ length: count }, (_, index) => {
        return [environment[`GIT_CONFIG_KEY_${index}`] ?? '', environment[`GIT_CONFIG_VALUE_${index}`] ?? ''];
    });
}
/**
 * The environment of all git commands. Credentials go in here, as a header for the remote's own origin: they are in no
 * argument, no URL and no file.
 * @param token empty for none.
 * @param environment the job's.
 */
function gitEnvironment(remote, token, serverUrl, environment, masks) {
    const settings = [...givenSettings(environment), ...SETTINGS];
    const secret = remote.password ?? (mayUseToken(remote, token, serverUrl) ? token : '');
    if (secret !== '' && remote.origin !== undefined) {
        const basic = Buffer.from(`${remote.user ?? 'x-access-token'}:${secret}`).toString('base64');
        masks.add(secret);
        masks.add(basic);
        settings.push([`http.${remote.origin}/.extraheader`, `AUTHORIZATION: basic ${basic}`]);
    }
    const passedOn = Object.entries(environment).filter(([name]) => PASSED_ON.test(name));
    return {
        ...Object.fromEntries(passedOn),
        LC_ALL: 'C',
        GIT_TERMINAL_PROMPT: '0',
        GIT_OPTIONAL_LOCKS: '0',
        GIT_ALLOW_PROTOCOL: 'file:git:http:https:ssh',
        GIT_CONFIG_COUNT: String(settings.length),
        ...Object.fromEntries(settings.flatMap(([key, value], index) => [
            [`GIT_CONFIG_KEY_${index}`, key],
            [`GIT_CONFIG_VALUE_${index}`, value],
        ])),
    };
}

;// CONCATENATED MODULE: ./src/git/git-url.ts

const OWNER_AND_NAME = /^([A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)\/([A-Za-z0-9._-]+)$/;
/** `user@host:path`, as ssh's own clients write it. */
const SCP_LIKE = /^[A-Za-z0-9._-]+@[A-Za-z0-9.-]+:(?!\/\/).+$/;
const SCHEMES = ['file:', 'http:', 'https:', 'ssh:', 'git:'];
function invalid(text, hint) {
    throw new errors/* HelmCdError */.EF('input', `Input "repository" is neither owner/name nor a git URL: "${text}"`, { hint });
}
/**
 * Reads the input `repository`.
 * @param serverUrl where `owner/name` is: `https://github.com`, or a GitHub Enterprise Server.
 * @throws HelmCdError `input`
 */
function parseGitRemote(text, serverUrl) {
    const named = OWNER_AND_NAME.exec(text);
    if (named !== null) {
        const [, owner = '', name = ''] = named;
        if (name === '.' || name === '..')
            return invalid(text, 'Write it as acme/charts.');
        const remote = parseGitRemote(`${serverUrl.replace(/\/+$/, '')}/${owner}/${name}.git`, serverUrl);
        return { ...remote, github: { owner, name } };
    }
    if (SCP_LIKE.test(text))
        return { url: text };
    let url;
    try {
        url = new URL(text);
    }
    catch {
        const path = /^(?:\.{0,2}\/|[A-Za-z]:\\)/.test(text);
        return invalid(text, path
            ? 'For a folder write file:// and its absolute path.'
            : 'Write it as acme/charts or https://host/acme/charts.git.');
    }
    if (!SCHEMES.includes(url.protocol))
        return invalid(text, `Schemes: ${SCHEMES.map((scheme) => `${scheme}//`).join(', ')}.`);
    const { password, username } = url;
    url.password = '';
    if (url.protocol === 'http:' || url.protocol === 'https:')
        url.username = '';
    return {
        url: url.protocol === 'file:' ? text : url.href,
        ...(url.protocol.startsWith('http') ? { origin: `${url.protocol}//${url.host}` } : {}),
        ...(password === '' ? {} : { password: decodeURIComponent(password) }),
        ...(username === '' ? {} : { user: decodeURIComponent(username) }),
    };
}

;// CONCATENATED MODULE: ./src/actions/bump-image-tag/connect.ts







/** A wait from here on is told: nobody should wonder why nothing happens. */
const LONG_WAIT_MS = 2000;
/** So many histories are asked for on a guess. */
const MOST_GUESSES = 4;
/**
 * The Chart.yaml files that the inputs point at, else those of charts named like the images: what they were before is asked
 * for with the first request. A wrong guess costs one more request.
 */
function likelyCharts({ chart, targets, images }) {
    const inCharts = (name) => `charts/${name}/Chart.yaml`;
    if (chart.includes('/'))
        return [inFolder(chart.replace(/^(?:\.\/)+|\/+$/g, ''), 'Chart.yaml')];
    if (chart !== '')
        return [inCharts(chart)];
    const folders = targets.map(({ file }) => external_node_path_default().posix.dirname(file).replace(/^\.$/, ''));
    const files = folders.length > 0
        ? folders.map((folder) => inFolder(folder, 'Chart.yaml'))
        : images.map(({ name }) => inCharts(image_reference_shortImageName(name)));
    return [...new Set(files)].slice(0, MOST_GUESSES);
}
/**
 * The GraphQL address that belongs to a REST address: https://ghe.example.com/api/v3 → https://ghe.example.com/api/graphql.
 */
function graphqlUrlOf(apiUrl) {
    return /\/api\/v3$/.test(apiUrl) ? apiUrl.replace(/v3$/, 'graphql') : `${apiUrl}/graphql`;
}
/** A clock that says when GitHub, which is in trouble or wants patience, is waited for. */
function tellingClock({ clock, log }) {
    return {
        now: () => clock.now(),
        sleep: (milliseconds) => {
            if (milliseconds >= LONG_WAIT_MS)
                log.info(`Waiting ${(0,duration/* formatDuration */.a)(milliseconds)} before GitHub is asked again.`);
            return clock.sleep(milliseconds);
        },
    };
}
// What speaks to the server is in the same bundle (that is what `eager` says to the bundler), but only run by those who need it.
async function connectGitHub(inputs, owner, name, services) {
    const { context } = services;
    const clock = tellingClock(services);
    const serverUrl = inputs.serverUrl || context.serverUrl;
    // Of another server than the run's, what the run knows of its own does not hold.
    const own = serverUrl === context.serverUrl;
    const apiUrl = inputs.apiUrl || (own ? context.apiUrl : `${serverUrl}/api/v3`);
    const graphqlUrl = inputs.graphqlUrl || (apiUrl === context.apiUrl ? context.graphqlUrl : graphqlUrlOf(apiUrl));
    if (inputs.token === '') {
        throw new errors/* HelmCdError */.EF('input', `Input "token" is empty, and ${owner}/${name} cannot be changed without one.`, {
            hint: 'Give a token with contents: write there, best that of a GitHub App.',
        });
    }
    const { openApiBranch } = await Promise.resolve(/* import() eager */).then(__nccwpck_require__.bind(__nccwpck_require__, 886));
    const client = services.github({ token: inputs.token, apiUrl, graphqlUrl });
    return {
        label: `${owner}/${name}`,
        github: { owner, name, client, clock },
        open: (branch) => openApiBranch({ client, owner, name, branch, clock, likelyEarlier: likelyCharts(inputs) }),
        commitUrl: (oid) => `${serverUrl}/${owner}/${name}/commit/${oid}`,
    };
}
async function connectGit(inputs, remote, services) {
    const { openGitBranch } = await Promise.resolve(/* import() eager */).then(__nccwpck_require__.bind(__nccwpck_require__, 117));
    const { context, processes, clock } = services;
    const serverUrl = inputs.serverUrl || context.serverUrl;
    const env = gitEnvironment(remote, inputs.token, serverUrl, services.environment, services.masks);
    const actor = context.actor;
    const bot = 'helm-cd[bot]';
    const host = URL.canParse(serverUrl) ? new URL(serverUrl).hostname || 'localhost' : 'localhost';
    const identity = { name: actor || bot, email: `${actor || bot}@users.noreply.${host}` };
    let count = 0;
    return {
        label: remote.url,
        open: (branch) => {
            // Each branch gets a clone of its own.
            const folder = external_node_path_default().join(services.temp, `repository-${count++}.git`);
            return openGitBranch({ url: remote.url, branch, folder, env, identity, processes, clock });
        },
        commitUrl: () => '',
    };
}
/**
 * Chooses how the chart's repository is reached: GitHub's API for `owner/name`, git for every URL.
 * @throws HelmCdError `input`
 */
async function connect(inputs, services) {
    const { context } = services;
    const text = inputs.repository || context.repository;
    if (text === '') {
        throw new errors/* HelmCdError */.EF('input', 'Input "repository" is empty, and outside GitHub there is no current one.', {
            hint: 'Give owner/name or a git URL.',
        });
    }
    const remote = parseGitRemote(text, inputs.serverUrl || context.serverUrl);
    const { github } = remote;
    return github === undefined
        ? connectGit(inputs, remote, services)
        : connectGitHub(inputs, github.owner, github.name, services);
}

;// CONCATENATED MODULE: ./src/core/yaml-nodes.ts

/** The child of a node: a map's value or a list's item. */
function childOf(node, key) {
    if (node?.kind === 'map')
        return node.entries.get(key);
    if (node?.kind === 'list' && /^(?:0|[1-9]\d*)$/.test(key))
        return node.items[Number(key)];
    return undefined;
}
/** The node at a pointer of one document. */
function yaml_nodes_nodeAt(root, pointer) {
    return pointer.reduce(childOf, root);
}
/** More values than this that were there before, reached again through aliases, are an attack. */
const MOST_REPEATS = 300_000;
/** Counts how often values are come across again, so that aliases of aliases do not take for ever. */
class yaml_nodes_RepeatLimit {
    seen = new Set();
    repeats = 0;
    /** @throws HelmCdError `refused` when it is too often. */
    visit(node, file = 'A YAML file') {
        const before = this.seen.size;
        if (this.seen.add(node).size > before || ++this.repeats <= MOST_REPEATS)
            return;
        throw new HelmCdError('refused', `${file} shows more than ${MOST_REPEATS} values again through aliases.`);
    }
}
/** Every node below and including the root, with its pointer, aliases followed. */
function* yaml_nodes_walkYaml(root) {
    const limit = new yaml_nodes_RepeatLimit();
    function* visit(pointer, node) {
        limit.visit(node);
        yield { pointer, node };
        if (node.kind === 'map')
            for (const [key, value] of node.entries)
                yield* visit([...pointer, key], value);
        if (node.kind === 'list')
            for (const [index, item] of node.items.entries())
                yield* visit([...pointer, String(index)], item);
    }
    if (root !== undefined)
        yield* visit([], root);
}

;// CONCATENATED MODULE: ./src/core/image-discovery.ts


/** Keys that hold the digest beside a tag. */
const DIGEST_KEY = /^(?:image|tag)?[-_]?(?:digest|sha(?:256)?)$/i;
/** Which key holds the name beside which key holds the tag; `image` and `name` only count with a tag beside them. */
const FIELD_PAIRS = [
    { name: 'repository', tag: 'tag', registry: 'registry', alone: true },
    { name: 'image', tag: 'tag', registry: 'registry', alone: false },
    { name: 'name', tag: 'tag', registry: 'registry', alone: false },
    { name: 'image', tag: 'imageTag', registry: 'imageRegistry', alone: false },
    { name: 'imageRepository', tag: 'imageTag', registry: 'imageRegistry', alone: false },
    { name: 'imageName', tag: 'imageTag', registry: 'imageRegistry', alone: false },
    { name: 'repository', tag: 'imageTag', registry: 'registry', alone: false },
    { name: 'repository', tag: 'version', registry: 'registry', alone: false },
    { name: 'image', tag: 'version', registry: 'registry', alone: false },
    { name: 'name', tag: 'version', registry: 'registry', alone: false },
];
const NAME_KEYS = [...new Set(FIELD_PAIRS.map(({ name }) => name))];
const GLOBAL_REGISTRIES = (/* unused pure expression or super */ null && ([
    ['global', 'imageRegistry'],
    ['global', 'image', 'registry'],
    ['global', 'registry'],
]));
/** They hold a registry with a path, or the name of one image. */
const GLOBAL_REPOSITORIES = (/* unused pure expression or super */ null && ([
    ['global', 'imageRepository'],
    ['global', 'image', 'repository'],
    ['global', 'repository'],
    ['global', 'hub'],
]));
const IMAGE_KEY = /image$/i;
const IMAGES_KEY = /images$/i;
function lastOf(list) {
    return list.at(-1);
}
/** What all layers have under a key of a map: the last one is in force, maps are merged. */
function childrenOf(located, key) {
    return located.flatMap((parent) => {
        const child = parent.node.kind === 'map' ? parent.node.entries.get(key) : undefined;
        return child === undefined ? [] : [{ ...parent, pointer: [...parent.pointer, key], node: child }];
    });
}
/** The scalar as a place of its own file, or nothing for a map or a list. */
function placeOf(located) {
    if (located?.node.kind !== 'scalar')
        return undefined;
    return { file: located.file, pointer: located.pointer.slice(located.mount), scalar: located.node };
}
/** The scalar that is in force under a key. */
function fieldOf(located, key) {
    return placeOf(lastOf(childrenOf(located, key)));
}
function withoutSlash(text) {
    return text.replace(/\/+$/, '');
}
/** All names that an image may have. */
function namesOf(text, registry, { registries, others }) {
    const prefixes = [...registries, ...(registry === '' ? [] : [registry])];
    const sure = prefixes.length === 0 ? [text] : prefixes.map((prefix) => `${prefix}/${text}`);
    return [...sure, ...others.map((prefix) => `${prefix}/${text}`)].filter(isImageName);
}
/** Fields of an image in one (merged) map, or nothing when it has none. */
function fieldsOf(pointer, located, prefixes, wanted) {
    if (!located.some(({ node }) => node.kind === 'map' && NAME_KEYS.some((key) => node.entries.has(key))))
        return undefined;
    // A pair that has its tag is what is meant, whatever else stands beside it.
    const withTag = FIELD_PAIRS.filter(({ tag }) => fieldOf(located, tag) !== undefined);
    for (const pair of [...withTag, ...FIELD_PAIRS.filter((other) => !withTag.includes(other))]) {
        const name = fieldOf(located, pair.name);
        if (name === undefined || !isImageName(name.scalar.text))
            continue;
        const tag = fieldOf(located, pair.tag);
        const digest = digestOf(located) ?? (isImageDigest(tag?.scalar.text ?? '') ? tag : undefined);
        const inImage = IMAGE_KEY.test(lastOf(pointer) ?? '');
        if (pair.name === 'name' && !inImage)
            continue;
        const registry = withoutSlash(fieldOf(located, pair.registry)?.scalar.text ?? '');
        const names = namesOf(name.scalar.text, registry, prefixes);
        // Its tag may come from somewhere else, such as global.imageTag: then only the name tells what it is.
        const isWanted = names.some((text) => wanted.has(canonicalImageName(text)));
        if (tag === undefined && !(pair.alone ? digest !== undefined || inImage : isWanted))
            continue;
        // Many things have a version.
        if (pair.tag === 'version' && !inImage && !isWanted)
            continue;
        return {
            form: 'fields',
            pointer,
            names,
            place: name,
            ...(tag === undefined || tag === digest ? {} : { tag }),
            ...(digest === undefined ? {} : { digest }),
        };
    }
    return undefined;
}
/** What stands under a digest's key: it must not stay when the tag changes. */
function digestOf(located) {
    const keys = new Set(located.flatMap(({ node }) => (node.kind === 'map' ? [...node.entries.keys()] : [])));
    const named = [...keys].filter((key) => DIGEST_KEY.test(key));
    for (const key of named) {
        const field = fieldOf(located, key);
        if (field !== undefined)
            return field;
    }
    return undefined;
}
/** One text that is a whole image reference. */
function referenceOf(pointer, located, wanted) {
    const place = placeOf(located);
    if (place === undefined || typeof place.scalar.value !== 'string')
        return undefined;
    const { scalar } = place;
    const image = parseImageReference(scalar.text);
    if (image === undefined || (image.tag === undefined && image.digest === undefined))
        return undefined;
    const keys = pointer.filter((key) => !/^\d+$/.test(key));
    const key = lastOf(keys) ?? '';
    const isNamed = IMAGE_KEY.test(key) || (IMAGES_KEY.test(key) && key !== lastOf(pointer));
    if (!isNamed && !(image.name.includes('/') && wanted.has(canonicalImageName(image.name))))
        return undefined;
    return { form: 'reference', pointer, names: [image.name], place, reference: place };
}
/** A map that holds the node under the given keys, as if it stood in the parent chart's values. */
function mounted(node, mount) {
    return mount.reduceRight((inner, key) => {
        return { kind: 'map', entries: new Map([[key, inner]]), start: 0 };
    }, node);
}
/** Each layer's root as the chart sees it. Helm reads the first document of a values file only. */
function rootsOf(layers) {
    return layers.flatMap(({ file, mount = [] }) => {
        const [root] = file.documents;
        return root === undefined ? [] : [{ file, pointer: [], node: mounted(root, mount), mount: mount.length }];
    });
}
/** The texts that are at some pointers of the values. */
function textsAt(roots, pointers) {
    return pointers.flatMap((pointer) => {
        const key = lastOf(pointer) ?? '';
        const parents = pointer.slice(0, -1).reduce(childrenOf, roots);
        const text = withoutSlash(fieldOf(parents, key)?.scalar.text ?? '');
        return text === '' ? [] : [text];
    });
}
/** The scalar that is in force at a pointer of the chart's values. */
function placeInForce(layers, pointer) {
    return placeOf(lastOf(pointer.reduce(childrenOf, rootsOf(layers))));
}
/** The image fields of one map of one file, for a place that was named by hand. */
function image_discovery_imageFieldsAt(file, pointer, map) {
    const none = { registries: [], others: [] };
    return fieldsOf(pointer, [{ file, pointer, node: map, mount: 0 }], none, new Set());
}
/**
 * Finds every place of a chart's values that says which version of an image is used, whichever image it is.
 * @param layers the values in force, lowest priority first: subcharts' own, the chart's, the environment's.
 * @param wanted canonical names of images that are looked for: a text that is exactly a reference to one of them counts
 *   under any key, others only under keys named like `image`.
 * @returns in the order of the values; a place's scalars are those in force.
 */
function discoverImages(layers, wanted) {
    const roots = rootsOf(layers);
    const prefixes = {
        registries: textsAt(roots, GLOBAL_REGISTRIES),
        others: textsAt(roots, GLOBAL_REPOSITORIES),
    };
    const uses = [];
    const limit = new RepeatLimit();
    const visit = (pointer, located) => {
        const inForce = lastOf(located);
        if (inForce === undefined)
            return;
        limit.visit(inForce.node, inForce.file.name);
        if (inForce.node.kind === 'scalar') {
            const use = referenceOf(pointer, inForce, wanted);
            if (use !== undefined)
                uses.push(use);
            return;
        }
        if (inForce.node.kind === 'list') {
            for (const [index, node] of inForce.node.items.entries()) {
                visit([...pointer, String(index)], [{ ...inForce, pointer: [...inForce.pointer, String(index)], node }]);
            }
            return;
        }
        const maps = located.filter(({ node }) => node.kind === 'map');
        const use = fieldsOf(pointer, maps, prefixes, wanted);
        if (use !== undefined)
            uses.push(use);
        const keys = new Set(maps.flatMap(({ node }) => (node.kind === 'map' ? [...node.entries.keys()] : [])));
        for (const key of keys)
            visit([...pointer, key], childrenOf(maps, key));
    };
    visit([], roots);
    return uses;
}

;// CONCATENATED MODULE: ./src/core/image-use.ts


const BARE_DIGEST = /^[0-9a-f]{64}$/;
/** The tag that a use has now: of `tag: 1.0@sha256:…` the part before the digest; empty when it has none. */
function tagOf(use) {
    if (use.reference !== undefined)
        return parseImageReference(use.reference.scalar.text)?.tag ?? '';
    return use.tag?.scalar.text.split('@')[0] ?? '';
}
/** Tag and digest as they are now, for messages: `1.0.0`, `1.0.0@sha256:…`, `(empty)`. */
function versionOf(use) {
    const digest = use.digest?.scalar.text ?? '';
    if (use.reference !== undefined) {
        const image = parseImageReference(use.reference.scalar.text);
        return [image?.tag ?? '', image?.digest ?? ''].filter((part) => part !== '').join('@');
    }
    return [use.tag?.scalar.text ?? '', digest].filter((part) => part !== '').join('@') || '(empty)';
}
function refuse(place, reason, hint) {
    throw new HelmCdError('refused', `${place.file.name}: ${reason}`, {
        place: place.file.placeOf(place.scalar.start),
        hint,
    });
}
/** The digest as the place writes digests: with or without the algorithm in front. */
function digestText(place, digest, bareDigests) {
    const now = place.scalar.text;
    const bare = BARE_DIGEST.test(now) || (now === '' && bareDigests);
    return bare ? digest.slice(digest.indexOf(':') + 1) : digest;
}
/**
 * An image as a place has it that names it in one text.
 * @param name as it is written there.
 * @param pinned whether there is a digest now.
 */
function referenceFor({ digest, ...image }, name, pinned) {
    const wanted = image.lookedUp !== true || pinned || image.tag === undefined;
    return { ...image, name, ...(wanted && digest !== undefined ? { digest } : {}) };
}
function referenceChange(place, image) {
    const now = parseImageReference(place.scalar.text);
    const name = now?.name ?? image.name;
    // Without a new tag the old one would be a lie beside the new digest, and the other way round.
    const to = formatImageReference(referenceFor(image, name, now?.digest !== undefined));
    return { place, part: 'reference', from: place.scalar.text, to, fromTag: now?.tag ?? '', toTag: image.tag ?? '' };
}
/** The tag's new text; nothing when it stays. */
function newTagText(place, image, hasDigestField) {
    const [tag = '', pinned] = place.scalar.text.split('@');
    if (pinned !== undefined) {
        const parts = [image.tag ?? tag, image.digest].filter((part) => part !== undefined && part !== '');
        return parts.join('@');
    }
    if (image.tag !== undefined)
        return image.tag;
    if (hasDigestField)
        return undefined;
    return refuse(place, `${image.name} is given by digest only, and there is no digest beside this tag.`, `Give the tag too (${image.name}:TAG@${image.digest ?? ''}), or add a digest key to the chart.`);
}
/**
 * What must change so that a use denotes the given image: a digest that does not belong to it never stays.
 * Changes whose text stays the same are in the list too.
 * @param bareDigests the templates put `sha256:` in front of an empty digest field themselves.
 * @throws HelmCdError `refused`, with the place, when the form has no room for what is given.
 */
function changesFor(use, image, bareDigests = false) {
    if (use.reference !== undefined)
        return [referenceChange(use.reference, image)];
    const changes = [];
    const { tag, digest } = use;
    const text = tag === undefined ? undefined : newTagText(tag, image, digest !== undefined);
    if (tag !== undefined && text !== undefined) {
        const fromTag = tagOf(use);
        changes.push({
            place: tag,
            part: 'tag',
            from: tag.scalar.text,
            to: text,
            fromTag,
            toTag: text.split('@')[0] ?? '',
        });
    }
    if (digest !== undefined) {
        if (tag === undefined && image.digest === undefined) {
            return refuse(digest, `${formatImageReference(image)} has no digest, and here the image is known by digest only.`, `Give the digest too: ${formatImageReference(image)}@sha256:….`);
        }
        const to = image.digest === undefined ? '' : digestText(digest, image.digest, bareDigests);
        changes.push({ place: digest, part: 'digest', from: digest.scalar.text, to, fromTag: '', toTag: '' });
    }
    return changes;
}
/** Whether a text is a digest, with or without its algorithm. */
function image_use_looksLikeDigest(text) {
    return isImageDigest(text) || BARE_DIGEST.test(text);
}

;// CONCATENATED MODULE: ./src/core/json-pointer.ts

/**
 * Reads an RFC 6901 JSON pointer: `/api/image/tag`, `/annotations/example.org~1owner`; empty text is the root.
 * @param what names the text in the message, such as `Input "targets"`.
 * @throws HelmCdError `input` when it does not start with a slash or has a lone `~`.
 */
function parsePointer(text, what) {
    if (text === '')
        return [];
    if (!text.startsWith('/')) {
        throw new errors/* HelmCdError */.EF('input', `${what} has a JSON pointer that does not start with a slash: "${text}"`, {
            hint: `Write it as /${text.replaceAll('.', '/')}.`,
        });
    }
    if (/~(?![01])/.test(text)) {
        throw new errors/* HelmCdError */.EF('input', `${what} has a JSON pointer with a lone "~": "${text}"`, {
            hint: 'In a JSON pointer "~" is written ~0, and "/" inside a key ~1.',
        });
    }
    return text
        .slice(1)
        .split('/')
        .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
/** The pointer as RFC 6901 text; the root is the empty text. */
function json_pointer_formatPointer(pointer) {
    return pointer.map((token) => `/${token.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

;// CONCATENATED MODULE: ./src/core/bump-target.ts







/**
 * Reads `file#/json/pointer`; `file#1/json/pointer` for the second document of a file; with `image=` in front when it
 * must be said which image goes there.
 * @param resolve makes the file's path one of the repository.
 * @param what names the text in messages.
 * @throws HelmCdError `input`
 */
function parseTarget(text, resolve, what) {
    const hash = text.indexOf('#');
    const head = hash < 0 ? text : text.slice(0, hash);
    const equals = head.indexOf('=');
    const image = equals < 0 ? undefined : image_reference_parseImageReference(head.slice(0, equals));
    if (hash < 0 || (equals >= 0 && image === undefined)) {
        throw new errors/* HelmCdError */.EF('input', `${what} is no file#/json/pointer: "${text}"`, {
            hint: 'Write it as charts/shop/values.yaml#/api/image/tag.',
        });
    }
    const [, document, pointer = ''] = /^(\d+(?=\/))?(.*)$/s.exec(text.slice(hash + 1)) ?? [];
    return {
        file: resolve(head.slice(equals + 1)),
        pointer: parsePointer(pointer, what),
        ...(document === undefined ? {} : { document: Number(document) }),
        ...(image === undefined ? {} : { image: image_reference_canonicalImageName(image.name) }),
        text,
    };
}
const bump_target_DIGEST_KEY = /^(?:digest|sha(?:256)?)$|digest$/i;
function fail(target, message, hint, code = 'not-found') {
    throw new HelmCdError(code, `Target ${target.text} ${message}`, { hint, place: { file: target.file } });
}
/** Comparing with every key of a very large file would take longer than the answer is worth. */
const MOST_SUGGESTIONS = 5000;
function noSuchPlace(file, target) {
    const depth = target.pointer.length;
    const known = file.documents
        .flatMap((root) => [...walkYaml(root)])
        .filter(({ pointer }) => Math.abs(pointer.length - depth) <= 1)
        .map(({ pointer }) => formatPointer(pointer))
        .slice(0, MOST_SUGGESTIONS);
    const suggestion = closest(formatPointer(target.pointer), known);
    const parent = [...target.pointer];
    while (parent.length > 0 && file.documents.every((root) => nodeAt(root, parent) === undefined))
        parent.pop();
    const where = parent.length === 0 ? 'the file' : formatPointer(parent);
    return fail(target, `does not exist${suggestion === undefined ? '' : `, did you mean "${suggestion}"?`}`, `What there is in ${where}: ${keysAt(file, parent)}.`);
}
function keysAt(file, pointer) {
    const node = file.documents.map((root) => nodeAt(root, pointer)).find((found) => found !== undefined);
    if (node?.kind === 'map')
        return [...node.entries.keys()].slice(0, 20).join(', ') || 'nothing';
    return node?.kind === 'list' ? `a list of ${node.items.length}` : 'one value';
}
/** The root of the document that the target means. */
function documentOf(file, target) {
    if (target.document !== undefined)
        return file.documents[target.document];
    const having = file.documents.filter((root) => nodeAt(root, target.pointer) !== undefined);
    if (having.length <= 1)
        return having[0];
    return fail(target, `is in ${having.length} documents of ${file.name}.`, `Say which one, counted from 0: ${file.name}#0${formatPointer(target.pointer)}.`, 'input');
}
/**
 * What a target says of an image: the fields around it (so that a digest beside a tag is never left behind), one
 * reference, or a lone tag or digest.
 * @param wanted canonical names of the images that are written.
 * @throws HelmCdError `not-found` with what is there instead, `input` when it is no place for a version.
 */
function resolveTarget(file, target, wanted) {
    const root = documentOf(file, target);
    const node = nodeAt(root, target.pointer);
    if (root === undefined || node === undefined)
        return noSuchPlace(file, target);
    const { pointer } = target;
    if (node.kind === 'map') {
        const use = imageFieldsAt(file, pointer, node);
        if (use !== undefined)
            return use;
        return fail(target, 'is a map without repository and tag.', `Name the value itself: ${target.text}/….`, 'input');
    }
    if (node.kind === 'list') {
        return fail(target, 'is a list.', `Name the item: ${target.text}/0.`, 'input');
    }
    const place = { file, pointer, scalar: node };
    const parentPointer = pointer.slice(0, -1);
    const parent = nodeAt(root, parentPointer);
    const fields = parent?.kind === 'map' ? imageFieldsAt(file, parentPointer, parent) : undefined;
    if (fields?.tag?.scalar === node)
        return fields;
    const names = fields?.names ?? [];
    const image = parseImageReference(node.text);
    const isReference = image !== undefined && (image.tag !== undefined || image.digest !== undefined);
    if (isReference && (image.name.includes('/') || wanted.has(canonicalImageName(image.name)))) {
        return { form: 'reference', pointer, names: [image.name], place, reference: place };
    }
    const isDigest = fields?.digest?.scalar === node || bump_target_DIGEST_KEY.test(pointer.at(-1) ?? '') || looksLikeDigest(node.text);
    return { form: 'fields', pointer, names, place, ...(isDigest ? { digest: place } : { tag: place }) };
}
/**
 * Which of the images goes to a place that was named.
 * @throws HelmCdError `input` when that cannot be told.
 */
function imageOfTarget(target, use, images) {
    const named = images.find((image) => {
        const name = canonicalImageName(image.name);
        return target.image === undefined
            ? use.names.some((other) => canonicalImageName(other) === name)
            : target.image === name;
    });
    const [only, ...others] = images;
    if (named !== undefined)
        return named;
    if (only !== undefined && others.length === 0 && target.image === undefined)
        return only;
    return fail(target, 'does not tell which of the images belongs there.', `Say it: ${only?.name ?? 'IMAGE'}=${target.text}, or bump one image at a time.`, 'input');
}

// EXTERNAL MODULE: ./src/core/suggest.ts
var suggest = __nccwpck_require__(85);
;// CONCATENATED MODULE: ./src/core/commit-message.ts



/** Names of the trailers (git-interpret-trailers) that every commit of bump-image-tag has. */
const TRAILER = {
    image: 'Image',
    digest: 'Image-Digest',
    chartVersion: 'Chart-Version',
    environment: 'Environment',
    sourceRepository: 'Source-Repository',
    sourceCommit: 'Source-Commit',
    sourceRun: 'Source-Run',
    /** Grows with each run of the source's workflow: which of two builds is the newer one. */
    sourceRunNumber: 'Source-Run-Number',
    /** Which workflow's runs that number counts. */
    sourceWorkflow: 'Source-Workflow',
    /** The same for every try to make one bump, other than any other bump's: by it a commit is recognised. */
    id: 'Helm-CD-Bump',
};
const SHORT_DIGEST = 'sha256:'.length + 12;
function shortDigest(text) {
    return text.slice(0, SHORT_DIGEST);
}
/** The images that change, each once, with what was there before. */
function summarizeImages(changes) {
    const references = [...new Set(changes.map(({ image }) => image))];
    return references.map((reference) => {
        const own = changes.filter(({ image }) => image === reference);
        const main = own.find(({ fromTag, toTag }) => fromTag !== toTag) ?? own.find(({ part }) => part === 'digest') ?? own[0];
        const byTag = main?.part !== 'digest' && main?.fromTag !== main?.toTag;
        const parsed = parseImageReference(reference);
        return {
            name: parsed?.name ?? reference,
            old: byTag ? (main?.fromTag ?? '') : shortDigest(main?.from ?? ''),
            now: byTag && main?.toTag ? main.toTag : shortDigest(parsed?.digest ?? main?.to ?? ''),
            digest: parsed?.digest ?? '',
            reference,
        };
    });
}
function change({ name, old, now }) {
    return old === '' ? `${shortImageName(name)} to ${now}` : `${shortImageName(name)} ${old} → ${now}`;
}
const PLACEHOLDERS = [
    'image',
    'images',
    'name',
    'old',
    'new',
    'chart',
    'chart-version',
    'branch',
    'environment',
];
const PLACEHOLDER = /\{([A-Za-z-]+)\}/g;
/**
 * Checks a template of the input `commit-message`.
 * @throws HelmCdError `input` for a placeholder that there is not.
 */
function checkMessageTemplate(template) {
    for (const [, name = ''] of template.matchAll(PLACEHOLDER)) {
        if (PLACEHOLDERS.some((known) => known === name))
            continue;
        throw new errors/* HelmCdError */.EF('input', `Input "commit-message" has the unknown placeholder {${name}}${(0,suggest/* didYouMean */.au)(name, PLACEHOLDERS)}`, {
            hint: `Known placeholders: ${PLACEHOLDERS.map((known) => `{${known}}`).join(', ')}.`,
        });
    }
}
function filled(template, plan, images, origin) {
    const values = {
        image: images.map(({ reference }) => reference).join(', '),
        images: images.map(change).join(', '),
        name: images.map(({ name }) => shortImageName(name)).join(', '),
        old: images.map(({ old }) => old).join(', '),
        new: images.map(({ now }) => now).join(', '),
        chart: plan.charts.map(({ name }) => name).join(', '),
        'chart-version': plan.charts.map(({ to }) => to).join(', '),
        branch: origin.branch,
        environment: origin.environment,
    };
    return template.replace(PLACEHOLDER, (_, name) => values[name]);
}
function defaultText(plan, images) {
    const [chart, ...moreCharts] = plan.charts;
    const [image, ...moreImages] = images;
    const scope = chart !== undefined && moreCharts.length === 0 ? `(${chart.name})` : '';
    const what = image !== undefined && moreImages.length === 0 ? change(image) : `${images.length} images`;
    const versions = plan.charts.filter(({ from, to }) => from !== to);
    const version = moreCharts.length > 0
        ? ` in ${plan.charts.length} charts`
        : versions[0] === undefined
            ? ''
            : `, chart ${versions[0].to}`;
    const places = [...plan.changes, ...plan.followed].map(({ file, pointer, from, to }) => `- ${file}#${pointer}: ${from === '' ? '(empty)' : from} → ${to === '' ? '(empty)' : to}`);
    const charts = versions.map(({ name, from, to }) => `- chart ${name}: ${from} → ${to}`);
    // A value that several images share is one line.
    return `chore${scope}: bump ${what}${version}\n\n${[...new Set([...places, ...charts])].join('\n')}`;
}
/** A value of one line: a trailer that goes on in the next line would be read as another one. */
function trailer(name, value) {
    return value === '' ? [] : [`${name}: ${value.replace(/\s+/g, ' ').trim()}`];
}
/**
 * The commit's message: the template (or a conventional commit that names image, old → new and chart version), then
 * trailers from which one can tell where the change came from.
 */
function commitMessage(plan, origin, template) {
    const images = summarizeImages(plan.changes);
    const text = (template === '' ? defaultText(plan, images) : filled(template, plan, images, origin)).trim();
    const trailers = [
        ...images.flatMap(({ reference, digest }) => [
            ...trailer(TRAILER.image, reference.split('@')[0] ?? ''),
            ...trailer(TRAILER.digest, digest),
        ]),
        ...plan.charts.flatMap(({ name, from, to }) => (from === to ? [] : trailer(TRAILER.chartVersion, `${name} ${to}`))),
        ...trailer(TRAILER.environment, origin.environment),
        ...trailer(TRAILER.sourceRepository, origin.repository),
        ...trailer(TRAILER.sourceCommit, origin.commit),
        ...trailer(TRAILER.sourceRun, origin.run),
        ...trailer(TRAILER.sourceRunNumber, origin.runNumber),
        ...trailer(TRAILER.sourceWorkflow, origin.workflow),
        ...trailer(TRAILER.id, origin.id),
    ];
    return `${text}\n\n${trailers.join('\n')}\n`;
}
/** The lines of a message's last paragraph. */
function lastParagraph(message) {
    const paragraphs = message.trimEnd().split(/\n[ \t]*\n/);
    return (paragraphs.at(-1) ?? '').split('\n');
}
/**
 * The values of a trailer in a commit's message, in order. Only the last paragraph has trailers.
 */
function trailersOf(message, name) {
    return lastParagraph(message).flatMap((line) => {
        return line.startsWith(`${name}: `) ? [line.slice(name.length + 2).trim()] : [];
    });
}
/** The images that a bump's message names, each with the digest that stands below it. */
function bumpedImages(message) {
    const images = [];
    for (const line of lastParagraph(message)) {
        const [, name, value = ''] = /^([A-Za-z-]+): (.*)$/.exec(line.trim()) ?? [];
        const image = name === TRAILER.image ? parseImageReference(value) : undefined;
        const last = images.at(-1);
        if (image !== undefined)
            images.push(image);
        else if (name === TRAILER.digest && last !== undefined && isImageDigest(value)) {
            images[images.length - 1] = { ...last, digest: value };
        }
    }
    return images;
}

// EXTERNAL MODULE: ./src/github/github-failure.ts
var github_failure = __nccwpck_require__(423);
// EXTERNAL MODULE: ./src/github/patience.ts
var patience = __nccwpck_require__(412);
;// CONCATENATED MODULE: ./src/github/repository-dispatch.ts



/** GitHub refuses longer event types, and payloads with more keys at the top or more bytes. */
const LONGEST_EVENT_TYPE = 100;
const MOST_KEYS = 10;
const MOST_BYTES = 65_535;
/**
 * Checks an event type.
 * @param what names it in the message.
 * @throws HelmCdError `input` when it is longer than GitHub takes, or has white space.
 */
function checkEventType(eventType, what) {
    if (/^\S+$/.test(eventType) && eventType.length <= LONGEST_EVENT_TYPE)
        return;
    throw new errors/* HelmCdError */.EF('input', `${what} is no event type: "${eventType}"`, {
        hint: `It has at most ${LONGEST_EVENT_TYPE} characters and no white space, such as chart-bumped.`,
    });
}
/**
 * Sends a repository_dispatch event (GitHub REST: "Create a repository dispatch event"). An event that was sent twice, for
 * its answer got lost, starts a workflow twice: what it starts must bear that.
 * @throws HelmCdError `unauthorized`, `not-found` or `refused` with what GitHub said, `unreachable` when it does not answer.
 */
async function sendRepositoryDispatch(github, clock, dispatch) {
    const { owner, name, eventType, payload, until = Infinity } = dispatch;
    if (Object.keys(payload).length > MOST_KEYS || Buffer.byteLength(JSON.stringify(payload)) > MOST_BYTES) {
        throw new HelmCdError('refused', 'The payload of a repository_dispatch has more than 10 keys or 64 KiB.');
    }
    const response = await patiently({ clock, repeatable: true, until }, () => github.request('POST /repos/{owner}/{repo}/dispatches', {
        owner,
        repo: name,
        event_type: eventType,
        client_payload: payload,
    }));
    if (response.status === 204)
        return;
    const doing = `The repository_dispatch "${eventType}" was not accepted by ${owner}/${name}`;
    const failure = githubFailure(response, doing, clock.now());
    if (failure?.code !== 'unauthorized')
        throw failure ?? new HelmCdError('refused', `${doing}: status ${response.status}`);
    throw new HelmCdError('unauthorized', failure.message, {
        hint: 'The token needs contents: write there; a workflow’s own GITHUB_TOKEN may dispatch to its own repository only.',
    });
}

;// CONCATENATED MODULE: ./src/actions/bump-image-tag/verified-image.ts

/** The registries of images, each once. */
function registriesOf(images) {
    return [...new Set(images.map(({ name }) => registryPlaceOf(name).host))];
}
/** An image and what was found of it, as log and summary have it. */
function verifiedLine({ image, platforms }) {
    const name = `${image.name}${image.tag === undefined ? '' : `:${image.tag}`}`;
    return `${name} is in its registry: ${[image.digest ?? '', ...platforms].join(', ')}`;
}

;// CONCATENATED MODULE: ./src/actions/bump-image-tag/inputs.ts








/** What `git check-ref-format` refuses, and what git would take for an option. */
// eslint-disable-next-line no-control-regex -- control characters are among what git refuses
const NO_BRANCH = /^[-/.]|[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)|[/.]$|^@$/;
function readImages(reader) {
    const images = new Map();
    for (const text of reader.requiredList('images')) {
        const image = parsePushedImage(text, 'Input "images"');
        const name = image_reference_canonicalImageName(image.name);
        const other = images.get(name);
        if (other !== undefined && image_reference_formatImageReference(other) !== image_reference_formatImageReference(image)) {
            throw new errors/* HelmCdError */.EF('input', `Input "images" has two versions of one image: ${image_reference_formatImageReference(other)} and ${image_reference_formatImageReference(image)}`, { hint: 'Give each image once.' });
        }
        images.set(name, image);
    }
    return [...images.values()];
}
function readBranch(reader) {
    const branch = reader.string('branch').replace(/^refs\/heads\//, '');
    if (!NO_BRANCH.test(branch))
        return branch;
    throw new errors/* HelmCdError */.EF('input', `Input "branch" is no name of a branch: "${branch}"`);
}
function readUrl(reader, name) {
    const text = reader.string(name).replace(/\/+$/, '');
    if (text === '' || URL.canParse(text))
        return text;
    throw new errors/* HelmCdError */.EF('input', `Input "${name}" is no URL: "${text}"`, {
        hint: 'Write it as https://ghe.example.com.',
    });
}
function readVerify(reader) {
    const verifies = reader.boolean('verify-image', false);
    const options = {
        username: reader.string('registry-username'),
        password: reader.secret('registry-password'),
        timeoutMs: reader.duration('verify-timeout', '30s'),
    };
    if ((options.username === '') !== (options.password === '')) {
        const names = ['registry-username', 'registry-password'];
        const [given, missing] = options.username === '' ? [names[1], names[0]] : names;
        throw new errors/* HelmCdError */.EF('input', `Input "${given}" is given without "${missing}".`, {
            hint: 'Give both or neither.',
        });
    }
    return verifies ? options : undefined;
}
/** One password is for one registry, and no other is to see it. */
function checkRegistryPassword({ verify, images }) {
    const registries = registriesOf(images);
    if (verify === undefined || verify.password === '' || registries.length === 1)
        return;
    throw new errors/* HelmCdError */.EF('input', `Input "registry-password" is for one registry, but there are ${registries.join(', ')}.`, {
        hint: 'Log in to each of them before (docker login), and leave the inputs registry-username and registry-password out.',
    });
}
const MERGE_METHODS = ['', 'squash', 'merge', 'rebase'];
function readMergeMethod(reader) {
    const text = reader.string('merge-method');
    const method = MERGE_METHODS.find((known) => known === text);
    if (method !== undefined)
        return method;
    throw new errors/* HelmCdError */.EF('input', `Input "merge-method" is no way to merge: "${text}"${(0,suggest/* didYouMean */.au)(text, MERGE_METHODS)}`, {
        hint: 'It is squash, merge or rebase.',
    });
}
/** GitHub takes no longer ones. */
const LONGEST_LABEL = 50;
function readLabels(reader) {
    const labels = [...new Set(reader.list('labels'))];
    const long = labels.find((label) => label.length > LONGEST_LABEL);
    if (long === undefined)
        return labels;
    throw new errors/* HelmCdError */.EF('input', `Input "labels" has a label of more than ${LONGEST_LABEL} characters: "${long}"`, {
        hint: 'Write one label a line.',
    });
}
/** @throws HelmCdError `input`, before anything is touched. */
function readInputs(reader) {
    const resolve = (file) => repositoryPath(file, '', 'Input "targets"');
    const verify = readVerify(reader);
    const inputs = {
        images: readImages(reader),
        config: reader.string('config'),
        environment: reader.string('environment'),
        repository: reader.string('repository'),
        branch: readBranch(reader),
        token: reader.secret('token'),
        chart: reader.string('chart'),
        targets: reader.list('targets').map((text) => parseTarget(text, resolve, 'Input "targets"')),
        strategy: reader.choice('strategy', ['auto', 'direct', 'pull-request'], 'auto'),
        autoMerge: reader.boolean('auto-merge', false),
        mergeMethod: readMergeMethod(reader),
        labels: readLabels(reader),
        chartVersion: reader.choice('chart-version', ['auto', 'major', 'minor', 'patch', 'prerelease', 'none'], 'auto'),
        appVersion: reader.choice('app-version', ['auto', 'always', 'never'], 'auto'),
        allowDowngrade: reader.boolean('allow-downgrade', false),
        verify,
        dispatch: reader.string('dispatch'),
        commitMessage: reader.string('commit-message'),
        serverUrl: readUrl(reader, 'server-url'),
        apiUrl: readUrl(reader, 'api-url'),
        graphqlUrl: readUrl(reader, 'graphql-url'),
        helmVersion: reader.string('helm-version'),
        dryRun: reader.boolean('dry-run', false),
        retryTimeoutMs: reader.duration('retry-timeout', '5m'),
    };
    checkMessageTemplate(inputs.commitMessage);
    checkRegistryPassword(inputs);
    if (inputs.dispatch !== '')
        checkEventType(inputs.dispatch, 'Input "dispatch"');
    if (inputs.strategy === 'direct' && inputs.autoMerge) {
        throw new errors/* HelmCdError */.EF('input', 'Inputs "strategy" and "auto-merge" contradict each other.', {
            hint: 'Without a pull request there is nothing to merge: leave auto-merge out, or set strategy to auto.',
        });
    }
    if (inputs.chart !== '' && inputs.targets.length > 0) {
        throw new errors/* HelmCdError */.EF('input', 'Inputs "chart" and "targets" contradict each other.', {
            hint: 'A target names its file, and so its chart.',
        });
    }
    return inputs;
}

;// CONCATENATED MODULE: ./src/actions/bump-image-tag/read-ahead.ts


/** The repository, of which one branch is being read already: whoever opens and reads it first gets that answer. */
function withFirstRead(repository, name, opened, first) {
    let pending = first;
    const ahead = {
        head() {
            const head = pending ?? opened.head();
            pending = undefined;
            return head;
        },
        commit: (...change) => opened.commit(...change),
    };
    let unopened = true;
    return {
        ...repository,
        open(branch) {
            if (branch !== name || !unopened)
                return repository.open(branch);
            unopened = false;
            return ahead;
        },
    };
}
/**
 * The action, which begins to read the branch before the rest of it is even loaded: the server needs its time, and
 * loading takes almost as long.
 * @param load the rest.
 */
function bumpAction(load) {
    return {
        name: 'bump-image-tag',
        readInputs: readInputs,
        async run(inputs, services) {
            const repository = await connect(inputs, services);
            // A registry that is asked first may take its time: what was read before would be old.
            if (inputs.verify !== undefined)
                return (await load())(inputs, services, repository);
            const opened = repository.open(inputs.branch);
            const first = opened.head();
            // Told to whoever asks for it, later.
            first.catch(() => undefined);
            try {
                return await (await load())(inputs, services, withFirstRead(repository, inputs.branch, opened, first));
            }
            finally {
                // Nobody may have asked: nothing is left running.
                await first.catch(() => undefined);
            }
        },
    };
}


/***/ }),

/***/ 825:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  z: () => (/* binding */ blobId)
});

;// CONCATENATED MODULE: external "node:crypto"
const external_node_crypto_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:crypto");
;// CONCATENATED MODULE: ./src/core/blob-id.ts

/**
 * Git's object id of a file's content.
 * @param like any object id of the repository: its length says which hash the repository uses.
 */
function blobId(bytes, like) {
    return (0,external_node_crypto_namespaceObject.createHash)(like.length === 64 ? 'sha256' : 'sha1')
        .update(`blob ${bytes.length}\0`)
        .update(bytes)
        .digest('hex');
}


/***/ }),

/***/ 571:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   E: () => (/* binding */ parseDuration),
/* harmony export */   a: () => (/* binding */ formatDuration)
/* harmony export */ });
/* harmony import */ var _errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(296);

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const PART = /(\d+(?:\.\d+)?)(ms|s|m|h)/g;
/**
 * Milliseconds of a Go-style duration: `90s`, `5m`, `1h30m`, `500ms`, `0`.
 * @throws HelmCdError `input`, naming `what`, when the text is something else.
 */
function parseDuration(text, what) {
    if (text === '0')
        return 0;
    let total = 0;
    let consumed = 0;
    for (const match of text.matchAll(PART)) {
        total += Number(match[1]) * (UNITS[match[2] ?? ''] ?? 0);
        consumed += match[0].length;
    }
    // Whatever is between the parts is not consumed.
    if (consumed === 0 || consumed !== text.length) {
        throw new _errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('input', `${what} is not a duration: "${text}"`, {
            hint: 'Write it as 90s, 5m or 1h30m.',
        });
    }
    return Math.round(total);
}
/** A duration as a person reads it: `850 ms`, `4.2 s`, `3 m 20 s`. */
function formatDuration(milliseconds) {
    const whole = Math.round(milliseconds);
    if (whole < 1000)
        return `${whole} ms`;
    const tenths = Math.round(whole / 100);
    if (tenths < 600)
        return `${(tenths / 10).toFixed(1)} s`;
    const seconds = Math.round(whole / 1000);
    return `${Math.floor(seconds / 60)} m ${seconds % 60} s`;
}


/***/ }),

/***/ 296:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   EF: () => (/* binding */ HelmCdError),
/* harmony export */   bD: () => (/* binding */ messageOf),
/* harmony export */   dE: () => (/* binding */ formatPlace)
/* harmony export */ });
/** By it the errors of one bundle are known in another, which has a class of its own. */
const BRAND = Symbol.for('helm-cd.error');
/**
 * A failure that the user can understand and mend. It is printed as one `::error`, without a stack trace.
 * Anything else that is thrown is a defect of helm-cd and is printed with its stack.
 */
class HelmCdError extends Error {
    code;
    hint;
    place;
    static [Symbol.hasInstance](value) {
        return value instanceof Error && BRAND in value;
    }
    constructor(code, message, details = {}) {
        super(message, details.cause === undefined ? undefined : { cause: details.cause });
        this.name = 'HelmCdError';
        this.code = code;
        this.hint = details.hint;
        this.place = details.place;
        Object.defineProperty(this, BRAND, { value: true });
    }
}
/** `file:line:column` as far as it is known. */
function formatPlace(place) {
    return [place.file, place.line, place.column].filter((part) => part !== undefined).join(':');
}
/** The message of anything that can be thrown. A connection tried at several addresses has one only in its parts. */
function messageOf(error) {
    const { message, errors } = Object(error);
    if (message === '' && Array.isArray(errors))
        return errors.map(messageOf).join('; ');
    return typeof message === 'string' ? message : String(error);
}


/***/ }),

/***/ 85:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   au: () => (/* binding */ didYouMean)
/* harmony export */ });
/* unused harmony exports editDistance, closest */
/** The number of single-character edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
function editDistance(a, b) {
    let beforeLast = [];
    let last = Array.from({ length: b.length + 1 }, (_, column) => column);
    for (let row = 1; row <= a.length; row++) {
        const current = [row];
        for (let column = 1; column <= b.length; column++) {
            const same = a[row - 1] === b[column - 1];
            let best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + (same ? 0 : 1));
            // Before the first character there is nothing, which equals no character.
            const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
            if (swapped)
                best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
            current.push(best);
        }
        beforeLast = last;
        last = current;
    }
    return last[b.length] ?? 0;
}
/** Beginnings that are shorter would fit too much. */
const SHORTEST_BEGINNING = 3;
/** More than one typing error, less than two: a word cut short or drawn out is close, a misspelled one is closer. */
const BEGINNING_ONLY = 1.5;
/** How far apart two words are for somebody who meant one and wrote the other. */
function distance(a, b) {
    const [short, long] = a.length < b.length ? [a, b] : [b, a];
    const edits = editDistance(a, b);
    return short.length >= SHORTEST_BEGINNING && long.startsWith(short) ? Math.min(BEGINNING_ONLY, edits) : edits;
}
/** The known word that `word` was most likely meant to be, or nothing when none is close. */
function closest(word, known) {
    let best;
    let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
    for (const candidate of known) {
        const apart = distance(word.toLowerCase(), candidate.toLowerCase());
        if (apart < bestDistance) {
            best = candidate;
            bestDistance = apart;
        }
    }
    return best;
}
/** `, did you mean "x"?`, or an empty string: made to be put behind a message. */
function didYouMean(word, known) {
    const suggestion = closest(word, known);
    return suggestion === undefined ? '' : `, did you mean "${suggestion}"?`;
}


/***/ }),

/***/ 696:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.r(__webpack_exports__);
/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   parseBlobs: () => (/* binding */ parseBlobs)
/* harmony export */ });
/* harmony import */ var _core_blob_id_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(825);

/**
 * The contents that `git cat-file --batch` printed, by object id. What comes out with another hash than its name is not
 * the text it should be (it is no UTF-8) and is left out.
 */
function parseBlobs(output, oids) {
    const texts = new Map();
    let at = 0;
    for (const [index, oid] of oids.entries()) {
        const header = new RegExp(`^${oid} blob \\d+\\n`).exec(output.slice(at, at + oid.length + 40))?.[0];
        if (header === undefined)
            break;
        const next = oids[index + 1];
        const start = at + header.length;
        // The size counts bytes, the text characters: the next header tells where this one ends.
        const end = next === undefined ? output.length - 1 : nextHeader(output, next, start) - 1;
        const text = output.slice(start, end);
        if ((0,_core_blob_id_js__WEBPACK_IMPORTED_MODULE_0__/* .blobId */ .z)(Buffer.from(text), oid) === oid)
            texts.set(oid, text);
        at = end + 1;
    }
    return texts;
}
/** Where the line begins that announces a blob; behind the output when there is none. */
function nextHeader(output, oid, from) {
    const line = `\n${oid} blob `;
    for (let at = output.indexOf(line, from - 1); at >= 0; at = output.indexOf(line, at + 1)) {
        if (/^\d+\n/.test(output.slice(at + line.length, at + line.length + 20)))
            return at + 1;
    }
    return output.length;
}


/***/ }),

/***/ 117:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  openGitBranch: () => (/* binding */ openGitBranch)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __nccwpck_require__(455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
var external_node_path_default = /*#__PURE__*/__nccwpck_require__.n(external_node_path_);
// EXTERNAL MODULE: ./src/core/errors.ts
var errors = __nccwpck_require__(296);
// EXTERNAL MODULE: ./src/core/suggest.ts
var suggest = __nccwpck_require__(85);
;// CONCATENATED MODULE: ./src/git/commit-identity.ts
/** Who commits: what git's own configuration (user.name, user.email) says, else the one given. */
async function configuredIdentity(git, otherwise) {
    const { stdout } = await git.run(['config', '--get-regexp', '^user\\.(name|email)$']);
    const value = (key) => new RegExp(`^user\\.${key} (.+)$`, 'm').exec(stdout)?.[1];
    return { name: value('name') ?? otherwise.name, email: value('email') ?? otherwise.email };
}

;// CONCATENATED MODULE: ./src/git/fast-import.ts
/** A person as commits name them; names end at certain characters, which git would refuse or cut. */
function identity({ name, email }) {
    const clean = (text) => text.replace(/[<>\n\r\0]/g, '').trim();
    return `${clean(name)} <${clean(email)}>`;
}
function data(text) {
    return `data ${Buffer.byteLength(text)}\n${text}\n`;
}
/** A path as `git fast-import` reads it back. */
function quoted(path) {
    return `"${path.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
/**
 * The input of `git fast-import --done` that makes one commit on a ref and prints its object id. Files that are not named
 * stay as they are in the parent.
 */
function fastImport(ref, commit) {
    const who = `${identity(commit.author)} ${Math.floor(commit.time / 1000)} +0000`;
    const files = commit.files.map(({ path, mode, text }) => `M ${mode} inline ${quoted(path)}\n${data(text)}`);
    return [
        `commit ${ref}\nmark :1\nauthor ${who}\ncommitter ${who}\n`,
        data(commit.message),
        `from ${commit.parent}\n`,
        ...files,
        '\nget-mark :1\ndone\n',
    ].join('');
}

;// CONCATENATED MODULE: ./src/git/git-failure.ts

const UNAUTHORIZED = /authentication failed|could not read (?:username|password)|permission denied|returned error: 40[13]|access denied|terminal prompts disabled|host key verification failed|not authorized|write access to repository not granted|permission to .* denied/i;
const NOT_FOUND = /repository .*not found|does not appear to be a git repository|returned error: 404|project you were looking for could not be found|no such file or directory|does not exist/i;
/** The lines of git's standard error that say something. */
function gitSaid(stderr) {
    return stderr
        .split('\n')
        .map((line) => line.trim())
        .filter((line) => line !== '' && !/^(?:Cloning into|warning: filtering not recognized|hint:|To )/.test(line))
        .slice(-8)
        .join('\n');
}
/**
 * The error that a failed git command means.
 * @param doing what was tried, as the start of a sentence: `The repository https://… cannot be read`.
 */
function gitFailure(doing, stderr) {
    const said = gitSaid(stderr);
    const message = `${doing}:\n${said === '' ? 'git said nothing' : said}`;
    if (UNAUTHORIZED.test(stderr)) {
        return new errors/* HelmCdError */.EF('unauthorized', message, {
            hint: 'Give a token (or an SSH key) that may read and write this repository: for GitHub, contents: write.',
        });
    }
    if (NOT_FOUND.test(stderr)) {
        return new errors/* HelmCdError */.EF('not-found', message, {
            hint: 'Check the input repository; a private repository that the token may not see looks like this too.',
        });
    }
    return new errors/* HelmCdError */.EF('unreachable', message, { hint: 'Check that the server answers from this runner.' });
}

;// CONCATENATED MODULE: ./src/git/git-blobs.ts


/** More than this many are not read along with what is wanted. */
const MOST_ALONG = 300;
/** The contents of files, by object id: from the clone, and before that from the server where they are missing. */
class GitBlobs {
    git;
    url;
    fetched = new Set();
    texts = new Map();
    constructor(git, url) {
        this.git = git;
        this.url = url;
    }
    /**
     * The texts of those that are UTF-8.
     * @param partial whether blobs are missing until they are asked for.
     * @param along what will probably be wanted next: read with these, for every command and every request takes its time.
     */
    async read(oids, partial, along = []) {
        const unread = oids.filter((oid) => !this.texts.has(oid));
        if (unread.length > 0) {
            const more = along.filter((oid) => !this.texts.has(oid));
            const all = [...new Set([...unread, ...(more.length <= MOST_ALONG ? more : [])])];
            if (partial)
                await this.fetch(all);
            for (const [oid, text] of await this.readAll(all, unread))
                this.texts.set(oid, text);
        }
        return new Map(oids.flatMap((oid) => {
            const text = this.texts.get(oid);
            return text === undefined ? [] : [[oid, text]];
        }));
    }
    async readAll(all, wanted) {
        try {
            return await this.readThese(all);
        }
        catch (error) {
            // What was only read along is too much for one output.
            if (!(error instanceof errors/* HelmCdError */.EF) || error.code !== 'refused' || all.length === wanted.length)
                throw error;
            return this.readThese(wanted);
        }
    }
    async readThese(oids) {
        const [output, { parseBlobs }] = await Promise.all([
            this.git.local(['cat-file', '--batch'], `${oids.join('\n')}\n`),
            // In the same bundle, that is what `eager` says to the bundler; run meanwhile, for it needs Node's cryptography.
            Promise.resolve(/* import() eager */).then(__nccwpck_require__.bind(__nccwpck_require__, 696)),
        ]);
        return parseBlobs(output, oids);
    }
    /** Gets those that are not there yet. Otherwise git would ask the server for each by itself. */
    async fetch(oids) {
        const missing = oids.filter((oid) => !this.fetched.has(oid));
        if (missing.length === 0)
            return;
        // These are the arguments with which git itself fetches what is missing.
        const options = ['--quiet', '--no-tags', '--no-write-fetch-head', '--filter=blob:none', '--stdin'];
        const result = await this.git.run(['-c', 'fetch.negotiationAlgorithm=noop', 'fetch', ...options, 'origin'], {
            input: `${missing.join('\n')}\n`,
            network: true,
        });
        if (result.code !== 0)
            throw gitFailure(`Files of ${this.url} cannot be read`, result.stderr);
        for (const oid of missing)
            this.fetched.add(oid);
    }
}

;// CONCATENATED MODULE: ./src/git/git-commands.ts


/** One command that talks to the server is given this long. */
const NETWORK_TIMEOUT_MS = 180_000;
const LOCAL_TIMEOUT_MS = 60_000;
/** git, for one bare clone. */
class GitCommands {
    /** Of the clone. */
    folder;
    env;
    processes;
    constructor(folder, env, processes) {
        this.folder = folder;
        this.env = env;
        this.processes = processes;
    }
    /** Runs a command, whatever its exit code. */
    run(args, options = {}) {
        const { input, env, network = false, inClone = true } = options;
        return this.processes.run('git', args, {
            cwd: inClone ? this.folder : external_node_path_default().dirname(this.folder),
            env: { ...this.env, ...(inClone ? { GIT_DIR: this.folder } : {}), ...env },
            accept: 'any',
            timeoutMs: network ? NETWORK_TIMEOUT_MS : LOCAL_TIMEOUT_MS,
            ...(input === undefined ? {} : { input }),
        });
    }
    /** The output of a local command: when it fails, that is nothing that a user could have caused. */
    async local(args, input, env) {
        const result = await this.run(args, { env, input });
        if (result.code === 0)
            return result.stdout;
        throw new errors/* HelmCdError */.EF('tool', `git ${args[0] ?? ''} failed with exit code ${result.code}:\n${result.stderr.trim()}`);
    }
}

;// CONCATENATED MODULE: ./src/git/git-history.ts
const CHANGES = ['--raw', '-z', '--no-abbrev', '--no-renames', '-m', '--first-parent', '--format='];
/** The charts' own files: what they were is asked by every bump that raises a version. */
const EVERY_CHART = ':(glob)**/Chart.yaml';
/** The branch that HEAD stands for, with its last commits; nothing when HEAD is no branch with a commit. */
async function readTip(git, most) {
    // Which branch it is comes along with the commits: one command less.
    const names = ['--decorate=full', '--decorate-refs=HEAD', '--decorate-refs=refs/heads/*'];
    const log = await git.run(['log', '-z', `--max-count=${most}`, ...names, '--format=%H %D%n%B', 'HEAD', '--']);
    if (log.code !== 0)
        return undefined;
    const commits = log.stdout.split('\0').flatMap((text) => {
        const [, oid = '', refs = '', message = ''] = /^([0-9a-f]+) (.*)\n([^]*)$/.exec(text) ?? [];
        return oid === '' ? [] : [{ oid, refs, message }];
    });
    const [newest] = commits;
    const branch = /^HEAD -> refs\/heads\/(\S+?)(?:, |$)/.exec(newest?.refs ?? '')?.[1];
    if (newest === undefined || branch === undefined)
        return undefined;
    return { branch, oid: newest.oid, commits: commits.map(({ oid, message }) => ({ oid, message })) };
}
/** The object ids that files had in the last commits that changed any of them: by path, newest first, each once. */
async function pastBlobs(git, from, most, pathspec) {
    const log = await git.local(['log', `--max-count=${most}`, ...CHANGES, from, '--', pathspec]);
    const files = new Map();
    for (const [, oid = '', file = ''] of log.matchAll(/:\d+ \d+ [0-9a-f]+ ([0-9a-f]+) [^D\0]\d*\0([^\0]+)\0/g)) {
        const oids = files.get(file) ?? [];
        if (!oids.includes(oid))
            oids.push(oid);
        files.set(file, oids);
    }
    return files;
}

;// CONCATENATED MODULE: ./src/git/git-objects.ts
/** The entries of `git ls-tree -r -t -z`: path → mode and object id. Folders are left out. */
function parseTree(output) {
    const blobs = new Map();
    for (const line of output.split('\0')) {
        const [, mode = '', oid = '', file = ''] = /^(\d+) \w+ ([0-9a-f]+)\t([^]*)$/.exec(line) ?? [];
        if (file !== '' && mode !== '040000')
            blobs.set(file, { mode, oid });
    }
    return blobs;
}

;// CONCATENATED MODULE: ./src/git/push-outcome.ts


/** What git and servers say when the branch is not where it was. */
const MOVED = /stale info|non-fast-forward|fetch first|needs force|cannot lock ref|failed to lock|unable to (?:lock|create)|incorrect old value|failed to update ref|reference already exists|is at [0-9a-f]+ but expected/i;
/** What they say when it does not depend on anybody else. */
const FORBIDDEN = /protected branch|GH006|GH013|rule violations|hook declined|not allowed to push|denied|forbidden|read-only|shallow update not allowed/i;
/** The connection broke after the commit was sent. */
const LOST = /remote failure|failed to report status/i;
/**
 * What became of a `git push --porcelain` of one commit to one branch.
 * @param oid the commit that was pushed.
 * @throws HelmCdError `refused` when a rule of the branch or a hook forbids it, `unauthorized` when the server does not let
 *   us write.
 */
function pushOutcome(oid, branch, result) {
    const line = result.stdout.split('\n').find((text) => /^[ +*=!-]\t/.test(text));
    if (result.code === 0 || (line !== undefined && !line.startsWith('!')))
        return { status: 'committed', oid };
    const summary = line?.split('\t')[2] ?? '';
    // The server's own words are on standard error; a ref's rejection that names no reason is explained there.
    const all = `${summary}\n${result.stderr}`;
    if (line !== undefined && !LOST.test(summary)) {
        const forbidden = FORBIDDEN.test(summary) || (!MOVED.test(summary) && FORBIDDEN.test(all));
        if (!forbidden && MOVED.test(all))
            return { status: 'moved', reason: summary };
        const said = [summary, gitSaid(result.stderr)].filter((text) => text !== '').join('\n');
        throw new errors/* HelmCdError */.EF('refused', `The branch ${branch} does not accept the commit:\n${said}`, {
            hint: 'A rule of the branch or a hook of the server forbids it: let the token’s owner bypass it, or bump another branch.',
        });
    }
    const failure = gitFailure(`The commit could not be pushed to ${branch}`, result.stderr);
    if (failure.code === 'unauthorized')
        throw failure;
    return { status: 'unknown', error: failure };
}

;// CONCATENATED MODULE: ./src/git/git-branch.ts












/** What a bump probably reads, besides what it asks for first: read with it, in one go. */
const LIKELY = /^(?!.*(?:templates|crds|ci)\/).*\.(?:ya?ml|lock)$/;
/** So many commits are fetched: for versions that were given before, and to find an own commit again. */
const DEPTH = 50;
/** A server that does not answer is asked this often in all. */
const ATTEMPTS = 3;
const PAUSE_MS = 1000;
const COMMIT_REF = 'refs/helm-cd/commit';
const EXACT_BYTES = '* -text -eol -ident -filter -working-tree-encoding\n';
/** A branch of any git repository, by git's own commands on a bare, shallow and (where the server can) blobless clone. */
class GitBranch {
    options;
    branch;
    cloned = false;
    /** Whether blobs are missing until they are asked for. */
    partial = true;
    author;
    git;
    blobs;
    constructor(options) {
        this.options = options;
        this.branch = options.branch;
        this.git = new GitCommands(options.folder, options.env, options.processes);
        this.blobs = new GitBlobs(this.git, options.url);
    }
    /** A command that talks to the server, tried again when it does not answer. */
    async remote(args, doing, inClone = true) {
        for (let attempt = 1;; attempt++) {
            const result = await this.git.run(args, { network: true, inClone });
            if (result.code === 0)
                return result;
            const failure = gitFailure(doing, result.stderr);
            if (/remote branch .* not found|couldn't find remote ref/i.test(result.stderr))
                throw await this.noSuchBranch();
            if (failure.code !== 'unreachable' || attempt >= ATTEMPTS)
                throw failure;
            await this.options.clock.sleep(PAUSE_MS * attempt);
        }
    }
    async noSuchBranch() {
        const { url } = this.options;
        const listed = await this.git.run(['ls-remote', '--heads', '--', url], { network: true, inClone: false });
        const names = listed.stdout.split('\n').flatMap((line) => /\trefs\/heads\/(.+)$/.exec(line)?.[1] ?? []);
        const suggestion = (0,suggest/* didYouMean */.au)(this.branch, names);
        return new errors/* HelmCdError */.EF('not-found', `The repository ${url} has no branch "${this.branch}"${suggestion}`, {
            hint: names.length === 0
                ? 'It has no branch at all: push a first commit.'
                : `Its branches: ${names.slice(0, 20).join(', ')}.`,
        });
    }
    async update() {
        const { url, folder } = this.options;
        const doing = `The repository ${url} cannot be read`;
        if (this.cloned) {
            const refspec = `+refs/heads/${this.branch}:refs/heads/${this.branch}`;
            await this.remote(['fetch', '--quiet', `--depth=${DEPTH}`, '--no-tags', 'origin', refspec], doing);
            return;
        }
        const branch = this.branch === '' ? [] : ['--branch', this.branch];
        const options = [
            '--template=',
            '--bare',
            `--depth=${DEPTH}`,
            '--filter=blob:none',
            '--single-branch',
            '--no-tags',
            '--quiet',
        ];
        const result = await this.remote(['clone', ...options, ...branch, '--', url, folder], doing, false);
        this.cloned = true;
        this.partial = !result.stderr.includes('filtering not recognized');
    }
    async head() {
        await this.update();
        // Side by side: the clone is ours alone, and each of these takes longer to start than to work.
        const charts = pastBlobs(this.git, 'HEAD', DEPTH, EVERY_CHART);
        const [tip, tree] = await Promise.all([
            readTip(this.git, DEPTH),
            this.git.run(['ls-tree', '-r', '-z', '--full-tree', 'HEAD']),
            // What is wrong with these is told to whoever asks for them.
            Promise.allSettled([charts]),
        ]);
        if (tip === undefined || tree.code !== 0) {
            if (this.branch !== '')
                throw await this.noSuchBranch();
            throw new errors/* HelmCdError */.EF('not-found', `The repository ${this.options.url} has no default branch with a commit.`, {
                hint: 'Give the input branch, or push a first commit.',
            });
        }
        const { branch, oid, commits } = tip;
        this.branch = branch;
        const blobs = parseTree(tree.stdout);
        const entries = [...blobs].map(([file, { mode }]) => ({ path: file, mode }));
        return {
            branch,
            oid,
            entries,
            read: async (paths) => this.read(blobs, paths, [...(await charts).values()].flat()),
            commits: () => Promise.resolve(commits),
            earlier: async (file) => {
                const known = (await charts).get(file);
                const oids = known ?? (await pastBlobs(this.git, oid, DEPTH, `:(literal)${file}`)).get(file) ?? [];
                return [...(await this.blobs.read(oids, this.partial)).values()];
            },
            export: (from, destination) => this.export(from, destination, blobs),
        };
    }
    async export(from, destination, blobs) {
        const below = from === '' ? '' : `${from}/`;
        const wanted = [...blobs].filter(([file, { mode }]) => file.startsWith(below) && mode.startsWith('100'));
        if (this.partial)
            await this.blobs.fetch([...new Set(wanted.map(([, { oid: blob }]) => blob))]);
        const folder = await (0,promises_.mkdtemp)(external_node_path_default().join(this.options.folder, 'export-'));
        // The bytes as they are in the commit, whatever .gitattributes would make of them in a working tree.
        await (0,promises_.mkdir)(external_node_path_default().join(this.options.folder, 'info'), { recursive: true });
        await (0,promises_.writeFile)(external_node_path_default().join(this.options.folder, 'info/attributes'), EXACT_BYTES);
        const env = { GIT_INDEX_FILE: external_node_path_default().join(folder, 'index'), GIT_WORK_TREE: destination };
        const index = wanted.map(([file, { mode, oid: blob }]) => `${mode} ${blob} 0\t${file}\0`).join('');
        await this.git.local(['update-index', '-z', '--index-info'], index, env);
        await this.git.local(['-c', 'core.autocrlf=false', 'checkout-index', '--all', '--force', '--quiet'], undefined, env);
        await (0,promises_.rm)(folder, { recursive: true });
    }
    async read(blobs, paths, past) {
        const oidOf = (file) => {
            const blob = blobs.get(file);
            if (blob !== undefined)
                return blob.oid;
            throw new errors/* HelmCdError */.EF('not-found', `The repository has no file ${file}.`);
        };
        const oids = [...new Set(paths.map(oidOf))];
        const likely = [...blobs].filter(([file, { mode }]) => LIKELY.test(file) && mode.startsWith('100'));
        const along = [...likely.map(([, { oid }]) => oid), ...past];
        // Who commits is asked at the same time: the contents take as long, and what follows needs no command.
        const [texts] = await Promise.all([this.blobs.read(oids, this.partial, along), this.identity()]);
        return new Map(paths.map((file) => {
            const text = texts.get(oidOf(file));
            if (text !== undefined)
                return [file, text];
            throw new errors/* HelmCdError */.EF('file', `${file} is no UTF-8 text.`, {
                place: { file },
                hint: 'Save it as UTF-8.',
            });
        }));
    }
    identity() {
        this.author ??= configuredIdentity(this.git, this.options.identity);
        return this.author;
    }
    async commit(parent, files, message) {
        if (files.length === 0)
            throw new Error('a commit without changes');
        const modes = new Map(parent.entries.map(({ path: file, mode }) => [file, mode]));
        const stream = fastImport(COMMIT_REF, {
            parent: parent.oid,
            author: await this.identity(),
            time: this.options.clock.now(),
            message,
            files: files.map(({ path: file, after }) => ({ path: file, mode: modes.get(file) ?? '100644', text: after })),
        });
        const oid = (await this.git.local(['fast-import', '--quiet', '--done', '--force'], stream)).trim();
        const ref = `refs/heads/${parent.branch}`;
        // The lease makes it a compare-and-swap: pushed only onto the very commit that was read. It is never a rewrite, for
        // the new commit's parent is that commit.
        const args = [
            'push',
            '--porcelain',
            '--no-verify',
            `--force-with-lease=${ref}:${parent.oid}`,
            'origin',
            `${oid}:${ref}`,
        ];
        try {
            return pushOutcome(oid, parent.branch, await this.git.run(args, { network: true }));
        }
        catch (error) {
            if (error instanceof errors/* HelmCdError */.EF && error.code === 'timeout')
                return { status: 'unknown', error };
            throw error;
        }
    }
}
/** Opens a branch; nothing is read yet. */
function openGitBranch(options) {
    return new GitBranch(options);
}


/***/ }),

/***/ 886:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  openApiBranch: () => (/* binding */ openApiBranch)
});

// EXTERNAL MODULE: external "node:fs/promises"
var promises_ = __nccwpck_require__(455);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
var external_node_path_default = /*#__PURE__*/__nccwpck_require__.n(external_node_path_);
// EXTERNAL MODULE: ./src/core/errors.ts
var core_errors = __nccwpck_require__(296);
// EXTERNAL MODULE: ./src/core/suggest.ts
var suggest = __nccwpck_require__(85);
// EXTERNAL MODULE: ./src/github/github-failure.ts
var github_failure = __nccwpck_require__(423);
// EXTERNAL MODULE: ./src/github/patience.ts
var patience = __nccwpck_require__(412);
;// CONCATENATED MODULE: ./src/github/commit-on-branch.ts



const MUTATION = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid signature { isValid } } }
}`;
/** What GitHub says when the branch is not where it was; none of these texts is documented. */
const MOVED = /expected branch to point to|is at [0-9a-f]+ but expected|update is not a fast.forward|head(?: branch)? was modified/i;
/** What it says when a rule of the branch forbids it. */
const FORBIDDEN = /protected branch|rule violation|repository rule|ruleset|GH006|GH013|approving review|required status|protected ref|pre-receive/i;
/** What it says when it is an Enterprise Server that is too old for the mutation. */
const TOO_OLD = /createCommitOnBranch' doesn't exist|CreateCommitOnBranchInput isn't a defined/i;
/** A signature may take a moment to be shown. */
const VERIFY_PAUSE_MS = 1000;
/** Whether GitHub vouches for a commit; asked for once more after a moment, for a bump's pipeline may depend on it. */
async function isVerified({ client, owner, name, clock }, oid) {
    await clock.sleep(VERIFY_PAUSE_MS);
    try {
        const response = await (0,patience/* patiently */.d_)({ clock, repeatable: true }, () => client.request('GET /repos/{owner}/{repo}/commits/{ref}', { owner, repo: name, ref: oid }));
        const { commit } = response.data;
        return commit?.verification?.verified === true;
    }
    catch (error) {
        // The commit is made, whatever can be learned about it.
        if (error instanceof core_errors/* HelmCdError */.EF && error.code !== 'cancelled')
            return false;
        throw error;
    }
}
/**
 * Puts one commit onto a branch, if and only if its newest commit still is the parent (GraphQL: createCommitOnBranch with
 * expectedHeadOid). Whole files are sent, byte for byte.
 * @throws HelmCdError `unauthorized`, `not-found`, `refused` (a rule of the branch), `unsupported` (by an old server): then
 *   nothing happened.
 */
async function commitOnBranch(target, parent, files, message) {
    const { client, owner, name, clock } = target;
    const [headline = '', ...body] = message.trim().split('\n');
    const input = {
        branch: { repositoryNameWithOwner: `${owner}/${name}`, branchName: parent.branch },
        message: { headline, body: body.join('\n').trim() },
        fileChanges: {
            additions: files.map(({ path, after }) => ({ path, contents: Buffer.from(after).toString('base64') })),
        },
        expectedHeadOid: parent.oid,
    };
    const doing = `The commit cannot be put onto ${parent.branch} of ${owner}/${name}`;
    let response;
    try {
        response = await (0,patience/* patiently */.d_)({ clock, repeatable: false }, () => client.graphql(MUTATION, { input }));
    }
    catch (error) {
        if (error instanceof core_errors/* HelmCdError */.EF && error.code === 'unreachable')
            return { status: 'unknown', error };
        throw error;
    }
    const { data, errors } = (0,github_failure/* graphqlBody */.g)(response);
    const { createCommitOnBranch } = (data ?? {});
    if (createCommitOnBranch) {
        const { oid, signature } = createCommitOnBranch.commit;
        return { status: 'committed', oid, verified: signature?.isValid === true || (await isVerified(target, oid)) };
    }
    const failure = (0,github_failure/* githubFailure */.e)(response, doing, clock.now()) ??
        new core_errors/* HelmCdError */.EF('unreachable', `${doing}: GitHub's answer was empty.`);
    const said = errors.map(({ message: text }) => text).join('; ');
    if (errors.some(({ type }) => type === 'STALE_DATA') || MOVED.test(said))
        return { status: 'moved', reason: said };
    if (FORBIDDEN.test(said)) {
        throw new core_errors/* HelmCdError */.EF('refused', `The branch ${parent.branch} of ${owner}/${name} does not accept the commit: ${said}`, {
            hint: 'Set the input strategy to auto or pull-request, or let the token’s owner bypass the rule.',
        });
    }
    if (TOO_OLD.test(said)) {
        throw new core_errors/* HelmCdError */.EF('unsupported', `${doing}: ${said}`, {
            hint: 'This server is too old for commits by its API: give the input repository as a git URL, then git is used.',
        });
    }
    if (failure.code === 'unauthorized' || failure.code === 'not-found')
        throw failure;
    // Limits were waited for already as long as anybody waits: nothing happened, and nothing will.
    if ((0,patience/* isLimited */.lU)(response))
        throw failure;
    return { status: 'unknown', error: failure };
}

// EXTERNAL MODULE: ./src/core/blob-id.ts + 1 modules
var blob_id = __nccwpck_require__(825);
;// CONCATENATED MODULE: ./src/github/repository.ts



/** As people call it. */
const fullName = ({ owner, name }) => `${owner}/${name}`;
/** As routes of REST name it. */
const pathOf = ({ owner, name }) => ({ owner, repo: name });
/**
 * A request of REST about a repository, sent again as `patiently` does.
 * @param route `GET /repos/{owner}/{repo}/…`
 * @param parameters of the route, but for owner and repo.
 * @param repeatable whether it may be sent again when its answer was lost.
 */
function requestPatiently(repository, route, parameters = {}, repeatable = true) {
    const { client, clock } = repository;
    return (0,patience/* patiently */.d_)({ clock, repeatable }, () => client.request(route, { ...pathOf(repository), ...parameters }));
}
/** The errors of a 422, which the message does not tell. */
function validationErrors({ data }) {
    const { errors } = (data ?? {});
    if (!Array.isArray(errors))
        return '';
    return errors
        .map((error) => {
        if (typeof error === 'string')
            return error;
        return typeof error.message === 'string' ? error.message : `${String(error.field)} ${String(error.code)}`;
    })
        .join('; ');
}
/** @throws HelmCdError unless the answer is fine. */
function requireFine(repository, response, doing) {
    const failure = (0,github_failure/* githubFailure */.e)(response, doing, repository.clock.now());
    if (failure === undefined)
        return;
    const more = validationErrors(response);
    if (more === '')
        throw failure;
    throw new core_errors/* HelmCdError */.EF(failure.code, `${failure.message} (${more})`, {
        ...(failure.hint === undefined ? {} : { hint: failure.hint }),
    });
}

;// CONCATENATED MODULE: ./src/github/read-blob.ts



/**
 * A file's content by its object id (REST: "Get a blob"), of a few MB at most: it comes as base64 in JSON, which is slow to
 * parse, and fails when it is more than some 10 MB.
 * @throws HelmCdError when GitHub does not give it, or gives something else.
 */
async function readBlob(repository, oid) {
    const response = await requestPatiently(repository, 'GET /repos/{owner}/{repo}/git/blobs/{file_sha}', {
        file_sha: oid,
    });
    requireFine(repository, response, `A file of ${fullName(repository)} cannot be read`);
    const { content = '' } = response.data;
    const bytes = Buffer.from(content, 'base64');
    if ((0,blob_id/* blobId */.z)(bytes, oid) === oid)
        return bytes;
    throw new core_errors/* HelmCdError */.EF('unreachable', `GitHub gave another content than that of the object ${oid} of ${fullName(repository)}.`);
}

;// CONCATENATED MODULE: ./src/github/repository-blobs.ts




/** So many files are asked for in one query. */
const PER_QUERY = 100;
/**
 * Contents of a repository's files by object id. What GitHub's GraphQL gives as a text need not be the file: it is cut
 * when it is long, and no text when it is none. So each is held against its object id, and asked for by REST when it is not
 * that object.
 */
class RepositoryBlobs {
    options;
    known = new Map();
    texts = new Map();
    constructor(options) {
        this.options = options;
    }
    /** Texts that came with another answer. */
    keep(texts) {
        for (const [oid, text] of texts)
            if (!this.known.has(oid))
                this.texts.set(oid, text);
    }
    /** @throws HelmCdError when GitHub does not give them. */
    async read(oids) {
        const wanted = [...new Set(oids)];
        const unseen = wanted.filter((oid) => !this.known.has(oid) && !this.texts.has(oid));
        for (let at = 0; at < unseen.length; at += PER_QUERY)
            await this.ask(unseen.slice(at, at + PER_QUERY));
        for (const oid of wanted)
            if (!this.fromText(oid))
                this.known.set(oid, await readBlob(this.options, oid));
        return new Map(wanted.map((oid) => [oid, this.known.get(oid) ?? Buffer.alloc(0)]));
    }
    fromText(oid) {
        const text = this.texts.get(oid);
        if (this.known.has(oid) || text === undefined)
            return this.known.has(oid);
        this.texts.delete(oid);
        const bytes = Buffer.from(text);
        if ((0,blob_id/* blobId */.z)(bytes, oid) !== oid)
            return false;
        this.known.set(oid, bytes);
        return true;
    }
    async ask(oids) {
        const { client, owner, name, clock } = this.options;
        const objects = oids.map((oid, index) => `o${index}: object(oid: "${oid}") { ... on Blob { oid text } }`);
        const query = `query ($owner: String!, $name: String!) {
  repository(owner: $owner, name: $name) { ${objects.join('\n')} }
}`;
        const response = await (0,patience/* patiently */.d_)({ clock, repeatable: true }, () => client.graphql(query, { owner, name }));
        const failure = (0,github_failure/* githubFailure */.e)(response, `Files of ${owner}/${name} cannot be read`, clock.now());
        if (failure !== undefined)
            throw failure;
        const { repository } = (0,github_failure/* graphqlBody */.g)(response).data;
        for (const node of Object.values(repository)) {
            if (typeof node?.text === 'string')
                this.texts.set(node.oid, node.text);
        }
    }
}

;// CONCATENATED MODULE: ./src/github/snapshot.ts
/** How deep folders are listed in one query; what is deeper takes another request. */
const LISTED_DEPTH = 7;
/** Down to here (charts/shop/env/develop.yaml) texts are asked for unseen. */
const TEXT_DEPTH = 4;
/** So many commits are asked for, and so many that changed a file. */
const HISTORY = 50;
/** The selection of the last commits. */
const COMMITS = `history(first: ${HISTORY}) { nodes { oid message signature { isValid } } }`;
/** The commits as a branch tells of them. */
function foundCommits(nodes) {
    return nodes.map(({ oid, message, signature }) => ({ oid, message, verified: signature?.isValid === true }));
}
function entries(depth) {
    const tree = depth < LISTED_DEPTH ? ` ... on Tree { ${entries(depth + 1)} }` : '';
    const text = depth <= TEXT_DEPTH ? ' ... on Blob { text @include(if: $texts) }' : '';
    return `entries { name mode oid${tree === '' && text === '' ? '' : ` object {${tree}${text} }`} }`;
}
/** The query of everything that a bump needs of one commit of a branch, and its variables. */
function snapshotQuery(query) {
    const { files, earlier } = query;
    const declared = [
        '$owner: String!, $name: String!, $texts: Boolean!, $commits: Boolean!',
        ...(query.branch === '' ? [] : ['$branch: String!']),
        ...files.map((_, index) => `$f${index}: String!`),
        ...earlier.map((_, index) => `$e${index}: String!`),
    ];
    const blob = 'object { ... on Blob { oid text } }';
    const asked = [
        ...files.map((_, index) => `f${index}: file(path: $f${index}) { ${blob} }`),
        ...earlier.map((_, index) => {
            return `e${index}: history(first: ${HISTORY}, path: $e${index}) { nodes { file(path: $e${index}) { ${blob} } } }`;
        }),
    ];
    const rules = query.rules ? 'rules(first: 100) { nodes { type } }' : '';
    const text = `query (${declared.join(', ')}) {
  viewer { login }
  repository(owner: $owner, name: $name) {
    ref: ${query.branch === '' ? 'defaultBranchRef' : 'ref(qualifiedName: $branch)'} {
      name
      refUpdateRule { requiredApprovingReviewCount requiresSignatures }
      ${rules}
      target { ... on Commit {
        oid
        tree { oid ${entries(1)} }
        ${COMMITS.replace('{', '@include(if: $commits) {')}
        ${asked.join('\n        ')}
      } }
    }
  }
}`;
    const variables = {
        owner: query.owner,
        name: query.name,
        texts: query.texts,
        commits: query.commits,
        ...(query.branch === '' ? {} : { branch: `refs/heads/${query.branch}` }),
        ...Object.fromEntries(files.map((path, index) => [`f${index}`, path])),
        ...Object.fromEntries(earlier.map((path, index) => [`e${index}`, path])),
    };
    return [text, variables];
}
/** Whether an answer has the commit and its listing, whatever else it lacks. */
function holdsCommit(data) {
    const { repository } = (data ?? {});
    return Array.isArray(repository?.ref?.target?.tree?.entries);
}
/** Git's way to write a mode, which GitHub gives as a number. */
function modeText(mode) {
    return mode.toString(8).padStart(6, '0');
}
const FOLDER = '040000';
/**
 * Reads the answer of a snapshot's query.
 * @returns `repository` or `branch` for the one that there is not.
 */
function readSnapshot(data, query) {
    const { viewer, repository } = data;
    if (repository === null)
        return 'repository';
    const { ref } = repository;
    if (ref === null)
        return 'branch';
    const blobs = new Map();
    const texts = new Map();
    let deeper = false;
    const keep = (node) => {
        if (typeof node?.oid !== 'string')
            return [];
        if (typeof node.text === 'string')
            texts.set(node.oid, node.text);
        return [node.oid];
    };
    const walk = (tree, below) => {
        for (const { name, mode: number, oid, object } of tree.entries ?? []) {
            const mode = modeText(number);
            if (mode !== FOLDER) {
                blobs.set(`${below}${name}`, { mode, oid });
                keep({ oid, ...(object?.text === undefined ? {} : { text: object.text }) });
            }
            else if (object?.entries)
                walk(object, `${below}${name}/`);
            else
                deeper = true;
        }
    };
    const commit = ref.target;
    walk(commit.tree, '');
    query.files.forEach((_, index) => keep(commit[`f${index}`]?.object));
    const earlier = query.earlier.map((path, index) => {
        const history = commit[`e${index}`];
        return [path, history.nodes.flatMap(({ file }) => keep(file?.object))];
    });
    const types = (ref.rules?.nodes ?? []).map(({ type }) => type);
    const classic = ref.refUpdateRule ?? {};
    return {
        viewer: viewer.login,
        branch: ref.name,
        oid: commit.oid,
        treeOid: commit.tree.oid,
        blobs,
        deeper,
        texts,
        commits: commit.history === undefined ? undefined : foundCommits(commit.history.nodes),
        earlier: new Map(earlier),
        rules: {
            pullRequest: typeof classic.requiredApprovingReviewCount === 'number' ||
                types.some((type) => type === 'PULL_REQUEST' || type === 'MERGE_QUEUE'),
            signatures: classic.requiresSignatures === true || types.includes('REQUIRED_SIGNATURES'),
        },
    };
}

;// CONCATENATED MODULE: ./src/github/api-branch.ts









/** What a server says that has no rulesets yet. */
const NO_RULES = /Field 'rules' doesn't exist/;
/**
 * A branch of a repository on GitHub, without a clone: one query reads the newest commit's tree and texts, one mutation
 * (createCommitOnBranch) puts a commit onto exactly that commit. GitHub signs such commits.
 */
class ApiBranch {
    options;
    blobs;
    branch;
    /** Files that were needed: asked for together with the next head. */
    needed = new Set();
    neededEarlier;
    /** Object ids of what a file was before a commit, for those that were asked for on their own. */
    askedEarlier = new Map();
    asked = false;
    withRules = true;
    constructor(options) {
        this.options = options;
        this.branch = options.branch;
        this.blobs = new RepositoryBlobs(options);
        this.neededEarlier = new Set(options.likelyEarlier);
    }
    get repository() {
        return `${this.options.owner}/${this.options.name}`;
    }
    /**
     * The answer to the query. One that asks for texts unseen may be too much for the server: what fails is asked for again
     * without them, and then again and again.
     */
    async send(query) {
        const { client, clock } = this.options;
        if (query.texts) {
            try {
                const response = await (0,patience/* patiently */.d_)({ clock, repeatable: false }, () => client.graphql(...snapshotQuery(query)));
                if (!(0,patience/* isLost */.JD)(response))
                    return response;
            }
            catch (error) {
                if (!(error instanceof core_errors/* HelmCdError */.EF) || error.code !== 'unreachable')
                    throw error;
            }
        }
        return (0,patience/* patiently */.d_)({ clock, repeatable: true }, () => client.graphql(...snapshotQuery({ ...query, texts: false })));
    }
    async ask() {
        const { owner, name, clock } = this.options;
        const again = this.asked;
        const query = {
            owner,
            name,
            branch: this.branch,
            texts: !again,
            files: [...this.needed],
            earlier: [...this.neededEarlier],
            commits: again,
            rules: this.withRules,
        };
        let response = await this.send(query);
        if (query.rules && (0,github_failure/* graphqlBody */.g)(response).errors.some(({ message }) => NO_RULES.test(message))) {
            this.withRules = false;
            response = await this.send({ ...query, rules: false });
        }
        const failure = (0,github_failure/* githubFailure */.e)(response, `The repository ${this.repository} cannot be read`, clock.now());
        // What is missing besides the commit itself (rules that the token may not see) can be done without.
        if (failure !== undefined && !holdsCommit((0,github_failure/* graphqlBody */.g)(response).data))
            throw failure;
        const { data } = (0,github_failure/* graphqlBody */.g)(response);
        if (data === undefined) {
            throw new core_errors/* HelmCdError */.EF('unreachable', `The repository ${this.repository} cannot be read: the answer was empty.`, {
                hint: 'Check the input graphql-url.',
            });
        }
        const snapshot = readSnapshot(data, query);
        if (snapshot === 'repository') {
            throw new core_errors/* HelmCdError */.EF('not-found', `There is no repository ${this.repository}.`, {
                hint: 'Check the input repository, and that the token may see it.',
            });
        }
        if (snapshot === 'branch')
            throw await this.noSuchBranch();
        this.asked = true;
        return snapshot;
    }
    async noSuchBranch() {
        const { owner, name, client, clock } = this.options;
        const response = await (0,patience/* patiently */.d_)({ clock, repeatable: true }, () => client.graphql(`query ($owner: String!, $name: String!) { repository(owner: $owner, name: $name) {
          refs(refPrefix: "refs/heads/", first: 100) { nodes { name } }
        } }`, { owner, name }));
        const failure = (0,github_failure/* githubFailure */.e)(response, `The branches of ${this.repository} cannot be listed`, clock.now());
        if (failure !== undefined)
            return failure;
        const { repository } = ((0,github_failure/* graphqlBody */.g)(response).data ?? {});
        const names = repository?.refs.nodes.map((node) => node.name) ?? [];
        if (this.branch === '') {
            return new core_errors/* HelmCdError */.EF('not-found', `The repository ${this.repository} has no default branch with a commit.`, {
                hint: 'Give the input branch, or push a first commit.',
            });
        }
        const suggestion = (0,suggest/* didYouMean */.au)(this.branch, names);
        return new core_errors/* HelmCdError */.EF('not-found', `The repository ${this.repository} has no branch "${this.branch}"${suggestion}`, {
            hint: names.length === 0 ? 'It has no branch at all.' : `Its branches: ${names.slice(0, 20).join(', ')}.`,
        });
    }
    async head() {
        const snapshot = await this.ask();
        this.branch = snapshot.branch;
        this.blobs.keep(snapshot.texts);
        const listed = snapshot.deeper ? await this.listAll(snapshot) : snapshot.blobs;
        const entries = [...listed].map(([file, { mode }]) => ({ path: file, mode }));
        return {
            branch: snapshot.branch,
            oid: snapshot.oid,
            entries,
            rules: snapshot.rules,
            viewer: snapshot.viewer,
            read: (paths) => this.read(listed, paths),
            commits: () => this.commits(snapshot),
            earlier: (file) => this.earlier(snapshot, file),
            export: (folder, destination) => this.export(listed, folder, destination),
        };
    }
    /** The whole listing, when folders are nested deeper than one query lists. */
    async listAll({ treeOid }) {
        const { client, owner, name, clock } = this.options;
        const response = await (0,patience/* patiently */.d_)({ clock, repeatable: true }, () => client.request('GET /repos/{owner}/{repo}/git/trees/{tree_sha}', {
            owner,
            repo: name,
            tree_sha: treeOid,
            recursive: '1',
        }));
        const failure = (0,github_failure/* githubFailure */.e)(response, `The files of ${this.repository} cannot be listed`, clock.now());
        if (failure !== undefined)
            throw failure;
        const { truncated, tree = [] } = response.data;
        if (truncated === true) {
            throw new core_errors/* HelmCdError */.EF('unsupported', `${this.repository} has more files than GitHub lists.`, {
                hint: 'Give the input repository as a git URL (https://github.com/acme/charts.git): then git is used.',
            });
        }
        const files = tree.filter(({ type }) => type !== 'tree');
        return new Map(files.map(({ path: file, mode, sha }) => [file, { mode, oid: sha }]));
    }
    async read(listed, paths) {
        const oids = new Map(paths.map((file) => {
            const oid = listed.get(file)?.oid;
            if (oid === undefined)
                throw new core_errors/* HelmCdError */.EF('not-found', `The repository has no file ${file}.`);
            this.needed.add(file);
            return [file, oid];
        }));
        const contents = await this.blobs.read([...oids.values()]);
        return new Map([...oids].map(([file, oid]) => {
            try {
                const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
                return [file, decoder.decode(contents.get(oid))];
            }
            catch {
                throw new core_errors/* HelmCdError */.EF('file', `${file} is no UTF-8 text.`, { place: { file }, hint: 'Save it as UTF-8.' });
            }
        }));
    }
    async commits({ oid, commits }) {
        if (commits !== undefined)
            return commits;
        return foundCommits((await this.history(oid, COMMITS)));
    }
    async earlier({ oid, earlier }, file) {
        const key = `${oid} ${file}`;
        let oids = earlier.get(file) ?? this.askedEarlier.get(key);
        if (oids === undefined) {
            this.neededEarlier.add(file);
            const nodes = (await this.history(oid, `history(first: ${HISTORY}, path: $path) { nodes { file(path: $path) { object { ... on Blob { oid text } } } } }`, { path: file }));
            const objects = nodes.flatMap(({ file: found }) => found?.object ?? []);
            oids = objects.flatMap((object) => object.oid ?? []);
            this.askedEarlier.set(key, oids);
            this.blobs.keep(new Map(objects.flatMap((object) => (object.oid && object.text ? [[object.oid, object.text]] : []))));
        }
        const distinct = [...new Set(oids)];
        const contents = await this.blobs.read(distinct);
        return distinct.map((each) => contents.get(each)?.toString('utf8') ?? '');
    }
    async history(oid, field, more = {}) {
        const { client, owner, name, clock } = this.options;
        const declared = Object.keys(more).map((variable) => `, $${variable}: String!`);
        const response = await (0,patience/* patiently */.d_)({ clock, repeatable: true }, () => client.graphql(`query ($owner: String!, $name: String!, $oid: GitObjectID!${declared.join('')}) {
          repository(owner: $owner, name: $name) { object(oid: $oid) { ... on Commit { ${field} } } }
        }`, { owner, name, oid, ...more }));
        const failure = (0,github_failure/* githubFailure */.e)(response, `The commits of ${this.repository} cannot be read`, clock.now());
        if (failure !== undefined)
            throw failure;
        const data = (0,github_failure/* graphqlBody */.g)(response).data;
        return data.repository.object.history.nodes;
    }
    async export(listed, folder, destination) {
        const below = folder === '' ? '' : `${folder}/`;
        const files = [...listed].filter(([file, { mode }]) => file.startsWith(below) && mode.startsWith('100'));
        const contents = await this.blobs.read(files.map(([, { oid }]) => oid));
        for (const [file, { mode, oid }] of files) {
            const target = external_node_path_default().join(destination, file);
            await (0,promises_.mkdir)(external_node_path_default().dirname(target), { recursive: true });
            await (0,promises_.writeFile)(target, contents.get(oid) ?? '', { mode: mode === '100755' ? 0o755 : 0o644 });
        }
    }
    commit(parent, files, message) {
        const modes = new Map(parent.entries.map(({ path: file, mode }) => [file, mode]));
        const executable = files.find(({ path: file }) => modes.get(file) === '100755');
        if (executable !== undefined) {
            throw new core_errors/* HelmCdError */.EF('unsupported', `${executable.path} is executable, which GitHub's API would change.`, {
                place: { file: executable.path },
                hint: 'Take that away (git update-index --chmod=-x), or give the input repository as a git URL.',
            });
        }
        return commitOnBranch(this.options, parent, files, message);
    }
}
/** Opens a branch; nothing is asked yet. */
function openApiBranch(options) {
    return new ApiBranch(options);
}


/***/ }),

/***/ 423:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   e: () => (/* binding */ githubFailure),
/* harmony export */   g: () => (/* binding */ graphqlBody)
/* harmony export */ });
/* harmony import */ var _core_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(296);
/* harmony import */ var _patience_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(412);


const textOf = (value) => (typeof value === 'string' ? value : '');
/** What an answer of GraphQL holds; errors come with status 200. */
function graphqlBody({ data }) {
    const body = (data ?? {});
    const errors = Array.isArray(body.errors) ? body.errors : [];
    return {
        data: body.data ?? undefined,
        errors: errors.map(({ type, message }) => ({ type: textOf(type), message: textOf(message) })),
    };
}
const NO_RIGHTS = /not accessible by|must have push access|must have admin|saml|forbids access/i;
/** When a limit ends, as a sentence. */
function limitHint(response, now) {
    const at = new Date(now + (0,_patience_js__WEBPACK_IMPORTED_MODULE_1__/* .limitedFor */ .WO)(response, now)).toISOString().slice(0, 19);
    return `Run the job again after ${at}Z, or use a GitHub App’s token, which may ask more often.`;
}
/**
 * Why GitHub did not do what was asked.
 * @param doing the beginning of the message: `acme/charts cannot be read`.
 * @returns nothing when the answer is fine.
 */
function githubFailure(response, doing, now) {
    const { errors } = graphqlBody(response);
    const said = errors.map(({ message }) => message).join('; ') || (0,_patience_js__WEBPACK_IMPORTED_MODULE_1__/* .saidBy */ .TT)(response);
    const message = `${doing}: ${said}`;
    if ((0,_patience_js__WEBPACK_IMPORTED_MODULE_1__/* .isLimited */ .lU)(response))
        return new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('unreachable', message, { hint: limitHint(response, now) });
    if ((0,_patience_js__WEBPACK_IMPORTED_MODULE_1__/* .isLost */ .JD)(response)) {
        const what = typeof response.data === 'string' ? 'its answer was cut off' : said;
        return new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('unreachable', `${doing}: ${what}`, { hint: 'Run the job again; see githubstatus.com.' });
    }
    if (response.status === 401) {
        return new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('unauthorized', message, { hint: 'The input token is no valid token, or it has expired.' });
    }
    if (/\b(?:was|is) archived\b/i.test(said)) {
        return new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('unauthorized', message, {
            hint: 'Nobody can change an archived repository: unarchive it.',
        });
    }
    const type = errors[0]?.type ?? '';
    if (response.status === 403 || type === 'FORBIDDEN' || type === 'INSUFFICIENT_SCOPES' || NO_RIGHTS.test(said)) {
        return new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('unauthorized', message, {
            hint: 'The token needs the permissions contents: write (and pull-requests: write for pull requests) there.',
        });
    }
    if (response.status === 404 || type === 'NOT_FOUND') {
        return new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('not-found', message, {
            hint: 'It does not exist, or the token may not see it: a workflow’s own GITHUB_TOKEN sees its own repository only.',
        });
    }
    return response.status >= 400 || errors.length > 0 ? new _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF('refused', message) : undefined;
}


/***/ }),

/***/ 412:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {

/* harmony export */ __nccwpck_require__.d(__webpack_exports__, {
/* harmony export */   JD: () => (/* binding */ isLost),
/* harmony export */   TT: () => (/* binding */ saidBy),
/* harmony export */   WO: () => (/* binding */ limitedFor),
/* harmony export */   d_: () => (/* binding */ patiently),
/* harmony export */   lU: () => (/* binding */ isLimited)
/* harmony export */ });
/* harmony import */ var _core_errors_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(296);

const ATTEMPTS = 5;
const PAUSE_MS = 1000;
/** Without a word about when, GitHub wants at least this after a secondary limit, and more each time. */
const UNSAID_PAUSE_MS = 60_000;
/** Nobody waits longer than this for one request; a limit that ends later is an error that says when. */
const LONGEST_PAUSE_MS = 120_000;
/** What an answer's body says went wrong, or its status. */
function saidBy(response) {
    const { message } = (response.data ?? {});
    return typeof message === 'string' ? message : `status ${response.status}`;
}
/** Whether GraphQL says so in an answer of status 200. */
function hasError({ status, data }, is) {
    const { errors } = (data ?? {});
    return status === 200 && Array.isArray(errors) && errors.some(is);
}
/**
 * Whether GitHub did not do what was asked because too much was asked (primary and secondary rate limits): nothing
 * happened, and the same may be sent again later.
 */
function isLimited(response) {
    if (response.status === 429)
        return true;
    if (response.status === 403)
        return /rate limit|abuse detection/i.test(saidBy(response));
    return hasError(response, ({ type, message }) => {
        return type === 'RATE_LIMITED' || /secondary rate limit/i.test(String(message));
    });
}
/**
 * How long GitHub wants us to wait, milliseconds: `retry-after`, else `x-ratelimit-reset` when nothing remains, else a
 * minute, or longer the more often it has said so.
 */
function limitedFor({ headers }, now, times = 1) {
    const retryAfter = Number(headers['retry-after'] ?? 'NaN') * 1000;
    const reset = headers['x-ratelimit-remaining'] === '0' ? Number(headers['x-ratelimit-reset'] ?? 'NaN') * 1000 - now : NaN;
    const said = [retryAfter, reset].find((milliseconds) => Number.isFinite(milliseconds));
    return Math.max(0, said ?? Math.min(UNSAID_PAUSE_MS * 2 ** (times - 1), LONGEST_PAUSE_MS));
}
/** What GraphQL says when it ran out of time, or worse. */
const TROUBLE = /something went wrong while executing|timedout|timed out|timeout/i;
/** An answer that is no answer: of a server in trouble, or cut off in its middle. Whether anything happened is not known. */
function isLost(response) {
    const cut = [200, 201].includes(response.status) && typeof response.data === 'string';
    return response.status >= 500 || cut || hasError(response, ({ message }) => TROUBLE.test(String(message)));
}
/**
 * Sends a request, again when GitHub asked for patience, and, when that does no harm, when there was no answer.
 * @returns the last answer, whatever it is.
 * @throws what `send` throws when it may not be repeated or was repeated often enough.
 */
async function patiently({ clock, repeatable, until = Infinity }, send) {
    const mayWait = (pause) => pause <= LONGEST_PAUSE_MS && clock.now() + pause <= until;
    for (let attempt = 1;; attempt++) {
        let pause = PAUSE_MS * 2 ** (attempt - 1);
        try {
            const response = await send();
            const limited = isLimited(response);
            if (!limited && !(repeatable && isLost(response)))
                return response;
            if (limited)
                pause = limitedFor(response, clock.now(), attempt);
            if (attempt === ATTEMPTS || !mayWait(pause))
                return response;
        }
        catch (error) {
            const unreachable = error instanceof _core_errors_js__WEBPACK_IMPORTED_MODULE_0__/* .HelmCdError */ .EF && error.code === 'unreachable';
            if (!unreachable || !repeatable || attempt === ATTEMPTS || !mayWait(pause))
                throw error;
        }
        await clock.sleep(pause);
    }
}


/***/ }),

/***/ 407:
/***/ ((module, __unused_webpack___webpack_exports__, __nccwpck_require__) => {

__nccwpck_require__.a(module, async (__webpack_handle_async_dependencies__, __webpack_async_result__) => { try {
/* harmony import */ var _actions_bump_image_tag_read_ahead_js__WEBPACK_IMPORTED_MODULE_0__ = __nccwpck_require__(247);
/* harmony import */ var _core_suggest_js__WEBPACK_IMPORTED_MODULE_2__ = __nccwpck_require__(85);
/* harmony import */ var _runtime_run_action_js__WEBPACK_IMPORTED_MODULE_1__ = __nccwpck_require__(359);
/** The actions' only entry: `node dist/index.js NAME`, inputs as INPUT_* variables. */



/** Left alone by the bundler: in dist/ these are the files beside this one. */
const load = () => import(/* webpackIgnore: true */ './actions.js');
const loadBump = () => import(/* webpackIgnore: true */ './bump.js');
/** Runs an action: the type of its inputs is its own business. */
const start = (action) => (0,_runtime_run_action_js__WEBPACK_IMPORTED_MODULE_1__/* .runAction */ .C)(action, process.env);
const ACTIONS = {
    // The most frequent one, and the one that somebody's build waits for: it asks its server first and loads meanwhile.
    'bump-image-tag': () => start((0,_actions_bump_image_tag_read_ahead_js__WEBPACK_IMPORTED_MODULE_0__/* .bumpAction */ .n)(async () => (await loadBump()).bumpRun)),
    'deploy-chart': async () => start(await (await load()).deployChart()),
    // The action in the repository's root.
    pipeline: async () => start(await (await load()).pipeline()),
    'publish-chart': async () => start(await (await load()).publishChart()),
    'promote-chart': async () => start(await (await load()).promoteChart()),
    'report-releases': async () => start(await (await load()).reportReleases()),
    'rollback-chart': async () => start(await (await load()).rollbackChart()),
    // A step of the two that change releases, no action of its own.
    'settle-release': async () => start(await (await load()).settleRelease()),
    'validate-chart': async () => start(await (await load()).validateChart()),
    'watch-repository': async () => start(await (await load()).watchRepository()),
};
async function main() {
    const name = process.argv[2] ?? '';
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) {
        const names = Object.keys(ACTIONS).filter((known) => known !== 'settle-release');
        console.log(`::error::There is no action "${name}"${(0,_core_suggest_js__WEBPACK_IMPORTED_MODULE_2__/* .didYouMean */ .au)(name, names)}. Actions: ${names.join(', ')}.`);
        return 1;
    }
    return action();
}
const code = await main();
// A socket kept alive by a library must not hold the step; what was written must still reach the runner.
process.stdout.write('', () => process.exit(code));

__webpack_async_result__();
} catch(e) { __webpack_async_result__(e); } }, 1);

/***/ }),

/***/ 712:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  createGitHub: () => (/* binding */ createGitHub)
});

;// CONCATENATED MODULE: ./node_modules/universal-user-agent/index.js
function getUserAgent() {
  if (typeof navigator === "object" && "userAgent" in navigator) {
    return navigator.userAgent;
  }

  if (typeof process === "object" && process.version !== undefined) {
    return `Node.js/${process.version.substr(1)} (${process.platform}; ${
      process.arch
    })`;
  }

  return "<environment undetectable>";
}

;// CONCATENATED MODULE: ./node_modules/@octokit/endpoint/dist-bundle/index.js
// pkg/dist-src/defaults.js


// pkg/dist-src/version.js
var VERSION = "0.0.0-development";

// pkg/dist-src/defaults.js
var userAgent = `octokit-endpoint.js/${VERSION} ${getUserAgent()}`;
var DEFAULTS = {
  method: "GET",
  baseUrl: "https://api.github.com",
  headers: {
    accept: "application/vnd.github.v3+json",
    "user-agent": userAgent
  },
  mediaType: {
    format: ""
  }
};

// pkg/dist-src/util/lowercase-keys.js
function lowercaseKeys(object) {
  if (!object) {
    return {};
  }
  return Object.keys(object).reduce((newObj, key) => {
    newObj[key.toLowerCase()] = object[key];
    return newObj;
  }, {});
}

// pkg/dist-src/util/is-plain-object.js
function isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  if (Object.prototype.toString.call(value) !== "[object Object]") return false;
  const proto = Object.getPrototypeOf(value);
  if (proto === null) return true;
  const Ctor = Object.prototype.hasOwnProperty.call(proto, "constructor") && proto.constructor;
  return typeof Ctor === "function" && Ctor instanceof Ctor && Function.prototype.call(Ctor) === Function.prototype.call(value);
}

// pkg/dist-src/util/merge-deep.js
function mergeDeep(defaults, options) {
  const result = Object.assign({}, defaults);
  Object.keys(options).forEach((key) => {
    if (isPlainObject(options[key])) {
      if (!(key in defaults)) Object.assign(result, { [key]: options[key] });
      else result[key] = mergeDeep(defaults[key], options[key]);
    } else {
      Object.assign(result, { [key]: options[key] });
    }
  });
  return result;
}

// pkg/dist-src/util/remove-undefined-properties.js
function removeUndefinedProperties(obj) {
  for (const key in obj) {
    if (obj[key] === void 0) {
      delete obj[key];
    }
  }
  return obj;
}

// pkg/dist-src/merge.js
function merge(defaults, route, options) {
  if (typeof route === "string") {
    let [method, url] = route.split(" ");
    options = Object.assign(url ? { method, url } : { url: method }, options);
  } else {
    options = Object.assign({}, route);
  }
  options.headers = lowercaseKeys(options.headers);
  removeUndefinedProperties(options);
  removeUndefinedProperties(options.headers);
  const mergedOptions = mergeDeep(defaults || {}, options);
  if (options.url === "/graphql") {
    if (defaults && defaults.mediaType.previews?.length) {
      mergedOptions.mediaType.previews = defaults.mediaType.previews.filter(
        (preview) => !mergedOptions.mediaType.previews.includes(preview)
      ).concat(mergedOptions.mediaType.previews);
    }
    mergedOptions.mediaType.previews = (mergedOptions.mediaType.previews || []).map((preview) => preview.replace(/-preview/, ""));
  }
  return mergedOptions;
}

// pkg/dist-src/util/add-query-parameters.js
function addQueryParameters(url, parameters) {
  const separator = /\?/.test(url) ? "&" : "?";
  const names = Object.keys(parameters);
  if (names.length === 0) {
    return url;
  }
  return url + separator + names.map((name) => {
    if (name === "q") {
      return "q=" + parameters.q.split("+").map(encodeURIComponent).join("+");
    }
    return `${name}=${encodeURIComponent(parameters[name])}`;
  }).join("&");
}

// pkg/dist-src/util/extract-url-variable-names.js
var urlVariableRegex = /\{[^{}}]+\}/g;
function removeNonChars(variableName) {
  return variableName.replace(/(?:^\W+)|(?:(?<!\W)\W+$)/g, "").split(/,/);
}
function extractUrlVariableNames(url) {
  const matches = url.match(urlVariableRegex);
  if (!matches) {
    return [];
  }
  return matches.map(removeNonChars).reduce((a, b) => a.concat(b), []);
}

// pkg/dist-src/util/omit.js
function omit(object, keysToOmit) {
  const result = { __proto__: null };
  for (const key of Object.keys(object)) {
    if (keysToOmit.indexOf(key) === -1) {
      result[key] = object[key];
    }
  }
  return result;
}

// pkg/dist-src/util/url-template.js
function encodeReserved(str) {
  return str.split(/(%[0-9A-Fa-f]{2})/g).map(function(part) {
    if (!/%[0-9A-Fa-f]/.test(part)) {
      part = encodeURI(part).replace(/%5B/g, "[").replace(/%5D/g, "]");
    }
    return part;
  }).join("");
}
function encodeUnreserved(str) {
  return encodeURIComponent(str).replace(/[!'()*]/g, function(c) {
    return "%" + c.charCodeAt(0).toString(16).toUpperCase();
  });
}
function encodeValue(operator, value, key) {
  value = operator === "+" || operator === "#" ? encodeReserved(value) : encodeUnreserved(value);
  if (key) {
    return encodeUnreserved(key) + "=" + value;
  } else {
    return value;
  }
}
function isDefined(value) {
  return value !== void 0 && value !== null;
}
function isKeyOperator(operator) {
  return operator === ";" || operator === "&" || operator === "?";
}
function getValues(context, operator, key, modifier) {
  var value = context[key], result = [];
  if (isDefined(value) && value !== "") {
    if (typeof value === "string" || typeof value === "number" || typeof value === "bigint" || typeof value === "boolean") {
      value = value.toString();
      if (modifier && modifier !== "*") {
        value = value.substring(0, parseInt(modifier, 10));
      }
      result.push(
        encodeValue(operator, value, isKeyOperator(operator) ? key : "")
      );
    } else {
      if (modifier === "*") {
        if (Array.isArray(value)) {
          value.filter(isDefined).forEach(function(value2) {
            result.push(
              encodeValue(operator, value2, isKeyOperator(operator) ? key : "")
            );
          });
        } else {
          Object.keys(value).forEach(function(k) {
            if (isDefined(value[k])) {
              result.push(encodeValue(operator, value[k], k));
            }
          });
        }
      } else {
        const tmp = [];
        if (Array.isArray(value)) {
          value.filter(isDefined).forEach(function(value2) {
            tmp.push(encodeValue(operator, value2));
          });
        } else {
          Object.keys(value).forEach(function(k) {
            if (isDefined(value[k])) {
              tmp.push(encodeUnreserved(k));
              tmp.push(encodeValue(operator, value[k].toString()));
            }
          });
        }
        if (isKeyOperator(operator)) {
          result.push(encodeUnreserved(key) + "=" + tmp.join(","));
        } else if (tmp.length !== 0) {
          result.push(tmp.join(","));
        }
      }
    }
  } else {
    if (operator === ";") {
      if (isDefined(value)) {
        result.push(encodeUnreserved(key));
      }
    } else if (value === "" && (operator === "&" || operator === "?")) {
      result.push(encodeUnreserved(key) + "=");
    } else if (value === "") {
      result.push("");
    }
  }
  return result;
}
function parseUrl(template) {
  return {
    expand: expand.bind(null, template)
  };
}
function expand(template, context) {
  var operators = ["+", "#", ".", "/", ";", "?", "&"];
  template = template.replace(
    /\{([^\{\}]+)\}|([^\{\}]+)/g,
    function(_, expression, literal) {
      if (expression) {
        let operator = "";
        const values = [];
        if (operators.indexOf(expression.charAt(0)) !== -1) {
          operator = expression.charAt(0);
          expression = expression.substr(1);
        }
        expression.split(/,/g).forEach(function(variable) {
          var tmp = /([^:\*]*)(?::(\d+)|(\*))?/.exec(variable);
          values.push(getValues(context, operator, tmp[1], tmp[2] || tmp[3]));
        });
        if (operator && operator !== "+") {
          var separator = ",";
          if (operator === "?") {
            separator = "&";
          } else if (operator !== "#") {
            separator = operator;
          }
          return (values.length !== 0 ? operator : "") + values.join(separator);
        } else {
          return values.join(",");
        }
      } else {
        return encodeReserved(literal);
      }
    }
  );
  if (template === "/") {
    return template;
  } else {
    return template.replace(/\/$/, "");
  }
}

// pkg/dist-src/parse.js
function parse(options) {
  let method = options.method.toUpperCase();
  let url = (options.url || "/").replace(/:([a-z]\w+)/g, "{$1}");
  let headers = Object.assign({}, options.headers);
  let body;
  let parameters = omit(options, [
    "method",
    "baseUrl",
    "url",
    "headers",
    "request",
    "mediaType"
  ]);
  const urlVariableNames = extractUrlVariableNames(url);
  url = parseUrl(url).expand(parameters);
  if (!/^http/.test(url)) {
    url = options.baseUrl + url;
  }
  const omittedParameters = Object.keys(options).filter((option) => urlVariableNames.includes(option)).concat("baseUrl");
  const remainingParameters = omit(parameters, omittedParameters);
  const isBinaryRequest = /application\/octet-stream/i.test(headers.accept);
  if (!isBinaryRequest) {
    if (options.mediaType.format) {
      headers.accept = headers.accept.split(/,/).map(
        (format) => format.replace(
          /application\/vnd(\.\w+)(\.v3)?(\.\w+)?(\+json)?$/,
          `application/vnd$1$2.${options.mediaType.format}`
        )
      ).join(",");
    }
    if (url.endsWith("/graphql")) {
      if (options.mediaType.previews?.length) {
        const previewsFromAcceptHeader = headers.accept.match(/(?<![\w-])[\w-]+(?=-preview)/g) || [];
        headers.accept = previewsFromAcceptHeader.concat(options.mediaType.previews).map((preview) => {
          const format = options.mediaType.format ? `.${options.mediaType.format}` : "+json";
          return `application/vnd.github.${preview}-preview${format}`;
        }).join(",");
      }
    }
  }
  if (["GET", "HEAD"].includes(method)) {
    url = addQueryParameters(url, remainingParameters);
  } else {
    if ("data" in remainingParameters) {
      body = remainingParameters.data;
    } else {
      if (Object.keys(remainingParameters).length) {
        body = remainingParameters;
      }
    }
  }
  if (!headers["content-type"] && typeof body !== "undefined") {
    headers["content-type"] = "application/json; charset=utf-8";
  }
  if (["PATCH", "PUT"].includes(method) && typeof body === "undefined") {
    body = "";
  }
  return Object.assign(
    { method, url, headers },
    typeof body !== "undefined" ? { body } : null,
    options.request ? { request: options.request } : null
  );
}

// pkg/dist-src/endpoint-with-defaults.js
function endpointWithDefaults(defaults, route, options) {
  return parse(merge(defaults, route, options));
}

// pkg/dist-src/with-defaults.js
function withDefaults(oldDefaults, newDefaults) {
  const DEFAULTS2 = merge(oldDefaults, newDefaults);
  const endpoint2 = endpointWithDefaults.bind(null, DEFAULTS2);
  return Object.assign(endpoint2, {
    DEFAULTS: DEFAULTS2,
    defaults: withDefaults.bind(null, DEFAULTS2),
    merge: merge.bind(null, DEFAULTS2),
    parse
  });
}

// pkg/dist-src/index.js
var endpoint = withDefaults(null, DEFAULTS);


;// CONCATENATED MODULE: ./node_modules/content-type/dist/index.js
/*!
 * content-type
 * Copyright(c) 2015 Douglas Christopher Wilson
 * MIT Licensed
 */
const SP = 32; // " "
const HTAB = 9; // "\t"
const SEMI = 59; // ";"
const EQ = 61; // "="
const DQUOTE = 34; // '"'
const BSLASH = 92; // "\\"
const COMMA = 44; // ","
const LOWER_CASE = 1;
const OWS = 2;
const SEMI_FLAG = 4;
const COMMA_FLAG = 8;
const TOKEN_FLAG = 16;
const NON_ASCII = 0xff00;
const CASE_FLAGS = LOWER_CASE | NON_ASCII;
/**
 * Character flags used to normalize HTTP field values while scanning.
 * Out-of-range reads intentionally coerce to zero in bitwise expressions.
 */
const CHAR_MAP = new Uint8Array(0x100);
CHAR_MAP[HTAB] |= OWS;
CHAR_MAP[SP] |= OWS;
CHAR_MAP[SEMI] |= SEMI_FLAG;
CHAR_MAP[COMMA] |= COMMA_FLAG;
for (let code = 0x80 /* non-ASCII */; code <= 0xff; code++) {
    CHAR_MAP[code] |= LOWER_CASE;
}
for (const char of "!#$%&'*+-.^_`|~") {
    CHAR_MAP[char.charCodeAt(0)] |= TOKEN_FLAG;
}
for (let code = 0x30 /* 0 */; code <= 0x39 /* 9 */; code++) {
    CHAR_MAP[code] |= TOKEN_FLAG;
}
for (let code = 0x41 /* A */; code <= 0x5a /* Z */; code++) {
    CHAR_MAP[code] |= LOWER_CASE | TOKEN_FLAG;
}
for (let code = 0x61 /* a */; code <= 0x7a /* z */; code++) {
    CHAR_MAP[code] |= TOKEN_FLAG;
}
/**
 * Null object perf optimization. Faster than `Object.create(null)` and `{ __proto__: null }`.
 */
const NullObject = /* @__PURE__ */ (() => {
    const C = function () { };
    C.prototype = Object.create(null);
    return C;
})();
/**
 * Validate a type string against RFC 9110.
 */
function isTypeValid(type, start = 0, end = type.length) {
    let hasSlash = false;
    for (let index = start; index < end; index++) {
        const code = type.charCodeAt(index);
        if (code === 47 /* / */) {
            if (hasSlash || index === start || index >= end - 1)
                return false;
            hasSlash = true;
        }
        else if (!isTokenCode(code)) {
            return false;
        }
    }
    return hasSlash;
}
/**
 * Validate a token against RFC 9110.
 */
function isTokenValid(token, start = 0, end = token.length) {
    if (start >= end)
        return false;
    for (let index = start; index < end; index++) {
        if (!isTokenCode(token.charCodeAt(index)))
            return false;
    }
    return true;
}
/**
 * Check whether a character code belongs to the token production in RFC 9110.
 */
function isTokenCode(code) {
    return (CHAR_MAP[code] & TOKEN_FLAG) !== 0;
}
/**
 * Serialize a parameter value.
 */
function parameterValue(str) {
    const len = str.length;
    if (len === 0)
        return '""';
    let index = 0;
    while (index < len && isTokenCode(str.charCodeAt(index)))
        index++;
    if (index === len)
        return str;
    let result = '"';
    let start = 0;
    while (index < len) {
        const code = str.charCodeAt(index);
        if (code !== HTAB && (code < SP || code === 127 || code > 255)) {
            throw new TypeError(`Invalid parameter value: ${str}`);
        }
        if (code === 34 /* " */ || code === 92 /* \\ */) {
            result += `${str.slice(start, index)}\\`;
            start = index;
        }
        index++;
    }
    return `${result}${str.slice(start)}"`;
}
/**
 * Format an object into a `Content-Type` header.
 */
function format(obj) {
    const { type, parameters } = obj;
    if (!type || !isTypeValid(type)) {
        throw new TypeError(`Invalid type: ${type}`);
    }
    let result = type;
    if (parameters) {
        for (const param of Object.keys(parameters)) {
            if (!isTokenValid(param)) {
                throw new TypeError(`Invalid parameter name: ${param}`);
            }
            result += `; ${param}=${parameterValue(parameters[param])}`;
        }
    }
    return result;
}
/**
 * Parse a `Content-Type` header.
 */
function dist_parse(header, options) {
    const stopFlags = SEMI_FLAG | (options?.comma === true ? COMMA_FLAG : 0);
    const len = header.length;
    let valueStart = options?.start ?? 0;
    while ((CHAR_MAP[header.charCodeAt(valueStart)] & OWS) !== 0) {
        valueStart++;
    }
    let index = valueStart;
    let typeFlags = 0;
    let whitespace = -1;
    let stop = options?.parameters === false ? COMMA_FLAG : 0;
    while (index < len) {
        const code = header.charCodeAt(index);
        const flags = CHAR_MAP[code];
        if ((flags & stopFlags) !== 0) {
            stop |= flags & COMMA_FLAG;
            break;
        }
        if ((flags & OWS) !== 0) {
            if (whitespace === -1)
                whitespace = index;
        }
        else {
            whitespace = -1;
        }
        typeFlags |= (code & NON_ASCII) | flags;
        index++;
    }
    const valueEnd = whitespace === -1 ? index : whitespace;
    const value = header.slice(valueStart, valueEnd);
    const type = (typeFlags & CASE_FLAGS) === 0 ? value : value.toLowerCase();
    if (index === len || stop !== 0) {
        return { type, index, parameters: new NullObject() };
    }
    return parseParameters(header, type, index, len, stopFlags);
}
/**
 * Parses the parameters of a `Content-Type` header starting at the given index.
 */
function parseParameters(header, type, index, len, stopFlags) {
    const parameters = new NullObject();
    parameter: while (index < len) {
        index++; // Skip over ;
        while ((CHAR_MAP[header.charCodeAt(index)] & OWS) !== 0) {
            index++;
        }
        const keyStart = index;
        let keyFlags = 0;
        let keyWhitespace = -1;
        while (index < len) {
            const code = header.charCodeAt(index);
            const flags = CHAR_MAP[code];
            if ((flags & stopFlags) !== 0) {
                if ((flags & COMMA_FLAG) !== 0)
                    break parameter;
                continue parameter;
            }
            if (code === EQ) {
                const keyEnd = keyWhitespace === -1 ? index : keyWhitespace;
                const value = header.slice(keyStart, keyEnd);
                const key = (keyFlags & CASE_FLAGS) === 0 ? value : value.toLowerCase();
                index++;
                while ((CHAR_MAP[header.charCodeAt(index)] & OWS) !== 0) {
                    index++;
                }
                if (index < len && header.charCodeAt(index) === DQUOTE) {
                    const quotedStart = ++index;
                    let escaped = false;
                    while (index < len) {
                        const code = header.charCodeAt(index);
                        if (code === DQUOTE) {
                            if (parameters[key] === undefined) {
                                parameters[key] = escaped
                                    ? unescapeQuotedPairs(header, quotedStart, index)
                                    : header.slice(quotedStart, index);
                            }
                            index++;
                            let stop = 0;
                            // Discard characters between quote and delimiter.
                            while (index < len) {
                                const code = header.charCodeAt(index);
                                const flags = CHAR_MAP[code];
                                if ((flags & stopFlags) !== 0) {
                                    stop = flags & COMMA_FLAG;
                                    break;
                                }
                                index++;
                            }
                            if (stop !== 0)
                                break parameter;
                            continue parameter;
                        }
                        if (code === BSLASH && index + 1 < len) {
                            escaped = true;
                            index += 2;
                            continue;
                        }
                        index++;
                    }
                    continue parameter;
                }
                const valueStart = index;
                let stop = 0;
                let valueWhitespace = -1;
                while (index < len) {
                    const code = header.charCodeAt(index);
                    const flags = CHAR_MAP[code];
                    if ((flags & stopFlags) !== 0) {
                        stop = flags & COMMA_FLAG;
                        break;
                    }
                    if ((flags & OWS) !== 0) {
                        if (valueWhitespace === -1)
                            valueWhitespace = index;
                    }
                    else {
                        valueWhitespace = -1;
                    }
                    index++;
                }
                if (parameters[key] === undefined) {
                    const valueEnd = valueWhitespace === -1 ? index : valueWhitespace;
                    parameters[key] = header.slice(valueStart, valueEnd);
                }
                if (stop !== 0)
                    break parameter;
                continue parameter;
            }
            if ((flags & OWS) !== 0) {
                if (keyWhitespace === -1)
                    keyWhitespace = index;
            }
            else {
                keyWhitespace = -1;
            }
            keyFlags |= (code & NON_ASCII) | flags;
            index++;
        }
    }
    return { type, index, parameters };
}
/**
 * Remove backslashes from quoted pairs in a known-terminated quoted string body.
 */
function unescapeQuotedPairs(str, start, end) {
    let result = "";
    for (let index = start; index < end; index++) {
        if (str.charCodeAt(index) === BSLASH) {
            result += str.slice(start, index);
            start = ++index;
        }
    }
    return result + str.slice(start, end);
}
//# sourceMappingURL=index.js.map
;// CONCATENATED MODULE: ./node_modules/json-with-bigint/json-with-bigint.js
const intRegex = /^-?\d+$/;
const noiseValue = /^-?\d+n+$/; // Noise - strings that match the custom format before being converted to it
const originalStringify = JSON.stringify;
const originalParse = JSON.parse;
const customFormat = /^-?\d+n$/;

const bigIntsStringify = /([\[:])?"(-?\d+)n"($|\s*[,\}\]])/g;
const noiseStringify = /([\[:])?("-?\d+n+)n("$|"\s*[,\}\]])/g;

/**
 * @typedef {(this: any, key: string | number | undefined, value: any) => any} Replacer
 * @typedef {(key: string | number | undefined, value: any, context?: { source: string }) => any} Reviver
 */

/**
 * Checks if a value is unstringifiable according to native JSON.stringify rules.
 *
 * @param {any} val The value to check.
 * @returns {boolean} True if the value is undefined, a function, or a symbol.
 */
const isUnstringifiable = (val) =>
  val === undefined || typeof val === "function" || typeof val === "symbol";

/**
 * Checks if a value is a native JSON.rawJSON object (Node.js 22+).
 *
 * @param {any} val The value to check.
 * @returns {boolean} True if the value is a RawJSON instance.
 */
const isRawJSON = (val) =>
  val !== null &&
  typeof val === "object" &&
  val.constructor &&
  val.constructor.name === "RawJSON";

/**
 * Iteratively converts a JS value to a JSON string.
 * Used as a fallback when the native JSON.stringify hits the Maximum Call Stack size.
 * Fully compliant with JSON formatting (space), replacers, and toJSON behaviors.
 *
 * @param {any} rootValue The value to stringify.
 * @param {Replacer | Array<string | number> | null} [replacer] User's custom replacer function.
 * @param {string | number} [spaceParam] Indentation for pretty-printing.
 * @returns {string | undefined} The generated JSON string.
 */
const stringifyIteratively = (rootValue, replacer, spaceParam) => {
  let space = "";

  if (typeof spaceParam === "number") {
    space = " ".repeat(Math.min(10, Math.max(0, Math.floor(spaceParam))));
  } else if (typeof spaceParam === "string") {
    space = spaceParam.slice(0, 10);
  }

  const isFunctionReplacer = typeof replacer === "function";
  const propertyList = Array.isArray(replacer)
    ? new Set(replacer.map(String))
    : null;

  /**
   * Prepares a value for stringification by resolving toJSON, handling BigInts,
   * applying custom replacers, and unwrapping primitive objects.
   *
   * @param {object|Array} parent The parent object or array holding the value.
   * @param {string} key The key associated with the value.
   * @param {any} val The raw value to process.
   * @returns {any} The processed value ready for stringification.
   */
  const prepareVal = (parent, key, val) => {
    const isObject = val !== null && typeof val === "object";
    const hasToJSON = isObject && typeof val.toJSON === "function";

    if (hasToJSON) {
      val = val.toJSON(key);
    }

    const isNoise = typeof val === "string" && noiseValue.test(val);

    if (isNoise) return val + "n";

    const isBigInt = typeof val === "bigint";

    if (isBigInt) {
      const supportsRawJSON = "rawJSON" in JSON;

      if (supportsRawJSON) return JSON.rawJSON(val.toString());

      return val.toString() + "n";
    }

    if (isFunctionReplacer) {
      val = replacer.call(parent, key, val);
    }

    const isPostReplacerObject = val !== null && typeof val === "object";

    if (isPostReplacerObject) {
      const isPrimitiveWrapper =
        val instanceof Number ||
        val instanceof String ||
        val instanceof Boolean;

      if (isPrimitiveWrapper) {
        val = val.valueOf();
      }
    }

    return val;
  };

  const rootProcessed = prepareVal({ "": rootValue }, "", rootValue);

  if (isUnstringifiable(rootProcessed)) {
    return undefined;
  }

  const isRootPrimitive =
    rootProcessed === null || typeof rootProcessed !== "object";
  const isRootNativeRawJSON = isRawJSON(rootProcessed);

  if (isRootPrimitive || isRootNativeRawJSON) {
    return originalStringify(rootProcessed);
  }

  const chunks = [];
  let level = 0;

  const stack = [
    {
      parent: { "": rootProcessed },
      key: "",
      val: rootProcessed,
      isArray: Array.isArray(rootProcessed),
      keys: Array.isArray(rootProcessed) ? null : Object.keys(rootProcessed),
      index: 0,
      first: true,
    },
  ];

  const visited = new WeakSet([rootProcessed]);

  while (stack.length > 0) {
    const node = stack[stack.length - 1];

    if (node.index === 0) {
      chunks.push(node.isArray ? "[" : "{");
      level++;
    }

    let isDone = false;

    if (node.isArray) {
      if (node.index < node.val.length) {
        if (!node.first) chunks.push(",");

        if (space) chunks.push("\n" + space.repeat(level));

        const childRaw = node.val[node.index];
        const childVal = prepareVal(node.val, String(node.index), childRaw);

        if (isUnstringifiable(childVal)) {
          chunks.push("null");
          node.first = false;
          node.index++;
        } else {
          const isComplexObject =
            childVal !== null && typeof childVal === "object";
          const isNativeRaw = isRawJSON(childVal);

          if (isComplexObject && !isNativeRaw) {
            if (visited.has(childVal)) {
              throw new TypeError("Converting circular structure to JSON");
            }

            visited.add(childVal);

            stack.push({
              parent: node.val,
              key: String(node.index),
              val: childVal,
              isArray: Array.isArray(childVal),
              keys: Array.isArray(childVal) ? null : Object.keys(childVal),
              index: 0,
              first: true,
            });

            node.first = false;
            node.index++;
          } else {
            chunks.push(originalStringify(childVal));
            node.first = false;
            node.index++;
          }
        }
      } else {
        isDone = true;
      }
    } else {
      while (node.index < node.keys.length) {
        const k = node.keys[node.index++];

        const isFilteredOutByArray = propertyList && !propertyList.has(k);

        if (isFilteredOutByArray) continue;

        const childRaw = node.val[k];
        const childVal = prepareVal(node.val, k, childRaw);

        if (isUnstringifiable(childVal)) continue;

        if (!node.first) chunks.push(",");

        if (space) {
          chunks.push("\n" + space.repeat(level) + originalStringify(k) + ": ");
        } else {
          chunks.push(originalStringify(k) + ":");
        }

        const isComplexObject =
          childVal !== null && typeof childVal === "object";
        const isNativeRaw = isRawJSON(childVal);

        if (isComplexObject && !isNativeRaw) {
          if (visited.has(childVal)) {
            throw new TypeError("Converting circular structure to JSON");
          }

          visited.add(childVal);

          stack.push({
            parent: node.val,
            key: k,
            val: childVal,
            isArray: Array.isArray(childVal),
            keys: Array.isArray(childVal) ? null : Object.keys(childVal),
            index: 0,
            first: true,
          });

          node.first = false;

          break; // Stop current loop level to process the newly pushed stack node
        } else {
          chunks.push(originalStringify(childVal));
          node.first = false;
        }
      }

      const isNodeFullyProcessed =
        node.index >= node.keys.length && stack[stack.length - 1] === node;

      if (isNodeFullyProcessed) {
        isDone = true;
      }
    }

    if (isDone) {
      level--;

      if (!node.first && space) chunks.push("\n" + space.repeat(level));

      chunks.push(node.isArray ? "]" : "}");
      visited.delete(node.val);
      stack.pop();
    }
  }

  return chunks.join("");
};

/**
 * Converts a JavaScript value to a JSON string.
 *
 * Supports serialization of BigInt values using two strategies:
 * 1. Custom format "123n" → "123" (universal fallback)
 * 2. Native JSON.rawJSON() (Node.js 22+, fastest) when available
 *
 * All other values are serialized exactly like native JSON.stringify().
 *
 * @param {*} value The value to convert to a JSON string.
 * @param {Replacer | Array<string | number> | null} [replacer]
 * A function that alters the behavior of the stringification process,
 * or an array of strings/numbers to indicate properties to exclude.
 * @param {string | number} [space]
 * A string or number to specify indentation or pretty-printing.
 * @returns {string} The JSON string representation.
 */
const JSONStringify = (value, replacer, space) => {
  try {
    const supportsRawJSON = "rawJSON" in JSON;

    if (supportsRawJSON) {
      return originalStringify(
        value,
        (key, val) => {
          if (typeof val === "bigint") return JSON.rawJSON(val.toString());

          const hasFunctionReplacer = typeof replacer === "function";

          if (hasFunctionReplacer) return replacer(key, val);

          const isKeyInArrayReplacer =
            Array.isArray(replacer) && replacer.includes(key);

          if (isKeyInArrayReplacer) return val;

          return val;
        },
        space,
      );
    }

    if (!value) return originalStringify(value, replacer, space);

    const convertedToCustomJSON = originalStringify(
      value,
      (key, val) => {
        const isNoise = typeof val === "string" && noiseValue.test(val);

        if (isNoise) return val.toString() + "n"; // Mark noise values with additional "n" to offset the deletion of one "n" during the processing

        if (typeof val === "bigint") return val.toString() + "n";

        const hasFunctionReplacer = typeof replacer === "function";

        if (hasFunctionReplacer) return replacer(key, val);

        const isKeyInArrayReplacer =
          Array.isArray(replacer) && replacer.includes(key);

        if (isKeyInArrayReplacer) return val;

        return val;
      },
      space,
    );

    const processedJSON = convertedToCustomJSON.replace(
      bigIntsStringify,
      "$1$2$3",
    ); // Delete one "n" off the end of every BigInt value

    const denoisedJSON = processedJSON.replace(noiseStringify, "$1$2$3"); // Remove one "n" off the end of every noisy string

    return denoisedJSON;
  } catch (error) {
    if (error instanceof RangeError) {
      const convertedJSON = stringifyIteratively(value, replacer, space);

      if (convertedJSON === undefined) return undefined;

      const supportsRawJSON = "rawJSON" in JSON;

      if (supportsRawJSON) return convertedJSON;

      const processedJSON = convertedJSON.replace(bigIntsStringify, "$1$2$3");

      return processedJSON.replace(noiseStringify, "$1$2$3");
    }

    throw error;
  }
};

const featureCache = new Map();

/**
 * Detects if the current JSON.parse implementation supports the context.source feature.
 *
 * Uses toString() fingerprinting to cache results and automatically detect runtime
 * replacements of JSON.parse (polyfills, mocks, etc.).
 *
 * @returns {boolean} true if context.source is supported, false otherwise.
 */
const isContextSourceSupported = () => {
  const parseFingerprint = JSON.parse.toString();

  if (featureCache.has(parseFingerprint)) {
    return featureCache.get(parseFingerprint);
  }

  try {
    const result = JSON.parse(
      "1",
      (_, __, context) => !!context?.source && context.source === "1",
    );
    featureCache.set(parseFingerprint, result);

    return result;
  } catch {
    featureCache.set(parseFingerprint, false);

    return false;
  }
};

/**
 * Reviver function that converts custom-format BigInt strings back to BigInt values.
 * Also handles "noise" strings that accidentally match the BigInt format.
 *
 * @param {string | number | undefined} key The object key.
 * @param {*} value The value being parsed.
 * @param {object} [context] Parse context (if supported by JSON.parse).
 * @param {Reviver} [userReviver] User's custom reviver function.
 * @returns {any} The transformed value.
 */
const convertMarkedBigIntsReviver = (key, value, context, userReviver) => {
  const isCustomFormatBigInt =
    typeof value === "string" && customFormat.test(value);

  if (isCustomFormatBigInt) return BigInt(value.slice(0, -1));

  const isNoiseValue = typeof value === "string" && noiseValue.test(value);
  if (isNoiseValue) return value.slice(0, -1);

  const hasUserReviver = typeof userReviver === "function";

  if (!hasUserReviver) return value;

  return userReviver(key, value, context);
};

/**
 * Fast JSON.parse implementation (~2x faster than classic fallback).
 * Uses JSON.parse's context.source feature to detect integers and convert
 * large numbers directly to BigInt without string manipulation.
 *
 * Does not support legacy custom format from v1 of this library.
 *
 * @param {string} text JSON string to parse.
 * @param {Reviver} [reviver] Transform function to apply to each value.
 * @returns {any} Parsed JavaScript value.
 */
const JSONParseV2 = (text, reviver) => {
  return JSON.parse(text, (key, value, context) => {
    const isNumber = typeof value === "number";
    const isOutOfBounds =
      value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER;
    const isBigNumber = isNumber && isOutOfBounds;
    const isInt = context && intRegex.test(context.source);
    const isBigInt = isBigNumber && isInt;

    if (isBigInt) return BigInt(context.source);

    const hasCustomReviver = typeof reviver === "function";

    if (!hasCustomReviver) return value;

    return reviver(key, value, context);
  });
};

const MAX_INT = Number.MAX_SAFE_INTEGER.toString();
const MAX_DIGITS = MAX_INT.length;
const stringsOrLargeNumbers =
  /"(?:[^"\\]|\\.)*"|-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/g;
const noiseValueWithQuotes = /^"-?\d+n+"$/; // Noise - strings that match the custom format before being converted to it

/**
 * Iteratively traverses the parsed object bottom-up (post-order),
 * emulating the native JSON.parse reviver behavior.
 * This avoids Call Stack overflows (RangeError) on deeply nested structures.
 *
 * @param {any} parsed The natively parsed JSON object.
 * @param {Reviver} [userReviver] User's custom reviver function.
 * @returns {any} The fully processed object.
 */
const applyReviverIteratively = (parsed, userReviver) => {
  const rootHolder = { "": parsed };
  const stack = [{ parent: rootHolder, key: "", visited: false }];

  while (stack.length > 0) {
    const node = stack[stack.length - 1];

    if (!node.visited) {
      node.visited = true;

      const value = node.parent[node.key];
      const isComplexObject = value !== null && typeof value === "object";

      if (isComplexObject) {
        const keys = Object.keys(value);

        for (let i = keys.length - 1; i >= 0; i--) {
          stack.push({ parent: value, key: keys[i], visited: false });
        }
      }
    } else {
      const { parent, key } = node;
      let value = parent[key];

      if (typeof value === "string") {
        const isCustomFormatBigInt = customFormat.test(value);

        if (isCustomFormatBigInt) {
          value = BigInt(value.slice(0, -1));
        } else {
          const isNoise = noiseValue.test(value);

          if (isNoise) value = value.slice(0, -1);
        }
      }

      const hasUserReviver = typeof userReviver === "function";

      if (hasUserReviver) {
        value = userReviver.call(parent, key, value);
      }

      const isDeleted = value === undefined;

      if (isDeleted) {
        delete parent[key];
      } else {
        parent[key] = value;
      }

      stack.pop();
    }
  }

  return rootHolder[""];
};

/**
 * Pre-processes the JSON string to mark large numbers with an 'n' suffix.
 *
 * @param {string} text The raw JSON string.
 * @returns {string} The serialized string with marked BigInts.
 */
const serializeBigInts = (text) => {
  return text.replace(
    stringsOrLargeNumbers,
    (match, digits, fractional, exponential) => {
      const isString = match[0] === '"';
      const isNoise = isString && noiseValueWithQuotes.test(match);

      if (isNoise) return match.substring(0, match.length - 1) + 'n"'; // Mark noise values with additional "n" to offset the deletion of one "n" during the processing

      const hasFractionalOrExponential = fractional || exponential;

      // With a fixed number of digits, we can correctly use lexicographical comparison to do a numeric comparison
      const isLessThanMaxSafeInt =
        digits &&
        (digits.length < MAX_DIGITS ||
          (digits.length === MAX_DIGITS && digits <= MAX_INT));

      const isStandardValue =
        isString || hasFractionalOrExponential || isLessThanMaxSafeInt;

      if (isStandardValue) return match;

      return '"' + match + 'n"';
    },
  );
};

/**
 * Converts a JSON string into a JavaScript value.
 *
 * Supports parsing of large integers using two strategies:
 * 1. Classic fallback: Marks large numbers with "123n" format, then converts to BigInt
 * 2. Fast path (JSONParseV2): Uses context.source feature (~2x faster) when available
 *
 * All other JSON values are parsed exactly like native JSON.parse().
 *
 * @param {string} text A valid JSON string.
 * @param {Reviver} [reviver]
 * A function that transforms the results. This function is called for each member
 * of the object. If a member contains nested objects, the nested objects are
 * transformed before the parent object is.
 * @returns {any} The parsed JavaScript value.
 * @throws {SyntaxError} If text is not valid JSON.
 */
const JSONParse = (text, reviver) => {
  if (!text) return originalParse(text, reviver);

  try {
    if (isContextSourceSupported()) return JSONParseV2(text, reviver); // Shortcut to a faster (2x) and simpler version

    // Find and mark big numbers with "n"
    const serializedData = serializeBigInts(text);

    return originalParse(serializedData, (key, value, context) =>
      convertMarkedBigIntsReviver(key, value, context, reviver),
    );
  } catch (error) {
    if (error instanceof RangeError) {
      const serializedData = serializeBigInts(text);
      const parsed = originalParse(serializedData);

      return applyReviverIteratively(parsed, reviver);
    }

    throw error;
  }
};



;// CONCATENATED MODULE: ./node_modules/@octokit/request-error/dist-src/index.js
class RequestError extends Error {
  name;
  /**
   * http status code
   */
  status;
  /**
   * Request options that lead to the error.
   */
  request;
  /**
   * Response object if a response was received
   */
  response;
  constructor(message, statusCode, options) {
    super(message, { cause: options.cause });
    this.name = "HttpError";
    this.status = Number.parseInt(statusCode);
    if (Number.isNaN(this.status)) {
      this.status = 0;
    }
    /* v8 ignore else -- @preserve -- Bug with vitest coverage where it sees an else branch that doesn't exist */
    if ("response" in options) {
      this.response = options.response;
    }
    const requestCopy = Object.assign({}, options.request);
    if (options.request.headers.authorization) {
      requestCopy.headers = Object.assign({}, options.request.headers, {
        authorization: options.request.headers.authorization.replace(
          /(?<! ) .*$/,
          " [REDACTED]"
        )
      });
    }
    requestCopy.url = requestCopy.url.replace(/\bclient_secret=\w+/g, "client_secret=[REDACTED]").replace(/\baccess_token=\w+/g, "access_token=[REDACTED]");
    this.request = requestCopy;
  }
}


;// CONCATENATED MODULE: ./node_modules/@octokit/request/dist-bundle/index.js
// pkg/dist-src/index.js


// pkg/dist-src/defaults.js


// pkg/dist-src/version.js
var dist_bundle_VERSION = "10.0.16";

// pkg/dist-src/defaults.js
var defaults_default = {
  headers: {
    "user-agent": `octokit-request.js/${dist_bundle_VERSION} ${getUserAgent()}`
  }
};

// pkg/dist-src/fetch-wrapper.js



// pkg/dist-src/is-plain-object.js
function dist_bundle_isPlainObject(value) {
  if (typeof value !== "object" || value === null) return false;
  if (Object.prototype.toString.call(value) !== "[object Object]") return false;
  const proto = Object.getPrototypeOf(value);
  if (proto === null) return true;
  const Ctor = Object.prototype.hasOwnProperty.call(proto, "constructor") && proto.constructor;
  return typeof Ctor === "function" && Ctor instanceof Ctor && Function.prototype.call(Ctor) === Function.prototype.call(value);
}

// pkg/dist-src/fetch-wrapper.js

var noop = () => "";
async function fetchWrapper(requestOptions) {
  const fetch = requestOptions.request?.fetch || globalThis.fetch;
  if (!fetch) {
    throw new Error(
      "fetch is not set. Please pass a fetch implementation as new Octokit({ request: { fetch }}). Learn more at https://github.com/octokit/octokit.js/#fetch-missing"
    );
  }
  const log = requestOptions.request?.log || console;
  const parseSuccessResponseBody = requestOptions.request?.parseSuccessResponseBody !== false;
  const body = dist_bundle_isPlainObject(requestOptions.body) || Array.isArray(requestOptions.body) ? JSONStringify(requestOptions.body) : requestOptions.body;
  const requestHeaders = Object.fromEntries(
    Object.entries(requestOptions.headers).map(([name, value]) => [
      name,
      String(value)
    ])
  );
  let fetchResponse;
  try {
    fetchResponse = await fetch(requestOptions.url, {
      method: requestOptions.method,
      body,
      redirect: requestOptions.request?.redirect,
      headers: requestHeaders,
      signal: requestOptions.request?.signal,
      // duplex must be set if request.body is ReadableStream or Async Iterables.
      // See https://fetch.spec.whatwg.org/#dom-requestinit-duplex.
      ...requestOptions.body && { duplex: "half" }
    });
  } catch (error) {
    let message = "Unknown Error";
    if (error instanceof Error) {
      if (error.name === "AbortError") {
        error.status = 500;
        throw error;
      }
      message = error.message;
      if (error.name === "TypeError" && "cause" in error) {
        if (error.cause instanceof Error) {
          message = error.cause.message;
        } else if (typeof error.cause === "string") {
          message = error.cause;
        }
      }
    }
    const requestError = new RequestError(message, 500, {
      request: requestOptions
    });
    requestError.cause = error;
    throw requestError;
  }
  const status = fetchResponse.status;
  const url = fetchResponse.url;
  const responseHeaders = {};
  for (const [key, value] of fetchResponse.headers) {
    responseHeaders[key] = value;
  }
  const octokitResponse = {
    url,
    status,
    headers: responseHeaders,
    data: ""
  };
  if ("deprecation" in responseHeaders) {
    const matches = responseHeaders.link && responseHeaders.link.match(/<([^<>]+)>; rel="deprecation"/);
    const deprecationLink = matches && matches.pop();
    log.warn(
      `[@octokit/request] "${requestOptions.method} ${requestOptions.url}" is deprecated. It is scheduled to be removed on ${responseHeaders.sunset}${deprecationLink ? `. See ${deprecationLink}` : ""}`
    );
  }
  if (status === 204 || status === 205) {
    return octokitResponse;
  }
  if (requestOptions.method === "HEAD") {
    if (status < 400) {
      return octokitResponse;
    }
    throw new RequestError(fetchResponse.statusText, status, {
      response: octokitResponse,
      request: requestOptions
    });
  }
  if (status === 304) {
    octokitResponse.data = await getResponseData(fetchResponse);
    throw new RequestError("Not modified", status, {
      response: octokitResponse,
      request: requestOptions
    });
  }
  if (status >= 400) {
    octokitResponse.data = await getResponseData(fetchResponse);
    throw new RequestError(toErrorMessage(octokitResponse.data), status, {
      response: octokitResponse,
      request: requestOptions
    });
  }
  octokitResponse.data = parseSuccessResponseBody ? await getResponseData(fetchResponse) : fetchResponse.body;
  return octokitResponse;
}
async function getResponseData(response) {
  const contentType = response.headers.get("content-type");
  if (!contentType) {
    return response.text().catch(noop);
  }
  const mimetype = dist_parse(contentType);
  if (isJSONResponse(mimetype)) {
    let text = "";
    try {
      text = await response.text();
      return JSONParse(text);
    } catch (err) {
      return text;
    }
  } else if (mimetype.type.startsWith("text/") || // `application/octet-stream` is the canonical "arbitrary binary" type
  // (RFC 2046) and must never be decoded as text, even when the response
  // carries a (misleading) `charset=utf-8` parameter — see #751.
  mimetype.parameters.charset?.toLowerCase() === "utf-8" && mimetype.type !== "application/octet-stream") {
    return response.text().catch(noop);
  } else {
    return response.arrayBuffer().catch(
      /* v8 ignore next -- @preserve */
      () => new ArrayBuffer(0)
    );
  }
}
function isJSONResponse(mimetype) {
  return mimetype.type === "application/json" || mimetype.type === "application/scim+json";
}
function toErrorMessage(data) {
  if (typeof data === "string") {
    return data;
  }
  if (data instanceof ArrayBuffer) {
    return "Unknown error";
  }
  if (typeof data === "object" && data !== null && "message" in data) {
    const objectData = data;
    const suffix = "documentation_url" in objectData ? ` - ${objectData.documentation_url}` : "";
    return Array.isArray(objectData.errors) ? `${objectData.message}: ${objectData.errors.map((v) => JSON.stringify(v)).join(", ")}${suffix}` : `${objectData.message}${suffix}`;
  }
  return `Unknown error: ${JSON.stringify(data)}`;
}

// pkg/dist-src/with-defaults.js
function dist_bundle_withDefaults(oldEndpoint, newDefaults) {
  const endpoint2 = oldEndpoint.defaults(newDefaults);
  const newApi = function(route, parameters) {
    const endpointOptions = endpoint2.merge(route, parameters);
    if (!endpointOptions.request || !endpointOptions.request.hook) {
      return fetchWrapper(endpoint2.parse(endpointOptions));
    }
    const request2 = (route2, parameters2) => {
      return fetchWrapper(
        endpoint2.parse(endpoint2.merge(route2, parameters2))
      );
    };
    Object.assign(request2, {
      endpoint: endpoint2,
      defaults: dist_bundle_withDefaults.bind(null, endpoint2)
    });
    return endpointOptions.request.hook(request2, endpointOptions);
  };
  return Object.assign(newApi, {
    endpoint: endpoint2,
    defaults: dist_bundle_withDefaults.bind(null, endpoint2)
  });
}

// pkg/dist-src/index.js
var request = dist_bundle_withDefaults(endpoint, defaults_default);

/* v8 ignore next -- @preserve */
/* v8 ignore else -- @preserve */

// EXTERNAL MODULE: ./src/core/errors.ts
var errors = __nccwpck_require__(296);
;// CONCATENATED MODULE: external "node:http"
const external_node_http_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:http");
var external_node_http_default = /*#__PURE__*/__nccwpck_require__.n(external_node_http_namespaceObject);
;// CONCATENATED MODULE: external "node:https"
const external_node_https_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:https");
var external_node_https_default = /*#__PURE__*/__nccwpck_require__.n(external_node_https_namespaceObject);
;// CONCATENATED MODULE: external "node:util"
const external_node_util_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:util");
;// CONCATENATED MODULE: ./src/runtime/http-fetch.ts
/**
 * As much of `fetch` as GitHub's API needs, on Node's own HTTP client: the built-in `fetch` compiles a parser of its own first,
 * which takes longer than many an answer.
 */



const MOST_REDIRECTS = 5;
/** With the same method and body; every other redirect is only for requests that read. */
const REPEATED = [307, 308];
const REDIRECTS = [301, 302, 303, ...REPEATED];
function send(url, { method, headers, body, signal }) {
    return new Promise((resolve, reject) => {
        const client = url.protocol === 'https:' ? (external_node_https_default()) : (external_node_http_default());
        const all = { 'accept-encoding': 'gzip', ...headers };
        const request = client.request(url, { method, headers: all, ...(signal === undefined ? {} : { signal }) }, resolve);
        request.on('error', (error) => reject(signal?.aborted === true ? signal.reason : error));
        request.end(body);
    });
}
async function readAll(message) {
    const chunks = [];
    for await (const chunk of message)
        chunks.push(chunk);
    const bytes = Buffer.concat(chunks);
    if (message.headers['content-encoding'] !== 'gzip')
        return bytes;
    const { gunzip } = await Promise.resolve(/* import() */).then(__nccwpck_require__.t.bind(__nccwpck_require__, 522, 23));
    return (0,external_node_util_namespaceObject.promisify)(gunzip)(bytes);
}
function responseOf(message, url) {
    const body = readAll(message);
    // Told to whoever reads it.
    body.catch(() => undefined);
    const headers = Object.entries(message.headers).flatMap(([name, value]) => {
        if (value === undefined)
            return [];
        return [[name, Array.isArray(value) ? value.join(', ') : value]];
    });
    return {
        status: message.statusCode ?? 0,
        statusText: message.statusMessage ?? '',
        url: url.href,
        headers: new Map(headers),
        text: async () => (await body).toString(),
        arrayBuffer: async () => Uint8Array.from(await body).buffer,
    };
}
/** Where the answer sends this request; nothing when the answer is the last one. */
function redirectedTo(message, url, { method }) {
    const { statusCode = 0, headers } = message;
    if (headers.location === undefined || !REDIRECTS.includes(statusCode))
        return undefined;
    const reads = method === 'GET' || method === 'HEAD';
    if ((!reads && !REPEATED.includes(statusCode)) || !URL.canParse(headers.location, url.href))
        return undefined;
    const target = new URL(headers.location, url);
    return target.protocol === url.protocol || target.protocol === 'https:' ? target : undefined;
}
/**
 * Sends a request and follows its redirects; credentials go to the first origin only.
 * @throws Error of the connection, or the signal's reason.
 */
async function httpFetch(address, options) {
    let url = new URL(address);
    let given = options;
    for (let redirects = 0;; redirects++) {
        const message = await send(url, given);
        const target = redirectedTo(message, url, given);
        if (target === undefined || redirects >= MOST_REDIRECTS)
            return responseOf(message, url);
        message.resume();
        if (target.origin !== url.origin) {
            const headers = Object.entries(given.headers).filter(([name]) => name.toLowerCase() !== 'authorization');
            given = { ...given, headers: Object.fromEntries(headers) };
        }
        url = target;
    }
}

;// CONCATENATED MODULE: ./src/runtime/github.ts



/** One request is given this long. */
const TIMEOUT_MS = 30_000;
/** A proxy may have to be used when one of these is set; which addresses are excepted is the toolkit's business. */
const PROXIES = ['http_proxy', 'https_proxy'];
function answer(response) {
    const headers = Object.entries(response.headers).flatMap(([name, value]) => {
        return typeof value === 'string' || typeof value === 'number' ? [[name.toLowerCase(), String(value)]] : [];
    });
    return {
        status: response.status,
        headers: Object.fromEntries(headers),
        data: response.data,
    };
}
/** What the connection said, below what the client made of it. */
function reasonOf(error) {
    const { cause } = Object(error);
    return cause === undefined ? (0,errors/* messageOf */.bD)(error) : reasonOf(cause);
}
/**
 * Requests by octokit: the part of it that makes them. Behind a proxy, the whole of it with the toolkit's client, which
 * takes much longer to load.
 */
async function requester({ token, apiUrl }, environment) {
    const proxied = Object.entries(environment).some(([name, value]) => PROXIES.includes(name.toLowerCase()) && (value ?? '') !== '');
    if (!proxied) {
        const authorization = token === '' ? {} : { authorization: `token ${token}` };
        const headers = { 'user-agent': 'helm-cd', ...authorization };
        return (route, parameters) => request(route, {
            baseUrl: apiUrl,
            headers,
            ...parameters,
            request: { ...parameters['request'], fetch: httpFetch },
        });
    }
    // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
    const { getOctokit } = await import(/* webpackIgnore: true */ './actions-toolkit.js');
    return getOctokit(token, { baseUrl: apiUrl }).request;
}
/**
 * GitHub's API by octokit. Nothing is retried here: what may be sent twice, the caller knows. GraphQL goes by `request` too,
 * for errors in an answer of status 200 are for the caller to read.
 * @param timeoutMs a request without an answer after so many milliseconds is given up.
 */
function createGitHub(cancelled, environment = process.env, timeoutMs = TIMEOUT_MS) {
    return (access) => {
        let ready;
        const request = async (route, parameters = {}) => {
            const limit = AbortSignal.timeout(timeoutMs);
            const signal = access.ignoreCancel === true ? limit : AbortSignal.any([cancelled, limit]);
            try {
                ready ??= requester(access, environment);
                return answer(await (await ready)(route, { ...parameters, request: { signal } }));
            }
            catch (error) {
                const { response } = error;
                if (response !== undefined)
                    return answer(response);
                if (cancelled.aborted && access.ignoreCancel !== true)
                    throw new errors/* HelmCdError */.EF('cancelled', 'The job was cancelled.');
                throw new errors/* HelmCdError */.EF('unreachable', `GitHub's API at ${access.apiUrl} does not answer: ${reasonOf(error)}`, {
                    hint: 'Check the input api-url, and that the runner reaches it.',
                    cause: error,
                });
            }
        };
        return {
            request,
            graphql: (query, variables = {}) => request(`POST ${access.graphqlUrl}`, { query, variables }),
        };
    };
}


/***/ }),

/***/ 359:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  C: () => (/* binding */ runAction)
});

// NAMESPACE OBJECT: ./src/runtime/workflow-commands.ts
var workflow_commands_namespaceObject = {};
__nccwpck_require__.r(workflow_commands_namespaceObject);
__nccwpck_require__.d(workflow_commands_namespaceObject, {
  debug: () => (debug),
  endGroup: () => (endGroup),
  error: () => (error),
  getInput: () => (getInput),
  info: () => (workflow_commands_info),
  notice: () => (notice),
  setOutput: () => (setOutput),
  setSecret: () => (setSecret),
  startGroup: () => (startGroup),
  warning: () => (warning)
});

;// CONCATENATED MODULE: external "node:fs"
const external_node_fs_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs");
;// CONCATENATED MODULE: external "node:os"
const external_node_os_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:os");
var external_node_os_default = /*#__PURE__*/__nccwpck_require__.n(external_node_os_namespaceObject);
// EXTERNAL MODULE: external "node:path"
var external_node_path_ = __nccwpck_require__(760);
var external_node_path_default = /*#__PURE__*/__nccwpck_require__.n(external_node_path_);
// EXTERNAL MODULE: ./src/core/errors.ts
var errors = __nccwpck_require__(296);
;// CONCATENATED MODULE: ./src/core/plain-text.ts
/** Text from outside, as it may be shown. */
/** What a terminal obeys, and what turns the direction of writing so that text reads as it is not. */
// eslint-disable-next-line no-control-regex
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
/**
 * A text without control characters.
 * @param lines whether line ends and tabs stay; otherwise they become a space.
 */
function withoutControls(text, lines = false) {
    const plain = text.replace(CONTROLS, '');
    return lines ? plain : plain.replace(/[\t\r\n\u2028\u2029]+/g, ' ');
}

;// CONCATENATED MODULE: ./src/core/markdown.ts
/** GitHub-flavoured Markdown for job summaries and pull requests. */

/** Text that shows as it is: nothing in it is markup or a mention. (A URL is still shown as a link to itself.) */
function escapeMarkdown(text) {
    return escapeHtml(text)
        .replace(/[\\`*_[\]#|~]/g, '\\$&')
        .replace(/@/g, '@\u200b');
}
/** Text for inside an HTML tag, where Markdown has no meaning and a backslash would be shown. */
function escapeHtml(text) {
    return withoutControls(text, true).replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
/** Inline code, also when the text holds back-ticks or is empty. Safe inside a table. */
function code(text) {
    const oneLine = withoutControls(text).replace(/\s+/g, ' ').replace(/\|/g, '\\|');
    if (oneLine.trim() === '')
        return '';
    const longest = Math.max(0, ...[...oneLine.matchAll(/`+/g)].map((match) => match[0].length));
    const fence = '`'.repeat(longest + 1);
    return longest === 0 ? `${fence}${oneLine}${fence}` : `${fence} ${oneLine} ${fence}`;
}
/** A fenced block, whatever the text holds. */
function codeBlock(text, language = '') {
    const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((match) => match[0].length));
    const fence = '`'.repeat(longest + 1);
    return `${fence}${language}\n${text.replace(/\n$/, '')}\n${fence}`;
}
/** A table; cells are Markdown already, so escape what comes from outside. */
function table(header, rows) {
    const line = (cells) => `| ${cells.map((cell) => cell.replace(/\n/g, '<br>')).join(' | ')} |`;
    return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n');
}
/** A foldable part. */
function details(title, body, open = false) {
    return `<details${open ? ' open' : ''}>\n<summary>${escapeHtml(title)}</summary>\n\n${body}\n\n</details>`;
}
/** At most `limit` bytes of UTF-8, cut between lines, with a note that says what is missing. */
function cutToBytes(text, limit, note) {
    if (Buffer.byteLength(text) <= limit)
        return text;
    const room = limit - Buffer.byteLength(note) - 2;
    const bytes = Buffer.from(text).subarray(0, Math.max(0, room));
    const end = bytes.lastIndexOf(0x0a);
    return `${bytes.subarray(0, Math.max(0, end)).toString()}\n\n${note}`;
}

;// CONCATENATED MODULE: external "node:timers/promises"
const promises_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:timers/promises");
;// CONCATENATED MODULE: ./src/runtime/clock.ts


function createClock(cancelled) {
    return {
        now: () => Date.now(),
        async sleep(milliseconds) {
            try {
                await (0,promises_namespaceObject.setTimeout)(milliseconds, undefined, { signal: cancelled });
            }
            catch {
                throw new errors/* HelmCdError */.EF('cancelled', 'The job was cancelled.');
            }
        },
    };
}

;// CONCATENATED MODULE: ./src/runtime/context.ts
/** The run as GitHub's default environment variables describe it. */
function readContext(environment) {
    const value = (name) => environment[name] ?? '';
    const serverUrl = (value('GITHUB_SERVER_URL') || 'https://github.com').replace(/\/+$/, '');
    const repository = value('GITHUB_REPOSITORY');
    const runId = value('GITHUB_RUN_ID');
    return {
        repository,
        sha: value('GITHUB_SHA'),
        refName: value('GITHUB_REF_NAME') || value('GITHUB_REF').replace(/^refs\/(heads|tags)\//, ''),
        eventName: value('GITHUB_EVENT_NAME'),
        baseRef: value('GITHUB_BASE_REF'),
        runId,
        runAttempt: value('GITHUB_RUN_ATTEMPT') || '1',
        runNumber: value('GITHUB_RUN_NUMBER'),
        workflow: value('GITHUB_WORKFLOW_REF').replace(/@.*$/, ''),
        actor: value('GITHUB_ACTOR'),
        serverUrl,
        apiUrl: (value('GITHUB_API_URL') || 'https://api.github.com').replace(/\/+$/, ''),
        graphqlUrl: value('GITHUB_GRAPHQL_URL') || 'https://api.github.com/graphql',
        runUrl: repository !== '' && runId !== '' ? `${serverUrl}/${repository}/actions/runs/${runId}` : '',
    };
}

// EXTERNAL MODULE: ./src/core/duration.ts
var duration = __nccwpck_require__(571);
// EXTERNAL MODULE: ./src/core/suggest.ts
var suggest = __nccwpck_require__(85);
;// CONCATENATED MODULE: ./src/runtime/workflow-commands.ts
/**
 * The runner's interface: commands on standard output, and the files that it names. As `@actions/core` has it, which
 * brings an HTTP client along that every step would have to load: half of the time that it takes to start.
 */


function escapeData(text) {
    return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}
function escapeProperty(text) {
    return escapeData(text).replaceAll(':', '%3A').replaceAll(',', '%2C');
}
/** `::name key=value,key=value::message`, on a line of its own. */
function issue(name, message, properties = []) {
    const list = properties.map(([key, value]) => `${key}=${escapeProperty(value)}`).join(',');
    process.stdout.write(`::${name}${list === '' ? '' : ` ${list}`}::${escapeData(message)}${(external_node_os_default()).EOL}`);
}
function annotate(level, message, properties) {
    const { title, file, startLine, startColumn } = properties;
    const all = { title, file, line: startLine, col: startColumn };
    const given = Object.entries(all).flatMap(([key, value]) => {
        return value === undefined || value === '' ? [] : [[key, String(value)]];
    });
    issue(level, message, given);
}
function error(message, properties = {}) {
    annotate('error', message, properties);
}
function warning(message, properties = {}) {
    annotate('warning', message, properties);
}
function notice(message, properties = {}) {
    annotate('notice', message, properties);
}
/** A line of the log. What in it the runner would obey is the caller's business. */
function workflow_commands_info(line) {
    process.stdout.write(`${line}${(external_node_os_default()).EOL}`);
}
/** Shown only when the runner's debug logging is on. */
function debug(message) {
    issue('debug', message);
}
function startGroup(title) {
    issue('group', title);
}
function endGroup() {
    issue('endgroup', '');
}
/** From now on the runner shows `***` instead. */
function setSecret(secret) {
    issue('add-mask', secret);
}
/** An input as action.yml hands it over, without white space around it; empty when there is none. */
function getInput(name) {
    return (process.env[`INPUT_${name.replaceAll(' ', '_').toUpperCase()}`] ?? '').trim();
}
let delimiters = 0;
/** A line that is nowhere in a text. It need not be a secret, and so no start waits for the library that makes those. */
function delimiterFor(text) {
    for (;;) {
        const delimiter = `ghadelimiter_${delimiters++}`;
        if (!text.includes(delimiter))
            return delimiter;
    }
}
/**
 * Sets an output of the step: between lines that are not in it, for it may have many lines and any text. Without a runner, as
 * a command that people see.
 */
function setOutput(name, value) {
    const file = process.env['GITHUB_OUTPUT'] ?? '';
    if (file === '') {
        process.stdout.write((external_node_os_default()).EOL);
        issue('set-output', value, [['name', name]]);
        return;
    }
    const delimiter = delimiterFor(value);
    (0,external_node_fs_namespaceObject.appendFileSync)(file, `${name}<<${delimiter}${(external_node_os_default()).EOL}${value}${(external_node_os_default()).EOL}${delimiter}${(external_node_os_default()).EOL}`);
}

;// CONCATENATED MODULE: ./src/runtime/inputs.ts




/** Inputs as the composite action hands them over: one `INPUT_<NAME>` variable each. */
function createInputReader(masks) {
    const text = (name) => getInput(name);
    const missing = (name) => new errors/* HelmCdError */.EF('input', `Input "${name}" is required but empty.`, {
        hint: `Give it under "with:" as ${name}: …`,
    });
    const reader = {
        string: (name, fallback = '') => text(name) || fallback,
        required(name) {
            const value = text(name);
            if (value === '')
                throw missing(name);
            return value;
        },
        list: (name) => text(name)
            .split('\n')
            .map((line) => line.trim())
            .filter((line) => line !== ''),
        requiredList(name) {
            const items = reader.list(name);
            if (items.length === 0)
                throw missing(name);
            return items;
        },
        boolean(name, fallback) {
            const value = text(name);
            if (value === '')
                return fallback;
            if (value === 'true')
                return true;
            if (value === 'false')
                return false;
            throw new errors/* HelmCdError */.EF('input', `Input "${name}" is neither true nor false: "${value}"`, {
                hint: 'Write true or false, in lower case.',
            });
        },
        duration: (name, fallback) => (0,duration/* parseDuration */.E)(text(name) || fallback, `Input "${name}"`),
        choice(name, values, fallback) {
            const value = text(name);
            if (value === '')
                return fallback;
            const known = values.find((candidate) => candidate === value);
            if (known !== undefined)
                return known;
            throw new errors/* HelmCdError */.EF('input', `Input "${name}" has the unknown value "${value}"${(0,suggest/* didYouMean */.au)(value, values)}`, {
                hint: `Valid values: ${values.join(', ')}.`,
            });
        },
        secret(name) {
            const value = text(name);
            if (value !== '')
                masks.add(value);
            return value;
        },
    };
    return reader;
}

;// CONCATENATED MODULE: ./src/runtime/log.ts


/** GitHub shows at most this many annotations of each level for a step. */
const ANNOTATIONS_SHOWN = 10;
/**
 * Text that the runner shows and does not obey. It obeys `::` at the beginning of a line, behind white space or characters that have no
 * width, and the older `##[` anywhere in it. Both `\n` and `\r` begin a line.
 */
function harmless(text) {
    return text.replace(/^([\s\p{C}]*)(?=::)/gmu, '$1│ ').replaceAll('##[', '##│[');
}
function properties(title, place, locate) {
    return {
        title,
        ...(place === undefined ? {} : { file: locate(place.file) }),
        ...(place?.line === undefined ? {} : { startLine: place.line }),
        ...(place?.column === undefined ? {} : { startColumn: place.column }),
    };
}
function createLog(action, masks, locate = (file) => file) {
    const shown = { error: 0, warning: 0 };
    const info = (line) => workflow_commands_info(harmless(masks.redact(line)));
    const annotate = (level, message, place) => {
        const text = masks.redact(message);
        if (shown[level] < ANNOTATIONS_SHOWN) {
            shown[level] += 1;
            workflow_commands_namespaceObject[level](text, properties(action, place, locate));
        }
        else {
            info(`${level}: ${place === undefined ? '' : `${(0,errors/* formatPlace */.dE)(place)}: `}${text}`);
        }
    };
    return {
        info,
        debug: (line) => debug(masks.redact(line)),
        warning: (message, place) => annotate('warning', message, place),
        error: (message, place) => annotate('error', message, place),
        group(title, text) {
            startGroup(masks.redact(title).replace(/\s+/g, ' '));
            for (const line of text.replace(/\n$/, '').split('\n'))
                info(line);
            endGroup();
        },
    };
}

;// CONCATENATED MODULE: ./src/runtime/masks.ts


/** Shorter values are too common to be replaced everywhere: masking `1` would make a log unreadable. */
const SHORTEST = 4;
/** What a kubeconfig calls things; the values are no secrets, and hiding `v1` or a namespace everywhere would hide the log. */
const NO_SECRETS = new Set([
    ...['apiVersion', 'kind', 'preferences', 'clusters', 'cluster', 'server', 'tls-server-name', 'contexts', 'context'],
    ...['name', 'namespace', 'user', 'users', 'current-context', 'insecure-skip-tls-verify', 'extensions', 'command'],
    ...['interactiveMode', 'provideClusterInfo', 'certificate-authority', 'certificate-authority-data'],
].map((key) => key.toLowerCase()));
/** What is secret in a line of a secret: the value of `key: value` (YAML or JSON), else the whole line. */
function secretOf(line) {
    const [, key, value = ''] = /^[-\s]*"?([\w./-]+)"?\s*:(?:\s+(.*?))?,?$/.exec(line) ?? [];
    if (key === undefined)
        return /^[-[\]{},"\s]*$/.test(line) ? '' : line.trim();
    return NO_SECRETS.has(key.toLowerCase()) ? '' : value.trim().replace(/^(["'])(.*)\1$/, '$2');
}
/** A text and, when it has several lines, what is secret in each. */
function withLines(text) {
    const lines = text.trim().split(/\r\n|\r|\n/);
    return lines.length === 1 ? [text, text.trim()] : [text, text.trim(), ...lines.map(secretOf)];
}
/** A text as other formats write it: base64, and escaped for JSON, a URL and Markdown. */
function encodedForms(text) {
    const everywhere = [Buffer.from(text).toString('base64'), JSON.stringify(text).slice(1, -1)];
    if (/[\r\n]/.test(text))
        return everywhere;
    // By way of bytes, for a URL cannot hold half a surrogate pair.
    const url = encodeURIComponent(Buffer.from(text).toString());
    return [...everywhere, url, escapeMarkdown(text), text.replaceAll('|', '\\|')];
}
/** All the forms in which a secret may surface: whole and by line, as it is and decoded from base64, and each encoded. */
function formsOf(secret) {
    const plain = [...withLines(secret)];
    if (/^[A-Za-z0-9+/=\s]{16,}$/.test(secret)) {
        const decoded = Buffer.from(secret, 'base64').toString();
        // Only what is text was encoded text; the rest merely has the letters of base64.
        if (!/[\ufffd\p{Cc}]/u.test(decoded.replace(/[\t\r\n]/g, '')))
            plain.push(...withLines(decoded));
    }
    return plain.filter((form) => form.length >= SHORTEST).flatMap((form) => [form, ...encodedForms(form)]);
}
/** Masks by the runner (`::add-mask::`) and by ourselves, for what does not go through the runner's log. */
function createMasks() {
    const known = new Set();
    let longestFirst = [];
    return {
        add(secret) {
            for (const form of formsOf(secret)) {
                if (known.has(form))
                    continue;
                known.add(form);
                setSecret(form);
            }
            longestFirst = [...known].sort((a, b) => b.length - a.length);
        },
        redact(text) {
            let redacted = text;
            for (const form of longestFirst)
                redacted = redacted.replaceAll(form, '***');
            return redacted;
        },
    };
}

;// CONCATENATED MODULE: external "node:url"
const external_node_url_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:url");
;// CONCATENATED MODULE: ./src/runtime/package-root.ts



/** helm-cd's own folder: the nearest one above this module whose package.json is named helm-cd. */
function packageRoot() {
    let folder = external_node_path_default().dirname((0,external_node_url_namespaceObject.fileURLToPath)(import.meta.url));
    for (;;) {
        const manifest = external_node_path_default().join(folder, 'package.json');
        if ((0,external_node_fs_namespaceObject.existsSync)(manifest) && JSON.parse((0,external_node_fs_namespaceObject.readFileSync)(manifest, 'utf8')).name === 'helm-cd') {
            return folder;
        }
        const parent = external_node_path_default().dirname(folder);
        if (parent === folder)
            throw new Error('helm-cd was not found around its own bundle');
        folder = parent;
    }
}

;// CONCATENATED MODULE: external "node:child_process"
const external_node_child_process_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:child_process");
;// CONCATENATED MODULE: external "node:events"
const external_node_events_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:events");
;// CONCATENATED MODULE: ./src/runtime/processes.ts






/** What every child gets of our environment. Secrets of the job are not in it; an adapter adds what its tool needs. */
const INHERITED = /^(PATH|HOME|USER|LOGNAME|LANG|LC_.*|TZ|TMPDIR|TEMP|TMP|RUNNER_TEMP|SystemRoot|PATHEXT|XDG_.*|https?_proxy|no_proxy|all_proxy|SSL_CERT_(FILE|DIR)|SSH_AUTH_SOCK|GIT_SSL_CAINFO|GIT_CONFIG_(GLOBAL|SYSTEM|NOSYSTEM))$/i;
const MAX_OUTPUT_BYTES = 256 * 1024 * 1024;
/** How long a child may take to end after SIGTERM before its process group is killed. */
const GRACE_MS = 5000;
/** How long what a child has written is waited for when it has ended, but something that it started holds its streams open. */
const DRAIN_MS = 2000;
const LINES_IN_MESSAGE = 12;
function inheritedEnvironment(environment) {
    const inherited = {};
    for (const [name, value] of Object.entries(environment)) {
        if (value !== undefined && INHERITED.test(name))
            inherited[name] = value;
    }
    return inherited;
}
/** Not by promises: those take longer, and nothing else can be done meanwhile. */
function isExecutable(file) {
    try {
        if ((0,external_node_fs_namespaceObject.statSync)(file, { throwIfNoEntry: false })?.isFile() !== true)
            return false;
        (0,external_node_fs_namespaceObject.accessSync)(file, external_node_fs_namespaceObject.constants.X_OK);
        return true;
    }
    catch {
        return false;
    }
}
function findOnPath(program, searchPath) {
    if (program.includes('/'))
        return isExecutable(program) ? external_node_path_default().resolve(program) : undefined;
    for (const folder of searchPath.split((external_node_path_default()).delimiter).filter((entry) => entry !== '')) {
        const candidate = external_node_path_default().resolve(folder, program);
        if (isExecutable(candidate))
            return candidate;
    }
    return undefined;
}
function formatBytes(bytes) {
    return bytes < 1024 * 1024 ? `${bytes} bytes` : `${Math.round(bytes / 1024 / 1024)} MiB`;
}
function lastLines(text) {
    return text.trim().split('\n').slice(-LINES_IN_MESSAGE).join('\n');
}
/** Ends of children that were told to end and have not yet: helm, for one, does not heed SIGTERM while it renders. */
const unfinished = new Set();
// Whoever waits for several children leaves with the first that fails; the others must not outlive us.
process.on('exit', () => {
    for (const end of unfinished)
        end();
});
/** Collects a stream, and cuts it into lines for whoever wants them as they come. */
function collector(limit, onLine, onTooMuch) {
    const chunks = [];
    const decoder = new TextDecoder();
    let size = 0;
    let partial = '';
    return {
        push(chunk) {
            size += chunk.length;
            if (size > limit)
                return onTooMuch();
            chunks.push(chunk);
            if (onLine === undefined)
                return;
            const lines = (partial + decoder.decode(chunk, { stream: true })).split('\n');
            partial = lines.pop() ?? '';
            for (const line of lines)
                onLine(line.replace(/\r$/, ''));
        },
        text() {
            if (onLine !== undefined && partial !== '')
                onLine(partial);
            partial = '';
            return Buffer.concat(chunks).toString();
        },
    };
}
/**
 * Children as their own process groups. Not by `@actions/exec`: it has no time limit, no way to end a child, and keeps
 * no hold of a child's children, so a cancelled job would leave helm running.
 */
function createProcesses(environment, cancelled) {
    const inherited = inheritedEnvironment(environment);
    // One listener for each running child: ten of them are no leak, which Node would warn of in the job's log.
    (0,external_node_events_namespaceObject.setMaxListeners)(0, cancelled);
    /** Where programs were found: some are run dozens of times. */
    const found = new Map();
    function find(program, searchPath) {
        const key = `${program}\0${searchPath}`;
        const file = found.get(key) ?? findOnPath(program, searchPath);
        if (file !== undefined)
            found.set(key, file);
        return file;
    }
    async function run(program, args, options = {}) {
        const env = { ...inherited, ...options.env };
        const file = find(program, env['PATH'] ?? '');
        if (file === undefined) {
            throw new errors/* HelmCdError */.EF('tool', `${program} was not found on PATH.`, { hint: `Install ${program} on the runner.` });
        }
        const stoppable = options.ignoreCancel !== true;
        if (stoppable && cancelled.aborted)
            throw new errors/* HelmCdError */.EF('cancelled', 'The job was cancelled.');
        const { signal: ended } = options;
        if (ended?.aborted === true)
            throw new errors/* HelmCdError */.EF('cancelled', `${program} is not needed any more.`);
        return new Promise((resolve, reject) => {
            const child = (0,external_node_child_process_namespaceObject.spawn)(file, args, {
                cwd: options.cwd,
                env,
                detached: true,
                stdio: ['pipe', 'pipe', 'pipe'],
            });
            let stoppedFor;
            let killTimer;
            let drainTimer;
            const signalGroup = (signal) => {
                try {
                    if (child.pid !== undefined)
                        process.kill(-child.pid, signal);
                }
                catch {
                    // The group is gone already.
                }
            };
            const kill = () => signalGroup('SIGKILL');
            const stop = (reason) => {
                if (stoppedFor !== undefined)
                    return;
                stoppedFor = reason;
                unfinished.add(kill);
                signalGroup('SIGTERM');
                killTimer = setTimeout(kill, GRACE_MS);
            };
            const what = `${external_node_path_default().basename(program)} ${args[0] ?? ''}`.trim();
            const onCancel = () => options.endsItself === true
                ? signalGroup('SIGTERM')
                : stop(new errors/* HelmCdError */.EF('cancelled', `The job was cancelled while ${what} was running.`));
            const onEnded = () => stop(new errors/* HelmCdError */.EF('cancelled', `${what} was stopped: it is not needed any more.`));
            const limit = options.maxOutputBytes ?? MAX_OUTPUT_BYTES;
            const tooMuch = () => stop(new errors/* HelmCdError */.EF('refused', `${what} wrote more than ${formatBytes(limit)} of output.`));
            const { onLine } = options;
            const stdout = collector(limit, onLine && ((line) => onLine(line, 'stdout')), tooMuch);
            const stderr = collector(limit, onLine && ((line) => onLine(line, 'stderr')), tooMuch);
            const timer = options.timeoutMs === undefined
                ? undefined
                : setTimeout(() => {
                    const time = (0,duration/* formatDuration */.a)(options.timeoutMs ?? 0);
                    const late = new errors/* HelmCdError */.EF('timeout', `${what} did not finish within ${time} and was stopped.`);
                    // Had we been busy for so long ourselves, its end would be the next thing that we hear of.
                    setImmediate(() => {
                        if (child.exitCode === null && child.signalCode === null)
                            stop(late);
                    });
                }, options.timeoutMs);
            const settle = () => {
                clearTimeout(timer);
                clearTimeout(killTimer);
                clearTimeout(drainTimer);
                unfinished.delete(kill);
                cancelled.removeEventListener('abort', onCancel);
                ended?.removeEventListener('abort', onEnded);
            };
            if (stoppable)
                cancelled.addEventListener('abort', onCancel);
            ended?.addEventListener('abort', onEnded);
            child.stdout.on('data', (chunk) => stdout.push(chunk));
            child.stderr.on('data', (chunk) => stderr.push(chunk));
            // A child that ends without reading its input is no error of ours: its exit code tells.
            child.stdin.on('error', () => undefined);
            if (options.holdInput !== true)
                child.stdin.end(options.input);
            child.on('error', (error) => {
                settle();
                reject(new errors/* HelmCdError */.EF('tool', `${what} could not be started: ${error.message}`, { cause: error }));
            });
            child.on('exit', () => {
                drainTimer = setTimeout(() => {
                    child.stdout.destroy();
                    child.stderr.destroy();
                }, DRAIN_MS);
            });
            child.on('close', (exitCode, signal) => {
                settle();
                if (stoppedFor !== undefined) {
                    // The child has ended; what it started may have been told to, and stayed.
                    signalGroup('SIGKILL');
                    return reject(stoppedFor);
                }
                const result = { code: exitCode ?? 128, stdout: stdout.text(), stderr: stderr.text() };
                const accept = options.accept ?? [0];
                if (exitCode !== null && (accept === 'any' || accept.includes(exitCode)))
                    return resolve(result);
                const ended = signal === null ? `failed with exit code ${exitCode}` : `was ended by ${signal}`;
                const said = lastLines(result.stderr) || lastLines(result.stdout);
                return reject(new errors/* HelmCdError */.EF('tool', `${what} ${ended}${said === '' ? '.' : `:\n${said}`}`));
            });
        });
    }
    return { run, find: (program) => Promise.resolve(find(program, inherited['PATH'] ?? '')) };
}

;// CONCATENATED MODULE: ./src/core/redact-value.ts
/** Takes secrets out of data, as opposed to text. */
/**
 * The value with every text in it, keys too, redacted. Not the JSON as a whole: a secret like `true` would make it none.
 * @param redact as `Masks.redact`.
 */
function redactValue(value, redact) {
    const visit = (part) => {
        if (typeof part === 'string')
            return redact(part);
        if (Array.isArray(part))
            return part.map(visit);
        if (typeof part !== 'object' || part === null)
            return part;
        return Object.fromEntries(Object.entries(part).map(([key, item]) => [redact(key), visit(item)]));
    };
    return visit(value);
}

;// CONCATENATED MODULE: ./src/runtime/report.ts





/** GitHub drops a step's summary above 1 MiB without failing the step. */
const SUMMARY_LIMIT_BYTES = 1024 * 1024 - 1024;
/** The folder for what must outlive the step: summaries, results, diffs, evidence. It never holds a secret. */
function createReportFolder(action, runnerTemp) {
    const parent = external_node_path_default().join(runnerTemp || external_node_os_default().tmpdir(), 'helm-cd-reports');
    (0,external_node_fs_namespaceObject.mkdirSync)(parent, { recursive: true });
    return (0,external_node_fs_namespaceObject.mkdtempSync)(external_node_path_default().join(parent, `${action}-`));
}
/** Writes the job summary and the result file, both without any known secret. */
function writeReport(folder, summary, document, masks, stepSummaryFile) {
    const summaryFile = external_node_path_default().join(folder, 'summary.md');
    const resultFile = external_node_path_default().join(folder, 'result.json');
    const text = cutToBytes(`${masks.redact(summary).trimEnd()}\n`, SUMMARY_LIMIT_BYTES, '_The rest was cut: a job summary holds at most 1 MiB. The result file has all of it._\n');
    (0,external_node_fs_namespaceObject.writeFileSync)(summaryFile, text);
    (0,external_node_fs_namespaceObject.writeFileSync)(resultFile, `${JSON.stringify(redactValue(document, (part) => masks.redact(part)), null, 2)}\n`);
    if (stepSummaryFile !== undefined && stepSummaryFile !== '')
        (0,external_node_fs_namespaceObject.appendFileSync)(stepSummaryFile, `${text}\n`);
    return { summaryFile, resultFile };
}

;// CONCATENATED MODULE: ./src/runtime/single-actions.ts



/** Set for an action that is a step of another one: the folder for its temporary folder. */
const STEP_VARIABLE = 'HELM_CD_STEP_TEMPORARY_DIRECTORY';
/** What the runner gave for this process alone. */
const OWN = /^(?:INPUT_.*|GITHUB_(?:OUTPUT|STEP_SUMMARY|STATE|ENV|PATH))$/i;
/** The outputs in a file that `setOutput` has appended to. */
function parseOutputs(text) {
    const outputs = {};
    const lines = text.split(/\r?\n/);
    for (let index = 0; index < lines.length; index++) {
        const [, name, delimiter] = /^([^=<]+)<<(.+)$/.exec(lines[index] ?? '') ?? [];
        if (name === undefined || delimiter === undefined)
            continue;
        const end = lines.indexOf(delimiter, index + 1);
        if (end < 0)
            break;
        outputs[name] = lines.slice(index + 1, end).join('\n');
        index = end;
    }
    return outputs;
}
function readText(file) {
    try {
        return file === undefined || file === '' ? '' : (0,external_node_fs_namespaceObject.readFileSync)(file, 'utf8');
    }
    catch {
        // A step that was killed has written none.
        return '';
    }
}
function readDocument(file) {
    try {
        return JSON.parse(readText(file));
    }
    catch {
        return {};
    }
}
/** Runs single actions as children of this process, from the bundle that is running. */
function createSingleActions({ environment, processes, temp, workingDirectory, entry }) {
    const inherited = Object.fromEntries(Object.entries(environment).filter(([name]) => !OWN.test(name)));
    async function run(name, inputs) {
        const outputFile = external_node_path_default().join((0,external_node_fs_namespaceObject.mkdtempSync)(external_node_path_default().join(temp, 'step-')), 'output');
        (0,external_node_fs_namespaceObject.writeFileSync)(outputFile, '');
        const given = Object.entries({ 'working-directory': workingDirectory, ...inputs });
        const env = {
            ...inherited,
            ...Object.fromEntries(given.map(([input, value]) => [`INPUT_${input.toUpperCase()}`, value])),
            GITHUB_OUTPUT: outputFile,
            [STEP_VARIABLE]: temp,
        };
        const script = entry ?? process.argv[1] ?? '';
        const { code } = await processes.run(process.execPath, [script, name], {
            env,
            accept: 'any',
            holdInput: true,
            endsItself: true,
            // As it is: the runner obeys its commands, and it has made harmless what is none.
            onLine: (line) => process.stdout.write(`${line}\n`),
        });
        const outputs = parseOutputs(readText(outputFile));
        return {
            exitCode: code,
            outputs,
            summary: readText(outputs['summary-file']),
            document: readDocument(outputs['result-file']),
        };
    }
    return {
        async run(name, inputs) {
            try {
                return await run(name, inputs);
            }
            catch (error) {
                // Ended by a signal of somebody else: a machine short of memory.
                if (!(error instanceof errors/* HelmCdError */.EF) || error.code !== 'tool')
                    throw error;
                throw new errors/* HelmCdError */.EF('tool', `${name} was ended before it was finished.`, { cause: error });
            }
        },
    };
}

;// CONCATENATED MODULE: ./src/runtime/run-action.ts















function defined(environment) {
    return Object.fromEntries(Object.entries(environment).filter((entry) => entry[1] !== undefined));
}
function resolveWorkingDirectory(input, workspace) {
    const folder = external_node_path_default().resolve(workspace, input);
    try {
        return (0,external_node_fs_namespaceObject.realpathSync)(folder);
    }
    catch (cause) {
        throw new errors/* HelmCdError */.EF('input', `Input "working-directory" names no folder: "${input || workspace}"`, { cause });
    }
}
/**
 * A file relative to the workspace, as annotations want it. Names that are not of a file in the workspace stay: those of
 * another repository's files.
 */
function inWorkspace(file, workingDirectory, workspace) {
    const absolute = external_node_path_default().resolve(workingDirectory, file);
    const root = (0,external_node_fs_namespaceObject.existsSync)(workspace) ? (0,external_node_fs_namespaceObject.realpathSync)(workspace) : workspace;
    const relative = external_node_path_default().relative(root, absolute);
    return relative === '' || relative.startsWith('..') || !(0,external_node_fs_namespaceObject.existsSync)(absolute) ? file : relative;
}
/** The programs; what finds and installs them is only run by those who want one. */
function laterTools(processes, log) {
    const load = async () => {
        // Left alone by the bundler: in dist/ it is the file beside this one.
        const { createTools } = await import(/* webpackIgnore: true */ './tools.js');
        return createTools(processes, log);
    };
    return { helm: async (wanted) => (await load()).helm(wanted), kubectl: async () => (await load()).kubectl() };
}
/** Clients of GitHub's API; what makes requests, and Node's own HTTP client, are only run by those who make one. */
function laterGitHub(cancelled, environment) {
    const load = async () => {
        // In the same bundle, that is what `eager` says to the bundler.
        const { createGitHub } = await Promise.resolve(/* import() eager */).then(__nccwpck_require__.bind(__nccwpck_require__, 712));
        return createGitHub(cancelled, environment);
    };
    return (access) => {
        let client;
        const ready = () => (client ??= load().then((create) => create(access)));
        return {
            request: async (...asked) => (await ready()).request(...asked),
            graphql: async (...asked) => (await ready()).graphql(...asked),
        };
    };
}
/** Talking to web servers: only run by those who do. */
function laterWeb(cancelled) {
    const load = async () => {
        // In the same bundle, that is what `eager` says to the bundler.
        const { createWeb } = await Promise.resolve(/* import() eager */).then(__nccwpck_require__.bind(__nccwpck_require__, 567));
        return createWeb(cancelled);
    };
    return {
        get: async (...asked) => (await load()).get(...asked),
        send: async (...asked) => (await load()).send(...asked),
    };
}
/** What went wrong, and then what to do: sentences, or paragraphs when the message has several lines. */
function withHint({ message, hint }) {
    if (hint === undefined)
        return message;
    if (message.includes('\n'))
        return `${message}\n${hint}`;
    return `${message}${/[.!?:…]$/.test(message) ? '' : '.'} ${hint}`;
}
function failureSummary(action, error) {
    if (!(error instanceof errors/* HelmCdError */.EF))
        return `### ❌ ${action} failed\n\n${codeBlock((0,errors/* messageOf */.bD)(error))}`;
    const place = error.place === undefined ? '' : `\n\n${code((0,errors/* formatPlace */.dE)(error.place))}`;
    const hint = error.hint === undefined ? '' : `\n\n${escapeMarkdown(error.hint)}`;
    return `### ❌ ${action} failed\n\n${codeBlock(error.message)}${place}${hint}`;
}
function errorDocument(error) {
    if (!(error instanceof errors/* HelmCdError */.EF))
        return { code: 'internal', message: (0,errors/* messageOf */.bD)(error) };
    return { code: error.code, message: error.message, hint: error.hint, place: error.place };
}
/**
 * Runs one action from the environment that its action.yml sets up: reads the inputs, does the work, writes outputs,
 * summary, result file and annotations, and removes what was temporary.
 * @returns the exit code of the step.
 */
async function runAction(action, environment) {
    const cancel = new AbortController();
    const onSignal = () => cancel.abort();
    process.on('SIGINT', onSignal);
    process.on('SIGTERM', onSignal);
    // A step of another action of ours: when that one is gone, nobody can tell us to end.
    const isStep = environment[STEP_VARIABLE] !== undefined;
    if (isStep)
        process.stdin.on('end', onSignal).on('error', onSignal).resume().unref();
    const masks = createMasks();
    const workspace = environment['GITHUB_WORKSPACE'] || process.cwd();
    // Until it is known: for an error about working-directory itself, which has no place.
    let workingDirectory = workspace;
    const log = createLog(action.name, masks, (file) => inWorkspace(file, workingDirectory, workspace));
    const runnerTemp = environment['RUNNER_TEMP'];
    const temp = (0,external_node_fs_namespaceObject.mkdtempSync)(external_node_path_default().join(environment[STEP_VARIABLE] || runnerTemp || external_node_os_default().tmpdir(), 'helm-cd-'));
    // Set before anything secret is written: the clean-up step of action.yml removes the folder should we be killed.
    setOutput('temporary-directory', temp);
    const reports = createReportFolder(action.name, runnerTemp);
    const finish = (outcome, result) => {
        const document = { action: action.name, result, ...outcome.document };
        const files = writeReport(reports, outcome.summary, document, masks, environment['GITHUB_STEP_SUMMARY']);
        setOutput('result', result);
        setOutput('summary-file', files.summaryFile);
        setOutput('result-file', files.resultFile);
    };
    try {
        const reader = createInputReader(masks);
        workingDirectory = resolveWorkingDirectory(reader.string('working-directory'), workspace);
        const inputs = action.readInputs(reader);
        const processes = createProcesses(environment, cancel.signal);
        const outcome = await action.run(inputs, {
            log,
            processes,
            tools: laterTools(processes, log),
            github: laterGitHub(cancel.signal, environment),
            web: laterWeb(cancel.signal),
            actions: createSingleActions({ environment: defined(environment), processes, temp, workingDirectory }),
            clock: createClock(cancel.signal),
            masks,
            context: readContext(environment),
            temp,
            reports,
            workingDirectory,
            packageRoot: packageRoot(),
            cancelled: cancel.signal,
            environment: defined(environment),
        });
        for (const annotation of outcome.annotations ?? []) {
            if (annotation.level === 'notice')
                notice(masks.redact(annotation.message));
            else
                log[annotation.level](annotation.message, annotation.place);
        }
        for (const [name, value] of Object.entries(outcome.outputs))
            setOutput(name, masks.redact(value));
        finish(outcome, outcome.result);
        if (outcome.ok)
            return 0;
        log.error(outcome.failure ?? `${action.name}: ${outcome.result}`);
        return 1;
    }
    catch (error) {
        if (error instanceof errors/* HelmCdError */.EF) {
            log.error(withHint(error), error.place);
            if (error.cause !== undefined)
                log.debug(`caused by: ${(0,errors/* messageOf */.bD)(error.cause)}`);
        }
        else {
            log.error(`A defect of helm-cd: ${(0,errors/* messageOf */.bD)(error)}`);
            log.group('Stack trace, for a bug report', error instanceof Error ? (error.stack ?? '') : String(error));
        }
        finish({ summary: failureSummary(action.name, error), document: { error: errorDocument(error) } }, '');
        return 1;
    }
    finally {
        // Not by promises: nothing else is left to do meanwhile, and each of many steps would wait for its turn.
        (0,external_node_fs_namespaceObject.rmSync)(temp, { recursive: true, force: true });
        process.off('SIGINT', onSignal);
        process.off('SIGTERM', onSignal);
    }
}


/***/ }),

/***/ 567:
/***/ ((__unused_webpack_module, __webpack_exports__, __nccwpck_require__) => {


// EXPORTS
__nccwpck_require__.d(__webpack_exports__, {
  createWeb: () => (/* binding */ createWeb)
});

;// CONCATENATED MODULE: external "node:stream"
const external_node_stream_namespaceObject = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:stream");
// EXTERNAL MODULE: ./src/core/errors.ts
var errors = __nccwpck_require__(296);
;// CONCATENATED MODULE: ./src/runtime/web.ts


async function readBody(message, maxBytes) {
    const chunks = [];
    let size = 0;
    for await (const chunk of message) {
        size += chunk.length;
        if (size > maxBytes) {
            message.destroy();
            throw new errors/* HelmCdError */.EF('refused', `the answer is longer than ${Math.floor(maxBytes / 1024 ** 2)} MiB`);
        }
        chunks.push(chunk);
    }
    return Buffer.concat(chunks);
}
/** The work's result, or a failure as soon as the signal is set; the work is then left alone. */
function orAborted(work, signal) {
    work.catch(() => undefined);
    return new Promise((resolve, reject) => {
        const abort = () => reject(signal.reason);
        if (signal.aborted)
            return abort();
        signal.addEventListener('abort', abort, { once: true });
        work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
    });
}
const MOST_REDIRECTS = 5;
/** Where an answer sends us; nothing when it is the last one. */
function redirectedTo({ statusCode = 0, headers: { location } }, url) {
    if (![301, 302, 303, 307, 308].includes(statusCode) || location === undefined)
        return undefined;
    if (!URL.canParse(location, url.href))
        return undefined;
    const target = new URL(location, url.href);
    return target.protocol === url.protocol || target.protocol === 'https:' ? target : undefined;
}
/** Requests an address and those that it leads to; the client itself knows no relative ones. */
async function follow(client, address, headers) {
    let url = new URL(address);
    let given = headers;
    for (let redirects = 0;; redirects++) {
        const { message } = await client.get(url.href, { ...given });
        const target = redirectedTo(message, url);
        if (target === undefined || redirects === MOST_REDIRECTS)
            return message;
        message.resume();
        // Credentials are for the server that they were given for.
        const kept = Object.entries(given).filter(([name]) => name.toLowerCase() !== 'authorization');
        if (target.origin !== url.origin)
            given = Object.fromEntries(kept);
        url = target;
    }
}
function answerOf({ statusCode = 0, headers }, body) {
    const entries = Object.entries(headers).flatMap(([name, value]) => value === undefined ? [] : [[name, Array.isArray(value) ? value.join(', ') : value]]);
    return { status: statusCode, headers: Object.fromEntries(entries), body };
}
/** Sends once and follows nothing. */
async function sendOnce(client, url, { method, headers, body }) {
    const length = { 'content-length': String(body?.length ?? 0) };
    const stream = external_node_stream_namespaceObject.Readable.from(body === undefined ? [] : [Buffer.from(body)], { objectMode: false });
    return (await client.request(method, url, stream, { ...headers, ...length })).message;
}
/** Talks by the toolkit's client, which knows `http_proxy`, `https_proxy` and `no_proxy`. */
function createWeb(cancelled) {
    async function ask({ timeoutMs, maxBytes, signal: ended }, work) {
        // Left alone by the bundler: in dist/ it is the file beside the actions' bundle.
        const { HttpClient } = await import(/* webpackIgnore: true */ './actions-toolkit.js');
        const client = new HttpClient('helm-cd', [], { socketTimeout: timeoutMs, allowRedirects: false });
        const timeout = AbortSignal.timeout(timeoutMs);
        const stop = ended === undefined ? cancelled : AbortSignal.any([cancelled, ended]);
        const signal = AbortSignal.any([stop, timeout]);
        let message;
        try {
            message = await orAborted(work(client), signal);
            return answerOf(message, await orAborted(readBody(message, maxBytes), signal));
        }
        catch (error) {
            if (stop.aborted)
                throw new errors/* HelmCdError */.EF('cancelled', 'The job was cancelled.');
            if (error instanceof errors/* HelmCdError */.EF)
                throw error;
            const late = timeout.aborted || /request timeout/i.test((0,errors/* messageOf */.bD)(error));
            const reason = late ? `no answer within ${timeoutMs / 1000} s` : (0,errors/* messageOf */.bD)(error);
            throw new errors/* HelmCdError */.EF('unreachable', reason, { cause: error });
        }
        finally {
            message?.destroy();
            client.dispose();
        }
    }
    return {
        get: (url, options) => ask(options, (client) => follow(client, url, options.headers ?? {})),
        send: (url, request) => ask(request, (client) => sendOnce(client, url, request)),
    };
}


/***/ }),

/***/ 455:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:fs/promises");

/***/ }),

/***/ 760:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:path");

/***/ }),

/***/ 522:
/***/ ((module) => {

module.exports = __WEBPACK_EXTERNAL_createRequire(import.meta.url)("node:zlib");

/***/ })

/******/ });
/************************************************************************/
/******/ // The module cache
/******/ var __webpack_module_cache__ = {};
/******/ 
/******/ // The require function
/******/ function __nccwpck_require__(moduleId) {
/******/ 	// Check if module is in cache
/******/ 	var cachedModule = __webpack_module_cache__[moduleId];
/******/ 	if (cachedModule !== undefined) {
/******/ 		return cachedModule.exports;
/******/ 	}
/******/ 	// Create a new module (and put it into the cache)
/******/ 	var module = __webpack_module_cache__[moduleId] = {
/******/ 		// no module.id needed
/******/ 		// no module.loaded needed
/******/ 		exports: {}
/******/ 	};
/******/ 
/******/ 	// Execute the module function
/******/ 	var threw = true;
/******/ 	try {
/******/ 		__webpack_modules__[moduleId](module, module.exports, __nccwpck_require__);
/******/ 		threw = false;
/******/ 	} finally {
/******/ 		if(threw) delete __webpack_module_cache__[moduleId];
/******/ 	}
/******/ 
/******/ 	// Return the exports of the module
/******/ 	return module.exports;
/******/ }
/******/ 
/************************************************************************/
/******/ /* webpack/runtime/asset-relocator-loader */
/******/ if (typeof __nccwpck_require__ !== 'undefined') __nccwpck_require__.ab = decodeURIComponent(new URL('.', import.meta.url).pathname).slice(import.meta.url.match(/^file:\/\/\/\w:/) ? 1 : 0, -1) + "/";
/******/ 
/******/ /* webpack/runtime/async module */
/******/ (() => {
/******/ 	var webpackQueues = typeof Symbol === "function" ? Symbol("webpack queues") : "__webpack_queues__";
/******/ 	var webpackExports = typeof Symbol === "function" ? Symbol("webpack exports") : "__webpack_exports__";
/******/ 	var webpackError = typeof Symbol === "function" ? Symbol("webpack error") : "__webpack_error__";
/******/ 	var resolveQueue = (queue) => {
/******/ 		if(queue && queue.d < 1) {
/******/ 			queue.d = 1;
/******/ 			queue.forEach((fn) => (fn.r--));
/******/ 			queue.forEach((fn) => (fn.r-- ? fn.r++ : fn()));
/******/ 		}
/******/ 	}
/******/ 	var wrapDeps = (deps) => (deps.map((dep) => {
/******/ 		if(dep !== null && typeof dep === "object") {
/******/ 			if(dep[webpackQueues]) return dep;
/******/ 			if(dep.then) {
/******/ 				var queue = [];
/******/ 				queue.d = 0;
/******/ 				dep.then((r) => {
/******/ 					obj[webpackExports] = r;
/******/ 					resolveQueue(queue);
/******/ 				}, (e) => {
/******/ 					obj[webpackError] = e;
/******/ 					resolveQueue(queue);
/******/ 				});
/******/ 				var obj = {};
/******/ 				obj[webpackQueues] = (fn) => (fn(queue));
/******/ 				return obj;
/******/ 			}
/******/ 		}
/******/ 		var ret = {};
/******/ 		ret[webpackQueues] = x => {};
/******/ 		ret[webpackExports] = dep;
/******/ 		return ret;
/******/ 	}));
/******/ 	__nccwpck_require__.a = (module, body, hasAwait) => {
/******/ 		var queue;
/******/ 		hasAwait && ((queue = []).d = -1);
/******/ 		var depQueues = new Set();
/******/ 		var exports = module.exports;
/******/ 		var currentDeps;
/******/ 		var outerResolve;
/******/ 		var reject;
/******/ 		var promise = new Promise((resolve, rej) => {
/******/ 			reject = rej;
/******/ 			outerResolve = resolve;
/******/ 		});
/******/ 		promise[webpackExports] = exports;
/******/ 		promise[webpackQueues] = (fn) => (queue && fn(queue), depQueues.forEach(fn), promise["catch"](x => {}));
/******/ 		module.exports = promise;
/******/ 		body((deps) => {
/******/ 			currentDeps = wrapDeps(deps);
/******/ 			var fn;
/******/ 			var getResult = () => (currentDeps.map((d) => {
/******/ 				if(d[webpackError]) throw d[webpackError];
/******/ 				return d[webpackExports];
/******/ 			}))
/******/ 			var promise = new Promise((resolve) => {
/******/ 				fn = () => (resolve(getResult));
/******/ 				fn.r = 0;
/******/ 				var fnQueue = (q) => (q !== queue && !depQueues.has(q) && (depQueues.add(q), q && !q.d && (fn.r++, q.push(fn))));
/******/ 				currentDeps.map((dep) => (dep[webpackQueues](fnQueue)));
/******/ 			});
/******/ 			return fn.r ? promise : getResult();
/******/ 		}, (err) => ((err ? reject(promise[webpackError] = err) : outerResolve(exports)), resolveQueue(queue)));
/******/ 		queue && queue.d < 0 && (queue.d = 0);
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/compat get default export */
/******/ (() => {
/******/ 	// getDefaultExport function for compatibility with non-harmony modules
/******/ 	__nccwpck_require__.n = (module) => {
/******/ 		var getter = module && module.__esModule ?
/******/ 			() => (module['default']) :
/******/ 			() => (module);
/******/ 		__nccwpck_require__.d(getter, { a: getter });
/******/ 		return getter;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/create fake namespace object */
/******/ (() => {
/******/ 	var getProto = Object.getPrototypeOf ? (obj) => (Object.getPrototypeOf(obj)) : (obj) => (obj.__proto__);
/******/ 	var leafPrototypes;
/******/ 	// create a fake namespace object
/******/ 	// mode & 1: value is a module id, require it
/******/ 	// mode & 2: merge all properties of value into the ns
/******/ 	// mode & 4: return value when already ns object
/******/ 	// mode & 16: return value when it's Promise-like
/******/ 	// mode & 8|1: behave like require
/******/ 	__nccwpck_require__.t = function(value, mode) {
/******/ 		if(mode & 1) value = this(value);
/******/ 		if(mode & 8) return value;
/******/ 		if(typeof value === 'object' && value) {
/******/ 			if((mode & 4) && value.__esModule) return value;
/******/ 			if((mode & 16) && typeof value.then === 'function') return value;
/******/ 		}
/******/ 		var ns = Object.create(null);
/******/ 		__nccwpck_require__.r(ns);
/******/ 		var def = {};
/******/ 		leafPrototypes = leafPrototypes || [null, getProto({}), getProto([]), getProto(getProto)];
/******/ 		for(var current = mode & 2 && value; typeof current == 'object' && !~leafPrototypes.indexOf(current); current = getProto(current)) {
/******/ 			Object.getOwnPropertyNames(current).forEach((key) => (def[key] = () => (value[key])));
/******/ 		}
/******/ 		def['default'] = () => (value);
/******/ 		__nccwpck_require__.d(ns, def);
/******/ 		return ns;
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/define property getters */
/******/ (() => {
/******/ 	// define getter functions for harmony exports
/******/ 	__nccwpck_require__.d = (exports, definition) => {
/******/ 		for(var key in definition) {
/******/ 			if(__nccwpck_require__.o(definition, key) && !__nccwpck_require__.o(exports, key)) {
/******/ 				Object.defineProperty(exports, key, { enumerable: true, get: definition[key] });
/******/ 			}
/******/ 		}
/******/ 	};
/******/ })();
/******/ 
/******/ /* webpack/runtime/hasOwnProperty shorthand */
/******/ (() => {
/******/ 	__nccwpck_require__.o = (obj, prop) => (Object.prototype.hasOwnProperty.call(obj, prop))
/******/ })();
/******/ 
/******/ /* webpack/runtime/make namespace object */
/******/ (() => {
/******/ 	// define __esModule on exports
/******/ 	__nccwpck_require__.r = (exports) => {
/******/ 		if(typeof Symbol !== 'undefined' && Symbol.toStringTag) {
/******/ 			Object.defineProperty(exports, Symbol.toStringTag, { value: 'Module' });
/******/ 		}
/******/ 		Object.defineProperty(exports, '__esModule', { value: true });
/******/ 	};
/******/ })();
/******/ 
/************************************************************************/
/******/ 
/******/ // startup
/******/ // Load entry module and return exports
/******/ // This entry module used 'module' so it can't be inlined
/******/ var __webpack_exports__ = __nccwpck_require__(407);
/******/ __webpack_exports__ = await __webpack_exports__;
/******/ 

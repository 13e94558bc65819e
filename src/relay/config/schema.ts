/**
 * The JSON Schema of the relay's configuration. It validates the file when the relay starts and is published as
 * schema/relay.schema.json (by `npm run docs`), so that editors say the same as the relay.
 */

const text = { type: 'string', minLength: 1 } as const;
const name = { type: 'string', pattern: '^[A-Za-z0-9._-]+$' } as const;
const duration = { type: 'string', pattern: '^(\\d+(\\.\\d+)?(ms|s|m|h))+$|^0$' } as const;
const oneOrMore = { type: ['string', 'array'], minLength: 1, minItems: 1, items: text } as const;

const secretProperties = {
  'secret-env': {
    ...oneOrMore,
    description: 'Environment variable with the secret. Of several any is good: that is how one is replaced.',
  },
  'secret-file': {
    ...oneOrMore,
    description: 'File with the secret, relative to this file. Of several any is good.',
  },
} as const;
const secret = { type: 'object', additionalProperties: false, properties: secretProperties } as const;

const host = { ...text, description: 'Address to listen on; default: 127.0.0.1. In a container: 0.0.0.0.' } as const;
const port = { type: 'integer', minimum: 0, maximum: 65535 } as const;

const auth = {
  type: 'object',
  additionalProperties: false,
  description: 'How calls of this source are told from forged ones: exactly one of these.',
  properties: {
    hmac: { ...secret, description: "The provider's signature of the body, made with a secret that both know." },
    path: {
      ...secret,
      description: 'A secret as the last segment of the URL: https://relay.example.com/hub/SECRET.',
    },
    bearer: { ...secret, description: 'Authorization: Bearer SECRET.' },
    header: {
      type: 'object',
      additionalProperties: false,
      description: 'A header whose whole value is the secret.',
      properties: {
        name: {
          type: 'string',
          pattern: "^[A-Za-z0-9!#$%&'*+.^_`|~-]+$",
          description: 'Default: that of the provider.',
        },
        ...secretProperties,
      },
    },
    oidc: {
      type: 'object',
      additionalProperties: false,
      required: ['issuer', 'audience'],
      description: 'Authorization: Bearer JWT, of an OpenID Connect issuer, such as Google Pub/Sub or GitHub Actions.',
      properties: {
        issuer: { ...text, description: 'https://accounts.google.com, https://token.actions.githubusercontent.com.' },
        audience: { ...text, description: 'What the token must be made for.' },
        email: { ...text, description: 'Account that must have sent it, verified by the issuer.' },
        claims: {
          type: 'object',
          additionalProperties: { type: 'string' },
          description: "Claims and their exact values: { repository: 'acme/api' }.",
        },
        'jwks-uri': { ...text, description: "Where the issuer's keys are; known of Google and GitHub." },
      },
    },
    none: { const: true, description: 'Everyone may call.' },
  },
} as const;

export const RELAY_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://raw.githubusercontent.com/helm-cd/helm-cd/v1/schema/relay.schema.json',
  title: 'relay.yaml',
  description: 'The relay from registry webhooks to repository_dispatch events.',
  type: 'object',
  additionalProperties: false,
  required: ['github', 'sources', 'routes'],
  properties: {
    github: {
      type: 'object',
      additionalProperties: false,
      description: 'Which GitHub gets the events, and as whom: a token, or a GitHub App.',
      properties: {
        'api-url': { ...text, description: 'Default: https://api.github.com. Enterprise Server: https://HOST/api/v3.' },
        'token-env': { ...text, description: 'Environment variable with a token that has contents: write there.' },
        'token-file': { ...text, description: 'File with that token, relative to this file.' },
        app: {
          type: 'object',
          additionalProperties: false,
          required: ['id'],
          description: 'A GitHub App with contents: write, installed where the charts are.',
          properties: {
            id: { type: ['string', 'integer'], description: 'Its client id, or its number.' },
            'private-key-env': { ...text, description: 'Environment variable with its private key (PEM).' },
            'private-key-file': { ...text, description: 'File with its private key (PEM), relative to this file.' },
            installation: {
              type: 'integer',
              minimum: 1,
              description: "Number of the installation; default: the one of the chart's repository.",
            },
          },
        },
      },
    },
    listen: {
      type: 'object',
      additionalProperties: false,
      description: 'Where the server listens. AWS Lambda does not need it.',
      properties: { host, port: { ...port, description: 'Default: 8080.' } },
    },
    admin: {
      type: 'object',
      additionalProperties: false,
      properties: { host, port: { ...port, description: 'Default: 9090.' } },
      description: 'A second address, for /healthz, /readyz and /metrics; without it they are where the webhooks are.',
    },
    limits: {
      type: 'object',
      additionalProperties: false,
      description: 'How much the relay takes on, and for how long.',
      properties: {
        'concurrent-requests': {
          type: 'integer',
          minimum: 1,
          maximum: 1000,
          description: 'So many calls are worked on at a time, others are asked to come again; default: 100.',
        },
        'body-timeout': { ...duration, description: 'A call has to be whole after this; default: 10s.' },
        deadline: { ...duration, description: 'A call is answered after this at the latest; default: 25s.' },
        settle: {
          ...duration,
          description: 'Before a tag is looked up: calls for the same tag meanwhile are the same event; default: 0.',
        },
        appear: {
          ...duration,
          description: 'How long a tag may be missing in its registry, which may tell of it too early; default: 10s.',
        },
        remember: { ...duration, description: 'The same event is not sent again within this; default: 1h.' },
      },
    },
    registries: {
      type: 'object',
      description: 'Logins for looking tags up, by host; without one: what docker login has kept, else anonymous.',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          username: { ...text, description: 'The user.' },
          'username-env': { ...text, description: 'Environment variable with the user.' },
          'password-env': { ...text, description: 'Environment variable with the password.' },
          'password-file': { ...text, description: 'File with the password, relative to this file.' },
        },
      },
    },
    sources: {
      type: 'object',
      minProperties: 1,
      description: 'Who calls, by a name of your choice.',
      propertyNames: name,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        required: ['provider', 'auth'],
        properties: {
          provider: { ...text, description: 'Kind of the registry: docs/relay.md lists them.' },
          path: { ...text, description: 'Path of the URL; default: /NAME.' },
          registry: {
            ...text,
            description:
              "What stands before the repository's name instead of what the event says: registry.example.com, or a host and a path.",
          },
          auth,
        },
      },
    },
    routes: {
      type: 'array',
      minItems: 1,
      description:
        'Which images mean which event. Images of no route are let go; an image of several goes to all of them.',
      items: {
        type: 'object',
        additionalProperties: false,
        required: ['images', 'repository'],
        properties: {
          images: {
            type: 'array',
            minItems: 1,
            items: text,
            description: "Names with their registry; `*` within a path's part, `**` any: `['ghcr.io/acme/*']`.",
          },
          tags: {
            ...oneOrMore,
            description:
              'Tags that count: `*`, a SemVer range, a pattern (`main-*`), a `/regular expression/`; default: `*`.',
          },
          sources: { type: 'array', minItems: 1, items: text, description: 'Only from these; default: from all.' },
          repository: {
            type: 'string',
            pattern: '^[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?/[A-Za-z0-9._-]+$',
            description: 'Repository whose workflows get the event: acme/charts.',
          },
          event: { ...text, description: 'Type of the repository_dispatch; default: image-pushed.' },
        },
      },
    },
  },
} as const;

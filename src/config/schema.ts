/**
 * The JSON Schema of helm-cd.yaml. It validates the file at run time and is published as
 * schema/helm-cd.schema.json (by `npm run docs`), so that editors say the same as the actions.
 */

const text = { type: 'string', minLength: 1 } as const;
const texts = { type: 'array', items: text } as const;

const environmentProperties = {
  branch: { ...text, description: 'Branch whose pushes feed this environment.' },
  'promote-from': { ...text, description: 'Environment whose very bytes are promoted to this one; instead of branch.' },
  repository: {
    ...text,
    description:
      'Chart repository: s3://bucket/prefix, oci://host/path, pages://owner/name, git+https://host/path.git, https+chartmuseum://host/path or file:///folder.',
  },
  mode: {
    enum: ['deployment', 'delivery'],
    description: 'deployment: everything after git push is automatic; delivery: a person starts the deploy.',
  },
  values: { ...texts, description: 'Values files in order, relative to the chart.' },
  secrets: { ...texts, description: 'SOPS-encrypted values files in order, relative to the chart; after values.' },
  kubernetes: {
    type: 'array',
    items: { type: 'string', pattern: '^v?1\\.\\d+(\\.\\d+)?$' },
    description: "Kubernetes versions the chart must be valid for, in quotes: ['1.35', '1.36'].",
  },
  cluster: {
    type: 'object',
    additionalProperties: false,
    description: 'Where the environment runs.',
    properties: {
      context: { ...text, description: 'Context of the kubeconfig; default: its current context.' },
      namespace: { ...text, description: 'Namespace of the releases.' },
    },
  },
  retention: {
    type: 'object',
    additionalProperties: false,
    description:
      'Which versions stay when publish-chart prunes the repository. A version goes only when it is beyond every limit that is about it.',
    properties: {
      count: { type: 'integer', minimum: 0, description: 'So many of the newest releases stay.' },
      prereleases: { type: 'integer', minimum: 0, description: 'So many of the newest pre-releases stay.' },
      age: { ...text, description: 'Versions that are younger than this stay: 90d, 12w, 36h.' },
      keep: {
        ...texts,
        description: "Versions that stay in any case: ['1.4.0', '~2.1.0', 'shop@3.0.0'].",
      },
    },
  },
  deploy: {
    type: 'object',
    additionalProperties: false,
    description: 'Which versions watch-repository has deployed here.',
    properties: {
      versions: {
        ...text,
        description:
          "SemVer constraint, as helm knows them: '>=1.0.0 <2'. One without a pre-release never accepts one. Default: any version.",
      },
      'min-age': { ...text, description: 'How long a version must have been published: 30m, 2h, 1d.' },
      'require-verified': {
        type: 'boolean',
        description:
          'Where there is promote-from: only what deploy-chart has deployed and tested in that environment. Default: true.',
      },
    },
  },
  bump: {
    type: 'object',
    additionalProperties: false,
    description: 'What bump-image-tag does in this environment.',
    properties: {
      strategy: {
        enum: ['auto', 'direct', 'pull-request'],
        description: 'Commit to the branch, or open a pull request.',
      },
      tags: {
        ...text,
        description: 'Which image tags are accepted: a SemVer range, a glob, or /a regular expression/.',
      },
      order: {
        enum: ['semver', 'numeric', 'date'],
        description: 'How tags are ordered, so that an older one never replaces a newer one; default: semver.',
      },
      'order-pattern': {
        ...text,
        description:
          "With numeric and date: a regular expression whose first group is the part of a tag that grows: '^main-(\\d+)'.",
      },
      version: {
        enum: ['auto', 'major', 'minor', 'patch', 'prerelease', 'none'],
        description: "How the chart's version follows.",
      },
    },
  },
} as const;

export const CONFIG_SCHEMA = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  $id: 'https://raw.githubusercontent.com/helm-cd/helm-cd/v1/schema/helm-cd.schema.json',
  title: 'helm-cd.yaml',
  description: 'The charts of this repository and the environments they travel through.',
  examples: [
    {
      charts: { shop: { path: 'charts/shop' } },
      environments: {
        develop: {
          branch: 'develop',
          repository: 's3://acme-charts/develop',
          mode: 'deployment',
          values: ['env/develop.yaml'],
          cluster: { namespace: 'shop-develop' },
        },
        production: {
          'promote-from': 'develop',
          repository: 'oci://ghcr.io/acme/charts',
          mode: 'delivery',
          values: ['env/production.yaml'],
          secrets: ['env/production.sops.yaml'],
          kubernetes: ['1.36'],
        },
      },
    },
  ],
  type: 'object',
  additionalProperties: false,
  required: ['environments'],
  properties: {
    charts: {
      type: 'object',
      description: 'The charts, by name. Without it every Chart.yaml of the repository is one.',
      additionalProperties: {
        type: 'object',
        description: 'A chart, under its name in Chart.yaml.',
        additionalProperties: false,
        required: ['path'],
        properties: {
          path: { ...text, description: "The chart's folder, relative to this file." },
          release: { ...text, description: "Name of the release; default: the chart's name." },
          images: {
            type: 'object',
            description: 'Where each image is written: repository → places file#/json/pointer, relative to the chart.',
            additionalProperties: {
              ...texts,
              description: 'Places of the image, such as values.yaml#/api/image/tag.',
            },
          },
          environments: {
            type: 'object',
            description: 'What differs for this chart, by environment.',
            additionalProperties: {
              type: 'object',
              description:
                'What is said here goes before what the environment says; lists take the place of its lists.',
              additionalProperties: false,
              properties: environmentProperties,
            },
          },
        },
      },
    },
    validate: {
      type: 'object',
      additionalProperties: false,
      description: 'What validate-chart does.',
      properties: {
        parity: {
          type: 'object',
          additionalProperties: false,
          description: 'How it compares the values of the environments.',
          properties: {
            ignore: {
              ...texts,
              description:
                "Values that may differ: dotted paths, with * for any part of a key: ['replicas', 'ingress', 'env[DEBUG_*]'].",
            },
          },
        },
      },
    },
    environments: {
      type: 'object',
      minProperties: 1,
      description: 'The environments, in promotion order.',
      additionalProperties: {
        type: 'object',
        description: 'An environment, under its name: fed by branch or by promote-from.',
        additionalProperties: false,
        required: ['repository'],
        properties: environmentProperties,
      },
    },
  },
} as const;

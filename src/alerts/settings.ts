import { z } from 'zod'

const url = z.url({ protocol: /^https?$/, error: 'is a URL such as https://hooks.example.com/crisper' })

const channel = z.discriminatedUnion(
  'kind',
  [
    /** Posts JSON, signed with the secret (docs/alerts.md). */
    z.strictObject({
      kind: z.literal('webhook'),
      url,
      secret: z.string().min(16, 'takes 16 characters or more'),
    }),
    /** What Slack, Mattermost, Rocket.Chat and others take. */
    z.strictObject({ kind: z.literal('slack'), url }),
    z.strictObject({
      kind: z.literal('email'),
      to: z.array(z.email()).min(1, 'takes one or more addresses'),
    }),
  ],
  'takes a kind: webhook, slack or email',
)

export type ChannelSettings = z.output<typeof channel>

/** Who is told of alerts, and how. Secrets stand here only: never in the database, never in an answer. */
export const alertSettings = z
  .strictObject({
    /** Where people reach Crisper, for links. */
    public_url: url
      .transform((text) => text.replace(/\/$/, ''))
      .nullable()
      .default(null),
    smtp: z
      .strictObject({
        url: z.url({
          protocol: /^smtps?$/,
          error: 'is a URL such as smtp://user:password@mail.example.com:587',
        }),
        from: z.string().min(3),
      })
      .nullable()
      .default(null),
    channels: z
      .record(z.string().regex(/^[\w.-]{1,60}$/, 'is named with letters, digits or . _ -'), channel)
      .default({}),
  })
  .refine(
    ({ smtp, channels }) => smtp !== null || Object.values(channels).every(({ kind }) => kind !== 'email'),
    'a channel of kind email needs smtp',
  )
  .prefault({})

export type AlertSettings = z.output<typeof alertSettings>

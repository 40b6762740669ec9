import { createTransport } from 'nodemailer'
import { type Channel, headlineOf, type Told } from './channel.js'

const timeouts = { connectionTimeout: 10_000, greetingTimeout: 10_000, socketTimeout: 20_000 }

/** Plain text by SMTP, one message to all. */
export function email(
  { to }: { readonly to: readonly string[] },
  smtp: { readonly url: string; readonly from: string },
): Channel {
  const transport = createTransport({ url: smtp.url, ...timeouts })
  return {
    kind: 'email',
    target: to.join(', '),
    send: async (message) => {
      await transport.sendMail({
        from: smtp.from,
        to: [...to],
        subject: `[Crisper] ${headlineOf(message)}`,
        text: message.told.map(paragraphOf).join('\n\n'),
      })
    },
    close: () => transport.close(),
  }
}

function paragraphOf({ event, rule, sentence, firedAt, endedAt, url }: Told): string {
  const times = `since ${firedAt.toISOString()}${endedAt === null ? '' : ` until ${endedAt.toISOString()}`}`
  return [
    `${event === 'fired' ? 'ALERT' : 'Resolved'}: ${rule} (${times})`,
    sentence,
    ...(url === null ? [] : [url]),
  ].join('\n')
}

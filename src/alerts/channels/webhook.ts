import { createHmac } from 'node:crypto'
import type { Channel, Message } from './channel.js'
import { postJson } from './post.js'

/**
 * Posts `{channel, test, sent_at, alerts}`. `Crisper-Signature: t=<epoch seconds>,v1=<hex>` is the HMAC-SHA-256 of
 * `<t>.<body>` with the secret, so that whoever gets it can tell that it is ours and new.
 */
export function webhook({ url, secret }: { readonly url: string; readonly secret: string }): Channel {
  return {
    kind: 'webhook',
    target: new URL(url).host,
    send: async (message) => {
      const body = JSON.stringify(bodyOf(message))
      const at = Math.floor(Date.now() / 1000)
      const signature = createHmac('sha256', secret).update(`${at}.${body}`).digest('hex')
      await postJson(url, body, { 'crisper-signature': `t=${at},v1=${signature}` })
    },
    close: () => undefined,
  }
}

function bodyOf({ channel, told, test }: Message): object {
  return {
    channel,
    test,
    sent_at: new Date().toISOString(),
    alerts: told.map(({ id, event, rule, kind, subject, sentence, firedAt, endedAt, url }) => ({
      id,
      event,
      rule,
      kind,
      subject,
      sentence,
      fired_at: firedAt.toISOString(),
      ended_at: endedAt?.toISOString() ?? null,
      url,
    })),
  }
}

import { type Channel, headlineOf, type Message, type Told } from './channel.js'
import { postJson } from './post.js'

/** Alerts that are told whole; of more there is the number. */
const mostTold = 20

/** An incoming webhook of Slack, or of what understands the same. */
export function slack({ url }: { readonly url: string }): Channel {
  return {
    kind: 'slack',
    // The path is the secret.
    target: new URL(url).host,
    send: (message) => postJson(url, JSON.stringify({ text: textOf(message) })),
    close: () => undefined,
  }
}

function textOf(message: Message): string {
  const { told } = message
  const more = told.length - mostTold
  return [
    `*${escaped(headlineOf(message))}*`,
    ...told.slice(0, mostTold).map(lineOf),
    ...(more > 0 ? [`… and ${more} more`] : []),
  ].join('\n')
}

function lineOf({ event, rule, sentence, url }: Told): string {
  const what = event === 'fired' ? ':red_circle:' : ':large_green_circle: resolved:'
  const link = url === null ? '' : ` <${url}|Look>`
  return `${what} *${escaped(rule)}*: ${escaped(sentence)}${link}`
}

/** Slack's control characters: names of tasks and queues are anybody's text. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

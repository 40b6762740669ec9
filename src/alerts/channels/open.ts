import type { AlertSettings, ChannelSettings } from '../settings.js'
import type { Channel } from './channel.js'
import { email } from './email.js'
import { slack } from './slack.js'
import { webhook } from './webhook.js'

/** The channels of the configuration, by name. */
export function openChannels({ channels, smtp }: AlertSettings): ReadonlyMap<string, Channel> {
  return new Map(Object.entries(channels).map(([name, settings]) => [name, opened(settings, smtp)]))
}

function opened(settings: ChannelSettings, smtp: AlertSettings['smtp']): Channel {
  if (settings.kind === 'webhook') return webhook(settings)
  if (settings.kind === 'slack') return slack(settings)
  // The settings were checked to have it.
  if (smtp === null) throw new Error('a channel of kind email needs smtp')
  return email(settings, smtp)
}

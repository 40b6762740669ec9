import { z } from 'zod'
import type { RuleContent } from '../../alerts/rule.js'
import { readCursor, writeCursor } from '../../tasks/cursor.js'
import {
  alertListAnswer,
  deliveryAnswer,
  ruleAnswer,
  ruleListAnswer,
  ruleTestAnswer,
} from '../alert-answers.js'
import { alertsQuery, channelParams, muteBody, ruleBody } from '../alert-parameters.js'
import { errorAnswer } from '../answers.js'
import { callerOf } from '../caller.js'
import type { App, Context } from '../context.js'
import { iso } from '../iso.js'
import { idParams } from '../parameters.js'
import { toAlertAnswer, toChannelAnswer, toRuleAnswer } from '../present-alert.js'

const order = { column: 'fired_at', descending: true }
const defaultLimit = 100
const errors = { 400: errorAnswer, 404: errorAnswer, 503: errorAnswer }

/** What alerts, and the rules and channels behind it. */
export function alertRoutes(app: App, { alertDesk: desk }: Context): void {
  app.get(
    '/api/alerts/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'Alerts that fire or fired, newest first',
        tags: ['alerts'],
        querystring: alertsQuery,
        response: { 200: alertListAnswer, 400: errorAnswer, 503: errorAnswer },
      },
    },
    async ({ query }) => {
      const { state, rule_id: ruleId, limit = defaultLimit } = query
      const cursor = query.cursor === undefined ? undefined : readCursor(query.cursor, order)
      const alerts = await desk.list({
        firing: state === undefined ? undefined : state === 'firing',
        ruleId,
        before: cursor && { firedAt: new Date(cursor.value ?? 0), id: cursor.id },
        limit: limit + 1,
      })
      const page = alerts.slice(0, limit)
      const last = alerts.length > limit ? page.at(-1) : undefined
      return {
        alerts: page.map(toAlertAnswer),
        next_cursor: last === undefined ? null : writeCursor(order, iso(last.firedAt), last.id),
      }
    },
  )

  app.get(
    '/api/alert-rules/',
    {
      config: { access: 'fleet:read' },
      schema: {
        summary: 'The rules by name, and the channels of the configuration',
        tags: ['alerts'],
        response: { 200: ruleListAnswer, 503: errorAnswer },
      },
    },
    async () => {
      const [rules, channels] = await Promise.all([desk.rules(), desk.channels()])
      return { rules: rules.map(toRuleAnswer), channels: channels.map(toChannelAnswer) }
    },
  )

  app.post(
    '/api/alert-rules/',
    {
      config: { access: 'alerts:manage', audit: { action: 'alert-rule.create', keep: 'all' } },
      schema: {
        summary: 'Make a rule',
        tags: ['alerts'],
        body: ruleBody,
        response: { 201: ruleAnswer, 400: errorAnswer, 409: errorAnswer, 503: errorAnswer },
      },
    },
    async (request, reply) =>
      reply.status(201).send(toRuleAnswer(await desk.create(toContent(request.body), callerOf(request)))),
  )

  app.put(
    '/api/alert-rules/:id/',
    {
      config: { access: 'alerts:manage', audit: { action: 'alert-rule.replace', keep: 'all' } },
      schema: {
        summary: 'Replace a rule; where it looks for something else now, its alerts are over',
        tags: ['alerts'],
        params: idParams,
        body: ruleBody,
        response: { 200: ruleAnswer, 409: errorAnswer, ...errors },
      },
    },
    async ({ params, body }) => toRuleAnswer(await desk.replace(params.id, toContent(body))),
  )

  app.delete(
    '/api/alert-rules/:id/',
    {
      config: { access: 'alerts:manage', audit: { action: 'alert-rule.delete' } },
      schema: {
        summary: 'Delete a rule; its history stays',
        tags: ['alerts'],
        params: idParams,
        response: { 204: z.undefined().describe('It is deleted'), ...errors },
      },
    },
    async (request, reply) => {
      await desk.remove(request.params.id)
      return reply.status(204).send()
    },
  )

  app.post(
    '/api/alert-rules/:id/mute/',
    {
      config: { access: 'alerts:manage', audit: { action: 'alert-rule.mute', keep: ['until'] } },
      schema: {
        summary: 'Tell nobody of its alerts until a time; null ends that',
        tags: ['alerts'],
        params: idParams,
        body: muteBody,
        response: { 200: ruleAnswer, ...errors },
      },
    },
    async ({ params, body }) => toRuleAnswer(await desk.mute(params.id, body.until)),
  )

  app.post(
    '/api/alert-rules/:id/test/',
    {
      config: { access: 'alerts:manage', audit: { action: 'alert-rule.test' } },
      schema: {
        summary: 'What it finds now, with a test message to each of its channels',
        tags: ['alerts'],
        params: idParams,
        response: { 200: ruleTestAnswer, ...errors },
      },
    },
    async ({ params }) => {
      const { findings, deliveries } = await desk.tryRule(params.id)
      return { findings: findings && [...findings], deliveries }
    },
  )

  app.post(
    '/api/alert-channels/:name/test/',
    {
      config: { access: 'alerts:manage', audit: { action: 'alert-channel.test' } },
      schema: {
        summary: 'Send a test message',
        tags: ['alerts'],
        params: channelParams,
        response: { 200: deliveryAnswer, 400: errorAnswer },
      },
    },
    async ({ params }) => await desk.tryChannel(params.name),
  )
}

function toContent(body: z.output<typeof ruleBody>): RuleContent {
  const { name, condition, fires_after: firesAfter, resolves_after: resolvesAfter, channels, enabled } = body
  return { name, condition, firesAfter, resolvesAfter, channels, enabled }
}

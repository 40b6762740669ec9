import type { RouteOptions } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'

type Transform = typeof jsonSchemaTransform

/** Tells in the OpenAPI document who may call a route (`x-access`), and how one is refused. */
export const withAccess: Transform = (input) => {
  const { schema, url } = jsonSchemaTransform(input)
  const { access } = (input.route as RouteOptions).config ?? {}
  if (access === undefined || schema.hide === true) return { schema, url }
  const response =
    access === 'public' ? schema.response : { ...refusals(access), ...asObject(schema.response) }
  return { schema: { ...schema, ...(response ? { response } : {}), 'x-access': access }, url }
}

function refusals(access: string) {
  const answer = (description: string) => ({
    description,
    type: 'object',
    required: ['error'],
    properties: { error: { type: 'string' } },
  })
  return {
    401: answer('Sign in, or send a token'),
    ...(access !== 'signed-in' && { 403: answer(`You need the permission ${access}`) }),
  }
}

function asObject(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {}
}

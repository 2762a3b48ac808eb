// The stream that the killed process and its test agree on.
export const killStreams = {
  orders: {
    key: '/id',
    schema: {
      type: 'object',
      additionalProperties: false,
      required: ['id', 'n'],
      properties: { id: { type: 'string' }, n: { type: 'integer' } },
    },
  },
}

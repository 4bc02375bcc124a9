// Vercel AI SDK 6 with experimental_telemetry. Reads the plan from standard input.
import { generateText, stepCountIs, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { z } from 'zod';
import { Play } from '../_shared/play.mjs';

const play = new Play('vercel_ai_6');
const model = new MockLanguageModelV3({
  provider: 'fake',
  modelId: 'fake-1',
  doGenerate: async () => play.answerV3(),
});
const tools = {
  get_weather: tool({
    description: 'Tell the weather.',
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => play.tool('get_weather', city),
  }),
  lookup_order: tool({
    description: 'Tell the state of an order.',
    inputSchema: z.object({ order_id: z.string() }),
    execute: async ({ order_id }) => play.tool('lookup_order', order_id),
  }),
};
const history = {};
for (const turn of play.turns()) {
  const messages = (history[turn.session_id] ??= []);
  messages.push({ role: 'user', content: turn.question });
  const result = await generateText({
    model,
    messages,
    tools,
    stopWhen: stepCountIs(4),
    experimental_telemetry: {
      isEnabled: true,
      functionId: 'support',
      metadata: { sessionId: turn.session_id, userId: turn.user_id, turn: turn.number },
    },
  });
  messages.push(...result.response.messages);
  play.endTurn();
}
play.finish();

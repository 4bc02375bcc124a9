// Vercel AI SDK 7 with @ai-sdk/otel. Reads the plan from standard input.
import { OpenTelemetry } from '@ai-sdk/otel';
import { generateText, isStepCount, registerTelemetry, tool } from 'ai';
import { MockLanguageModelV3 } from 'ai/test';
import { z } from 'zod';
import { Play } from '../_shared/play.mjs';

const play = new Play('vercel_ai_7');
registerTelemetry(new OpenTelemetry({ runtimeContext: true }));
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
    stopWhen: isStepCount(4),
    runtimeContext: { sessionId: turn.session_id, userId: turn.user_id },
    telemetry: {
      functionId: 'support',
      includeRuntimeContext: { sessionId: true, userId: true },
    },
  });
  messages.push(...result.response.messages);
  play.endTurn();
}
play.finish();

// The JavaScript twin of play.py: plays the plan (JSON on standard input), counts the truth.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

const COUNTS = ['n_turns', 'n_llm_calls', 'n_tool_calls', 'n_tool_errors', 'input_tokens', 'output_tokens'];
const MS = 1e6;

export class Play {
  constructor(name) {
    this.folder = path.join(process.cwd(), name);
    const require = createRequire(path.join(this.folder, 'package.json'));
    const { SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
    const { NodeTracerProvider } = require('@opentelemetry/sdk-trace-node');
    const { resourceFromAttributes } = require('@opentelemetry/resources');
    this.serializer = require('@opentelemetry/otlp-transformer').JsonTraceSerializer;
    this.file = path.join(this.folder, 'traces.jsonl');
    this.plan = JSON.parse(fs.readFileSync(0, 'utf8'));
    this.rows = new Map();
    this.seed = 1;
    this.batch = [];
    this.spans = 0;
    this.ms = this.plan[0].start_ns / MS;
    // The plan moves the clock; every reading costs 0.15 ms.
    const origin = this.ms;
    const clock = this;
    globalThis.Date = class extends Date {
      constructor(...parts) {
        super(...(parts.length > 0 ? parts : [Math.floor(clock.read())]));
      }
      static now() {
        return Math.floor(clock.read());
      }
    };
    Math.random = () => parseInt(this.hex(1), 16) / 2 ** 32;
    performance.now = () => this.read() - origin;
    Object.defineProperty(performance, 'timeOrigin', { value: origin });
    fs.writeFileSync(this.file, '');
    const exporter = {
      export: (spans, done) => {
        this.batch.push(...spans);
        done({ code: 0 });
      },
      shutdown: async () => {},
    };
    this.provider = new NodeTracerProvider({
      resource: resourceFromAttributes({ 'service.name': name.replaceAll('_', '-') }),
      spanProcessors: [new SimpleSpanProcessor(exporter)],
      idGenerator: {
        generateTraceId: () => this.hex(4),
        generateSpanId: () => this.hex(2),
      },
    });
    this.provider.register();
  }

  read() {
    this.ms += 0.15;
    return this.ms;
  }

  // Ids from a seed (mulberry32), so that the sample can be made again.
  hex(words) {
    let text = '';
    for (let i = 0; i < words; i += 1) {
      this.seed = (this.seed + 0x6d2b79f5) | 0;
      let t = Math.imul(this.seed ^ (this.seed >>> 15), 1 | this.seed);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      text += ((t ^ (t >>> 14)) >>> 0).toString(16).padStart(8, '0');
    }
    return text;
  }

  *turns() {
    for (const turn of this.plan) {
      this.ms = Math.max(this.ms, turn.start_ns / MS);
      if (!this.rows.has(turn.session_id)) {
        this.rows.set(turn.session_id, { user: turn.user_id, ...Object.fromEntries(COUNTS.map((k) => [k, 0])) });
      }
      this.row = this.rows.get(turn.session_id);
      this.calls = [...turn.calls];
      yield turn;
    }
  }

  endTurn() {
    if (this.calls.length > 0) throw new Error('not all model calls were made');
    this.row.n_turns += 1;
    this.writeLine();
  }

  answer() {
    const call = this.calls.shift();
    this.ms += call.latency_ns / MS;
    this.row.n_llm_calls += 1;
    this.row.input_tokens += call.input_tokens;
    this.row.output_tokens += call.output_tokens;
    return call;
  }

  // The answer in the shape of the AI SDK's language model specification v3.
  answerV3() {
    const call = this.answer();
    const content = call.tools.map((use) => ({
      type: 'tool-call',
      toolCallId: use.call_id,
      toolName: use.name,
      input: JSON.stringify({ [use.name === 'get_weather' ? 'city' : 'order_id']: use.argument }),
    }));
    const reason = content.length > 0 ? 'tool-calls' : 'stop';
    return {
      content: content.length > 0 ? content : [{ type: 'text', text: call.text }],
      finishReason: { unified: reason, raw: reason },
      usage: {
        inputTokens: { total: call.input_tokens, noCache: call.input_tokens, cacheRead: 0, cacheWrite: 0 },
        outputTokens: { total: call.output_tokens, text: call.output_tokens, reasoning: 0 },
      },
      warnings: [],
    };
  }

  tool(name, argument) {
    this.ms += 40 + 7 * argument.length;
    this.row.n_tool_calls += 1;
    if (argument.startsWith('X')) {
      this.row.n_tool_errors += 1;
      throw new Error(`no order ${argument}`);
    }
    return name === 'get_weather' ? `${argument}: sunny` : `${argument}: shipped`;
  }

  writeLine() {
    if (this.batch.length === 0) return;
    this.spans += this.batch.length;
    const text = Buffer.from(this.serializer.serializeRequest(this.batch)).toString();
    this.batch = [];
    const modules = fs.realpathSync(path.join(this.folder, 'node_modules'));
    const line = text.replaceAll(modules, '/app/node_modules').replaceAll(process.cwd(), '/app');
    fs.appendFileSync(this.file, line + '\n');
  }

  finish() {
    this.writeLine();
    const lines = [['session_id', 'user_id', ...COUNTS, 'session_id_on_spans']];
    for (const [id, row] of this.rows) lines.push([id, row.user, ...COUNTS.map((k) => row[k]), 1]);
    fs.writeFileSync(path.join(this.folder, 'truth.csv'), lines.map((l) => l.join(',') + '\n').join(''));
    process.stdout.write(`${path.basename(this.folder)}: ${this.spans} spans\n`);
  }
}
